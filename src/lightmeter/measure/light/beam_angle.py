from __future__ import annotations

import torch

from lightmeter.measure.light.beam import Beam, middle
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.regions import FaceMesh


@measurement(
    unit="deg",
    bounds=(-90.0, 90.0),
    source="axis that explains most of the slopes of log2 luminance; see lightmeter.optics.ridges",
    tolerance=4.0,
    mirror="negated",
)
def beam_angle(beam: Beam) -> PerImage:
    """Axis of the beam of light in the image plane: 0 is level, -45 from top left to bottom right.

    An axis has no front: -90 and 90 are the same upright beam, which reads as either. With its standard
    error. Not measured without a face, with too little bare skin, and where no band of light is bounded by
    shadow on both its sides: even light, light from one side, and a beam wider than the face.
    """
    none = "no beam: no band of light with shadow on both its sides lies on the face or in the air"
    return PerImage(beam.angle, error=beam.error).refusing(beam.refusals).unless(~beam.found, none)


@overlay("beam_angle")
def beam_axis(beam: Beam, face: FaceMesh) -> Marks:
    """The axis through the face, two face widths long, with its standard error."""
    turn = torch.deg2rad(beam.angle)
    along = face.width[:, None] * torch.stack((turn.cos(), -turn.sin()), dim=1)
    drawn = torch.where(beam.found[:, None], middle(face), torch.nan)
    arrow = torch.cat((drawn - along, drawn + along, beam.error[:, None]), dim=1)
    return Marks(arrows={"axis of the beam": arrow[:, None]})
