"""The files and the terminal table of a comparison."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import lightmeter
from lightmeter.compare.comparison import Comparison
from lightmeter.errors import LightmeterError
from lightmeter.report.contrast_terminal import finished_comparison, print_comparison

HOSTILE = "=cmd|'/c calc'!A0<script>alert(1)</script>\x1b[31m[bold]"
COLUMNS = [
    "baseline", "variant", "measurement", "unit", "difference", "low", "high", "p", "p_adjusted",
    "superiority", "verdict", "n", "n_baseline", "unmeasured", "pairs", "clusters", "mde", "needed",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain variant, and one with a hostile name and phrases, 1 stop up; one image has skin."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    with (folder / "measurements.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "variant", "prompt", "seed", "measurement", "value", "unit", "reason"))
        for variant, shift in (("plain", 0.0), (HOSTILE, 1.0)):
            for i in range(40):
                lost = ("", "%", "no face") if i or shift else (1.0, "%", "")
                prompt = f"portrait {i}" + (f", {HOSTILE}" if i % 2 else "")
                start = (f"{variant}/{i}.png", variant, prompt, i)
                writer.writerow((*start, "face_contrast", shift + 0.3 * rng.normal(), "stop", ""))
                writer.writerow((*start, "skin_texture", *lost))
    return folder


@pytest.fixture(scope="module")
def comparison(run: Path) -> Comparison:
    return lightmeter.compare(run, "plain")


def test_writes_what_is_named(comparison: Comparison, tmp_path: Path) -> None:
    files = lightmeter.write(comparison, tmp_path / "out")
    assert [file.name for file in files] == [
        "comparison.csv",
        "phrases.csv",
        "comparison.md",
        "comparison.html",
    ]
    table = pd.read_csv(files[0])
    assert set(COLUMNS) <= set(table.columns)
    assert table.verdict.tolist() == ["higher", "too few images"]
    assert table.loc[1, ["difference", "p"]].isna().all()
    assert pd.read_csv(files[1]).measurement.tolist() == ["face_contrast"]


def test_hostile_names_are_defused_everywhere(comparison: Comparison, tmp_path: Path) -> None:
    table, _, summary, page = (file.read_text() for file in lightmeter.write(comparison, tmp_path))
    assert all(not cell.startswith("=") for row in csv.reader(io.StringIO(table)) for cell in row)
    assert "<script" not in summary and "<script" not in page
    assert "\x1b" not in summary + page
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "")


def test_the_terminal_shows_it_plainly(comparison: Comparison, tmp_path: Path) -> None:
    out = io.StringIO()
    assert finished_comparison(comparison, tmp_path / "out", Console(file=out, width=200)) == 0
    text = out.getvalue()
    assert "higher in face_contrast" in text
    assert "▲ higher" in text and "– too few images" in text
    assert "\x1b" not in text and "[bold]" in text


def test_narrow_terminals_show_it_whole(comparison: Comparison) -> None:
    out = io.StringIO()
    print_comparison(comparison, Console(file=out, width=40))
    assert max(map(len, out.getvalue().splitlines())) <= 40


def test_a_file_for_a_folder_is_refused(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(LightmeterError, match="is a file"):
        lightmeter.write(comparison, tmp_path / "out")


def compare(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, in which torch cannot be imported."""
    code = "import sys; sys.modules['torch'] = None; from lightmeter.cli import main; main()"
    source = str(Path(lightmeter.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", code, "compare", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
        timeout=60,
    )


def test_the_command_needs_no_torch_and_no_images(run: Path, tmp_path: Path) -> None:
    done = compare(run, "--baseline", "plain", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "comparison.csv").is_file()


def test_a_rubric_needs_no_torch_either(run: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "mine.yaml"
    criterion = "{measure: face_contrast, pass: [1.6, null], why: flat light}"
    rubric.write_text(f"name: m\ntitle: t\nsource: s\ncriteria:\n  flat_light: {criterion}\n")
    done = compare(run, "--baseline", "plain", "--rubric", rubric)
    assert (done.returncode, done.stderr) == (0, "")
    assert "flat_light" in done.stdout


def test_the_command_says_what_is_wrong(run: Path, tmp_path: Path) -> None:
    done = compare(run, "--baseline", "plan")
    assert done.returncode == 2
    assert "did you mean 'plain'" in done.stderr
    broken = tmp_path / "measurements.csv"
    broken.write_text("image,measurement,value\n")
    done = compare(broken, "--baseline", "plain")
    assert done.returncode == 2
    assert "measurements.csv:1: no column 'variant', 'unit'" in done.stderr


def test_images_are_measured_first(tmp_path: Path) -> None:
    from PIL import Image

    for name, size in (("a", 64), ("b", 128)):
        (tmp_path / name).mkdir()
        for i in range(4):
            Image.new("RGB", (size, size + i)).save(tmp_path / name / f"{i}.png")
    found = lightmeter.compare(tmp_path, "a")
    assert {row.measurement: row.verdict for row in found.rows}["megapixels"] == "higher"


def test_a_rubric_decides_which_way_is_better(run: Path) -> None:
    row = lightmeter.compare(run, "plain", rubric="hyperreal-character").rows
    assert {each.criterion: each.verdict for each in row}["flat_light"] == "better"
