"""Which eyes can tell whether there is a glint in them."""

from __future__ import annotations

from torch import Tensor

from lightmeter.measure.light.eye_glints import Glints
from lightmeter.measure.registry import PerImage

LEAST = 12
"""Native pixels across an iris. Eyes 30 to 70 pixels wide, averaged down, keep 3 of 4 glints to 14 pixels
and 2 of 3 to 12; at 10 half are gone. None is made up."""
DEAD = 20
"""Native pixels to say that there is none: what is missed is 1 in 6 there, and 1 in 4 at 14."""

_OPEN = 0.4
_WHITE = 1.0
"""Stops from the iris to the brightest tenth of the eye: dark glasses, hair and mistaken places have less;
of 76 eyes without a glint, 11 lie below, and no open eye."""


def wide(glints: Glints) -> Tensor:
    """(B, 2) eyes that are large enough and open."""
    return (glints.diameter >= LEAST) & (glints.shown >= _OPEN)


def readable(glints: Glints) -> Tensor:
    """(B, 2) eyes with a glint, or large and plain enough to say that they have none."""
    dead = (glints.diameter >= DEAD) & (glints.white >= _WHITE)
    return wide(glints) & (dead | (glints.count > 0))


def refusing_unseen(value: Tensor, glints: Glints, error: Tensor | None = None) -> PerImage:
    """Refuse the faces (B,) without a readable eye, and say what is in the way."""
    largest = glints.diameter.amax(1)
    none = ~readable(glints).any(1)
    return (
        PerImage(value, error=error)
        .refusing(glints.refusals)
        .unless(largest < LEAST, f"the iris is {{:.0f}} px wide: catchlights need {LEAST}", largest)
        .unless(~wide(glints).any(1), "the eyes are closed or turned away")
        .unless(
            none & (largest < DEAD),
            f"no glint in an iris {{:.0f}} px wide: to say that there is none takes {DEAD}",
            largest,
        )
        .unless(none, "the eyes are covered or too dark to tell")
    )
