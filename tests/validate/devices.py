"""devices.md: every measurement on the CPU against the GPU, over real pictures, in units of its tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from figures import Headline, page, section, table
from metering import PARTS, Meter, pictures_below

from lightmeter.api import measured_run
from lightmeter.engine.plan import Settings
from lightmeter.judge.run import Run
from lightmeter.measure.registry import Measurement, measurements

PERIODS = {
    "key_azimuth": 360.0,
    "background_gradient_angle": 360.0,
    "beam_angle": 180.0,
    "catchlight_clock": 12.0,
}
"""Directions come round: 179 and -179 degrees are 2 apart."""

_LEAST = 1e-6
"""As in the contract: the tolerance where none is needed."""


@dataclass(frozen=True)
class Agreement:
    """One measurement on two devices. percentile, most: 99th percentile and largest difference in tolerances,
    over the pictures that both give a value; at: where the largest is. one_sided: pictures that one alone
    refuses."""

    measured: Measurement
    both: int
    one_sided: int
    percentile: float
    most: float
    at: str

    @property
    def holds(self) -> bool:
        return self.most <= 1 and not self.one_sided


def absent() -> str:
    """Why there is nothing to compare here; empty where there is."""
    return "" if torch.cuda.is_available() else "torch sees no CUDA device here"


def devices(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headlines."""
    name = torch.cuda.get_device_name()
    paths = [path for part in PARTS for path in pictures_below(meter.data / part)]
    here, there = (
        measured_run(paths, parameters=_ASKED, settings=Settings(device=device, cache=meter.cache))
        for device in ("cpu", "cuda")
    )
    found = agreements(here, there)
    within = sum(each.holds for each in found)
    text = page(
        f"The CPU against {name}",
        f"{len(paths)} pictures of people, AI and real, all measurements; torch {torch.__version__}. "
        "Tolerances are those that `tests/test_contract.py` holds both devices to, on pictures made for it.",
        section("Differences, in tolerances", agreement_table(found)),
    )
    return text, [
        Headline(f"CPU against {name}: measurements within tolerance", f"{within} of {len(found)}", "all")
    ]


def agreements(one: Run, other: Run) -> list[Agreement]:
    """Every measurement that both runs made, the worst first; the same pictures in both."""
    found = list(_agreements(one, other))
    return sorted(found, key=lambda each: (each.holds, -each.most))


def _agreements(one: Run, other: Run) -> Iterator[Agreement]:
    first, second = ({(r.wanted.measurement, r.image): r.value for r in run.readings} for run in (one, other))
    for name, measured in measurements().items():
        images = [image for each, image in first if each == name]
        pairs = [(image, first[name, image], second[name, image]) for image in images]
        if pairs:
            yield _agreement(measured, pairs)


def _agreement(measured: Measurement, pairs: Sequence[tuple[str, float | None, float | None]]) -> Agreement:
    values = np.array([(a, b) for _, a, b in pairs], float)
    off = np.abs(values[:, 0] - values[:, 1])
    if period := PERIODS.get(measured.name):
        off = np.minimum(off, period - off)
    known = np.isfinite(off)
    off = off / max(measured.tolerance, _LEAST)
    if not known.any():
        return Agreement(measured, 0, _one_sided(values), 0.0, 0.0, "")
    at = int(np.nanargmax(off))
    return Agreement(
        measured,
        int(known.sum()),
        _one_sided(values),
        float(np.percentile(off[known], 99)),
        float(off[at]),
        pairs[at][0],
    )


def _one_sided(values: np.ndarray) -> int:
    unknown = np.isnan(values)
    return int((unknown[:, 0] != unknown[:, 1]).sum())


def agreement_table(found: Sequence[Agreement]) -> str:
    """A row each; the name of a picture only where it is beyond the tolerance."""
    rows = [
        [
            each.measured.name,
            each.measured.unit,
            f"{each.measured.tolerance:g}",
            each.both,
            each.one_sided,
            f"{each.percentile:.2g}",
            f"{each.most:.2g}",
            each.at if each.most > 1 else "",
        ]
        for each in found
    ]
    head = ["measurement", "unit", "tolerance", "n", "refused by one alone", "99 %", "largest", "where"]
    return table(head, rows)


_ASKED = {"key_colour": "#ff0080"}
