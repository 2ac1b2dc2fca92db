"""What a run will do, settled before the first image: measurements, device, and the keys of their values."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import torch
from pydantic import JsonValue

from lightmeter.engine.cores import cores
from lightmeter.engine.device_decode import decoder
from lightmeter.engine.digests import code_digest
from lightmeter.engine.evidence import evidence_digest
from lightmeter.errors import LightmeterError, WeightsUnavailable
from lightmeter.measure.inputs import needs_of, parameters_of, unasked
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import Measurement, measurements
from lightmeter.read.limits import Limits
from lightmeter.see.clip import ClipSpec
from lightmeter.see.clip_checkpoint import architecture_text, find_checkpoint, surely_absent
from lightmeter.see.clip_crops import REGIONS, WHOLE
from lightmeter.see.text import text_reader


@dataclass(frozen=True)
class Settings:
    """How to run. batch: images of one shape that the device sees at once, 0 to let the device decide.
    workers: threads that read and decode ahead, 0 likewise. cache: the file of remembered values, None for
    none. evidence: keep what a report draws. engine: this process, or the workers of a Ray cluster;
    partitions: the folder for their rows, None for none to stay. decode: in processes of their own, or plain
    JPEGs on the device, which is not contained."""

    device: str = "auto"
    batch: int = 0
    workers: int = 0
    cache: Path | None = None
    clip: ClipSpec = field(default_factory=ClipSpec)
    evidence: bool = True
    engine: Literal["local", "ray"] = "local"
    partitions: Path | None = None
    decode: Literal["contained", "device"] = "contained"
    limits: Limits = field(default_factory=Limits)


def chosen_device(name: str, here: bool = True) -> torch.device:
    """The device for "auto", "cpu" or "cuda"; TF32 is switched off, for measurements are exact.

    here: whether it must be in this machine; "auto" looks no further in any case.
    """
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if here and name.startswith("cuda") and not torch.cuda.is_available():
        raise LightmeterError(f"--device {name}: torch sees no CUDA device here; give --device cpu")
    try:
        return torch.device(name)
    except RuntimeError:
        raise LightmeterError(f"--device {name}: give auto, cpu or cuda") from None


def everything(given: Mapping[str, JsonValue], only: Iterable[str] = ()) -> list[Wanted]:
    """Each measurement (of those named in `only`, if any), with the given parameters that it takes."""
    chosen = {known(name).name for name in only}
    return [
        Wanted.of(name, {key: value for key, value in given.items() if key in parameters_of(measured)})
        for name, measured in measurements().items()
        if not chosen or name in chosen
    ]


@dataclass(frozen=True)
class Plan:
    """The wanted measurements that can run, and the reason for each that cannot."""

    runnable: tuple[Wanted, ...]
    refused: Mapping[Wanted, str]
    settings: Settings
    device: torch.device

    @property
    def batch(self) -> int:
        """Images at once: on the CPU one, since its cores take an image each; many fill a GPU."""
        return self.settings.batch or (1 if self.device.type == "cpu" else _filling(self.device))

    @property
    def workers(self) -> int:
        """Threads that read ahead, each with a process that decodes: on the CPU two, since its cores measure;
        on a GPU's machine they have little else to do."""
        return self.settings.workers or (2 if self.device.type == "cpu" else cores())

    def uses(self, root: str) -> bool:
        """Whether any wanted measurement stands on that input, be it refused."""
        wanted = (*self.runnable, *self.refused)
        return any(root in needs_of(measurements()[each.measurement]) for each in wanted)

    @cached_property
    def clip_regions(self) -> tuple[str, ...]:
        """Where on the pictures CLIP is asked to look, so that all crops go through it together."""
        asked = {str(each.mapping().get("region", WHOLE)) for each in self.runnable}
        return tuple(sorted(asked & REGIONS))

    def key(self, digest: str, wanted: Wanted, prompt: str | None = None) -> str:
        """Where the value for an image's digest is kept: equal only if nothing that it depends on changed.

        prompt: of the image; part of the key of what reads it, and of nothing else.
        """
        measured = measurements()[wanted.measurement]
        parts = [digest, wanted.measurement, wanted.parameters, code_digest(measured), self.device.type]
        parts += self._decoder
        if "clip_spec" in needs_of(measured):
            parts.append(clip_digest(self.settings.clip))
        if "prompts" in needs_of(measured):
            parts.append(json.dumps(prompt))
        if "text" in needs_of(measured):
            parts.append(text_reader())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def portrait_key(self, digest: str, prompt: str | None = None) -> str:
        """Where an image's size and evidence are kept; prompt: of the image, part of it as in `key`."""
        drawn = self._drawn if self.settings.evidence else "none"
        if self.settings.evidence and self.uses("prompts"):
            drawn += json.dumps(prompt)
        return hashlib.sha256("\n".join([digest, drawn, *self._decoder]).encode()).hexdigest()

    @cached_property
    def _decoder(self) -> list[str]:
        """What pixels hang on besides the file: nothing, unless the device decodes."""
        return [f"{decoder()} on {self.device.type}"] if self.settings.decode == "device" else []

    @cached_property
    def _drawn(self) -> str:
        """What the evidence hangs on besides the image: code, and parameters of what is drawn."""
        parameters = sorted({each.parameters for each in self.runnable})
        reader = [text_reader()] if self.uses("text") else []
        return "\n".join([evidence_digest(self.runnable), *parameters, *reader])


