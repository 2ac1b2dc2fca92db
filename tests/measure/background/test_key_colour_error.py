"""key_colour_error against CIEDE2000 of colours from another library, and how key colours are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import colour
import numpy as np
import pytest
import torch
from torch import Tensor

from lightmeter.errors import RubricError
from lightmeter.measure.background.backdrop import Backdrop, backdrop
from lightmeter.measure.background.key_colour_error import key_colour_error
from lightmeter.measure.background.key_lab import key_lab, rgb
from lightmeter.optics.transfer import linear_from_encoded
from lightmeter.see.regions import Matte

Build = Callable[..., Backdrop]
FRAME = torch.zeros(1, 3, 4, 4)


def wall(*codes: int) -> Tensor:
    """(3, 8, 8) scene-linear of an sRGB colour."""
    return linear_from_encoded(torch.tensor(codes) / 255)[:, None, None].expand(3, 8, 8)


def expected(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    space = colour.RGB_COLOURSPACES["sRGB"]
    labs = [
        colour.XYZ_to_Lab(
            colour.RGB_to_XYZ(np.array(each) / 255, space, apply_cctf_decoding=True), space.whitepoint
        )
        for each in (one, other)
    ]
    return float(colour.difference.delta_E_CIE2000(*labs))


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ((255, 0, 128), (255, 0, 128)),
        ((74, 31, 31), (0x56, 0x22, 0x26)),  # the second article's backdrop, as measured and as asked for
        ((84, 53, 50), (0x56, 0x22, 0x26)),
        ((0, 177, 64), (0, 255, 0)),
        ((128, 128, 128), (0, 0, 0)),
    ],
)
def test_is_ciede2000(backdrop_of: Build, seen: tuple[int, ...], asked: tuple[int, ...]) -> None:
    # The other library rounds its white otherwise: up to 0.02 in a and b, so 0.03 here.
    result = key_colour_error(backdrop_of(wall(*seen)), key_lab(FRAME, asked))
    assert float(result.value) == pytest.approx(expected(seen, asked), abs=0.03)


def test_the_median_is_what_counts_and_a_mirror_leaves_it(backdrop_of: Build) -> None:
    cells = wall(255, 0, 128).clone()
    cells[:, :3] = 0.5  # three rows of eight
    for each in (cells, cells.flip(-1)):
        assert float(key_colour_error(backdrop_of(each), key_lab(FRAME, "#ff0080")).value) < 1e-2


def test_rises_as_the_wall_leaves_the_key(backdrop_of: Build) -> None:
    key = key_lab(FRAME, "#00ff00")
    found = [
        float(key_colour_error(backdrop_of(wall(each, 255, each)), key).value) for each in (0, 40, 80, 160)
    ]
    assert found == sorted(found)
    assert found[0] < 1e-2


@pytest.mark.parametrize(
    "written",
    ["#ff0080", "ff0080", " #FF0080 ", "255/0/128", "255,0,128", "255, 0, 128", "255 0 128", [255, 0, 128]],
)
def test_ways_to_write_a_colour(written: str | Sequence[int]) -> None:
    assert rgb(written) == (255, 0, 128)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("magenta", "give #rrggbb or red/green/blue"),
        ("#ff00", "give #rrggbb"),
        ("255/0", "give #rrggbb"),
        ("1/2/3/4", "give #rrggbb"),
        ("", "give #rrggbb"),
        ([255, 0], "give #rrggbb"),
        ([255, None, 0], "give #rrggbb"),
        (None, "give #rrggbb"),
        (5, "give #rrggbb"),
        ("256/0/0", "each of red/green/blue is 0 to 255"),
        ([0, -1, 0], "each of red/green/blue is 0 to 255"),
    ],
)
def test_what_is_no_colour_is_refused_in_words(written: str | Sequence[int], message: str) -> None:
    with pytest.raises(RubricError, match=message):
        rgb(written)


def test_not_measured_without_a_background(no_background: Matte) -> None:
    seen = backdrop(torch.full((1, 3, 64, 64), 0.5), no_background)
    result = key_colour_error(seen, key_lab(FRAME, "#000000"))
    assert result.reasons() == ["the picture is transparent: there is no backdrop"]
