"""One key light over a soft fill, found from the luminance and normals of a convex-ish surface."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lightmeter.optics.cast_shadows import CastShadows
from lightmeter.optics.constants import constant
from lightmeter.optics.shading_directions import disc_around, front_of_sphere
from lightmeter.optics.shading_misfit import Shaded, misfits
from lightmeter.optics.statistics import weighted_quantile

_COARSE_RATIOS = (1.0, 3.0, 5.0)
_FINE_RATIOS = (0.0, 1.5, 3.0, 6.0)
_SURROUND, _FRONTAL = 0.5, 2.5
"""Falloffs of the two fills that a key must stand out from: light from all sides, a lamp by the camera."""

_FACING = 1.5
"""Falloff of the fill that the ratio is told for, between the two: a large source around the camera."""

_PREFERENCE = 0.2
"""A key no brighter than the fill must explain this much more to be believed: near the camera the two
look alike, and photographers and sun alike make the key the brighter one."""

_TONE = 2.2
_STEEP, _STEEP_BAND = 0.2, 0.03
"""Stops squared. Skin whose light is known leaves a misfit of 0.12 to 0.20 (80 % of path-traced heads) or
0.08 to 0.38 (Yale B, decoded once), and 0.23 to 0.61 where codes were decoded twice. With 0.25 Yale B reads
alike and path-traced heads a degree worse."""

_EACH, _THIRD = slice(None), slice(None, None, 3)
_SHARP, _BROAD = 50.0, 10.0
_MODEL_ERROR, _SPREAD_SHARE = 5.5, 0.27
"""Degrees; degrees per degree of spread: what the mesh's normals and the skin's albedo leave in doubt."""

_WEAK_KEY, _WEAK_PER_STOP = 40.0, 3.0
"""Degrees, for a key no brighter than the fill, and how many times that halves per stop: the fill then
draws the reading towards the camera, by 23 degrees at -1 stop and 45 at -3."""

_RATIO_ERROR = 0.5
"""Stops: what not knowing the fill's size leaves in doubt. Rendered heads with a small fill read 0.3 too
much, those with a hemisphere for a fill 0.6 too little; 1.645 of this hold 87 % of 55 of the latter."""

_FADES_FROM, _FADES_TO = -0.1, -0.2
"""Towards the camera: a key further behind lights hardly any of the face, and what is seen is fill."""

_STOPS = (-1.0, 6.6, 0.5)
_MOST_STOPS = 6.0
_FLOOR = 0.02


@dataclass(frozen=True)
class KeyFit:
    """direction: (B, 3) unit, towards the key. error: (B,) its standard error in degrees, each of two
    ways across it; spread: (B,) degrees over which directions explain the face nearly as well.
    stops: (B,) log2 of key over fill irradiance, each on a surface facing it, 0..6; stops_error: (B,).
    misfit: (B,) robust mean square of log2 luminance, in stops squared; flat_misfit: the same for light
    alike from all around."""

    direction: Tensor
    error: Tensor
    spread: Tensor
    stops: Tensor
    stops_error: Tensor
    misfit: Tensor
    flat_misfit: Tensor


def fit_key(
    luminance: Tensor,
    normal: Tensor,
    weight: Tensor,
    zone: Tensor | None = None,
    shadows: CastShadows | None = None,
) -> KeyFit:
    """Search the key direction and the key:fill ratio that explain the shading.

    luminance: (B, F) linear, of one albedo apart from outliers; normal: (B, F, 3) camera frame;
    weight: (B, F) >= 0; zone: (B, F) 1 where the skin may have an albedo of its own (a beard);
    shadows: where the body stands in the key's way, if that is known.
    The model is E = max(0, n.l) + 2^-stops ((1 + n_z) / 2)^falloff: a distant key and a fill around the
    camera, whose size is unknown: the direction is the one that explains the face under a large and a
    small one. The picture's tone curve is unknown too: where no light explains it (`_STEEP`), luminance
    is taken for the `_TONE` power of what it was. The ratio is told for the luminance as it stands.
    Searched on a sphere of 110 directions, then every 5 degrees around the best; the result is the
    mean over the candidates, each believed by how little worse than the best it fits.
    Invariant to exposure; mirrored input gives the mirrored direction.
    """
    skin = _shaded(luminance, normal, weight, zone)
    sphere = front_of_sphere(luminance.device).expand(len(luminance), -1, -1)
    rough, free = skin.every(_THIRD), _reached(shadows, sphere, _THIRD)
    as_is, softened = (_unlikely(each, sphere, _COARSE_RATIOS, free) for each in (rough, rough.softer(_TONE)))
    steep = torch.sigmoid((as_is.amin(1).exp() - _STEEP) / _STEEP_BAND)[:, None]
    coarse = torch.lerp(as_is, softened, steep)
    near = disc_around(_believed(sphere, coarse))
    free = _reached(shadows, near)
    as_is, softened = (_unlikely(each, near, _FINE_RATIOS, free) for each in (skin, skin.softer(_TONE)))
    fine = torch.lerp(as_is, softened, steep)
    direction = _believed(near, fine)
    spread = _spread(sphere, torch.softmax(-_BROAD * coarse, 1), direction)
    stops, stops_error = _ratio(skin, direction, _reached(shadows, direction[:, None]))
    weak = _WEAK_KEY * torch.exp2(-_WEAK_PER_STOP * stops)
    return KeyFit(
        direction=direction,
        error=torch.sqrt(_MODEL_ERROR**2 + (_SPREAD_SHARE * spread) ** 2 + weak**2),
        spread=spread,
        stops=stops,
        stops_error=stops_error,
        misfit=fine.amin(1).exp(),
        flat_misfit=misfits(skin, torch.zeros_like(near[:, :1]), near.new_zeros(1), 0.0)[:, 0, 0],
    )


def _shaded(luminance: Tensor, normal: Tensor, weight: Tensor, zone: Tensor | None) -> Shaded:
    bright = weighted_quantile(luminance, weight, 0.9)[:, None].clamp_min(1e-9)
    share = weight / weight.sum(1, keepdim=True).clamp_min(1e-12)
    zone = torch.zeros_like(weight) if zone is None else zone.to(weight.dtype)
    return Shaded((luminance / bright).clamp_min(0).nan_to_num(), normal, share, zone, _FLOOR)


def _reached(shadows: CastShadows | None, directions: Tensor, step: slice = _EACH) -> Tensor | None:
    """(B, D, F) what the body lets through of a key from each direction, on some of its facets."""
    if shadows is None:
        return None
    return replace(shadows, reached=shadows.reached[:, step]).towards(directions)


def _unlikely(skin: Shaded, directions: Tensor, ratios: tuple[float, ...], reached: Tensor | None) -> Tensor:
    """(B, D) log of the misfit of each direction with its best ratio, the mean over both fills."""
    stops = constant(ratios, directions)
    logs = []
    for falloff in (_SURROUND, _FRONTAL):
        misfit = misfits(skin, directions, stops, falloff, reached) * (1 + _PREFERENCE * torch.exp2(-stops))
        logs.append(torch.log(misfit.amin(2) + 1e-9))
    return torch.stack(logs).mean(0)


def _believed(directions: Tensor, unlikely: Tensor) -> Tensor:
    """(B, 3) unit mean of the directions, each believed by how little worse than the best it fits."""
    mean = torch.einsum("bd,bdc->bc", torch.softmax(-_SHARP * unlikely, 1), directions)
    return torch.nn.functional.normalize(mean, dim=1)


def _spread(directions: Tensor, belief: Tensor, centre: Tensor) -> Tensor:
    """(B,) degrees: root mean square of the angle to the centre under a belief (B, D)."""
    cosine = torch.einsum("bdc,bc->bd", directions, centre).clamp(-1, 1)
    return torch.sqrt((belief * torch.rad2deg(torch.acos(cosine)) ** 2).sum(1))


def _ratio(skin: Shaded, direction: Tensor, reached: Tensor | None) -> tuple[Tensor, Tensor]:
    """(B,) stops of key over fill for a known direction, and their standard error."""
    grid = torch.arange(*_STOPS, device=direction.device)
    cost = misfits(skin, direction[:, None], grid, _FACING, reached)[:, 0]
    lighting = ((direction[:, 2] - _FADES_TO) / (_FADES_FROM - _FADES_TO)).clamp(0, 1)
    stops = _lowest(cost, grid).clamp(0, _MOST_STOPS) * lighting
    belief = torch.softmax(-_BROAD * torch.log(cost + 1e-9), 1)
    wide = torch.sqrt((belief * (grid - stops[:, None]) ** 2).sum(1))
    return stops, torch.hypot(torch.full_like(wide, _RATIO_ERROR), _SPREAD_SHARE * wide)


def _lowest(cost: Tensor, grid: Tensor) -> Tensor:
    """(B,) the vertex of the parabola through the lowest of costs (B, K) and its neighbours on the grid."""
    middle = cost.argmin(1).clamp(1, len(grid) - 2)
    before, at, after = (cost.gather(1, (middle + step)[:, None])[:, 0] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / torch.where(bend > 0, bend, torch.inf)
    return grid[middle] + shift.clamp(-1, 1) * (grid[1] - grid[0])
