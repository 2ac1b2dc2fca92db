"""The extracted subject in small, for a report to show over other grounds."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.engine.side_by_side import of_each
from lightmeter.measure.records import Wanted
from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded
from lightmeter.see.fine_matte import FineMatte, KeyPull

EDGES = (
    "key_spill",
    "edge_halo",
    "matte_edge_width",
    "lost_strands",
    "background_key_residue",
    "background_key_residue_worst",
)
"""Measurements of how well the subject extracts: whoever asks for one wants to see it extracted."""
_ALPHA_QUALITY = 50
"""Coverage to within 0.05, for a third less than exact: about 13 kB an image."""


def cuts_asked(wanted: Iterable[Wanted]) -> bool:
    """Whether any of these measurements is about the edges of an extracted subject."""
    return any(each.measurement in EDGES for each in wanted)


def cuts_of(scene: Scene, size: torch.Size) -> list[bytes]:
    """For each image a WebP of that size, the subject with straight alpha; empty where it is not known."""
    matte: FineMatte = scene.input("fine_matte")
    known = matte.alpha.amax((1, 2, 3)) > 0
    for refusal in matte.refusals:
        known = known & ~refusal.when
    rgba = _averaged(scene.input("encoded"), scene.input("key_pull"), matte.alpha, size)
    planes: npt.NDArray[np.uint8] = (
        (255 * rgba).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    )
    return of_each(_written, (plane if k else None for plane, k in zip(planes, known.tolist(), strict=True)))


def _averaged(encoded: Tensor, pull: KeyPull, alpha: Tensor, size: torch.Size) -> Tensor:
    """(B, 4, h, w) encoded colour and coverage: light is averaged as far as it is the subject's."""
    light = linear_from_encoded(pull.unmixed(encoded, alpha)) * alpha
    small = F.interpolate(torch.cat((light, alpha), 1), tuple(size), mode="area")
    colour = small[:, :3] / small[:, 3:].clamp_min(1e-6)
    return torch.cat((encoded_from_linear(colour.clamp(0, 1)), small[:, 3:].clamp(0, 1)), 1)


def _written(plane: npt.NDArray[np.uint8] | None) -> bytes:
    if plane is None:
        return b""
    stream = io.BytesIO()
    Image.fromarray(plane).save(stream, "WEBP", quality=80, alpha_quality=_ALPHA_QUALITY)
    return stream.getvalue()
