"""The plugin as a project's tests use it."""

from __future__ import annotations

import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
GOLDEN = str(ROOT / "reports" / "golden")


def test_it_is_announced() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"lightmeter": "lightmeter.pytest_plugin"}


def run(pytester: pytest.Pytester, text: str) -> pytest.RunResult:
    """In a process of its own. The entry point of an installed lightmeter may not be named again."""
    pytester.makepyfile(text)
    installed = any(each.name == "lightmeter" for each in entry_points(group="pytest11"))
    named = [] if installed else ["-p", "lightmeter.pytest_plugin"]
    return pytester.runpytest_subprocess(*named, "-p", "no:cacheprovider")


def test_a_gate_that_passes_and_one_that_fails(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", policy="rubric: demo\nimages_pass: 0.9")
    result = run(
        pytester,
        f"""
        GOLDEN = {GOLDEN!r}

        def test_passes(lightmeter):
            lightmeter.assert_passes(lightmeter.gate(GOLDEN, GOLDEN))

        def test_fails(lightmeter):
            lightmeter.assert_passes(lightmeter.gate(GOLDEN, GOLDEN, policy="policy.yaml"))
        """,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*the gate fails: whole rubric*", "*of 10 images pass*"])


def test_collection_loads_no_torch(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import sys

        def test_torch(lightmeter):
            assert "torch" not in sys.modules
        """,
    )
    result.assert_outcomes(passed=1)


def test_measure_and_score(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import numpy as np
        import pytest
        from PIL import Image

        @pytest.fixture
        def grey(tmp_path):
            Image.fromarray(np.full((64, 48, 3), 128, np.uint8)).save(tmp_path / "grey.png")
            return tmp_path / "grey.png"

        def test_measure(lightmeter, grey):
            assert lightmeter.measure(grey, only=("aspect_ratio",)).value.tolist() == [0.75]

        def test_score(lightmeter, grey, tmp_path):
            rules = tmp_path / "r.yaml"
            rules.write_text(
                "name: r\\ntitle: T\\nsource: S\\n"
                "criteria:\\n  tall: {measure: aspect_ratio, pass: [0, 1], why: w}"
            )
            lightmeter.assert_passes(lightmeter.score(grey, rules))
            rules.write_text(rules.read_text().replace("[0, 1]", "[1, 2]"))
            with pytest.raises(pytest.fail.Exception, match="grey.png: tall"):
                lightmeter.assert_passes(lightmeter.score(grey, rules))
        """,
    )
    result.assert_outcomes(passed=2)
