"""Read u2netp's ONNX file into a `Graph`. Knows the few ops that U^2-Net has."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import numpy_helper

from lightmeter.see.convert.graph import Graph, Op

_SHAPE_ONLY = {"Shape", "Constant", "Gather", "Unsqueeze", "Slice", "Cast"}


class Reader:
    """Walks one model; the answer of its second level is kept under `name`.

    U^2-Net answers once with all levels of its decoder together, then once with each. The second level has
    half the resolution and does without the first, which costs more than all others. Its answer is kept as
    logits: enlarging them before the sigmoid gives the better outline.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.net = onnx.load_model_from_string(data).graph
        self.makers = {out: node for node in self.net.node for out in node.output}
        self.constants = {c.name: numpy_helper.to_array(c) for c in self.net.initializer}
        inputs = [i.name for i in self.net.input if i.name not in self.constants]
        enlarged = self.makers[self.makers[self.net.output[2].name].input[0]]
        self.graph = Graph(inputs, {name: enlarged.input[0]})

    def read(self) -> Graph:
        """The network as far as its output needs it."""
        for node in self.net.node:
            if node.op_type in _SHAPE_ONLY or (node.op_type == "Concat" and self._axis(node) == 0):
                continue
            self.graph.ops.append({**self._op(node), "out": node.output[0]})
        self.graph.prune()
        self.graph.fold_activations()
        return self.graph

    def _axis(self, node: Any) -> int:
        return int(_attributes(node)["axis"])

    def _op(self, node: Any) -> Op:
        if node.op_type == "Conv":
            return self._conv(node)
        if node.op_type == "Resize":
            return {"op": "resize", "in": [node.input[0], self._like(node)], "corners": False}
        if node.op_type == "MaxPool":
            return {"op": "max_pool", "in": [node.input[0]], "stride": list(_attributes(node)["strides"])}
        if node.op_type == "Concat":
            return {"op": "concat", "in": list(node.input), "axis": self._axis(node)}
        return {
            "op": {"Relu": "relu", "Sigmoid": "sigmoid", "Add": "add"}[node.op_type],
            "in": list(node.input),
        }

    def _conv(self, node: Any) -> Op:
        settings = _attributes(node)
        top, left, bottom, right = settings["pads"]
        x, w, b = node.input
        return {
            "op": "conv",
            "in": [x],
            "weight": self.graph.weight(w, self.constants[w]),
            "bias": self.graph.weight(b, self.constants[b]),
            "stride": list(settings["strides"]),
            "pad": [left, right, top, bottom],
            "dilation": list(settings["dilations"]),
            "groups": settings["group"],
            "act": "",
        }

    def _like(self, node: Any) -> str:
        """The tensor whose height and width a Resize takes, found through the arithmetic on shapes."""
        found, todo = set(), [node.input[3]]
        while todo:
            maker = self.makers[todo.pop()]
            if maker.op_type == "Shape":
                found.add(maker.input[0])
            else:
                todo += [name for name in maker.input if name in self.makers]
        (like,) = found - {node.input[0]}
        return str(like)


def _attributes(node: Any) -> dict[str, Any]:
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
