"""Measure one batch: images of one shape, in, and a value or a reason for each, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lightmeter.engine.cache import Value
from lightmeter.engine.columns import columns
from lightmeter.engine.evidence import Portrait, evidence_of
from lightmeter.engine.load import Ready
from lightmeter.engine.plan import Plan
from lightmeter.engine.scene import Scene
from lightmeter.engine.transfer import one_list, received
from lightmeter.errors import LightmeterError
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import measurements
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.frame import frame_of
from lightmeter.read.picture import Picture
from lightmeter.see.natives import listed

_LEAST_SIDE, _MOST_ASPECT = 12, 32
"""Pixels, and long side over short. Pictures of 12 x 12, 384 x 12 and 1024 x 32 are measured; in those of
8 x 8 and of 1024 x 16 filters find no room."""


@dataclass(frozen=True)
class Result:
    """One image of a batch: its values and what is kept besides, or the reason why there are none."""

    values: dict[Wanted, Value]
    portrait: Portrait | None
    reason: str = ""
    crowded: bool = False
    """Whether it took a smaller batch, for want of memory."""


def measured(batch: Sequence[Ready], plan: Plan) -> list[Result]:
    """Measure a batch; should it fail, each image alone, so that one image never stops a run.

    Where memory is what lacks, the batch is halved until it fits, and its results say so.
    """
    try:
        return _together(batch, plan)
    except LightmeterError:
        raise
    except Exception as error:
        full = _lacks_memory(error)
        if len(batch) == 1:
            return [Result({}, None, _why(error, full, batch[0].picture), crowded=full)]
    # Outside `except`: there, the traceback would still hold the tensors that took the memory.
    if not full:
        return [result for each in batch for result in measured([each], plan)]
    if plan.device.type == "cuda":
        torch.cuda.empty_cache()
    half = len(batch) // 2
    return [replace(r, crowded=True) for part in (batch[:half], batch[half:]) for r in measured(part, plan)]


def _why(error: Exception, full: bool, picture: Picture) -> str:
    """The reason for a picture without any value, for those who gave it."""
    short, long = sorted((picture.width, picture.height))
    if full:
        return f"not enough memory to measure it: {_line(error)}"
    if short < _LEAST_SIDE or long > _MOST_ASPECT * short:
        size = f"{picture.width} x {picture.height} pixels"
        return (
            f"too small or too narrow to measure: {size}; {_LEAST_SIDE} a side, and at most {_MOST_ASPECT} "
            "times as long as wide, are enough"
        )
    return f"could not be measured: {_line(error)}"


def _lacks_memory(error: Exception) -> bool:
    """torch's own error on a GPU; on the CPU its allocator raises RuntimeError, numpy MemoryError."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _together(batch: Sequence[Ready], plan: Plan) -> list[Result]:
    """A batch at once on a GPU. On the CPU one image after the other: nothing is faster together there, and
    torch sums in an order that the shape of a batch decides, which the last digits show."""
    if plan.device.type == "cpu":
        return [result for each in batch for result in _at_once([each], plan)]
    return _at_once(batch, plan)


def _at_once(batch: Sequence[Ready], plan: Plan) -> list[Result]:
    pictures = tuple(ready.picture for ready in batch)
    with torch.inference_mode():
        codes = received((ready.sent for ready in batch), plan.device)
        linear = _frames(pictures, codes)
        roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": pictures}
        sizes = tuple((each.height, each.width) for each in pictures)
        roots |= {"natives": listed(one_list(codes), sizes, linear)}
        roots |= {"prompts": tuple(ready.prompt for ready in batch)}
        roots |= {"clip_spec": plan.settings.clip, "clip_regions": plan.clip_regions}
        scene = Scene(roots)
        asked = {each: measurements()[each.measurement].function for each in plan.runnable}
        found = columns({each: scene.call(function, each.mapping()) for each, function in asked.items()})
        evidence = evidence_of(scene, plan.runnable) if plan.settings.evidence else [None] * len(batch)
    return [
        Result(
            {wanted: column[i] for wanted, column in found.items()},
            Portrait(picture.width, picture.height, picture.notes, drawn),
        )
        for i, (picture, drawn) in enumerate(zip(pictures, evidence, strict=True))
    ]


def _frames(pictures: Sequence[Picture], codes: Sequence[Tensor]) -> Tensor:
    """(B, 3, h, w) scene-linear, where the codes are; the same bits either way, each where it is fast."""
    if codes[0].device.type == "cpu":
        return torch.stack([picture.frame() for picture in pictures])
    return torch.stack([frame_of(each) for each in codes])
