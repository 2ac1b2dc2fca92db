"""The pictures' own pixels on the device: what every view at native resolution is cut from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import torch
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from lightmeter.optics.transfer import linear_table
from lightmeter.read.codes import Encoded
from lightmeter.read.picture import Picture
from lightmeter.see.provide import provides
from lightmeter.see.waiting import at_most

BROAD = 240
"""Pixels across a face at the least that views of large faces are averaged down to."""


@dataclass(frozen=True)
class Natives:
    """Pictures of one frame shape, and of any native sizes, as one list of P pixels.

    codes: (P, 3) uint8, or the bits of uint16 as int16 where any picture has such; picture after picture,
    each row by row. start, height, width: (B,) int64, a picture's first pixel and its size. per_frame: (B,)
    native pixels along a frame pixel. sizes: the heights and widths again, as the host knows them.
    """

    codes: Tensor
    start: Tensor
    height: Tensor
    width: Tensor
    per_frame: Tensor
    sizes: tuple[tuple[int, int], ...]

    @property
    def longest(self) -> Tensor:
        """(B,) int64: the longer side of each picture."""
        return torch.maximum(self.height, self.width)

    def pooling(self, width: Tensor) -> tuple[Tensor, int]:
        """(B,) int64 k = width // 240, at least 1, by which views of faces so many native pixels wide (B,)
        are averaged, and the most that any may be: no face is taken to be wider than its picture is long."""
        k = torch.minimum((width / BROAD).nan_to_num(1.0).long(), self.longest // BROAD).clamp_min(1)
        return k, max(1, max(map(max, self.sizes)) // BROAD)

    @property
    def white(self) -> int:
        """The largest code."""
        return 255 if self.codes.dtype == torch.uint8 else 65535

    def coded(self, rows: Tensor, columns: Tensor) -> Tensor:
        """(B, N, R, C, 3) int32 codes at rows (B, N, R) and columns (B, N, C), int64; outside the picture its
        edge is repeated."""
        found = self.codes.index_select(0, self._places(rows, columns).flatten())
        found = found.view(*rows.shape, columns.shape[2], 3).int()
        return found if self.codes.dtype == torch.uint8 else found & 0xFFFF

    def cut(self, rows: Tensor, columns: Tensor) -> Tensor:
        """(B, N, 3, R, C) scene-linear, as `coded`."""
        codes = self.coded(rows, columns)
        table = _table(self.white + 1, codes.device)
        return table.index_select(0, codes.flatten()).view(codes.shape).movedim(4, 2).contiguous()

    def looked_up(self, plane: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """(B, N, R, C) of a plane (P,) beside the pixels; 0 outside the picture."""
        found = plane.index_select(0, self._places(rows, columns).flatten()).view(*rows.shape, -1)
        return found * self.inside(rows, columns)

    def inside(self, rows: Tensor, columns: Tensor) -> Tensor:
        """(B, N, R, C) bool: on the picture, of places as for `coded`, or between pixels."""
        height, width = self.height[:, None, None], self.width[:, None, None]
        within = ((rows >= 0) & (rows < height))[..., None]
        return within & ((columns >= 0) & (columns < width))[..., None, :]

    def _places(self, rows: Tensor, columns: Tensor) -> Tensor:
        height, width, start = (each[:, None, None] for each in (self.height, self.width, self.start))
        rows = torch.minimum(rows.clamp_min(0), height - 1) * width + start
        return rows[..., None] + torch.minimum(columns.clamp_min(0), width - 1)[..., None, :]


@provides
def natives(pictures: Sequence[Picture], linear: Tensor) -> Natives:
    """Bring the pictures' codes to the device of the frames `linear` (B, 3, H, W), without waiting for it.

    Who has the codes there already gives a scene what `listed` makes of them, as the root `natives`.
    """
    codes = _gathered([each.encoded for each in pictures], linear.device)
    return listed(codes, tuple((each.height, each.width) for each in pictures), linear)


def listed(codes: Tensor, sizes: tuple[tuple[int, int], ...], linear: Tensor) -> Natives:
    """Codes (P, 3), on the device of the frames, of pictures of these heights and widths."""
    height, width = torch.tensor(sizes).unbind(1)
    start = (height * width).cumsum(0) - height * width
    per_frame = torch.maximum(height, width).double() / max(linear.shape[2:])
    return Natives(
        codes,
        start=start.to(codes.device, non_blocking=True),
        height=height.to(codes.device, non_blocking=True),
        width=width.to(codes.device, non_blocking=True),
        per_frame=per_frame.float().to(codes.device, non_blocking=True),
        sizes=sizes,
    )


def averaged(
    look: Callable[[Tensor, Tensor], Tensor], rows: Tensor, columns: Tensor, by: Tensor, limit: int
) -> Tensor:
    """(B, N, ...) means of `look(rows, columns)` over the k x k pixels from those rows and columns on.

    by: (B,) int64, each picture's k, 1 to `limit`. Summed over the k x k places in turn, so in memory that k
    does not decide.
    """
    total = torch.zeros((), device=by.device)
    most = range(at_most(by, limit))
    for down, right in product(most, most):
        found = look(rows + down, columns + right)
        k = by.view(-1, *[1] * (found.dim() - 1))
        total = total + torch.where((k > down) & (k > right), found, 0.0)
    return total / k**2


def _gathered(pictures: Sequence[Encoded], device: torch.device) -> Tensor:
    deep = any(each.dtype == np.uint16 for each in pictures)
    hosts = [_flat(each, deep) for each in pictures]
    if len(hosts) == 1:
        return hosts[0].to(device, non_blocking=True)
    codes = torch.empty(sum(len(each) for each in hosts), 3, dtype=hosts[0].dtype, device=device)
    first = 0
    for host in hosts:
        codes[first : first + len(host)].copy_(host, non_blocking=True)
        first += len(host)
    return codes


def _flat(picture: Encoded, deep: bool) -> Tensor:
    """(H W, 3), shared with the picture where its codes are as wanted; 255 in 8 bits is 65535 in 16."""
    codes = np.ascontiguousarray(picture)
    if deep:
        codes = (codes if codes.dtype == np.uint16 else 257 * codes.astype(np.uint16)).view(np.int16)
    # By DLPack, which takes arrays that must not be written to.
    shared: Tensor = from_dlpack(codes.reshape(-1, 3))
    return shared


@lru_cache(maxsize=8)
def _table(levels: int, device: torch.device) -> Tensor:
    """(levels,) float32: the scene-linear value of each code."""
    return linear_table(levels).to(torch.float32).to(device, non_blocking=True)
