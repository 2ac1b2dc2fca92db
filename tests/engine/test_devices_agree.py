"""How two devices are compared (tests/validate/devices.py), on runs of the CPU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from lightmeter.api import measured_run
from lightmeter.engine.plan import Settings
from lightmeter.judge.run import Run

VALIDATE = Path(__file__).parents[1] / "validate"
ONLY = ("aspect_ratio", "saturation", "sharpness", "face_count", "key_azimuth", "key_elevation")


@pytest.fixture
def comparing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(VALIDATE))
    import devices

    return devices


@pytest.fixture
def once(folder: Path) -> Run:
    return measured_run([folder], only=ONLY, settings=Settings(device="cpu"))


def shifted(run: Run, name: str, image: str, by: float | None) -> Run:
    """One value moved, or taken away."""

    def moved(value: float | None) -> float | None:
        return None if by is None or value is None else value + by

    readings = [
        replace(r, value=moved(r.value)) if (r.wanted.measurement, r.image) == (name, image) else r
        for r in run.readings
    ]
    return replace(run, readings=tuple(readings))


def test_a_run_agrees_with_itself_and_with_the_other_decoder(
    comparing: ModuleType, once: Run, folder: Path
) -> None:
    found = comparing.agreements(once, once)
    assert {each.measured.name for each in found} == set(ONLY)
    assert all(each.holds and each.most == 0 and each.both == 3 for each in found)
    Image.open(folder / "warm/one.png").save(folder / "warm/three.jpg")
    ways = ("contained", "device")
    runs = (measured_run([folder], only=ONLY, settings=Settings(device="cpu", decode=way)) for way in ways)
    assert all(each.most == 0 and each.both == 4 for each in comparing.agreements(*runs))


def test_differences_are_told_in_tolerances(comparing: ModuleType, once: Run) -> None:
    found = comparing.agreements(once, shifted(once, "key_elevation", "warm/one.png", 12.0))
    worst = found[0]
    assert worst.measured.name == "key_elevation" and worst.at == "warm/one.png"
    assert worst.most == pytest.approx(12.0 / worst.measured.tolerance) and not worst.holds
    assert "| key_elevation | deg | 8 | 3 | 0 | 1.5 | 1.5 | warm/one.png |" in comparing.agreement_table(
        found
    )


def test_directions_come_round(comparing: ModuleType, once: Run) -> None:
    (worst,) = (
        each
        for each in comparing.agreements(once, shifted(once, "key_azimuth", "warm/two.png", 359.0))
        if each.measured.name == "key_azimuth"
    )
    assert worst.most == pytest.approx(1 / worst.measured.tolerance) and worst.holds


def test_what_one_alone_refuses_counts(comparing: ModuleType, once: Run) -> None:
    found = comparing.agreements(once, shifted(once, "sharpness", "warm/two.png", None))
    assert (found[0].measured.name, found[0].one_sided, found[0].both) == ("sharpness", 1, 2)
    assert not found[0].holds
