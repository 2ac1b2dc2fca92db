"""Known answers: IEC 61966-2-1 values, and colour-science as an independent implementation."""

import warnings

import numpy as np
import pytest
import torch

from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded, linear_table, luminance

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns that matplotlib is not installed
    import colour


def test_literal_reference_values() -> None:
    encoded = torch.tensor([0.0, 0.04045, 0.5, 0.735356983052449, 1.0], dtype=torch.float64)
    expected = torch.tensor([0.0, 0.0031308049535603713, 0.21404114048223255, 0.5, 1.0], dtype=torch.float64)
    torch.testing.assert_close(linear_from_encoded(encoded), expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(encoded_from_linear(expected), encoded, atol=1e-7, rtol=0)


def test_agrees_with_colour_science() -> None:
    x = np.linspace(0, 1, 4097)
    np.testing.assert_allclose(
        linear_from_encoded(torch.from_numpy(x)), colour.models.eotf_sRGB(x), atol=1e-12
    )
    inverse = colour.models.eotf_inverse_sRGB(x)
    np.testing.assert_allclose(encoded_from_linear(torch.from_numpy(x)), inverse, atol=1e-12)


@pytest.mark.parametrize(("dtype", "top"), [(torch.uint8, 255), (torch.uint16, 65535)])
def test_integer_codes_are_looked_up_exactly(dtype: torch.dtype, top: int) -> None:
    codes = torch.arange(top + 1, dtype=torch.int32).to(dtype)
    exact = linear_from_encoded(torch.arange(top + 1, dtype=torch.float64) / top)
    found = linear_from_encoded(codes.reshape(2, -1))
    assert found.dtype == torch.float32 and found.shape == (2, (top + 1) // 2)
    torch.testing.assert_close(found.flatten(), exact.float(), atol=0, rtol=0)
    back = (encoded_from_linear(found.flatten().double()) * top).round()
    assert torch.equal(back.to(torch.int32), codes.to(torch.int32))


def test_table_is_float64_and_ends_at_white() -> None:
    assert linear_table(256).dtype == torch.float64
    assert linear_table(256)[-1] == 1.0


def test_gradients_are_finite_at_black() -> None:
    x = torch.zeros(3, requires_grad=True)
    (linear_from_encoded(x) + encoded_from_linear(x)).sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all()


def test_luminance_of_primaries_and_white() -> None:
    colours = torch.eye(3).reshape(3, 3, 1, 1).expand(3, 3, 2, 2)
    found = luminance(torch.cat([colours, torch.ones(1, 3, 2, 2)]))
    assert found.shape == (4, 1, 2, 2)
    torch.testing.assert_close(found[:, 0, 0, 0], torch.tensor([0.2126, 0.7152, 0.0722, 1.0]))
