from __future__ import annotations

import pytest

from lightmeter.measure import overlay as module
from lightmeter.measure.overlay import Marks, overlay, overlays


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    overlays()  # All modules are loaded now, so none registers its own among those of a test.
    monkeypatch.setattr(module, "_OVERLAYS", {})
    overlays.cache_clear()
    monkeypatch.setattr(module, "_registered", lambda: tuple(module._OVERLAYS.values()))


@pytest.mark.usefixtures("empty")
def test_an_overlay_knows_its_inputs_and_what_it_explains() -> None:
    @overlay("face_contrast", "megapixels")
    def lit_side(face: object, linear: object) -> Marks:
        return Marks()

    (found,) = overlays()
    assert (found.name, found.measurements) == ("lit_side", ("face_contrast", "megapixels"))
    assert found.inputs == ("face", "linear")
    overlays.cache_clear()


@pytest.mark.usefixtures("empty")
def test_one_name_one_overlay() -> None:
    def twice() -> Marks:
        return Marks()

    overlay("face_contrast")(twice)
    with pytest.raises(ValueError, match="two overlays named 'twice'"):
        overlay("megapixels")(twice)


@pytest.mark.usefixtures("empty")
def test_an_overlay_of_nothing_is_an_error() -> None:
    overlay("face_contrats")(lambda: Marks())
    with pytest.raises(ValueError, match="face_contrats"):
        overlays()
    overlays.cache_clear()
