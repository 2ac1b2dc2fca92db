"""Subjects cut out before backdrops, with exact coverage, and faults of their edges of known size.

python datasets/cutouts.py OUT       one picture for each fault and size, truths in labels.csv
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear

SPILLS = (0.0, 0.02, 0.05, 0.1, 0.2)
HALOS = (0.0, 0.25, 0.5, 1.0, 2.0)
_COLUMNS = ("path", "spill", "halo")


@dataclass(frozen=True)
class Cutout:
    """A subject before a backdrop; colours scene-linear, lengths in pixels.

    side: of the square frame. shape: "disc" or "head" (head, neck and shoulders that leave the frame).
    soft: width of the edge's ramp of coverage. mottle: relative deviation of the subject's own colours.
    spill: backdrop-coloured light on the very edge, as a share of the backdrop's radiance; it falls off as
    exp(-(d / spill_reach)^2). halo: stops by which light is raised at the edge; beyond it that falls off as
    exp(-(d / halo_width)^2 / 2), within as over one pixel. gradient: stops from left to right of the
    backdrop. texture: deviation in stops of its spots, 16 pixels large.
    """

    side: int = 512
    shape: str = "disc"
    own: tuple[float, float, float] = (0.3, 0.18, 0.12)
    backdrop: tuple[float, float, float] = (0.03, 0.5, 0.06)
    soft: float = 1.5
    mottle: float = 0.05
    spill: float = 0.0
    spill_reach: float = 10.0
    halo: float = 0.0
    halo_width: float = 4.0
    gradient: float = 0.0
    texture: float = 0.0
    seed: int = 0


def depth(cutout: Cutout) -> Tensor:
    """(side, side) pixels inside the outline, negative outside."""
    side = cutout.side
    y, x = torch.meshgrid(*[torch.arange(side) + 0.5] * 2, indexing="ij")
    if cutout.shape == "disc":
        return 0.3 * side - torch.hypot(x - side / 2, y - side / 2)
    head = 0.2 * side - torch.hypot(x - side / 2, (y - 0.38 * side) * 0.8)
    neck = torch.minimum(0.1 * side - (x - side / 2).abs(), y - 0.5 * side)
    body = 0.42 * side - torch.hypot(x - side / 2, y - 1.08 * side)
    return torch.maximum(torch.maximum(head, neck), body)


def coverage(cutout: Cutout) -> Tensor:
    """(side, side) exact alpha."""
    return (depth(cutout) / cutout.soft + 0.5).clamp(0, 1)


def rendered(cutout: Cutout) -> Tensor:
    """(3, side, side) scene-linear, 0..1."""
    inwards, alpha = depth(cutout), coverage(cutout)
    key = torch.tensor(cutout.backdrop)[:, None, None]
    own = torch.tensor(cutout.own)[:, None, None] * (1 + cutout.mottle * _spots(cutout, 3, 32))
    own = own + key * cutout.spill * torch.exp(-((inwards.clamp_min(0) / cutout.spill_reach) ** 2))
    across = (torch.arange(cutout.side) + 0.5) / cutout.side - 0.5
    behind = key * 2 ** (cutout.gradient * across + cutout.texture * _spots(cutout, 1, 16))
    reach = torch.where(inwards < 0, cutout.halo_width, 1.0)
    ring = torch.exp(-((inwards / reach) ** 2) / 2)
    light = (alpha * own + (1 - alpha) * behind) * 2 ** (cutout.halo * ring)
    return light.clamp(0, 1)


def faults(base: Cutout = Cutout()) -> list[Cutout]:
    """The base, then each fault of its edges alone, weak to strong."""
    spilt = [replace(base, spill=spill) for spill in SPILLS]
    return spilt + [replace(base, halo=halo) for halo in HALOS[1:]]


def _spots(cutout: Cutout, channels: int, size: int) -> Tensor:
    """(channels, side, side) smooth noise of deviation 1 or a little less."""
    random = torch.Generator().manual_seed(cutout.seed + size)
    coarse = torch.randn(1, channels, *[-(-cutout.side // size) + 1] * 2, generator=random)
    return torch.nn.functional.interpolate(coarse, (cutout.side, cutout.side), mode="bicubic")[0]


def main() -> None:
    """Write the faults as PNG."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with (out / "labels.csv").open("w", newline="") as file:
        labels = csv.writer(file)
        labels.writerow(_COLUMNS)
        for shape in ("disc", "head"):
            for each in faults(Cutout(shape=shape)):
                name = f"{shape}_spill{each.spill:g}_halo{each.halo:g}.png"
                codes = (encoded_from_linear(rendered(each)) * 255).round().to(torch.uint8)
                Image.fromarray(codes.permute(1, 2, 0).numpy()).save(out / name)
                labels.writerow((name, each.spill, each.halo))


if __name__ == "__main__":
    main()
