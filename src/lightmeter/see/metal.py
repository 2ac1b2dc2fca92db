"""The provider `metal`: what may be metal, jewellery on a person or an object on a ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lightmeter.optics.constants import constant
from lightmeter.optics.filters import spread
from lightmeter.optics.statistics import weighted_mean
from lightmeter.optics.transfer import luminance
from lightmeter.optics.upright import Upright, in_frame, resampled, upright
from lightmeter.see.hands import Hands
from lightmeter.see.metal_names import places_asked, places_of
from lightmeter.see.metal_pieces import NECK_BARE, found, looked, named
from lightmeter.see.metal_places import FACE, VIEW, places
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte

_ALONE = 3.0
"""Widths that stand for a face's along the longer side of a picture without one."""
CLIPPED = 0.97
"""Linear: a primary above it has lost its colour."""
_ALIKE = 0.25
"""Stops in any primary: what is nearer to the ground is seen through a ring, or is the ground."""
_NOISE = 0.01
"""Linear luminance added before stops are taken, so that black is even."""
_LEAST = 0.004
"""Of a face width squared: a small stud and its clasp, some 40 cells; four are highlights."""


@dataclass(frozen=True)
class Metal:
    """What may be metal, in a plane of its own: upright by the face, or the whole picture without one.

    linear: (B, 3, R, C) the plane's colours. unclipped: (B, 3, R, C) those of its unclipped pixels, and
    kept: (B, 1, R, C) their share. alpha: (B, 1, R, C), 1 or 0. skin: (B, 1, R, C) bare skin
    there. share: (B,) of the subject's area. face: (B,) bool, whether it lies on a person's skin.
    """

    linear: Tensor
    unclipped: Tensor
    kept: Tensor
    alpha: Tensor
    skin: Tensor
    share: Tensor
    face: Tensor
    plane: Upright
    refusals: tuple[Refusal, ...] = ()

    def to_frame(self, raster: Tensor, like: Tensor) -> Tensor:
        """(B, 1, H, W): a raster (B, 1, R, C) of the plane where it lies in a frame; 0 elsewhere."""
        height, width = like.shape[2:]
        y, x = (torch.arange(n, device=like.device) + 0.5 for n in (height, width))
        point = torch.stack((x[None].expand(height, -1), y[:, None].expand(-1, width)), dim=2)
        place = self.plane.from_frame(point.reshape(1, -1, 2).expand(len(raster), -1, -1))
        half = constant((VIEW.columns, VIEW.rows), place) / (2 * VIEW.side)
        inside = ((place - constant((0.0, VIEW.middle), place)).abs() < half).all(2)
        drawn = VIEW.sampled(raster, place[:, :, None])[:, 0, :, 0] * inside
        return drawn.reshape(-1, 1, height, width)


@provides
def metal(
    linear: Tensor,
    face: FaceMesh,
    hands: Hands,
    subject: Matte,
    background: Matte,
    skin: Matte,
    hair: Matte,
    prompts: Sequence[str | None],
    things: str | Sequence[str] = "",
) -> Metal:
    """Find jewellery on a person, or take the whole object where nobody is.

    On a person, clusters of glints make jewellery. Below the face: what is rugged around them, neither skin
    nor hair, and with bare skin on either side within 0.24 face widths, as chains, pendants and chokers lie.
    Beside the face, from the nose's tip to below the chin, on fingers and behind wrists: what is rugged
    around them, no skin, and at most 4 stops dimmer than they are. Hands themselves are no necklace.

    things: what a rubric asks for, "ring" or ["ring", "watch"]. Where that or the image's prompt names a
    thing, fewer glints do in its place, and more places are looked at: around the eyes for frames of glasses,
    by the line of their bridge across the nose; clothes for buckles, brooches and buttons of metal; and all
    but the face for crowns and armour. So thin matte chains, plain studs and single buttons are missed.
    Without a face and a hand: the subject, which may be a person who looks away, since the network that finds
    people takes a third of bottles and cans for some.
    """
    plane = _plane(linear, face)
    regions = torch.cat((subject.alpha, skin.alpha, hair.alpha), dim=1)
    colours, unclipped, kept, regions = _in_plane(linear, regions, plane)
    body, bare, hairy = (regions > 0.5).float()[:, :, None].unbind(1)
    inside = in_frame(linear, plane, VIEW.places(linear).expand(len(linear), -1, -1, -1), 0.02)[:, None]
    asked = [places_asked(things) | places_of(prompt) for prompt in prompts]
    stops = torch.log2(luminance(colours) + _NOISE)
    point = plane.from_frame(face.points[..., :2].nan_to_num())
    where = places(point, plane, hands, (body > 0) & inside)
    seen = looked(stops, bare, hairy, where[FACE] & inside)
    jewellery, neck = found(seen, where, named(asked, linear), point)
    alone = ~face.present & ~hands.present.any(1)
    alpha = torch.where(
        alone[:, None, None, None],
        (_within_rim(body) > 0) & inside & _unlike_ground(colours, background, linear),
        jewellery & face.present[:, None, None, None],
    ).float()
    area = alpha.sum((1, 2, 3)) / VIEW.side**2
    share = area * plane.width**2 / subject.alpha.sum((1, 2, 3)).clamp_min(1)
    some = constant(tuple(bool(each) for each in asked), linear, torch.bool)
    why = _refusals(face.present, alone, face.present & (area < _LEAST), neck, some)
    refusals = (*subject.refusals, *why)
    return Metal(colours, unclipped, kept, alpha, bare, share.clamp(0, 1), face.present, plane, refusals)


