"""Swatches of metal, plastic, ceramic, skin and cloth, as simple physics tells them apart.

    python datasets/materials.py OUT [--count 20]      PNG files, one folder per material

Wrinkled sheets under one lamp and a sky, each with a colour, a lamp and wrinkles of its own. Metal mirrors
sky and lamp in its own colour and scatters nothing; ceramic is pale under a clear mirror; plastic is strongly
coloured under a hazy one; skin scatters red light past the terminator and has pores; cloth has threads, muted
colours and no lamp in it. Deterministic. They are what a classifier can learn within seconds, not what
materials look like: whoever tells these apart need not tell photographs apart.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

MATERIALS = ("metal", "plastic", "ceramic", "skin", "cloth")
_METALS = ((1.0, 0.71, 0.29), (0.91, 0.78, 0.42), (0.955, 0.64, 0.54), (0.56, 0.57, 0.58), (0.95, 0.93, 0.88))
_SKINS = ((0.65, 0.42, 0.32), (0.5, 0.3, 0.21), (0.33, 0.18, 0.12), (0.16, 0.08, 0.05), (0.72, 0.52, 0.43))
_SCATTER = (0.45, 0.2, 0.12)
"""How far past the terminator skin is lit, by channel, as a share of the light's cosine."""


class Sheets:
    """Wrinkled sheets, and how light meets them: fields (N, 1, S, S) but normal and mirrored (N, 3, S, S)."""

    def __init__(self, count: int, side: int, chance: torch.Generator) -> None:
        self.count, self.side, self.chance = count, side, chance
        height = sum(self.noise(cells) * 3 / cells for cells in (3, 5, 9))
        slope = torch.gradient(height * side * self.between(0.35, 0.9), dim=(2, 3))
        self.normal = F.normalize(torch.cat([-slope[1], slope[0], torch.ones_like(slope[0])], 1), dim=1)
        towards = torch.cat([self.between(-1, 1), self.between(-0.2, 1), self.between(0.4, 1)], 1)
        self.lamp = F.normalize(towards, dim=1)
        self.facing = (self.normal * self.lamp).sum(1, keepdim=True)
        up = torch.tensor([0.0, 0.0, 1.0]).view(1, 3, 1, 1)
        self.mirrored = 2 * self.normal[:, 2:] * self.normal - up
        self.halfway = (self.normal * F.normalize(self.lamp + up, dim=1)).sum(1, keepdim=True).clamp_min(0)

    def noise(self, cells: int) -> Tensor:
        """Smooth noise, -1..1, of so many cells a side."""
        grid = torch.rand((self.count, 1, cells, cells), generator=self.chance) * 2 - 1
        return F.interpolate(grid, (self.side, self.side), mode="bicubic", align_corners=True)

    def between(self, low: float, high: float) -> Tensor:
        """(N, 1, 1, 1), even chances."""
        return torch.rand((self.count, 1, 1, 1), generator=self.chance) * (high - low) + low

    def one_of(self, colours: tuple[tuple[float, float, float], ...]) -> Tensor:
        """(N, 3, 1, 1): one of these colours each, a little changed."""
        chosen = torch.randint(len(colours), (self.count,), generator=self.chance)
        shift = 1 + 0.1 * (torch.rand((self.count, 3), generator=self.chance) - 0.5)
        return (torch.tensor(colours)[chosen] * shift)[:, :, None, None]

    def hue(self, least: float, most: float) -> Tensor:
        """(N, 3, 1, 1): any hue whose darkest channel is that share of its brightest."""
        pure = torch.rand((self.count, 3, 1, 1), generator=self.chance)
        low, high = pure.amin(1, keepdim=True), pure.amax(1, keepdim=True)
        floor = self.between(least, most)
        return 0.8 * (floor + (1 - floor) * (pure - low) / (high - low).clamp_min(1e-3))

    def sky(self) -> Tensor:
        """What a mirror shows: a bright sky over dark ground."""
        return 0.08 + 0.8 * torch.sigmoid((self.mirrored[:, 1:2] - self.between(-0.2, 0.3)) * 9)

    def scattered(self) -> Tensor:
        """What a matte surface sends back of lamp and sky."""
        return 0.85 * self.facing.clamp_min(0) + 0.15


def swatches(material: str, count: int, seed: int, side: int = 64) -> Tensor:
    """(count, 3, side, side) scene-linear 0..1; the same seed gives the same swatches."""
    sheets = Sheets(count, side, torch.Generator().manual_seed(seed * 10 + MATERIALS.index(material)))
    linear = _SHADED[material](sheets) * sheets.between(0.6, 1.1)
    return linear.clamp(0, 1)


def _metal(on: Sheets) -> Tensor:
    return on.one_of(_METALS) * (on.sky() + 1.5 * on.halfway ** on.between(60, 200))


def _plastic(on: Sheets) -> Tensor:
    return on.hue(0.05, 0.3) * on.scattered() + 0.5 * on.halfway ** on.between(25, 50)


def _ceramic(on: Sheets) -> Tensor:
    fresnel = 0.04 + 0.96 * (1 - on.normal[:, 2:]).clamp(0, 1) ** 5
    return on.hue(0.75, 0.95) * on.scattered() + fresnel * on.sky() + 1.5 * on.halfway ** on.between(300, 600)


def _skin(on: Sheets) -> Tensor:
    past = torch.tensor(_SCATTER).view(1, 3, 1, 1)
    lit = 0.85 * ((on.facing + past) / (1 + past)).clamp_min(0) + 0.15
    pores = 1 - on.between(0.2, 0.45) * (on.noise(on.side // 3) - 0.35).clamp(0, 0.4) / 0.4
    tone = on.one_of(_SKINS) * (1 + 0.12 * on.noise(6))
    return tone * lit * pores + 0.12 * on.halfway ** on.between(8, 15)


def _cloth(on: Sheets) -> Tensor:
    at = torch.arange(on.side, dtype=torch.float32)
    pitch = on.between(3.5, 5) / (2 * torch.pi)
    threads = torch.sin(at / pitch) * torch.sin(at[:, None] / pitch)
    sheen = 0.2 * (1 - on.normal[:, 2:]) ** 2
    return on.hue(0.35, 0.6) * on.scattered() * (0.6 + 0.4 * threads) + sheen


_SHADED = {"metal": _metal, "plastic": _plastic, "ceramic": _ceramic, "skin": _skin, "cloth": _cloth}


def main() -> None:
    """Write swatches as 8-bit sRGB."""
    parser = argparse.ArgumentParser(description="Swatches of five materials.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--side", type=int, default=256)
    given = parser.parse_args()
    for material in MATERIALS:
        folder = given.out / material
        folder.mkdir(parents=True, exist_ok=True)
        coded = swatches(material, given.count, 1, given.side).permute(0, 2, 3, 1) ** (1 / 2.2)
        for i, each in enumerate((coded * 255).round().byte().numpy()):
            Image.fromarray(each).save(folder / f"{i:03d}.png")


if __name__ == "__main__":
    main()
