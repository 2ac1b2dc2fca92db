from __future__ import annotations

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.regions import FaceMesh


@measurement(
    unit="count",
    bounds=(0.0, float("inf")),
    source="faces whose 478-point mesh is present (MediaPipe face landmark networks)",
    tolerance=0.0,
    rescale="free",
)
def face_count(face: FaceMesh) -> PerImage:
    """How many faces are found; always measured, for 0 is a value too. A resize may lose the smallest."""
    return PerImage(face.count.float())