def _refusals(
    face: Tensor, alone: Tensor, nothing: Tensor, neck: Tensor, some: Tensor
) -> tuple[Refusal, ...]:
    """Why nothing is measured, all (B,): nothing found, by what was looked for."""
    return (
        Refusal(~face & ~alone, "a hand but no face: a person, or held by one, and no object alone"),
        Refusal(nothing & some, "nothing glints as metal where the things that are named lie"),
        Refusal(
            nothing & (neck < NECK_BARE),
            "no jewellery glints by the ears or on hands, and bare skin below the face is {:.2f} face widths "
            "squared: necklaces need 0.4",
            neck,
        ),
        Refusal(nothing, "nothing by the ears, on bare skin or on hands glints as jewellery"),
    )


def _in_plane(linear: Tensor, regions: Tensor, plane: Upright) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(B, 3, R, C) of all pixels of a cell, and of the unclipped, (B, 1, R, C) the share of these, and the
    regions (B, 3, R, C)."""
    kept = (linear.amax(1, keepdim=True) < CLIPPED).float()
    seen = resampled(torch.cat((linear, linear * kept, kept, regions), dim=1), plane, VIEW)
    every, sound, share, regions = seen[:, :3], seen[:, 3:6], seen[:, 6:7], seen[:, 7:]
    return every, sound / share.clamp_min(1e-4), share, regions


def _within_rim(body: Tensor) -> Tensor:
    """An object (B, 1, R, C) less its outline: cells mixed with a paler ground would be highlights."""
    return 1 - spread(1 - body, 1)


def _plane(linear: Tensor, face: FaceMesh) -> Upright:
    """The face's plane; without one, the frame's long side is three widths, in the view's middle."""
    plane = upright(face.points, face.width)
    size = constant((linear.shape[3], linear.shape[2]), linear)
    width = size.amax() / _ALONE
    centre = size / 2 + width * VIEW.middle * constant((0.0, 1.0), size)
    seen = face.present[:, None]
    return Upright(
        torch.where(seen, plane.origin, centre),
        torch.where(seen, plane.across, constant((1.0, 0.0), plane.across)),
        torch.where(seen, plane.up, constant((0.0, -1.0), plane.up)),
        torch.where(face.present, plane.width, width),
    )


def _unlike_ground(colours: Tensor, background: Matte, linear: Tensor) -> Tensor:
    """(B, 1, R, C) bool: some primary is a quarter of a stop off the background's mean."""
    step = slice(None, None, 4)
    seen = background.alpha[..., step, step].flatten(1)
    means = [weighted_mean(plane[..., step, step].flatten(1), seen) for plane in linear.unbind(1)]
    ground = torch.stack(means, dim=1).nan_to_num(torch.inf)[:, :, None, None]
    apart = (torch.log2(colours + _NOISE) - torch.log2(ground + _NOISE)).abs()
    unlike: Tensor = apart.amax(1, keepdim=True).gt(_ALIKE)
    return unlike
