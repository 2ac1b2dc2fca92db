from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lightmeter.compare.recorded import Recorded, is_run, read_run
from lightmeter.errors import SourceError
from lightmeter.judge.verdict import judge
from lightmeter.measure.records import ImageRecord, Reading, Wanted
from lightmeter.report.delimited import csv_bytes
from lightmeter.report.tables import measurements_frame

Table = Callable[..., Path]


def test_reads_what_a_run_wrote(tmp_path: Path) -> None:
    """Round trip through the writer, with names that a spreadsheet would run and seeds of 64 bits."""
    images = (
        ImageRecord("=1+1.png", "", "measured", "-warm", 'a "b", c\nd', 2**63 + 5),
        ImageRecord("b.png", "", "measured", "cool"),
        ImageRecord("c.txt", "", "skipped", "cool", reason="not an image: text"),
    )
    asked = Wanted.of("key_colour_error", {"key_colour": "#ff0080"})
    readings = (
        Reading("=1+1.png", asked, "deltaE00", 0.25, "", 0.5),
        Reading("b.png", asked, "deltaE00", None, "=no backdrop"),
    )
    path = tmp_path / "measurements.csv"
    path.write_bytes(csv_bytes(measurements_frame(judge(images, readings, None, {}))))
    for given in (path, tmp_path):
        found = read_run(given)
        assert found.images == images
        assert found.readings == readings


def test_optional_columns_may_lack(table: Table) -> None:
    run = read_run(table("a.png,x,m,1.5,stop", head="image,variant,measurement,value,unit"))
    assert run.readings[0].value == 1.5
    assert run.images[0].prompt is None


def test_not_measured_is_none_and_never_zero(table: Table) -> None:
    run = read_run(
        table("a.png,x,,,m,,,stop,no face,", "b.png,x,,,m,nan,,stop,,", "c.png,x,,7.0,m,0,,stop,,")
    )
    assert [reading.value for reading in run.readings] == [None, None, 0.0]
    assert run.images[2].seed == 7


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["a.png,x,,,m,much,,stop,,"], ":2: value 'much' is not a number"),
        (["a.png,x,,,m,1,,stop,,", "a.png,x,,,m,1,,stop,,"], ":3: 'm' of 'a.png' for the second time"),
        (["a.png,x,,one,m,1,,stop,,"], ":2: seed 'one' is not a whole number"),
        (["a.png,x,,,m,1"], ":2: 6 cells, but the head has 10"),
        (["a.png,x,,,m,1,,stop,,[1]"], ":2: parameters '[1]' are not a JSON object"),
        (["a.png,x,,,m,1,,stop,,", "a.png,y,,,n,1,,stop,,"], ":3: 'a.png' has another variant"),
        ([], "no image in it"),
    ],
)
def test_refusals_name_file_and_line(table: Table, lines: list[str], says: str) -> None:
    with pytest.raises(SourceError) as refusal:
        read_run(table(*lines))
    assert "measurements.csv" in str(refusal.value)
    assert says in str(refusal.value)


def test_refusals_name_the_missing_column(table: Table) -> None:
    with pytest.raises(SourceError, match=r"measurements.csv:1: no column 'variant', 'unit'; it has image"):
        read_run(table("a", head="image,measurement,value"))


def test_what_is_a_run(table: Table, tmp_path: Path) -> None:
    folder = table("a.png,x,,,m,1,,stop,,")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("path,variant\na.png,x\n")
    assert is_run(folder) and is_run(folder / "measurements.csv")
    assert not is_run(manifest) and not is_run(tmp_path) and not is_run("no\0such.csv")


def test_no_table_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="lightmeter measure --out"):
        read_run(tmp_path)


def test_latin_1_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "measurements.csv"
    path.write_bytes(b"image,variant\nf\xfcr,x\n")
    with pytest.raises(SourceError, match="not UTF-8"):
        read_run(path)


def test_variants_are_sorted() -> None:
    images = tuple(ImageRecord(v, "", "measured", v) for v in ("b", "a", "b2", "a2"))
    assert Recorded("r", images, ()).variants == ("a", "a2", "b", "b2")
