"""`--decode device`: JPEGs decoded by torchvision, on the device, a batch in one call.

On a GPU that is NVIDIA's decoder, on a CPU libjpeg within this process. Neither is contained: a file that
crashes it ends the run, and `Limits.seconds` does not hold. So it must be asked for. Only plain files go this
way (8 bits, grey or YCbCr, sRGB, not cut short, within the other limits); all else is decoded as ever.
Chroma is upsampled and rounded otherwise than by the contained decoder, so values have keys of their own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version

import torch
from torch import Tensor

from lightmeter.engine.transfer import Sent, copying, there_by_now
from lightmeter.errors import LightmeterError
from lightmeter.read.jpeg import Segments, segments
from lightmeter.read.limits import Limits
from lightmeter.read.picture import Picture
from lightmeter.read.profile import is_srgb
from lightmeter.read.upright import TURNS, orientation, turned

JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture, and its codes where they were decoded."""

    picture: Picture
    sent: Sent


def decoder() -> str:
    """What decodes on a device; raises LightmeterError where this torchvision has none."""
    _decode_jpeg()
    return f"torchvision {version('torchvision')}"


def plain(data: bytes, limits: Limits) -> Segments | None:
    """What a JPEG says of itself, if it may go this way: whatever is to be refused is not."""
    said = segments(data) if data.startswith(JPEG) else None
    if said is None or not (said.plain and said.whole) or said.scans > limits.scans:
        return None
    if not 0 < said.width * said.height <= limits.pixels or (said.profile and not is_srgb(said.profile)):
        return None
    return said


def decoded(files: Sequence[tuple[bytes, Segments, str]], device: torch.device) -> list[Decoded | None]:
    """Files with what they say and their digests, all in one call; None for each that the decoder refuses.

    One that it refuses has the others decoded each alone: a picture's codes do not hang on its company.
    """
    try:
        with torch.cuda.stream(copying(device)) if device.type == "cuda" else nullcontext():
            bytes_ = [torch.frombuffer(bytearray(data), dtype=torch.uint8) for data, _, _ in files]
            planes = _decode_jpeg()(bytes_, mode="RGB", device=device)
            return [
                _decoded(each, said, digest) for each, (_, said, digest) in zip(planes, files, strict=True)
            ]
    except (RuntimeError, MemoryError):  # torch.OutOfMemoryError is the first
        pass
    return [None] if len(files) == 1 else [found for each in files for found in decoded([each], device)]


def _decoded(planes: Tensor, said: Segments, digest: str) -> Decoded | None:
    if planes.shape != (3, said.height, said.width):
        return None
    turn = orientation(said.exif)
    notes = (*(["grey"] if said.grey else []), *([turned(turn)] if turn != 1 else []))
    codes = _upright(planes.permute(1, 2, 0), turn).contiguous()
    picture = Picture(codes.cpu().numpy(), None, digest, notes)
    return Decoded(picture, Sent(codes, there_by_now() if codes.device.type == "cuda" else None))


def _upright(codes: Tensor, turn: int) -> Tensor:
    """As `upright.upright`."""
    swapped, reversed_ = TURNS.get(turn, (False, ()))
    return (codes.transpose(0, 1) if swapped else codes).flip(reversed_)


def _decode_jpeg() -> Callable[..., list[Tensor]]:
    # torchvision 0.29 warns that it will hand its decoders over to torchcodec one day.
    warnings.filterwarnings("ignore", "The image decoding and encoding capabilities of TorchVision")
    try:
        from torchvision.io import decode_jpeg
    except ImportError as error:
        raise LightmeterError("--decode device needs a torchvision that decodes JPEGs") from error
    found: Callable[..., list[Tensor]] = decode_jpeg
    return found
