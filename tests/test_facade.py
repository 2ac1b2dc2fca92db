from __future__ import annotations

from pathlib import Path

import pytest
import skimage.data
from PIL import Image

import lightmeter
from lightmeter.engine.plan import Settings


def test_measure_and_score_from_python(tmp_path: Path) -> None:
    """`lightmeter.measure` is the function although a room of that name has been imported."""
    picture = tmp_path / "astronaut.png"
    Image.fromarray(skimage.data.astronaut()).save(picture)
    table = lightmeter.measure(picture, only=["face_count"], settings=Settings(device="cpu"))
    assert table.value.tolist() == [1.0]
    run = lightmeter.score([picture], "demo", settings=Settings(device="cpu"))
    assert {verdict.criterion for verdict in run.verdicts} >= {"pores", "flat_light", "seamless"}
    written = lightmeter.write(run, tmp_path / "out")
    assert (tmp_path / "out" / "report.html") in written


def test_measuring_draws_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence is for the page, which a run without a rubric has not: it would cost every network."""

    def refuse(scene: object) -> None:
        raise AssertionError("evidence was drawn")

    monkeypatch.setattr("lightmeter.engine.batch.evidence_of", refuse)
    picture = tmp_path / "astronaut.png"
    Image.fromarray(skimage.data.astronaut()).save(picture)
    assert lightmeter.measure(picture, only=["aspect_ratio"]).value.tolist() == [1.0]


def test_every_public_name_exists() -> None:
    for name in lightmeter.__all__:
        assert getattr(lightmeter, name).__doc__


def test_each_image_is_held_against_its_own_prompt(tmp_path: Path) -> None:
    """Two prompts ask different things; a measurement that is missing so far stands there with its reason."""
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "a.png")
    Image.fromarray(skimage.data.astronaut()[:, ::-1]).save(tmp_path / "b.png")
    manifest = tmp_path / "m.csv"
    manifest.write_text(
        'path,prompt\na.png,"a portrait, 1:1 ratio"\nb.png,"16:9, #ff0080 backdrop, 3mm radius"\n'
    )
    settings = Settings(device="cpu", evidence=False)
    run = lightmeter.score(manifest, "demo", settings=settings, specification=True)
    held = {(row.image, row.ask.wanted.measurement): row.met for row in run.specification if row.ask.wanted}
    assert held.pop(("a.png", "aspect_ratio")) == "yes"
    assert held.pop(("b.png", "aspect_ratio")) == "no"
    assert held.keys() == {("b.png", "key_colour_error"), ("b.png", "chroma_purity")}
    lightmeter.write(run, tmp_path / "out")
    assert (tmp_path / "out" / "specification.csv").read_text().count("\n") == 6
