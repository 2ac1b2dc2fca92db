from __future__ import annotations

import torch

from lightmeter.measure.background.keyed import Keyed, windows
from lightmeter.measure.registry import PerImage, measurement

_MOSTLY = 0.5


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="as background_key_residue, in the worst window of an eighth of the long side",
    tolerance=0.06,
    exposure="free",
)
def background_key_residue_worst(keyed: Keyed) -> PerImage:
    """What a plain key leaves in the worst place of the backdrop: one bad corner ruins a key.

    The largest mean over squares of an eighth of the long side, at least half of them backdrop.
    Not measured where the background is unknown or under 2 % of the frame, or nowhere so wide.
    """
    left, share = windows(keyed)
    wide = share >= _MOSTLY
    value = torch.where(wide, left, 0.0).amax(1)
    return (
        PerImage(value)
        .refusing(keyed.refusals)
        .unless(~wide.any(1), "the backdrop is nowhere an eighth of the long side wide")
    )
