from __future__ import annotations

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.facts import Facts


@measurement(
    unit="ratio",
    bounds=(0.0, float("inf")),
    source="native width / height, upright",
    tolerance=0.01,
)
def aspect_ratio(facts: Facts) -> PerImage:
    """Width over height: 1.78 for 16:9, 0.67 for 2:3. Always measured."""
    return PerImage(facts.width / facts.height)
