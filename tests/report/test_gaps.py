from __future__ import annotations

from lightmeter.judge.run import Run
from lightmeter.measure.records import ImageRecord, Reading, Wanted
from lightmeter.report.gaps import absent, gaps, not_read


def test_reasons_that_differ_in_a_figure_are_one() -> None:
    asked = Wanted("skin_texture")
    images = tuple(ImageRecord(f"{i}.png", "", "measured") for i in range(3))
    readings = tuple(
        Reading(f"{i}.png", asked, "%", None, f"face is {width} px wide: pores need 160")
        for i, width in enumerate((52, 41, 100))
    )
    run = Run(images, readings, None, (), (), (), {})
    (gap,) = gaps(run)
    assert gap.reason == "face is 41 to 100 px wide: pores need 160"
    assert gap.count == 3


def test_only_what_no_image_has_is_absent(run: Run) -> None:
    names = {name for absence in absent(run) for name in absence.measurements}
    assert names == {"material_similarity", "key_colour_error"}


def test_files_not_read_are_apart(run: Run) -> None:
    assert {record.status for record in not_read(run)} == {"refused", "skipped"}
    assert not any("truncated" in gap.reason for gap in gaps(run))
