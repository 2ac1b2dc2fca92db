from __future__ import annotations

import pytest

from lightmeter.api import score
from lightmeter.demo import DAMAGES, KEY, write_pictures
from lightmeter.engine.plan import Settings


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    pytest.importorskip("matplotlib", reason="the second photograph comes with matplotlib")
    folder = tmp_path_factory.mktemp("demo")
    assert write_pictures(folder) == []
    colour = "#{:02x}{:02x}{:02x}".format(*KEY)
    run = score(folder, "demo", parameters={"key_colour": colour}, settings=Settings(device="cpu"))
    return {(v.image, v.criterion): v.decision for v in run.verdicts}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: f"{damage.variant}-{damage.criterion}")
def test_each_damage_is_caught_by_its_own_criterion(damage, verdicts) -> None:  # type: ignore[no-untyped-def]
    """On the portrait whose face is large enough for pores: passes before, fails or warns after."""
    assert verdicts["clean-key/hopper.png", damage.criterion] == "pass"
    assert verdicts[f"{damage.variant}/hopper.png", damage.criterion] in ("fail", "warn")


def test_damage_to_the_skin_does_not_touch_the_backdrop(verdicts) -> None:  # type: ignore[no-untyped-def]
    for variant in ("smooth-skin", "flat-light"):
        for criterion in ("seamless", "key_colour", "chroma"):
            assert verdicts[f"{variant}/hopper.png", criterion] == "pass"
