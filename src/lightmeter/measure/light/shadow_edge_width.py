from __future__ import annotations

import torch
from torch import Tensor

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.light.shadow_edges import ShadowEdges
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.regions import FaceMesh

_STRETCH = 0.02
"""Face widths of edge that the sharpest part is judged by. From 0.02 to 0.06 the order of sizes stays."""
_LEAST_WIDTH = 64


@measurement(
    unit="face-width",
    bounds=(0.0, 0.5),
    source="10-90 % rise of luminance across the sharpest shadow edges on bare skin",
    tolerance=0.02,
)
def shadow_edge_width(shadow_edges: ShadowEdges, key_light: KeyLight, face: FaceMesh) -> PerImage:
    """How wide the edge of the key's shadow is, 10-90 %, where it is sharpest: a large source is wide.

    A shadow falling over a distance h under a source of angular diameter a has an edge h a wide: the nose's
    on the cheek, 0.3 face widths away, reads 0.02 under a bare flash and 0.1 under a softbox of 20 degrees.
    The least that can be read is 0.02. Where no shadow is cast, skin turning away from the light has an edge
    of 0.1 to 0.2 whatever the source. The error is the spread of widths along the stretch that is read.
    Not measured without a face of 64 px, under light too flat to have a direction, and where no shadow's
    edge crosses bare skin, as under a key at the camera.
    """
    width, share = _sharpest(shadow_edges)
    total = share.sum(1)
    weight = share / total.clamp_min(1e-12)[:, None]
    mean = (weight * width).sum(1)
    spread = (weight * (width - mean[:, None]) ** 2).sum(1).sqrt()
    return (
        PerImage(mean, error=spread)
        .refusing(key_light.refusals)
        .unless(face.width < _LEAST_WIDTH, "face is {:.0f} px wide: shadow edges need 64", face.width)
        .refusing(key_light.undirected)
        .unless(total < 0.99 * _STRETCH, "the key casts no shadow edge on bare skin that is in sight")
    )


def _sharpest(edges: ShadowEdges) -> tuple[Tensor, Tensor]:
    """Widths in rising order, and the length of each that is part of the sharpest 0.02 face widths."""
    width, order = torch.where(edges.length > 0, edges.width, torch.inf).sort(dim=1)
    length = edges.length.gather(1, order)
    before = length.cumsum(1) - length
    return width.nan_to_num(posinf=0.0), torch.minimum(length, (_STRETCH - before).clamp_min(0))


@overlay("shadow_edge_width")
def shadow_edge_marks(shadow_edges: ShadowEdges) -> Marks:
    """A stroke across each edge that the width is read from, as long as the edge is wide."""
    _, order = torch.where(shadow_edges.length > 0, shadow_edges.width, torch.inf).sort(dim=1)
    _, share = _sharpest(shadow_edges)
    strokes = shadow_edges.ends.gather(1, order[..., None, None].expand(-1, -1, 2, 2))
    return Marks(paths={"shadow edge": strokes.where((share > 0)[..., None, None], torch.nan)})
