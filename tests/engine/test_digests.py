from __future__ import annotations

from lightmeter.engine.digests import _below, code_digest
from lightmeter.measure.registry import measurements


def test_digests_reach_down_to_the_optics_but_not_across() -> None:
    below = _below("lightmeter.measure.light.face_contrast")
    assert "lightmeter.optics.statistics" in below
    assert "lightmeter.see.facets" in below
    assert not any("background" in module for module in below)


def test_measurements_have_digests_of_their_own() -> None:
    digests = {code_digest(each) for each in measurements().values()}
    assert len(digests) == len(measurements())
