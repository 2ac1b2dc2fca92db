from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.light.eye_glints import Glints
from lightmeter.measure.light.seen_eyes import readable, refusing_unseen
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement


@measurement(
    unit="count",
    bounds=(0.0, 6.0),
    source="summits of 0.85 stops by morphological reconstruction (Vincent 1993) within the mesh's irises",
    tolerance=0.5,
    rescale="free",
)
def catchlights(eye_glints: Glints) -> PerImage:
    """Mirror images of light sources in the eyes: one softbox reads 1, dead eyes 0.

    What both eyes show counts, the smaller number of the two, since lashes, tears and the white's own
    glints add to one eye; an eye without any has lost them to its lid or the nose, and the other counts.
    Sources closer than some 20 degrees, or over 2 stops dimmer than the brightest, are not told apart.
    Unmoved by exposure and mirror; falls where a small picture blurs small glints away. Not measured
    without a face, where no iris is 12 native pixels wide (20 to say that there is no glint), with closed
    or averted eyes, and behind dark glasses or hair.
    """
    seen = torch.where(readable(eye_glints), eye_glints.count, 0)
    both = torch.where((seen > 0).all(1), seen.amin(1), seen.amax(1))
    return refusing_unseen(both, eye_glints)


@overlay("catchlights", "catchlight_clock")
def catchlights_seen(eye_glints: Glints) -> Marks:
    """A ring around each iris that was read, and one around each glint in it."""
    seen = readable(eye_glints)
    irises = torch.where(seen[..., None], eye_glints.frame, torch.nan)
    return Marks(rings={"iris": irises, "catchlight": _rings(eye_glints, seen)})


def _rings(glints: Glints, seen: Tensor) -> Tensor:
    """(B, 2 K, 3) x, y and radius in frame pixels, half as wide again as the glint; NaN for none."""
    iris = glints.frame[:, :, None]
    x = iris[..., 0] + glints.place[..., 0] * iris[..., 2]
    y = iris[..., 1] - glints.place[..., 1] * iris[..., 2]
    ring = torch.stack((x, y, 1.5 * glints.area.sqrt() * iris[..., 2]), dim=3)
    drawn = (glints.flux > 0) & seen[..., None]
    return torch.where(drawn[..., None], ring, torch.nan).flatten(1, 2)
