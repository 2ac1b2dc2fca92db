from __future__ import annotations

from pathlib import Path

import pytest

from lightmeter.engine.cache import Cache, Value
from lightmeter.errors import LightmeterError


def test_keeps_values_reasons_and_errors_between_openings(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "values.sqlite"
    cache = Cache(path)
    known = {"a": Value(0.1, error=0.02), "b": Value(None, "no face")}
    cache.keep(known, {"p": "{}"})
    cache.close()
    again = Cache(path)
    assert again.readings(("a", "b", "c")) == known
    assert again.portrait("p") == "{}"
    assert again.portrait("q") is None
    again.close()


def test_a_file_that_is_no_cache_is_left_alone_and_explained(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("this is not a database, it is a page of text that goes on for a while\n" * 20)
    with pytest.raises(LightmeterError, match=r"cannot be used: .*--no-cache"):
        Cache(path)
