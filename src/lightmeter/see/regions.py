"""What regions look like: fixed shapes, with the reason where an image has none."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from lightmeter.see.provide import Refusal


@dataclass(frozen=True)
class Matte:
    """Coverage of a region over the frame.

    alpha: (B, 1, H, W) float32 in 0..1. refusals: images for which the region is not known.
    """

    alpha: Tensor
    refusals: tuple[Refusal, ...] = ()

    def share(self, where: Tensor) -> Tensor:
        """(B,) share of the region in which `where` (B, 1, H, W) holds; NaN where the region is empty."""
        return (where * self.alpha).sum((1, 2, 3)) / self.alpha.sum((1, 2, 3))


@dataclass(frozen=True)
class FaceMesh:
    """The subject's face: the largest one found.

    points: (B, 478, 3) float32 in frame pixels, x right, y down, z away from the camera on the same
    scale; NaN where there is no face. present: (B,) bool. count: (B,) int64, faces found.
    width: (B,) float32, frame pixels between the temples (points 234 and 454) in 3-D, so that turning
    the head does not shrink it; NaN where there is no face.
    """

    points: Tensor
    present: Tensor
    count: Tensor
    width: Tensor
    refusals: tuple[Refusal, ...] = ()
