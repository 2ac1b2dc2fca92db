"""Read a TFLite flatbuffer into a `Graph`: NHWC to NCHW, half weights, dense weights, folded padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tflite
from flatbuffers import flexbuffers

from lightmeter.see.convert.graph import Array, Graph, Op
from lightmeter.see.convert.sparse import densified

_CODES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
_DTYPES = {0: np.float32, 1: np.float16, 2: np.int32}
_ACTIVATIONS = {0: "", 1: "relu", 3: "relu6"}
_CONSTANT_OPS = {"DEQUANTIZE", "DENSIFY"}


class Reader:
    """Walks one model. `names` maps a network output's tensor name to the name that we give it."""

    def __init__(self, data: bytes, names: dict[str, str]) -> None:
        self.model = tflite.Model.GetRootAsModel(data, 0)
        self.net = self.model.Subgraphs(0)
        self.constants: dict[int, Array] = {}
        outputs = {names[self._tensor(i).Name().decode()]: f"t{i}" for i in self.net.OutputsAsNumpy()}
        self.graph = Graph([f"t{i}" for i in self.net.InputsAsNumpy()], outputs)

    def read(self) -> Graph:
        """The whole network, pruned."""
        for i in range(self.net.OperatorsLength()):
            self._operator(self.net.Operators(i))
        self.graph.prune()
        self.graph.fold_pads()
        self.graph.fold_activations()
        return self.graph

    def _operator(self, operator: Any) -> None:
        code = self.model.OperatorCodes(operator.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = code.CustomCode().decode() if number == tflite.BuiltinOperator.CUSTOM else _CODES[number]
        inputs = [int(i) for i in operator.InputsAsNumpy()]
        out = int(operator.Outputs(0))
        if kind in _CONSTANT_OPS:
            self.constants[out] = self.constant(inputs[0])
            return
        if kind not in _EMITTERS:
            raise ValueError(f"no rule for the TFLite op {kind}")
        op = _EMITTERS[kind](self, operator, inputs, out)
        self.graph.ops.append({**op, "out": f"t{out}"})

    def _tensor(self, index: int) -> Any:
        return self.net.Tensors(index)

    def shape(self, index: int) -> list[int]:
        """A tensor's shape in the file, NHWC."""
        tensor = self._tensor(index)
        return [int(n) for n in tensor.ShapeAsNumpy()] if tensor.ShapeLength() else []

    def is_constant(self, index: int) -> bool:
        """Whether a tensor is known at conversion time."""
        return index in self.constants or self.model.Buffers(self._tensor(index).Buffer()).DataLength() > 0

    def constant(self, index: int) -> Array:
        """The value of a constant tensor, dense, in its own dtype."""
        if index in self.constants:
            return self.constants[index]
        tensor = self._tensor(index)
        raw = self.model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes()
        values = np.frombuffer(raw, dtype=_DTYPES[tensor.Type()])
        sparsity = tensor.Sparsity()
        return (
            densified(values, self.shape(index), sparsity) if sparsity else values.reshape(self.shape(index))
        )

    def options(self, operator: Any, kind: str) -> Any:
        """The builtin options table of an operator."""
        table = operator.BuiltinOptions()
        options = getattr(tflite, kind)()
        options.Init(table.Bytes, table.Pos)
        return options

    def same(self, options: Any, size: list[int], kernel: list[int], dilation: list[int]) -> list[int]:
        """Padding [left, right, top, bottom] that an op's SAME or VALID asks for."""
        strides = [options.StrideH(), options.StrideW()]
        if options.Padding() == tflite.Padding.VALID:
            return [0, 0, 0, 0]
        pads = []
        for n, k, s, d in zip(size, kernel, strides, dilation, strict=True):
            total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
            pads.append([total // 2, total - total // 2])
        return [*pads[1], *pads[0]]


Emitter = Callable[[Reader, Any, list[int], int], Op]


def _conv(reader: Reader, operator: Any, inputs: list[int], kind: str) -> Op:
    options = reader.options(operator, kind)
    x, w, b = inputs
    depthwise = kind == "DepthwiseConv2DOptions"
    kernel = reader.constant(w).transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
    dilation = [options.DilationHFactor(), options.DilationWFactor()]
    return {
        "op": "conv",
        "in": [f"t{x}"],
        "weight": reader.graph.weight(f"w{w}", kernel),
        "bias": reader.graph.weight(f"w{b}", reader.constant(b)),
        "stride": [options.StrideH(), options.StrideW()],
        "pad": reader.same(options, reader.shape(x)[1:3], list(kernel.shape[2:]), dilation),
        "dilation": dilation,
        "groups": reader.shape(x)[3] if depthwise else 1,
        "act": _ACTIVATIONS[options.FusedActivationFunction()],
    }


def _transposed(reader: Reader, operator: Any, inputs: list[int], _: int) -> Op:
    x, w, b = inputs
    kernel = reader.constant(w).transpose(3, 0, 1, 2)
    _, height, width = np.frombuffer(operator.CustomOptionsAsNumpy().tobytes(), dtype=np.int32)
    if kernel.shape[2:] != (height, width):
        raise ValueError("a transposed convolution whose stride is not its kernel needs padding")
    return {
        "op": "conv_transpose",
        "in": [f"t{x}"],
        "weight": reader.graph.weight(f"w{w}", kernel),
        "bias": reader.graph.weight(f"w{b}", reader.constant(b)),
        "stride": [int(height), int(width)],
    }


def _pad(reader: Reader, _: Any, inputs: list[int], __: int) -> Op:
    pads = reader.constant(inputs[1]).tolist()
    return {"op": "pad", "in": [f"t{inputs[0]}"], "pad": [*pads[2], *pads[1]], "channels": pads[3]}


def _prelu(reader: Reader, _: Any, inputs: list[int], __: int) -> Op:
    slope = reader.constant(inputs[1]).reshape(-1)
    return {"op": "prelu", "in": [f"t{inputs[0]}"], "weight": reader.graph.weight(f"w{inputs[1]}", slope)}


def _binary(reader: Reader, operator: Any, inputs: list[int], kind: str) -> Op:
    options = reader.options(operator, kind.capitalize() + "Options")
    op: Op = {"op": kind, "in": [f"t{i}" for i in inputs if not reader.is_constant(i)]}
    op["act"] = _ACTIVATIONS[options.FusedActivationFunction()]
    for i in inputs:
        if reader.is_constant(i):
            op["weight"] = reader.graph.weight(f"w{i}", reader.constant(i))
    return op


def _pool(reader: Reader, operator: Any, inputs: list[int], kind: str) -> Op:
    options = reader.options(operator, "Pool2DOptions")
    size, kernel = reader.shape(inputs[0])[1:3], [options.FilterHeight(), options.FilterWidth()]
    if kind == "mean" and kernel == size:
        return {"op": "mean", "in": [f"t{inputs[0]}"]}
    stride = [options.StrideH(), options.StrideW()]
    if kind == "mean" or kernel != stride or any(reader.same(options, size, kernel, [1, 1])):
        raise ValueError("only global average pools and unpadded max pools are known")
    return {"op": "max_pool", "in": [f"t{inputs[0]}"], "stride": stride}


def _mean(reader: Reader, _: Any, inputs: list[int], __: int) -> Op:
    if sorted(reader.constant(inputs[1]).reshape(-1).tolist()) != [1, 2]:
        raise ValueError("only a mean over rows and columns is known")
    return {"op": "mean", "in": [f"t{inputs[0]}"]}


def _fully_connected(reader: Reader, operator: Any, inputs: list[int], _: int) -> Op:
    """As a convolution of one pixel: what it reads is a mean, which keeps its rows and columns here."""
    options = reader.options(operator, "FullyConnectedOptions")
    x, w, b = inputs
    return {
        "op": "conv",
        "in": [f"t{x}"],
        "weight": reader.graph.weight(f"w{w}", reader.constant(w)[:, :, None, None]),
        "bias": reader.graph.weight(f"w{b}", reader.constant(b)),
        "stride": [1, 1],
        "pad": [0, 0, 0, 0],
        "dilation": [1, 1],
        "groups": 1,
        "act": _ACTIVATIONS[options.FusedActivationFunction()],
    }


def _resize(reader: Reader, operator: Any, inputs: list[int], _: int) -> Op:
    options = reader.options(operator, "ResizeBilinearOptions")
    corners, half = bool(options.AlignCorners()), bool(options.HalfPixelCenters())
    if corners == half:
        raise ValueError("the legacy resize grid is not known")
    return {
        "op": "resize",
        "in": [f"t{inputs[0]}"],
        "size": reader.constant(inputs[1]).tolist(),
        "corners": corners,
    }


def _reshape(reader: Reader, _: Any, inputs: list[int], out: int) -> Op:
    return {"op": "reshape", "in": [f"t{inputs[0]}"], "shape": reader.shape(out)[1:]}


def _concat(reader: Reader, operator: Any, inputs: list[int], out: int) -> Op:
    axis = reader.options(operator, "ConcatenationOptions").Axis()
    rank = len(reader.shape(out))
    axis %= rank
    return {
        "op": "concat",
        "in": [f"t{i}" for i in inputs],
        "axis": {1: 2, 2: 3, 3: 1}[axis] if rank == 4 else axis,
    }


def _whole_slice(reader: Reader, _: Any, inputs: list[int], out: int) -> Op:
    if reader.shape(inputs[0]) != reader.shape(out):
        raise ValueError("only a slice that keeps everything is known")
    return {"op": "same", "in": [f"t{inputs[0]}"]}


def _depth_to_space(reader: Reader, operator: Any, inputs: list[int], _: int) -> Op:
    block = reader.options(operator, "DepthToSpaceOptions").BlockSize()
    return {"op": "depth_to_space", "in": [f"t{inputs[0]}"], "block": block}


def _custom(kind: str) -> Emitter:
    def emit(_: Reader, operator: Any, inputs: list[int], __: int) -> Op:
        raw = operator.CustomOptionsAsNumpy().tobytes() if operator.CustomOptionsLength() else b""
        settings = flexbuffers.Loads(raw) if raw else {}
        return {"op": kind, "in": [f"t{i}" for i in inputs], **settings}

    return emit


def _unary(kind: str) -> Emitter:
    return lambda _, __, inputs, ___: {"op": kind, "in": [f"t{i}" for i in inputs]}


_EMITTERS: dict[str, Emitter] = {
    "CONV_2D": lambda r, o, i, _: _conv(r, o, i, "Conv2DOptions"),
    "DEPTHWISE_CONV_2D": lambda r, o, i, _: _conv(r, o, i, "DepthwiseConv2DOptions"),
    "Convolution2DTransposeBias": _transposed,
    "PAD": _pad,
    "PRELU": _prelu,
    "ADD": lambda r, o, i, _: _binary(r, o, i, "add"),
    "MUL": lambda r, o, i, _: _binary(r, o, i, "mul"),
    "MAX_POOL_2D": lambda r, o, i, _: _pool(r, o, i, "max_pool"),
    "AVERAGE_POOL_2D": lambda r, o, i, _: _pool(r, o, i, "mean"),
    "MEAN": _mean,
    "FULLY_CONNECTED": _fully_connected,
    "RESIZE_BILINEAR": _resize,
    "RESHAPE": _reshape,
    "CONCATENATION": _concat,
    "STRIDED_SLICE": _whole_slice,
    "DEPTH_TO_SPACE": _depth_to_space,
    "RELU": _unary("relu"),
    "HARD_SWISH": _unary("hard_swish"),
    "LOGISTIC": _unary("sigmoid"),
    "Landmarks2TransformMatrix": _custom("landmarks_to_matrix"),
    "TransformTensorBilinear": _custom("sample"),
    "TransformLandmarks": _custom("move_points"),
}
