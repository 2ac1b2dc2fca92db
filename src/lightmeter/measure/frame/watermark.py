from __future__ import annotations

import math

import torch
from torch import Tensor

from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.generator_mark import GeneratorMark

_SHOWN = 0.5


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="evenness of a white veil's coverage around the outline of a four-pointed star, coded values",
    tolerance=0.15,
    exposure="free",
    mirror="free",
)
def watermark(generator_mark: GeneratorMark) -> PerImage:
    """How surely a generator's four-pointed star, as Gemini's, lies at the lower right: 1 for a clean one.

    Of a star of 1.1 to 4.2 % of the short side, 1.5 to 2.8 of its radii from the right and lower edges: the
    squared mean over the mean square of the veil's coverage along its outline. Chance structure gives 0
    to 0.5, a mark over busy detail 0.3 to 0.9. It is no count of all marks: a mark of another form, darker
    than the picture or elsewhere is not seen, and written marks are text, see text_area. Always measured; a
    mirror moves the mark to the left, where it is not sought, and exposure greys its white.
    """
    return PerImage(generator_mark.strength)


@overlay("watermark")
def star(generator_mark: GeneratorMark) -> Marks:
    """The outline of the star, where one is more likely than not."""
    line = generator_mark.centre[:, None] + generator_mark.radius[:, None, None] * _outline(
        generator_mark.radius
    )
    seen = (generator_mark.strength >= _SHOWN)[:, None, None]
    return Marks(paths={"a generator's mark": line.where(seen, math.nan)[:, None]})


def _outline(like: Tensor) -> Tensor:
    """(P, 2) closed outline of the unit star: four concave quarter circles, tip to tip."""
    turn = torch.linspace(0, math.pi / 2, 17, device=like.device, dtype=like.dtype)
    x, y = 1 - turn.sin(), 1 - turn.cos()
    return torch.cat([torch.stack(each, -1) for each in ((x, y), (-y, x), (-x, -y), (y, -x))])
