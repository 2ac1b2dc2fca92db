"""`lightmeter gate` and `bless` from files alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import lightmeter
from lightmeter.cli import app
from lightmeter.compare.accepted import Origin, read_either
from lightmeter.compare.gate import decided
from lightmeter.errors import LightmeterError, SourceError
from lightmeter.measure.records import Wanted

Table = Callable[..., Path]
ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "reports" / "golden"
LINES = [f"{i}.png,new,,,face_contrast,{2 + 0.01 * i},,stop,," for i in range(12)]


def gate(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["gate", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_blessed_run_passes_its_own_gate(tmp_path: Path, suffix: str) -> None:
    place = lightmeter.bless(GOLDEN, tmp_path / f"baseline.{suffix}")
    found = lightmeter.gate(GOLDEN, place, rubric="demo")
    assert decided(found).decision == "pass"
    assert all(
        each.found == "the same values as the baseline" for each in found.checks if each.kind == "regression"
    )
    assert len(place.read_text().splitlines()) < 25
    assert read_either(place)[1] == read_either(GOLDEN)[1]


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_baseline_keeps_names_prompts_and_parameters_as_they_are(
    table: Table, tmp_path: Path, suffix: str
) -> None:
    """Cells that a spreadsheet would run are quoted in the file, and are what they were when read back."""
    lines = [
        '"=cmd(),\n1.png",\'@v,"a, ""b""\r\nc",-7,key_azimuth,-12.3456789,,deg,,"{""x"": [1, ""ä""]}"',
        '# 2.png,,,,key_azimuth,,,deg,no face,"{""x"": [1, ""ä""]}"',
    ]
    lines[0] = lines[0].replace("\n1.png", "1.png")
    run = table(*lines)
    place = lightmeter.bless(run, tmp_path / f"b.{suffix}")
    back, was = read_either(place)[0], read_either(run)[0]
    assert sorted(back.images, key=lambda each: each.image) == sorted(was.images, key=lambda each: each.image)
    assert {r.image: r.value for r in back.readings} == {"=cmd(),1.png": -12.3457, "# 2.png": None}
    assert {r.wanted for r in back.readings} == {Wanted.of("key_azimuth", {"x": [1, "ä"]})}
    if suffix == "csv":
        assert not any(line.startswith("=") for line in place.read_text(encoding="utf-8").splitlines())


def test_a_baseline_does_not_depend_on_the_order_of_the_run(table: Table, tmp_path: Path) -> None:
    texts = {
        lightmeter.bless(table(*lines), tmp_path / "b.csv").read_text() for lines in (LINES, LINES[::-1])
    }
    assert len(texts) == 1


def test_a_baseline_has_text_suffixes_only(table: Table, tmp_path: Path) -> None:
    with pytest.raises(LightmeterError, match=r"\.csv or a \.json"):
        lightmeter.bless(table(*LINES), tmp_path / "b.parquet")


@pytest.mark.parametrize(
    "text",
    [
        "# lightmeter baseline 1\nimage,variant\n",
        "# lightmeter baseline 1\nimage,variant,prompt,seed,x [u]\na,,,,nan\n",
        "# lightmeter baseline 1\nimage,variant,prompt,seed,x [u]\na,,,,1\na,,,,1\n",
        "# lightmeter baseline 1\nimage,variant,prompt,seed,x\na,,,,1\n",
        "# lightmeter baseline 1\nimage,variant,prompt,seed,x [u]\na,,,\n",
    ],
)
def test_a_broken_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(SourceError, match=r"b\.csv: no baseline"):
        read_either(tmp_path / "b.csv")
    (tmp_path / "b.json").write_text('{"table": 3}')
    with pytest.raises(SourceError, match=r"b\.json: no baseline"):
        read_either(tmp_path / "b.json")


def test_where_a_run_is_from(table: Table) -> None:
    run = table(*LINES)
    assert read_either(run)[1] == Origin()
    for said, origin in (
        ({"version": "1", "rubric": None, "weights": "w"}, Origin("1", "", "none", "w")),
        ({"version": "1", "rubric": {"name": "r", "digest": "d"}}, Origin("1", "r", "d", "")),
        ([1], Origin()),
        ({"version": 3, "rubric": {"name": [], "digest": "d"}}, Origin("", "", "d", "")),
    ):
        (run / "run.json").write_text(json.dumps(said))
        assert read_either(run)[1] == origin


def test_the_exit_codes(table: Table, tmp_path: Path) -> None:
    base = table(*LINES, name="base")
    worse = table(*(line.replace(",2.", ",5.") for line in LINES), name="worse")
    missing = table(*(line.replace("face_contrast", "skin_texture") for line in LINES), name="missing")
    assert gate(base, "-b", base)[0] == 0
    assert gate(worse, "-b", base)[0] == 1
    code, printed = gate(missing, "-b", base)
    assert code == 2
    assert "face_contrast is not in the run's table" in printed
    assert gate(worse, "-b", base, "--out", tmp_path / "out", "--format", "github")[1].startswith("::error ")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"gate.md", "gate.html", "gate-junit.xml"}


def test_a_policy_finds_its_rubric_beside_it(table: Table, tmp_path: Path) -> None:
    run = table(*LINES)
    (tmp_path / "rules.yaml").write_text(
        "name: rules\ntitle: T\nsource: S\ncriteria: {form: {measure: face_contrast, pass: [3, 4], why: w}}"
    )
    (tmp_path / "policy.yaml").write_text("rubric: rules.yaml\nimages_pass: 0.5")
    code, printed = gate(run, "-b", run, "-p", tmp_path / "policy.yaml")
    assert code == 1
    assert "0 of 12 images pass" in printed


def test_a_gate_needs_neither_torch_nor_two_seconds() -> None:
    """Processor time with the start of Python, the lesser of two: other work may share the machine."""
    code = (
        "import sys\nfrom lightmeter.cli import app\n"
        f"try: app(['gate', {str(GOLDEN)!r}, '-b', {str(GOLDEN)!r}, '-r', 'demo'])\n"
        "except SystemExit as end: sys.exit(3 if 'torch' in sys.modules else end.code)"
    )
    taken = []
    for _ in range(2):
        start = _spent()
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
        taken.append(_spent() - start)
    assert min(taken) < 2


def _spent() -> float:
    """Of this process's children, in seconds."""
    return sum(os.times()[2:4])


