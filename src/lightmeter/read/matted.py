"""Transparent pictures on black, composited in linear light."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch

from lightmeter.optics.transfer import encoded_from_linear, linear_table
from lightmeter.read.codes import Encoded

_ROWS = 256


def over_black(codes: Encoded, alpha: Encoded) -> Encoded:
    """Composite (H, W, 3) sRGB codes with (H, W) alpha over black, in the codes' own depth."""
    out = np.empty_like(codes)
    for top in range(0, len(codes), _ROWS):
        rows = slice(top, top + _ROWS)
        out[rows] = _strip(codes[rows], alpha[rows][..., None])
    return out


def coverage(alpha: Encoded) -> npt.NDArray[np.uint8]:
    """Alpha of either depth as 8 bits, 255 where opaque."""
    if alpha.dtype == np.uint8:
        return np.ascontiguousarray(alpha)
    return ((alpha.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _strip(codes: Encoded, alpha: Encoded) -> Encoded:
    if codes.dtype == np.uint8:
        found: Encoded = _table()[(coverage(alpha).astype(np.int32) << 8) + codes]
        return found
    share = alpha / np.iinfo(alpha.dtype).max
    linear = torch.from_numpy(linear_table(65536).numpy()[codes] * share)
    coded: Encoded = np.rint(encoded_from_linear(linear).numpy() * 65535).astype(np.uint16)
    return coded


@lru_cache(maxsize=1)
def _table() -> npt.NDArray[np.uint8]:
    """Code over black for each alpha and code: (256 * 256,), alpha first."""
    linear = torch.arange(256)[:, None] / 255.0 * linear_table(256)
    table: npt.NDArray[np.uint8] = np.rint(encoded_from_linear(linear).numpy() * 255).astype(np.uint8)
    return table.reshape(-1)
