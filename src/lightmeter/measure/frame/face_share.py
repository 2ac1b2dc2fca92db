from __future__ import annotations

from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.regions import FaceMesh
from lightmeter.see.topology import topology


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="area of the face oval over the area of the frame (shoelace formula)",
    tolerance=0.02,
)
def face_share(linear: Tensor, face: FaceMesh) -> PerImage:
    """Share of the frame that the face oval covers. Not measured without a face."""
    height, width = linear.shape[2:]
    oval = face.points[:, topology(linear.device).oval, :2]
    x, y = oval[..., 0].clamp(0, width), oval[..., 1].clamp(0, height)
    area = (x * y.roll(-1, 1) - x.roll(-1, 1) * y).sum(1).abs() / 2
    return PerImage(area / (height * width)).refusing(face.refusals)
