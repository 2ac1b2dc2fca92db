"""Turn the edge lists of MediaPipe's face_mesh_connections.py into triangles and ordered contours."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
from safetensors.numpy import save

Edges = list[tuple[int, int]]

# MediaPipe's left is the sitter's left; ours is the viewer's, so the sides swap here.
_CHAINS = {
    "oval": "FACEMESH_FACE_OVAL",
    "eye_left": "FACEMESH_RIGHT_EYE",
    "eye_right": "FACEMESH_LEFT_EYE",
    "iris_left": "FACEMESH_RIGHT_IRIS",
    "iris_right": "FACEMESH_LEFT_IRIS",
}
_SETS = {
    "brow_left": "FACEMESH_RIGHT_EYEBROW",
    "brow_right": "FACEMESH_LEFT_EYEBROW",
    "nose": "FACEMESH_NOSE",
}


def topology(source: str) -> bytes:
    """The safetensors file: `triangles` (T, 3), all wound alike, and an index list per feature."""
    edges = _edge_lists(source)
    outer, inner = sorted(_loops(edges["FACEMESH_LIPS"]), key=lambda loop: 61 not in loop)
    lists: dict[str, Any] = {
        "triangles": _triangles(edges["FACEMESH_TESSELATION"]),
        **{ours: _loops(edges[theirs])[0] for ours, theirs in _CHAINS.items()},
        **{ours: sorted({v for e in edges[theirs] for v in e}) for ours, theirs in _SETS.items()},
        "lips_outer": outer,
        "lips_inner": inner,
    }
    lists["mirror"] = _mirror(lists["triangles"])
    return save({name: np.array(value, dtype=np.int16) for name, value in lists.items()})


def _edge_lists(source: str) -> dict[str, Edges]:
    """The literal edge lists, without executing the file."""
    found: dict[str, Edges] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            target, argument = node.targets[0], node.value.args[0]
            if isinstance(target, ast.Name) and isinstance(argument, ast.List):
                found[target.id] = ast.literal_eval(argument)
    return found


def _loops(edges: Edges) -> list[list[int]]:
    """Closed contours as vertices in order around them, each from its lowest vertex."""
    near, loops = _neighbours(edges), []
    while near:
        loop = [min(near)]
        while step := sorted(v for v in near[loop[-1]] if v not in loop):
            loop.append(step[0])
        loops.append(loop)
        near = {v: n for v, n in near.items() if v not in loop}
    return loops


def _neighbours(edges: Edges) -> dict[int, set[int]]:
    near: dict[int, set[int]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    return near


def _triangles(edges: Edges) -> list[tuple[int, int, int]]:
    """The tessellation lists its triangles one after the other, three directed edges each."""
    corners = [a for a, _ in edges]
    if any(b != corners[i - i % 3 + (i + 1) % 3] for i, (_, b) in enumerate(edges)):
        raise ValueError("the tessellation does not list closed triangles")
    return list(zip(corners[::3], corners[1::3], corners[2::3], strict=True))


def _mirror(triangles: list[tuple[int, int, int]]) -> list[int]:
    """For each of the 478 points the one on the other side of the face."""
    near = _neighbours([(a, b) for t in triangles for a, b in zip(t, (*t[1:], t[0]), strict=True)])
    other = _walked(triangles, near)
    while unknown := near.keys() - other.keys():
        # A few diagonals at the nostrils lie differently on the two sides: go by the neighbours there.
        scores = {(x, y): _agreement(near, other, x, y) for x in unknown for y in unknown}
        x, y = max(sorted(scores), key=lambda pair: scores[pair])
        other[x], other[y] = y, x
    if any(other[other[i]] != i for i in range(468)):
        raise ValueError("the tessellation is not symmetric about the nose")
    irises = [473, 476, 475, 474, 477, 468, 471, 470, 469, 472]
    return [other[i] for i in range(468)] + irises


def _walked(triangles: list[tuple[int, int, int]], near: dict[int, set[int]]) -> dict[int, int]:
    """Walk from the nose both ways at once, past the points whose neighbourhoods differ."""
    apex = {edge: c for a, b, c in triangles for edge, c in (((a, b), c), ((b, c), a), ((c, a), b))}
    other, todo = {1: 1, 4: 4}, [(1, 4), (4, 1)]
    while todo:
        a, b = todo.pop()
        x, y = apex.get((a, b)), apex.get((other[b], other[a]))
        if x is not None and y is not None and x not in other and len(near[x]) == len(near[y]):
            other[x], other[y] = y, x
            todo += [
                (a, x),
                (x, b),
                (x, a),
                (b, x),
                (other[a], y),
                (y, other[b]),
                (y, other[a]),
                (other[b], y),
            ]
    return other


def _agreement(near: dict[int, set[int]], other: dict[int, int], x: int, y: int) -> int:
    return len({other[n] for n in near[x] if n in other} & near[y])
