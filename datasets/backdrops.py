"""Backdrops with known faults, laid behind a cut-out whose coverage is exact.

    python datasets/backdrops.py OUT --gradient 2 --gradient-angle 180 [--horizon 8] [--texture 3] ...
    python datasets/backdrops.py OUT --cutout FILE.png ...     behind a picture with transparency
    python datasets/backdrops.py OUT --cutout FILE --matte FILE ...     or with its coverage in another

Colours are CIE L* steps on a grey or coloured paper, so that a step's deltaE00 is known in advance.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Faults:
    """What is wrong with a backdrop; all 0 is a seamless one.

    gradient: stops from the bright to the dark end of the frame; gradient_angle: deg of the bright side, 0
    right, 90 top. horizon: L* that the floor is lighter than the wall, at `horizon_at` of the height, with
    `horizon_tilt` deg. texture: RMS L* of blots some 1/100 of the long side wide. banding: L* from one
    step of a posterised ramp to the next. contact_shadow: stops of darkening beside the subject, below
    right. halo: stops of a bright rim around the subject. spill: share of the backdrop's colour added to
    the subject's rim. off_key: L* by which the whole is lighter. lifted: linear luminance added.
    stray: how many elements. blur: sigma in shares of the long side, of the backdrop alone.
    """

    gradient: float = 0.0
    gradient_angle: float = 180.0
    horizon: float = 0.0
    horizon_at: float = 0.7
    horizon_tilt: float = 0.0
    texture: float = 0.0
    banding: float = 0.0
    contact_shadow: float = 0.0
    halo: float = 0.0
    spill: float = 0.0
    off_key: float = 0.0
    lifted: float = 0.0
    stray: int = 0
    blur: float = 0.0


def behind(subject: Tensor, alpha: Tensor, faults: Faults, paper: tuple[float, float, float]) -> Tensor:
    """(3, H, W) scene-linear: the subject (3, H, W) with coverage alpha (1, H, W) before a backdrop.

    paper: linear RGB of the seamless backdrop where no gradient changes it; its geometric middle with one.
    """
    wall = _wall(alpha, faults, subject.new_tensor(paper))
    rim = _spread_softly(1 - alpha, 0.02) * alpha
    lit = subject + faults.spill * rim * wall
    return alpha * lit + (1 - alpha) * wall


def disc(height: int, width: int) -> tuple[Tensor, Tensor]:
    """A ball above shoulders, lit from the left: linear (3, H, W) and alpha (1, H, W)."""
    y, x = _places(height, width)
    head = ((x / 0.36) ** 2 + ((y + 0.1) / 0.46) ** 2).sqrt()
    chest = ((x / 0.75) ** 2 + ((y - 1.05) / 0.6) ** 2).sqrt()
    soft = 2.0 / max(height, width)
    alpha = torch.maximum(((1 - head) / (3 * soft)).clamp(0, 1), ((1 - chest) / (3 * soft)).clamp(0, 1))
    shade = (0.25 - 0.15 * x / 0.75).clamp(0.02, 1)
    return torch.stack((shade, 0.8 * shade, 0.7 * shade)), alpha[None]


def _wall(alpha: Tensor, faults: Faults, paper: Tensor) -> Tensor:
    height, width = alpha.shape[1:]
    y, x = _places(height, width)
    stops = _ramp(y, x, faults.gradient, faults.gradient_angle)
    light = torch.exp2(stops)
    # All steps are of lightness; the colour follows as a paper under more or less light.
    luminance = float(paper @ paper.new_tensor((0.2126, 0.7152, 0.0722)))
    lightness = _lightness(luminance * light) + faults.off_key
    if faults.banding > 0:
        lightness = faults.banding * torch.round(lightness / faults.banding)
    tilt = math.tan(math.radians(faults.horizon_tilt))
    floor = y - x * tilt > (2 * faults.horizon_at - 1) * height / max(height, width)
    lightness = lightness + faults.horizon * floor + faults.texture * _blots(height, width)
    for place in range(faults.stray):
        lightness = lightness + _element(y, x, place)
    if faults.blur > 0:
        lightness = _blurred(lightness[None], faults.blur * max(height, width))[0]
    grey = _luminance(lightness.clamp(0, 100))
    rim = _spread_softly(alpha, 0.02) * (1 - alpha)
    away = round(0.05 * max(height, width))
    cast = F.pad(alpha, (away, 0, away, 0))[:, :height, :width]
    cast = _spread_softly(cast, 0.02) * (1 - alpha)
    relit = torch.exp2(faults.halo * 2 * rim[0] - faults.contact_shadow * cast[0].clamp(0, 1))
    return (paper[:, None, None] / max(luminance, 1e-6)) * grey * relit + faults.lifted


def _places(height: int, width: int) -> tuple[Tensor, Tensor]:
    """y, x of pixel centres, the longer side from -1 to 1."""
    reach = max(height, width)
    y = (torch.arange(height) * 2 + 1 - height) / reach
    x = (torch.arange(width) * 2 + 1 - width) / reach
    down, across = torch.meshgrid(y, x, indexing="ij")
    return down, across


def _ramp(y: Tensor, x: Tensor, stops: float, angle: float) -> Tensor:
    """Even in stops; `stops` from corner to corner of the frame along its direction, 0 in the middle."""
    along = math.cos(math.radians(angle)) * x - math.sin(math.radians(angle)) * y
    return stops * along / (2 * along.abs().max().clamp_min(1e-6))


def _blots(height: int, width: int) -> Tensor:
    """(H, W) noise of RMS 1 whose grain is 1/100 of the long side; the same for the same size."""
    grain = max(height, width) / 100
    noise = torch.randn(1, height, width, generator=torch.Generator().manual_seed(3))
    blots = _blurred(noise, grain / 2.35)[0]
    return blots / blots.std()


def _element(y: Tensor, x: Tensor, place: int) -> Tensor:
    """L* of one stray thing: a dark or light upright box, each beside the subject at another height."""
    left = (-0.92, -0.88, 0.68, 0.72)[place % 4] * float(x.max())
    top = (-0.7, -0.15, -0.8, -0.2)[place % 4]
    inside = (x > left) & (x < left + 0.16) & (y > top) & (y < top + 0.34)
    return inside * (-25.0 if place % 2 else 22.0)


def _spread_softly(mask: Tensor, sigma: float) -> Tensor:
    """(1, H, W) blurred by sigma, a share of the long side."""
    return _blurred(mask, sigma * max(mask.shape[1:]))


def _blurred(x: Tensor, sigma: float) -> Tensor:
    """(C, H, W) under a Gaussian of sigma pixels, edges repeated."""
    reach = max(1, math.ceil(3 * sigma))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    taps = (taps / taps.sum()).view(1, 1, 1, -1)
    x = F.conv2d(F.pad(x[:, None], (reach, reach, 0, 0), mode="replicate"), taps)
    return F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), taps.mT)[:, 0]


def _lightness(luminance: Tensor) -> Tensor:
    return torch.where(
        luminance > 216 / 24389, 116 * luminance.clamp_min(1e-9) ** (1 / 3) - 16, luminance * 24389 / 27
    )


def _luminance(lightness: Tensor) -> Tensor:
    return torch.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness * 27 / 24389)


def main() -> None:
    """Write one picture."""
    parser = argparse.ArgumentParser(description="A backdrop with known faults behind a cut-out.")
    parser.add_argument("out", type=Path, help="the PNG to write")
    parser.add_argument(
        "--cutout", type=Path, help="a picture with transparency; else a ball above shoulders"
    )
    parser.add_argument(
        "--size", type=int, nargs=2, default=(800, 640), help="height and width without a cut-out"
    )
    parser.add_argument("--paper", type=float, nargs=3, default=(0.3, 0.3, 0.3), help="linear RGB")
    for field in fields(Faults):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default
        )
    parser.add_argument("--matte", type=Path, help="the cut-out's coverage, a grey picture of its size")
    args = parser.parse_args()
    faults = Faults(*(getattr(args, field.name) for field in fields(Faults)))
    subject, alpha = cutout(args.cutout, args.matte) if args.cutout else disc(*args.size)
    save(behind(subject, alpha, faults, tuple(args.paper)), args.out)


def cutout(path: Path, matte: Path | None = None) -> tuple[Tensor, Tensor]:
    """Linear (3, H, W) and alpha (1, H, W) of a picture with transparency, or of a photograph and its matte.

    In a photograph the edge's colours have the old backdrop in them: they are replaced by the mean of what
    the subject surely is nearby.
    """
    coded = torch.from_numpy(np.asarray(Image.open(path).convert("RGBA")).copy()).permute(2, 0, 1) / 255
    rgb = coded[:3]
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if matte is None:
        return linear, coded[3:]
    alpha = torch.from_numpy(np.asarray(Image.open(matte).convert("L")).copy())[None] / 255
    sure = (alpha > 0.98).float()
    own = linear
    for sigma in (24.0, 4.0):
        there = _blurred(sure, sigma)
        own = torch.where(there > 1e-3, _blurred(linear * sure, sigma) / there.clamp_min(1e-6), own)
    return torch.where(sure > 0, linear, own), alpha


def save(linear: Tensor, path: Path) -> None:
    """As an 8-bit sRGB PNG; what is over 1 clips."""
    clipped = linear.permute(1, 2, 0).clamp(0, 1)
    coded = torch.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    Image.fromarray((coded * 255 + 0.5).byte().numpy()).save(path)


if __name__ == "__main__":
    main()
