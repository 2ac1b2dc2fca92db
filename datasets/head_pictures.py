"""The command line of `heads.py`: one render, or a grid of them with their truths in `labels.csv`."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from head_beam import Beam
from head_light import Light
from head_skin import Paint
from heads import Rendered, Scene, render
from PIL import Image

_COLUMNS = ("path", "azimuth", "elevation", "size", "shape", "fill_stops", "rim_azimuth", "rim_stops", "yaw")


def main() -> None:
    """Write what the arguments ask for."""
    args = _arguments().parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    scenes = list(default_grid(args.side)) if args.grid else [_scene(args)]
    torch.set_num_threads(1)
    with (args.out / "labels.csv").open("w", newline="") as file:
        labels = csv.DictWriter(file, _COLUMNS)
        labels.writeheader()
        for scene in scenes:
            label = labelled(scene)
            save(render(scene), args.out / label["path"])
            labels.writerow(label)
    print(f"{len(scenes)} pictures and labels.csv in {args.out}")


def default_grid(side: int) -> Iterator[Scene]:
    """Keys all around at 2 stops, then fills, sizes, shapes, rims and turned heads for a key on the left."""
    start = Scene(side=side, specular=0.02, exposure=0.8)
    for elevation in (0.0, 30.0, 60.0):
        for azimuth in (-75.0, -45.0, -20.0, 0.0, 20.0, 45.0, 75.0):
            yield replace(start, key=Light(azimuth, elevation))
    left = Light(-45.0, 30.0)
    yield from (replace(start, key=left, fill_stops=stops) for stops in (0.0, 1.0, 3.0, 4.0))
    yield from (replace(start, key=replace(left, size=size)) for size in (1.0, 5.0, 10.0, 40.0, 60.0))
    yield replace(start, key=replace(left, shape="softbox"))
    for azimuth in (-150.0, 150.0):
        yield from (replace(start, others=(Light(azimuth, 20.0, 15.0, stops=s),)) for s in (-1.0, 0.0, 1.0))
    yield from (replace(start, key=left, yaw=yaw) for yaw in (-30.0, -15.0, 15.0, 30.0))


def labelled(scene: Scene) -> dict[str, str]:
    """The row of a scene in `labels.csv`; without a rim its two columns are empty."""
    key, rim = scene.key, scene.others[0] if scene.others else None
    figures = (key.azimuth, key.elevation, key.size, key.shape, scene.fill_stops)
    behind = (rim.azimuth, rim.stops) if rim else ("", "")
    texts = [f"{value:g}" if isinstance(value, float) else value for value in (*figures, *behind, scene.yaw)]
    name = "_".join(text or "none" for text in texts)
    return dict(zip(_COLUMNS, (f"{name}.png", *texts), strict=True))


def save(rendered: Rendered, path: Path) -> None:
    """As an 8-bit sRGB PNG; what is over 1 clips."""
    linear = rendered.linear.permute(1, 2, 0).clamp(0, 1)
    coded = torch.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    Image.fromarray((coded * 255 + 0.5).byte().numpy()).save(path)


def _scene(args: argparse.Namespace) -> Scene:
    rim = (Light(args.rim_azimuth, 20.0, 15.0, stops=args.rim),) if args.rim is not None else ()
    return Scene(
        key=Light(args.azimuth, args.elevation, args.size, args.shape),
        fill_stops=args.fill,
        others=rim,
        beam=Beam(args.beam, breakup=args.breakup) if args.beam is not None else None,
        yaw=args.yaw,
        pitch=args.pitch,
        side=args.side,
        hair=args.hair,
        paint=Paint(texture=args.texture, beard=args.beard),
        specular=args.specular,
        roughness=args.roughness,
        scatter=args.scatter,
        exposure=args.exposure,
        backdrop=tuple(args.backdrop),
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Render synthetic heads under known light.")
    parser.add_argument("out", type=Path, help="folder for the pictures and labels.csv")
    parser.add_argument("--grid", action="store_true", help="the default grid; only --side is heeded")
    parser.add_argument("--shape", choices=("disc", "softbox"), default="disc")
    parser.add_argument("--hair", choices=("none", "short", "long"), default="short")
    parser.add_argument("--side", type=int, default=512, help="pixels")
    parser.add_argument("--rim", type=float, help="stops of a rim light over the key")
    parser.add_argument("--rim-azimuth", type=float, default=150.0)
    parser.add_argument("--beam", type=float, help="deg of a beam's axis")
    parser.add_argument("--backdrop", type=float, nargs=3, default=(0.18, 0.18, 0.18), help="linear RGB")
    figures = {
        "azimuth": -45, "elevation": 30, "size": 20, "fill": 2, "yaw": 0, "pitch": 0, "breakup": 0,
        "texture": 0, "beard": 0, "specular": 0.02, "roughness": 0.35, "scatter": 0, "exposure": 0.8,
    }  # fmt: skip
    for name, value in figures.items():
        parser.add_argument(f"--{name}", type=float, default=float(value))
    return parser
