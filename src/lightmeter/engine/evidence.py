"""What a report draws of an image, taken from inputs that were computed anyway."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from pydantic import ConfigDict, TypeAdapter
from torch import Tensor

from lightmeter.engine.cuts import cuts_asked, cuts_of
from lightmeter.engine.digests import functions_digest
from lightmeter.engine.drawings import drawings_of, drawn
from lightmeter.engine.scene import Scene
from lightmeter.engine.side_by_side import of_each
from lightmeter.measure.inputs import functions_below
from lightmeter.measure.records import Evidence, Wanted
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.provide import providers
from lightmeter.see.regions import FaceMesh, Matte

_LONG_SIDE = 448
_REGIONS = ("subject", "background", "skin", "hair")


@dataclass(frozen=True)
class Portrait:
    """What is kept of an image besides its values."""

    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    width: int
    height: int
    notes: tuple[str, ...]
    evidence: Evidence | None

    def to_json(self) -> str:
        """Text that `from_json` reads back to an equal value."""
        return _portraits().dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> Portrait:
        """Undo `to_json`."""
        return _portraits().validate_json(text)


@cache
def _portraits() -> TypeAdapter[Portrait]:
    return TypeAdapter(Portrait)


def evidence_digest(wanted: Sequence[Wanted]) -> str:
    """The digest of all code that the evidence of these measurements comes from."""
    shown = [overlay for overlay, _ in drawn(wanted)]
    cut = {"fine_matte"} if cuts_asked(wanted) else set()
    names = {"face", *_REGIONS, *cut}.union(*(overlay.inputs for overlay in shown))
    functions = (
        evidence_of,
        *(overlay.function for overlay in shown),
        *functions_below(names & set(providers())),
    )
    return functions_digest("evidence with a cut" if cut else "evidence", functions)


def evidence_of(scene: Scene, wanted: Sequence[Wanted]) -> list[Evidence]:
    """Thumbnail, region masks, mesh, overlays and, where asked for, the cut of each image of a batch."""
    linear: Tensor = scene.input("linear")
    thumbnails = _small(linear)
    masks = {name: _mask(scene.input(name), thumbnails.shape[2:]) for name in _REGIONS}
    meshes = _meshes(scene.input("face"), linear.shape[2:])
    drawings = drawings_of(scene, drawn(wanted), len(linear))
    cuts = cuts_of(scene, thumbnails.shape[2:]) if cuts_asked(wanted) else [b""] * len(linear)
    codes = (encoded_from_linear(thumbnails) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    small = of_each(_photograph, codes)
    return [
        Evidence(
            thumbnail=small[i],
            masks={name: mask[i] for name, mask in masks.items() if mask[i]},
            points=meshes[i],
            drawings=drawings[i],
            cut=cuts[i],
        )
        for i in range(len(codes))
    ]


def _small(planes: Tensor) -> Tensor:
    """(B, C, h, w) averaged down to a long side of at most 448."""
    height, width = planes.shape[2:]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return F.interpolate(planes, size, mode="area")


def _mask(region: Matte, size: torch.Size) -> list[bytes]:
    """A 1-bit PNG for each image, empty where the region is not known."""
    inside = F.interpolate(region.alpha, tuple(size), mode="nearest-exact")[:, 0] > 0.5
    unknown = torch.zeros(len(inside), dtype=torch.bool, device=inside.device)
    for refusal in region.refusals:
        unknown = unknown | refusal.when
    planes: npt.NDArray[np.bool_] = inside.cpu().numpy()
    return of_each(
        _drawing, (None if hidden else p for p, hidden in zip(planes, unknown.tolist(), strict=True))
    )


def _meshes(face: FaceMesh, size: torch.Size) -> list[bytes]:
    """The packed landmarks of each face, empty where there is none."""
    shares = (face.points[..., :2] / face.points.new_tensor((size[1], size[0]))).clamp(-3, 3).cpu()
    return [
        Evidence.packed((x, y) for x, y in mesh) if present else b""
        for mesh, present in zip(shares.tolist(), face.present.tolist(), strict=True)
    ]


def _photograph(codes: npt.NDArray[np.uint8]) -> bytes:
    return _written(Image.fromarray(codes), "WEBP")


def _drawing(inside: npt.NDArray[np.bool_] | None) -> bytes:
    return b"" if inside is None else _written(Image.fromarray(inside), "PNG")


def _written(image: Image.Image, format_: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format_, quality=80, method=2)  # half the time of 4, a WebP 4 % larger
    return stream.getvalue()
