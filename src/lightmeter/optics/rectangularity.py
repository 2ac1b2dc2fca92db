"""How rectangular an outline is, from its fourth moments: 0 for every ellipse, 1 for every rectangle."""

from __future__ import annotations

import torch
from torch import Tensor

_ELLIPSE = 2.0
_SUM, _DIFFERENCE = 0.6, 0.4


def rectangularity(weight: Tensor, right: Tensor, up: Tensor) -> Tensor:
    """(N,) complex: its size is 0 for an ellipse and 1 for a rectangle, its argument 4 times the turn.

    weight: (N, S) >= 0, the shape's coverage; right, up: (N, S) places, in any unit. NaN without weight.
    With z = x + iy from the centroid, Q = E[z^2], T = E|z|^2 and D = E[z^4] - 2 Q^2:

    - an ellipse of semi-axes a, b has E[x^2] = a^2/4 = u, E[x^4] = 2 u^2, E[x^2 y^2] = 2 u v / 3, so that
      E[z^4] = 2 u^2 + 2 v^2 - 4 u v = 2 (u - v)^2 = 2 Q^2, and D = 0;
    - a rectangle of sides a, b has E[x^2] = a^2/12 = u, E[x^4] = 1.8 u^2, so that
      -D = 0.2 (u^2 + v^2) + 2 u v = 0.6 (u + v)^2 - 0.4 (u - v)^2 = 0.6 T^2 - 0.4 |Q|^2.

    The second line over the first is the result. Discs, rings and every regular outline of five sides and
    more are 0 too, as E[z^4] vanishes by symmetry. Unmoved by shift, scale and mirror (but for the
    argument's sign); a turn moves the argument alone; blur alike in all directions leaves D as it was, since
    the fourth cumulant of such a blur is 0, and T grows: what is blurred looks rounder, never squarer.
    """
    share = weight / weight.sum(1, keepdim=True)
    z = torch.complex(right, up)
    z = z - (share * z).sum(1, keepdim=True)
    second, fourth = (share * z**2).sum(1), (share * z**4).sum(1)
    total = (share * z.abs() ** 2).sum(1)
    return (_ELLIPSE * second**2 - fourth) / (_SUM * total**2 - _DIFFERENCE * second.abs() ** 2)
