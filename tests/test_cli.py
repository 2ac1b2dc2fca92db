from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage.data
from PIL import Image

from lightmeter.cli import main

NAMES = {
    "measurements.csv",
    "measurements.parquet",
    "verdicts.csv",
    "variants.csv",
    "run.json",
    "summary.md",
    "junit.xml",
    "report.html",
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    Image.fromarray(skimage.data.astronaut()).save(folder / "astronaut.png")
    (folder / "empty.png").touch()
    return folder


def lightmeter(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["lightmeter", *map(str, arguments)])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_score_writes_everything_that_the_design_names(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    code = lightmeter(monkeypatch, "score", pictures, "--out", out, "--no-cache", "--device", "cpu")
    assert code == 0
    assert {path.name for path in out.iterdir()} >= NAMES
    table = pd.read_csv(out / "measurements.csv")
    assert set(table.columns) >= {
        "image",
        "variant",
        "prompt",
        "seed",
        "measurement",
        "value",
        "unit",
        "reason",
    }
    assert set(table.image) == {"astronaut.png", "empty.png"}
    assert table[table.image == "empty.png"].reason.eq("empty file (0 bytes)").all()
    settings = json.loads((out / "run.json").read_text())
    assert settings["device"] == "cpu"
    assert settings["rubric"]["name"] == "hyperreal-character"
    assert settings["exit_code"] == code
    assert ElementTree.parse(out / "junit.xml").getroot().tag == "testsuites"


def test_strict_fails_where_a_criterion_fails(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("score", pictures / "astronaut.png", "--out", tmp_path, "--no-cache", "--strict")
    assert lightmeter(monkeypatch, *arguments) == 1


def test_measure_judges_nothing_and_takes_parameters(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = ("--only", "key_colour_error,megapixels", "--with", "key_colour=#ff0080")
    code = lightmeter(monkeypatch, "measure", pictures, *chosen, "--out", tmp_path, "--no-cache")
    assert code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "measurements.csv",
        "measurements.parquet",
        "run.json",
    }
    table = (
        pd.read_csv(tmp_path / "measurements.csv").query("image == 'astronaut.png'").set_index("measurement")
    )
    assert table.value["megapixels"] == pytest.approx(512 * 512 / 1e6)
    assert table.value["key_colour_error"] > 10


def test_explain_names_criteria_values_and_reasons(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lightmeter(monkeypatch, "explain", pictures / "astronaut.png", "--no-cache") == 0
    printed = capsys.readouterr().out
    assert "flat_light" in printed
    assert "pores need 160" in " ".join(printed.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("score", "nowhere"), "nowhere"),
        (("score", "{folder}", "--rubric", "hyperreal-charakter"), "did you mean 'hyperreal-character'"),
        (("score", "{folder}", "--with", "key_color=#ff0080"), "did you mean 'key_colour'"),
        (("score", "{folder}", "--with", "pink"), "not NAME=VALUE"),
        (("measure", "{folder}", "--only", "poers"), "no measurement 'poers'"),
        (("measure", "{folder}", "--device", "abacus"), "auto, cpu or cuda"),
        (("measure", "{folder}", "--only", "chroma_purity", "--with", "key_colour=pinkish"), "give #rrggbb"),
        (("measures", "poers"), "no measurement 'poers'"),
        (("score", "{folder}", "--clip", "ViT-B-33:x"), "nearest: ViT-B-32"),
    ],
)
def test_mistakes_exit_2_and_say_what_would_be_right(
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    given = [argument.format(folder=pictures) for argument in arguments]
    assert lightmeter(monkeypatch, *given, *([] if given[0] == "measures" else ["--no-cache"])) == 2
    assert said in capsys.readouterr().err


def test_nothing_measurable_exits_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert lightmeter(monkeypatch, "score", tmp_path, "--out", tmp_path / "out", "--no-cache") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("measures",), "skin_texture"),
        (("measures", "key_azimuth"), "positive from image right"),
        (("rubric", "list"), "dazzling-shadow"),
        (("rubric", "show", "dazzling-shadow"), "background_level"),
        (("doctor",), "networks"),
    ],
)
def test_commands_that_tell(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert lightmeter(monkeypatch, *arguments) == 0
    assert said in capsys.readouterr().out


def test_a_measurement_is_told_in_lines_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert lightmeter(monkeypatch, "measures", "metal_share") == 0
    told = capsys.readouterr().out.split("inputs ")[0].split("\n\n")[2].splitlines()
    assert max(map(len, told)) <= 60
    # Only the last line of a paragraph may have room for the next line's first word.
    assert all(len(line.rstrip()) + 1 + len(after.split()[0]) > 60 for line, after in pairwise(told))


def test_rubric_validate_names_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    criterion = "  pores:\n    measure: skin_textur\n    pass: [1, 2]\n    why: w\n"
    file.write_text(f"name: mine\ntitle: t\nsource: s\ncriteria:\n{criterion}")
    assert lightmeter(monkeypatch, "rubric", "validate", file) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "mine.yaml:6" in error
    assert "did you mean 'skin_texture'" in error


def test_help_does_not_wait_for_torch() -> None:
    code = "import sys, lightmeter.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_calibrate_writes_a_rubric_that_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    for kind, tint in (("good", (1.0, 0.9, 0.8)), ("bad", (1.0, 0.4, 0.1))):
        (tmp_path / kind).mkdir()
        for i in range(4):
            codes = 255 * rng.uniform(0.4, 0.9, (48, 48, 1)) * tint
            Image.fromarray(codes.astype(np.uint8)).save(tmp_path / kind / f"{i}.png")
    base, out = tmp_path / "base.yaml", tmp_path / "made.yaml"
    criterion = "{measure: saturation, pass: [null, 0.9], why: too colourful}"
    base.write_text(f"name: b\ntitle: t\nsource: s\ncriteria:\n  colour: {criterion}\n")
    given = ("calibrate", tmp_path / "good", tmp_path / "bad", "--rubric", base, "--no-cache", "--out", out)
    assert lightmeter(monkeypatch, *given) == 0
    assert "1.00" in capsys.readouterr().out
    judged = ("score", tmp_path / "good", "--rubric", out, "--no-cache", "--strict", "--out", tmp_path / "r")
    assert lightmeter(monkeypatch, *judged) == 0
    (tmp_path / "bad" / "3.png").unlink()
    assert lightmeter(monkeypatch, *given) == 2
    assert "below 4 of each" in " ".join(capsys.readouterr().err.split())


def test_meta_prints_what_the_files_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (2, 2)).save(tmp_path / "x.png")
    (tmp_path / "x.txt").write_text("a cat --seed 7")
    assert lightmeter(monkeypatch, "meta", tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["image"], found["prompt"], found["seed"]) == ("x.png", "a cat", 7)
    assert lightmeter(monkeypatch, "meta", tmp_path) == 0
    assert "1 of 1 with a prompt" in capsys.readouterr().out


