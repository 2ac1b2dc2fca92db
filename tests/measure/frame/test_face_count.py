"""face_count reads the mesh's count; none is a number, too."""

from __future__ import annotations

from dataclasses import replace

import torch

from lightmeter.measure.frame.face_count import face_count
from lightmeter.see.regions import FaceMesh


def test_counts(no_face: FaceMesh) -> None:
    result = face_count(replace(no_face, count=torch.tensor([0, 1, 7])))
    assert result.value.tolist() == [0, 1, 7]
    assert result.value.dtype == torch.float32


def test_no_face_is_zero_and_measured(no_face: FaceMesh) -> None:
    assert face_count(no_face).reasons() == [""]
    assert float(face_count(no_face).value) == 0


def test_the_astronaut_is_one(astronaut_face: FaceMesh) -> None:
    assert float(face_count(astronaut_face).value) == 1
