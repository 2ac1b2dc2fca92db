"""Images/s from files to values beside what the loaders alone reach: the ceiling that decoding sets."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import open_clip
import torch
from clock import seconds_of
from safetensors.torch import save_file

from lightmeter.api import score
from lightmeter.engine.cache import Cache
from lightmeter.engine.load import loaded_ahead
from lightmeter.engine.plan import Settings, chosen_device, plan
from lightmeter.judge.model import Rubric
from lightmeter.judge.rubric import load_rubric
from lightmeter.measure.records import Wanted
from lightmeter.read.sources import find
from lightmeter.see.clip import ClipSpec

RUBRIC = "hyperreal-character"
WAYS = ("contained", "device")


@dataclass(frozen=True)
class Rate:
    """images/s of one way to run, and of its loaders alone."""

    name: str
    rate: float
    ceiling: float

    @property
    def share(self) -> float:
        return self.rate / self.ceiling


def rates(paths: Sequence[Path], folder: Path, chosen: Settings, repeats: int) -> list[Rate]:
    """Of the rubric with and without CLIP, no evidence, each way to decode; medians."""
    device = chosen_device(chosen.device)
    spec = _random_clip(folder / "clip.safetensors")
    found = []
    for way in WAYS:
        settings = replace(chosen, cache=None, evidence=False, clip=spec, decode=way)
        ceiling = _rate(paths, repeats, device, lambda s=settings: _load_all(paths, s))
        for name, rubric in (("without CLIP", without_clip()), ("with CLIP ViT-B-32", load_rubric(RUBRIC))):
            rate = _rate(paths, repeats, device, lambda r=rubric, s=settings: score(paths, r, settings=s))
            found.append(Rate(f"{name}, decode: {way}", rate, ceiling))
    return found


def without_clip() -> Rubric:
    """The rubric without the criteria that need CLIP."""
    rubric = load_rubric(RUBRIC)
    kept = {name: c for name, c in rubric.criteria.items() if c.measure != "material_similarity"}
    return rubric.model_copy(update={"criteria": kept})


def _rate(paths: Sequence[Path], repeats: int, device: torch.device, timed: Callable[[], object]) -> float:
    timed()
    return len(paths) / statistics.median(seconds_of(device, timed) for _ in range(repeats))


def _load_all(paths: Sequence[Path], settings: Settings) -> None:
    """Read, hash, decode and send every picture to the device, and let it go again."""
    planned = plan([Wanted.of("megapixels")], settings)
    for _ in loaded_ahead(find(list(paths)), planned, Cache(None)):
        pass


def _random_clip(file: Path) -> ClipSpec:
    """ViT-B-32 with weights that cost what learned ones do and know nothing."""
    torch.manual_seed(1)
    logging.disable(logging.WARNING)  # it warns that they are random
    module = open_clip.create_model("ViT-B-32", load_weights=False)
    logging.disable(logging.NOTSET)
    save_file({name: value.contiguous() for name, value in module.state_dict().items()}, file)
    return ClipSpec("ViT-B-32", str(file))
