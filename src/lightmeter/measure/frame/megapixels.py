from __future__ import annotations

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.facts import Facts


@measurement(
    unit="megapixel",
    bounds=(0.0, float("inf")),
    source="native width x height / 10^6",
    tolerance=1e-5,
    rescale="free",
)
def megapixels(facts: Facts) -> PerImage:
    """Native pixels of the picture, in millions. Always measured."""
    return PerImage(facts.width * facts.height / 1e6)
