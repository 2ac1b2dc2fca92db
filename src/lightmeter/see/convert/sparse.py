"""TFLite's sparse tensors as dense arrays (TACO format, block dimensions included)."""

from __future__ import annotations

from typing import Any

import numpy as np
import tflite

from lightmeter.see.convert.graph import Array

_VECTORS = {1: "Int32Vector", 2: "Uint16Vector", 3: "Uint8Vector"}


def densified(values: Array, shape: list[int], sparsity: Any) -> Array:
    """Scatter `values` to `shape`. Source: tensorflow/lite/schema/schema.fbs, SparsityParameters."""
    coordinates = _coordinates(sparsity)
    order = sparsity.TraversalOrderAsNumpy()
    rank = len(shape)
    blocks = [int(d) for d in sparsity.BlockMapAsNumpy()] if sparsity.BlockMapLength() else []
    sizes = {rank + i: sparsity.DimMetadata(rank + i).DenseSize() for i in range(len(blocks))}
    index = np.zeros((len(coordinates), rank), dtype=np.int64)
    for level, dim in enumerate(order):
        if dim < rank:
            scale = sizes[rank + blocks.index(dim)] if dim in blocks else 1
            index[:, dim] += coordinates[:, level] * scale
        else:
            index[:, blocks[dim - rank]] += coordinates[:, level]
    dense = np.zeros(shape, dtype=values.dtype)
    dense[tuple(index.T)] = values
    return dense


def _coordinates(sparsity: Any) -> Array:
    """The coordinates of every stored value, (N, levels), in storage order."""
    rows = np.zeros((1, 0), dtype=np.int64)
    for level in range(sparsity.DimMetadataLength()):
        meta = sparsity.DimMetadata(level)
        if meta.Format() == 0:
            size = meta.DenseSize()
            column = np.tile(np.arange(size), len(rows))
            rows = np.repeat(rows, size, axis=0)
        else:
            segments = _vector(meta.ArraySegments(), meta.ArraySegmentsType())
            column = _vector(meta.ArrayIndices(), meta.ArrayIndicesType())
            rows = np.repeat(rows, np.diff(segments), axis=0)
        rows = np.concatenate([rows, column[:, None]], axis=1)
    return rows


def _vector(table: Any, kind: int) -> Array:
    vector = getattr(tflite, _VECTORS[kind])()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy()).astype(np.int64)