def plan(wanted: Iterable[Wanted], settings: Settings) -> Plan:
    """Sort the wanted measurements into those that can run and those that cannot, each once."""
    runnable, refused = [], {}
    for each in dict.fromkeys(wanted):
        measured = known(each.measurement)
        if reason := unasked(measured, each.mapping()) or _blind(measured, settings.clip):
            refused[each] = reason
        else:
            runnable.append(each)
    if settings.decode == "device":
        decoder()  # or its reason, before the first image
    return Plan(
        tuple(runnable), refused, settings, chosen_device(settings.device, settings.engine == "local")
    )


def _blind(measured: Measurement, spec: ClipSpec) -> str:
    """The reason for not asking CLIP at all where its weights cannot be here: regions are not cut out for it,
    and open_clip, which takes seconds, is not imported."""
    if "clip_spec" in needs_of(measured) and surely_absent(spec):
        return (
            f"CLIP weights unavailable: {spec} is not in the local Hugging Face cache; "
            "`lightmeter doctor --download` fetches it"
        )
    return ""


@cache
def _filling(device: torch.device) -> int:
    """A power of two, at most 64, and no more than a GPU has GiB: an image of a megapixel takes a fifth of
    one on a CPU. Should a batch not fit, it is halved. 16 where the GPU is another machine's."""
    if not torch.cuda.is_available():
        return 16
    held = torch.cuda.get_device_properties(device).total_memory >> 30
    return 1 << min(6, max(0, held.bit_length() - 1))


def known(name: str) -> Measurement:
    """The measurement of that name, or an error that names the nearest one."""
    found = measurements().get(name)
    if found is None:
        near = difflib.get_close_matches(name, measurements(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise LightmeterError(f"no measurement {name!r}{hint}; `lightmeter measures` lists them")
    return found


@cache
def clip_digest(spec: ClipSpec) -> str:
    """sha256 of the CLIP checkpoint's bytes, and of how a file is read; "absent" where it is not here.

    So weights that come later, and another configuration beside the same weights, make new keys.
    """
    if surely_absent(spec):
        return "absent"
    try:
        checkpoint = find_checkpoint(spec)
    except WeightsUnavailable:
        return "absent"
    with checkpoint.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if checkpoint.tagged:
        return f"{spec}:{digest}"
    return f"{spec}:{digest}:{hashlib.sha256(architecture_text(checkpoint).encode()).hexdigest()[:16]}"


def default_cache() -> Path:
    """`lightmeter/values.sqlite` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lightmeter" / "values.sqlite"
