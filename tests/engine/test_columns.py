from __future__ import annotations

import math

import pytest
import torch

from lightmeter.engine.cache import Value
from lightmeter.engine.columns import columns
from lightmeter.measure.records import Wanted
from lightmeter.measure.registry import PerImage
from lightmeter.see.provide import Refusal


def test_values_errors_and_first_reasons_come_over_as_they_are() -> None:
    no, second = torch.tensor([False, True, False]), torch.tensor([False, True, True])
    small = Refusal(second, "face is {:.0f} px wide", torch.tensor([200, 41, 52]))
    read = PerImage(torch.tensor([0.1, 0.2, 0.3]), error=torch.tensor([0.01, 0.02, 0.03]))
    plain = PerImage(torch.tensor([1.0, -math.inf, 3.0]))
    found = columns(
        {
            Wanted("a"): read.unless(no, "no skin").refusing((small,)),
            Wanted("b"): plain,
        }
    )
    single = [float(each) for each in torch.tensor([0.1, 0.01])]
    assert found[Wanted("a")] == [
        Value(single[0], error=single[1]),
        Value(None, "no skin"),
        Value(None, "face is 52 px wide"),
    ]
    assert found[Wanted("b")] == [Value(1.0), Value(None, "no finite value"), Value(3.0)]
    assert columns({}) == {}


def test_a_batch_is_brought_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    brought = []
    honest = torch.Tensor.cpu
    monkeypatch.setattr(torch.Tensor, "cpu", lambda tensor: brought.append(tensor.shape) or honest(tensor))
    results = {Wanted(str(i)): PerImage(torch.arange(4.0)) for i in range(5)}
    columns(results)
    assert brought == [(5, 4)]
