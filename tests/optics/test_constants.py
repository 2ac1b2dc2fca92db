"""Constants beside tensors: the right numbers, sent once."""

from __future__ import annotations

import torch

from lightmeter.optics.constants import constant, picked


def test_dtype_and_values_are_those_asked_for() -> None:
    like = torch.zeros(2, dtype=torch.float64)
    assert torch.equal(constant(((1, 2), (3, 4)), like), torch.tensor([[1.0, 2.0], [3.0, 4.0]]).double())
    assert constant((1, 2), like, torch.int64).dtype == torch.int64
    assert constant((1, 2), like.float()).dtype == torch.float32


def test_the_second_time_it_is_the_same_tensor() -> None:
    like = torch.zeros(2)
    assert constant((0.25, 0.5), like) is constant((0.25, 0.5), like)


def test_one_sent_while_nothing_is_learned_serves_where_gradients_are() -> None:
    like = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        constant((3.0, 5.0), like)
    (constant((3.0, 5.0), like) * like).sum().backward()
    assert like.grad is not None
    assert like.grad.tolist() == [3.0, 5.0]


def test_picked_are_the_rows_of_those_places() -> None:
    x = torch.arange(24.0).view(2, 4, 3)
    assert torch.equal(picked(x, [3, 0, 3]), x[:, [3, 0, 3]])
