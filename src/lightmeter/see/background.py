"""The backdrop: what is surely not the subject."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lightmeter.optics.constants import constant
from lightmeter.optics.filters import spread
from lightmeter.read.picture import Picture
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_MARGIN = 1 / 64
_LEAST = 0.02


@provides
def background(subject: Matte, pictures: Sequence[Picture]) -> Matte:
    """Pixels that are surely background: (B, 1, H, W), 1 or 0.

    The subject's matte is 0 there and everywhere within 1/64 of the long side, so that neither loose
    hair nor an unsure edge is read as backdrop. Not known, and empty, where less than 2 % of the frame is
    left, where no subject is found, and for pictures that are transparent there.
    """
    touched = subject.alpha > 0.05
    reach = max(1, round(max(touched.shape[2:]) * _MARGIN))
    alpha = (~spread(touched, reach)).float()
    share = alpha.mean((1, 2, 3))
    clear = constant(tuple(each.alpha is not None for each in pictures), share, torch.bool)
    refusals = (
        Refusal(clear, "the picture is transparent: there is no backdrop"),
        *subject.refusals,
        Refusal(share < _LEAST, "background is {:.1f} % of the frame: 2 are needed", 100 * share),
    )
    unknown = torch.stack([refusal.when for refusal in refusals]).any(0)
    return Matte(alpha * ~unknown[:, None, None, None], refusals)
