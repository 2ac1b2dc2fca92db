"""What a run will do, settled before the first image: measurements, device, and the keys of their values."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import torch
from pydantic import JsonValue

from lightmeter.engine.digests import code_digest
from lightmeter.engine.evidence import evidence_digest
from lightmeter.errors import LightmeterError, WeightsUnavailable
from lightmeter.measure.inputs import needs_of, parameters_of, unasked
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import Measurement, measurements
from lightmeter.read.decode import Limits
from lightmeter.see.clip import ClipSpec
from lightmeter.see.clip_checkpoint import find_checkpoint, surely_absent


@dataclass(frozen=True)
class Settings:
    """How to run. batch: images of one shape that the device sees at once, 0 to let the device decide.
    workers: decoding threads. cache: the file of remembered values, None for none. evidence: keep what a
    report draws."""

    device: str = "auto"
    batch: int = 0
    workers: int = 2
    cache: Path | None = None
    clip: ClipSpec = field(default_factory=ClipSpec)
    evidence: bool = True
    limits: Limits = field(default_factory=Limits)


def chosen_device(name: str) -> torch.device:
    """The device for "auto", "cpu" or "cuda"; TF32 is switched off, for measurements are exact."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
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
        return self.settings.batch or (1 if self.device.type == "cpu" else 16)

    def uses(self, root: str) -> bool:
        """Whether any measurement that will run stands on that input."""
        return any(root in needs_of(measurements()[each.measurement]) for each in self.runnable)

    def key(self, digest: str, wanted: Wanted) -> str:
        """Where the value for an image's digest is kept: equal only if nothing that it depends on changed."""
        measured = measurements()[wanted.measurement]
        parts = [digest, wanted.measurement, wanted.parameters, code_digest(measured), self.device.type]
        if "clip_spec" in needs_of(measured):
            parts.append(clip_digest(self.settings.clip))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def portrait_key(self, digest: str) -> str:
        """Where an image's size and evidence are kept."""
        drawn = self._drawn if self.settings.evidence else "none"
        return hashlib.sha256(f"{digest}\n{drawn}".encode()).hexdigest()

    @cached_property
    def _drawn(self) -> str:
        """What the evidence hangs on besides the image: code, and parameters of what is drawn."""
        parameters = sorted({each.parameters for each in self.runnable})
        return "\n".join([evidence_digest(self.runnable), *parameters])


def plan(wanted: Iterable[Wanted], settings: Settings) -> Plan:
    """Sort the wanted measurements into those that can run and those that cannot, each once."""
    runnable, refused = [], {}
    for each in dict.fromkeys(wanted):
        measured = known(each.measurement)
        if reason := unasked(measured, each.mapping()):
            refused[each] = reason
        else:
            runnable.append(each)
    return Plan(tuple(runnable), refused, settings, chosen_device(settings.device))


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
    """sha256 of the CLIP checkpoint's bytes, or "absent": weights that come later make new keys."""
    if surely_absent(spec):
        return "absent"
    try:
        checkpoint = find_checkpoint(spec)
    except WeightsUnavailable:
        return "absent"
    with checkpoint.path.open("rb") as stream:
        return f"{spec}:{hashlib.file_digest(stream, 'sha256').hexdigest()}"


def default_cache() -> Path:
    """`lightmeter/values.sqlite` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lightmeter" / "values.sqlite"
