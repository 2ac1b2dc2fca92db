"""Compare the converted face mesh with MediaPipe itself on real faces; writes reports/validation/mesh.md.

    python tests/validate/mesh_oracle.py --data DIR [--mediapipe PYTHON] [--faces 10]

Both see the same 192 px crops. PYTHON is an interpreter with mediapipe==0.10.21, which needs numpy 1;
without it a throw-away environment is made. Only error figures are written, no picture and no landmark.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from lightmeter.see.crop import cut, exposed, pyramid, squares_of_points
from lightmeter.see.face import face
from lightmeter.see.mesh import meshes

HERE = Path(__file__).parent
REPORT = HERE.parent.parent / "reports" / "validation" / "mesh.md"
FOLDERS = ("real", "ai", "extra")
PICTURES = {".png", ".jpg", ".jpeg", ".webp"}
IRISES = (468, 473)
LIMIT = 0.5
"""Mean landmark error, in % of the distance between the irises, that the conversion may have."""


def mediapipe_landmarks(crops: np.ndarray, python: Path) -> np.ndarray:
    """(N, 478, 3) in crop pixels, as MediaPipe sees crops (N, 192, 192, 3) uint8."""
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder, "crops.npz"), Path(folder, "landmarks.npz")
        np.savez(given, crops=crops)
        script = [str(python), str(HERE / "mediapipe_mesh.py"), str(given), str(answer)]
        subprocess.run(script, check=True, stderr=subprocess.DEVNULL)
        return np.load(answer)["landmarks"]


def mediapipe_python(folder: Path) -> Path:
    """The interpreter of a throw-away environment with the last MediaPipe that carries its models."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", "mediapipe==0.10.21"], check=True)
    return python


def crops_of(data: Path, most: int) -> tuple[list[str], np.ndarray]:
    """Names and crops of the first faces found: all photographs first, then from the galleries in turn."""
    paths = [sorted(p for p in (data / f).rglob("*") if p.suffix.lower() in PICTURES) for f in FOLDERS]
    galleries = [p for pair in zip(*paths[1:], strict=False) for p in pair]
    found: dict[str, np.ndarray] = {}
    for path in [*paths[0], *galleries]:
        crop = crop_of(path) if len(found) < most else None
        if crop is not None:
            found[str(path.relative_to(data))] = crop
    return list(found), np.stack(list(found.values()))


def crop_of(path: Path) -> np.ndarray | None:
    """The crop that the provider itself would look at, (192, 192, 3) uint8."""
    picture = Image.open(path).convert("RGB")
    picture.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
    encoded = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
    mesh = face(encoded)
    if not bool(mesh.present[0]):
        return None
    crop = exposed(cut(pyramid(encoded), squares_of_points(mesh.points)))
    return (crop[0].permute(1, 2, 0) * 255).round().byte().numpy()


def errors(crops: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(N, 478): distance in the picture plane to MediaPipe's landmark, % of the eye distance."""
    ours = meshes(torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255)[0].numpy()
    eyes = np.linalg.norm(reference[:, IRISES[0], :2] - reference[:, IRISES[1], :2], axis=-1)
    return 100 * np.linalg.norm((ours - reference)[..., :2], axis=-1) / eyes[:, None]


def table(names: list[str], found: np.ndarray) -> str:
    """The report in Markdown."""
    lines = [
        "# Face mesh against MediaPipe 0.10.21",
        "",
        "Landmark error on the same 192 px crops, in % of the distance between the irises.",
        "",
        "| face | mean | max |",
        "|---|---|---|",
        *(f"| {n} | {e.mean():.5f} | {e.max():.5f} |" for n, e in zip(names, found, strict=True)),
        f"| **all {len(names)}** | {found.mean():.5f} | {found.max():.5f} |",
        "",
        f"Limit: mean under {LIMIT} %. {'Held' if found.mean(1).max() < LIMIT else 'BROKEN'}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mediapipe", type=Path)
    parser.add_argument("--faces", type=int, default=10)
    given = parser.parse_args()
    names, crops = crops_of(given.data, given.faces)
    with tempfile.TemporaryDirectory() as folder:
        python = given.mediapipe or mediapipe_python(Path(folder))
        found = errors(crops, mediapipe_landmarks(crops, python))
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(table(names, found), encoding="utf-8")
    sys.stdout.write(REPORT.read_text(encoding="utf-8"))
    return 0 if found.mean(1).max() < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
