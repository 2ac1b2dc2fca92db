from __future__ import annotations

import pytest

from lightmeter.engine.digests import _below, code_digest, functions_digest
from lightmeter.engine.evidence import evidence_digest
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import measurements


def test_digests_reach_down_to_the_optics_but_not_across() -> None:
    below = _below("lightmeter.measure.light.face_contrast")
    assert "lightmeter.optics.statistics" in below
    assert "lightmeter.see.facets" in below
    assert not any("background" in module for module in below)


def test_measurements_have_digests_of_their_own() -> None:
    digests = {code_digest(each) for each in measurements().values()}
    assert len(digests) == len(measurements())


def test_evidence_stands_on_the_regions_and_on_what_is_drawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a new or changed measurement does not make a run draw every picture again."""
    read: list[str] = []
    monkeypatch.setattr(
        "lightmeter.engine.digests._file_digest", lambda path: read.append(path.stem) or path.stem
    )
    functions_digest.cache_clear()
    evidence_digest([Wanted("megapixels")])
    functions_digest.cache_clear()
    assert {"evidence", "face", "subject", "parts", "background"} <= set(read)
    assert not set(read) & set(measurements())
