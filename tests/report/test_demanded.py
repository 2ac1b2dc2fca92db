"""The section of asked, measured and met, with words of strangers in it."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from lightmeter.judge.fulfilment import fulfilments
from lightmeter.judge.outcome import outcome
from lightmeter.judge.run import Run
from lightmeter.measure.records import Reading, Wanted
from lightmeter.report.delimited import csv_bytes
from lightmeter.report.page import page
from lightmeter.report.summary import summary
from lightmeter.report.tables import SPECIFICATION, specification_frame
from lightmeter.report.terminal import print_run

HOSTILE = "large <b>softbox</b>, softbox 45° upper left, --ar 2:3, 85mm lens, 24k hammered gold"


def asked(run: Run) -> Run:
    images = tuple(
        replace(record, prompt=HOSTILE) if record.status == "measured" else record for record in run.images
    )
    name = next(record.image for record in images if record.status == "measured")
    readings = [
        Reading(name, Wanted.of("key_azimuth"), "deg", -40.0, ""),
        Reading(name, Wanted.of("aspect_ratio"), "ratio", 1.0, ""),
    ]
    return replace(run, images=images, specification=fulfilments(images, readings))


def test_the_table(run: Run) -> None:
    frame = specification_frame(asked(run))
    assert tuple(frame.columns) == SPECIFICATION
    assert set(frame.met) == {"yes", "no", "unmeasured"}
    first = frame[frame.image == frame.image.iloc[0]].set_index("measurement")
    assert first.met["key_azimuth"] == "yes"
    assert first.met["aspect_ratio"] == "no"
    assert (frame.reason == "").eq(frame.met != "unmeasured").all()
    assert csv_bytes(frame).startswith(b"image,words,measurement,parameters,wanted_low,")


def test_the_reports_tell_it(run: Run) -> None:
    held = asked(run)
    decided = outcome(held, strict=False)
    for text in (summary(held, decided), page(held, decided)):
        assert "Asked, measured, met" in text
        assert "-70 to -20" in text.replace("\\", "")
    console = Console(record=True, width=200)
    print_run(held, decided, console)
    assert "asked by prompts" in console.export_text()


def test_words_of_strangers_are_escaped(run: Run) -> None:
    held = asked(run)
    ask = replace(held.specification[0].ask, words="<script>alert(1)</script> | `x`")
    held = replace(held, specification=(replace(held.specification[0], ask=ask),))
    decided = outcome(held, strict=False)
    assert "<script>alert(1)" not in page(held, decided)
    assert "<script>" not in summary(held, decided)


def test_without_a_specification_there_is_no_section(run: Run) -> None:
    decided = outcome(run, strict=False)
    assert "Asked, measured, met" not in page(run, decided)
    assert "Asked, measured, met" not in summary(run, decided)