def test_the_policy_of_the_readme_is_one(tmp_path: Path) -> None:
    blocks = (ROOT / "README.md").read_text(encoding="utf-8").split("```")
    (text,) = [b.removeprefix("yaml\n") for b in blocks if b.startswith("yaml\nrubric: ")]
    (tmp_path / "policy.yaml").write_text(text)
    gate = lightmeter.gate(GOLDEN, GOLDEN, policy=tmp_path / "policy.yaml")
    assert {each.name for each in gate.checks if each.kind == "bar"} == {"flat_light", "whole rubric"}


def test_a_baseline_without_origin_says_so(table: Table, tmp_path: Path) -> None:
    place = lightmeter.bless(table(*LINES), tmp_path / "b.csv")
    assert "# version: unknown\n" in place.read_text()
    assert read_either(place)[1] == Origin()


def test_the_action_gives_the_gate_what_it_takes() -> None:
    action = yaml.safe_load((ROOT / ".github/actions/lightmeter-gate/action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    script = "\n".join(step.get("run", "") for step in action["runs"]["steps"])
    assert "${{" not in script, "an input in a script would be run as a command"
    for name, given in action["inputs"].items():
        assert given["description"]
        assert any(
            f"inputs.{name} "
            in str(step.get("env", {})) + str(step.get("if", "")) + str(step.get("with", ""))
            for step in action["runs"]["steps"]
        )
