"""Where the key's light is cut off on bare skin: what `shadow_edge_width` reads from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.optics.constants import constant
from lightmeter.optics.edges import gaussian, steepest, transitions
from lightmeter.optics.filters import shrink
from lightmeter.optics.geometry import length, unit
from lightmeter.optics.statistics import weighted_quantile
from lightmeter.optics.transfer import luminance
from lightmeter.optics.upright import Upright, View, in_frame, resampled_each, upright
from lightmeter.see.facets import Facets
from lightmeter.see.provide import provides
from lightmeter.see.regions import FaceMesh, Matte
from lightmeter.see.topology import Topology, topology

VIEW = View(side=128, columns=192, rows=192, middle=-0.1)
_SCALES = (0.015, 0.05)
"""Face widths of blur under which edges are looked for: sharp ones, and soft ones on grainy skin."""
_COUNT = 200
_REACH, _STEPS = 0.25, 65
_ALONG = (-0.03, 0.0, 0.03)
"""Face widths along the edge that a profile is the mean of: a mole or a hair is shorter."""
_SMOOTH = 0.7
_LEAST_STOPS, _LEAST_STEP = 0.4, 0.12
"""A shadow edge is 0.4 stops and an eighth of the lit skin's luminance high; creases and blush are less."""
_KEY_LEFT = 0.35
"""Of the key, at the dark foot: more is skin that turns from the light without reaching shadow."""
_FULL_STEP = 0.25

_ATTACHED = 0.4
"""What an edge counts for where skin that turns from the light explains all of it: less, since such edges
are as wide as the face is round there, but where there are no others they say that no shadow is sharp."""
_NEAR = 0.04
"""Face widths over which the mesh's normals are averaged."""

_FEATURES = ((0.09, "eyes"), (0.12, "mouth"), (0.06, "nose"), (0.04, "folds"), (0.1, "root"))
_INNER = 0.03
_BORDER = 0.12
_SHRUNK = 0.02
"""Face widths that bare skin is taken to end before it does."""
_ROOT = (6, 8, 9, 168)
_CHIN_CREASE = (18, 83, 313, 200, 201, 421)
_FOLDS = (202, 206, 212, 216, 422, 426, 432, 436)
_NOSE_SIDES = (3, 49, 51, 131, 134, 198, 236, 248, 279, 281, 360, 363, 420, 456)


@dataclass(frozen=True)
class ShadowEdges:
    """Edges found, N = 400 an image.

    width: (B, N) 10-90 %, face widths. length: (B, N) face widths of edge that each stands for, less where
    it is faint, 0 where it is none. ends: (B, N, 2, 2) frame pixels of its dark and its light foot.
    """

    width: Tensor
    length: Tensor
    ends: Tensor


@provides
def shadow_edges(
    linear: Tensor, face: FaceMesh, skin: Matte, facets: Facets, key_light: KeyLight
) -> ShadowEdges:
    """Follow luminance across the steepest lines of bare skin, eyes, nose, mouth and outlines left out.

    linear: (B, 3, H, W). A line counts where its profile, a mean over 0.06 face widths along it, rises out of
    a shadow that keeps at most a third of the key. Widths under 0.02 face widths read 0.02.
    """
    plane = upright(face.points, face.width)
    lit = weighted_quantile(facets.luminance, facets.skin, 0.9).nan_to_num(1.0).clamp_min(1e-6)
    bright, bare = resampled_each((luminance(linear), skin.alpha), plane, VIEW)
    bright = bright / lit[:, None, None, None]
    allowed, clear = _clear(linear, face, bare > 0.5, plane)
    place, uphill = _lines(bright, allowed)
    found = transitions(*_profiles(gaussian(bright, _SMOOTH), clear, place, uphill))
    width = found.width * (2 * _REACH / (_STEPS - 1))
    step = found.high - found.low
    fill = torch.exp2(-key_light.fit.stops)[:, None]
    key_left = found.low * (1 + fill) - fill
    stops = torch.log2(found.high.clamp_min(1e-4) / found.low.clamp_min(1e-3))
    shadow = (stops > _LEAST_STOPS) & (step > _LEAST_STEP) & (key_left < _KEY_LEFT) & found.settled
    feet = torch.stack([place + s * width[..., None] * uphill for s in (-0.625, 0.625)], dim=2)
    ends = plane.to_frame(feet)
    cast = 1 - _turned(ends, facets, key_light) / (step * (1 + fill)).clamp_min(1e-6)
    length = shadow * (step / _FULL_STEP).clamp(0, 1) * cast.clamp(_ATTACHED, 1) / VIEW.side / len(_SCALES)
    return ShadowEdges(width, length * face.present[:, None], ends)