def test_prompts_in_files_fill_the_table_and_make_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (8, 8), "grey").save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.txt").write_text(f"portrait {name} --seed 7")
    arguments = ("measure", tmp_path, "--only", "aspect_ratio", "--variants", "metadata", "--no-cache")
    assert lightmeter(monkeypatch, *arguments, "--out", tmp_path / "out") == 0
    table = pd.read_csv(tmp_path / "out" / "measurements.csv")
    assert table.prompt.tolist() == ["portrait a", "portrait b"] and table.seed.tolist() == [7, 7]
    assert [name.rpartition("-")[0] for name in table.variant] == ["portrait-a", "portrait-b"]


def test_key_writes_the_subject_with_alpha(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "cut.png"
    assert lightmeter(monkeypatch, "key", pictures / "astronaut.png", "--out", out, "--device", "cpu") == 0
    with Image.open(out) as cut:
        assert (cut.mode, cut.size) == ("RGBA", (512, 512))
        alpha = np.asarray(cut)[..., 3]
    assert alpha[110, 225] == 255, "the face"
    assert alpha[60, 360] == 0, "the wall"
    assert "edge_halo" in capsys.readouterr().out
    assert lightmeter(monkeypatch, "key", pictures / "empty.png", "--out", out) == 2
    assert lightmeter(monkeypatch, "key", pictures / "astronaut.png", "--out", tmp_path / "no" / "x.png") == 2


def test_limits_and_notes_reach_the_run(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache, out = tmp_path / "values.sqlite", tmp_path / "out"
    cache.write_bytes(b"\0" * 10_000)
    only = ("--only", "megapixels", "--cache", cache, "--out", out)
    assert lightmeter(monkeypatch, "measure", pictures, *only, "--max-megapixels", "0.1") == 2
    table = pd.read_csv(out / "measurements.csv")
    assert table.reason.str.startswith("too large: 512 x 512 pixels; the limit is 0.1 megapixels").any()
    (note,) = json.loads((out / "run.json").read_text())["notes"]
    assert "was damaged" in note and "note: the cache" in " ".join(capsys.readouterr().err.split())
    manifest = tmp_path / "list.csv"
    manifest.write_text(f"path\n{pictures / 'astronaut.png'}\n")
    assert lightmeter(monkeypatch, "measure", manifest, *only) == 0
    assert lightmeter(monkeypatch, "measure", manifest, *only, "--confined") == 2
    assert "outside the manifest's folder" in capsys.readouterr().err


def test_merge_joins_runs(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        only = ("--only", "megapixels", "--no-cache", "--out", tmp_path / name)
        assert lightmeter(monkeypatch, "measure", pictures / "astronaut.png", *only) == 0
    assert (
        lightmeter(monkeypatch, "merge", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "all") == 0
    )
    first, whole = (pd.read_csv(tmp_path / name / "measurements.csv") for name in ("one", "all"))
    assert whole.equals(first)
    assert lightmeter(monkeypatch, "merge", tmp_path / "none", "--out", tmp_path / "all") == 2