def _turned(ends: Tensor, facets: Facets, key_light: KeyLight) -> Tensor:
    """(B, N) of the key, what skin gains from foot to foot (B, N, 2, 2) by facing it; 0 off the mesh."""
    reach = 3 * _NEAR * facets.width.nan_to_num(1.0)[:, None, None]
    gap = torch.cdist(ends.flatten(1, 2) / reach, facets.centre / reach)
    on_mesh = gap.amin(2) < 2 / 3
    # Tukey's (1 - gap^2)^2 within reach, 0 beyond.
    share = gap.square_().sub_(1).clamp_max_(0).square_()
    normal = unit(share @ facets.normal, 2)
    facing = (normal * key_light.fit.direction[:, None]).sum(2).clamp_min(0) * on_mesh
    both = facing.view(*ends.shape[:3])
    return both[..., 1] - both[..., 0]


def _lines(bright: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """Places and uphill directions, (B, N, 2) each, of the steepest lines in stops at every scale."""
    stops = torch.log2(bright.clamp_min(0.003))
    found = [steepest(gaussian(stops, s * VIEW.side), allowed, _COUNT) for s in _SCALES]
    index = torch.cat([each[0] for each in found], dim=1)
    places = VIEW.places(bright).flatten(1, 2).expand(len(bright), -1, -1)
    return places.gather(1, index[..., None].expand(-1, -1, 2)), torch.cat([each[1] for each in found], 1)


def _profiles(bright: Tensor, clear: Tensor, place: Tensor, uphill: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance and whether skin is bare, (B, N, T) each, uphill across each line."""
    across = torch.linspace(-_REACH, _REACH, _STEPS, device=place.device)[:, None]
    tangent = torch.stack((-uphill[..., 1], uphill[..., 0]), dim=2)
    both = torch.cat((bright, clear), dim=1)
    spots = [place[:, :, None] + across * uphill[:, :, None] + s * tangent[:, :, None] for s in _ALONG]
    seen = torch.stack([VIEW.sampled(both, spot) for spot in spots])
    return seen[:, :, 0].mean(0), seen[:, :, 1].amin(0)


def _clear(linear: Tensor, face: FaceMesh, bare: Tensor, plane: Upright) -> tuple[Tensor, Tensor]:
    """Of bare skin (B, 1, rows, columns), 1 or 0: where lines are looked for, and where profiles may go."""
    shape = topology(linear.device)
    points = plane.from_frame(face.points[..., :2].nan_to_num())
    coarse = VIEW.places(linear, 4).flatten(1, 2).expand(len(points), -1, -1)
    sets = _features(shape)
    gaps = {name: torch.cdist(coarse, points[:, sets[name]]).amin(2) for _, name in _FEATURES}
    tight = torch.stack([gaps[name] - margin for margin, name in _FEATURES]).amin(0)
    loose = torch.stack([gaps[name] for name in ("eyes", "mouth", "nose")]).amin(0) - _INNER
    inside = _depth(coarse, points[:, shape.oval])
    region = [torch.minimum(tight, inside - _BORDER), torch.minimum(loose, inside - _INNER)]
    rows, columns = VIEW.rows // 4, VIEW.columns // 4
    margin = F.interpolate(
        torch.stack(region, 1).view(-1, 2, rows, columns), scale_factor=4.0, mode="bilinear"
    )
    known = in_frame(linear, plane, VIEW.places(linear), _INNER)[:, None]
    open_ = (margin > 0) * shrink(bare & known, round(_SHRUNK * VIEW.side))
    return open_[:, :1], open_[:, 1:]


def _features(shape: Topology) -> dict[str, Tensor]:
    """Mesh points of what is no plain skin, or casts shadows on itself."""
    return {
        "eyes": torch.cat((shape.brow_left, shape.brow_right, shape.eye_left, shape.eye_right)),
        "mouth": torch.cat((shape.lips_outer, shape.lips_inner, constant(_CHIN_CREASE, shape.nose))),
        "nose": torch.cat((shape.nose, constant(_NOSE_SIDES, shape.nose))),
        "folds": constant(_FOLDS, shape.nose),
        "root": constant(_ROOT, shape.nose),
    }


def _depth(place: Tensor, loop: Tensor) -> Tensor:
    """(B, N) signed distance of places (B, N, 2) to a polygon (B, P, 2): positive inside."""
    start, end = loop[:, None], loop.roll(-1, 1)[:, None]
    side, offset = end - start, place[:, :, None] - start
    along = ((offset * side).sum(3) / (side * side).sum(3).clamp_min(1e-12)).clamp(0, 1)
    gap = length(offset - along[..., None] * side, 3).amin(2)
    over = (start[..., 1] > place[:, :, None, 1]) != (end[..., 1] > place[:, :, None, 1])
    turn = side[..., 0] * offset[..., 1] - side[..., 1] * offset[..., 0]
    crossed = (over & ((turn > 0) == (side[..., 1] > 0))).sum(2) % 2
    return torch.where(crossed > 0, gap, -gap)
