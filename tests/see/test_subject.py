"""The provider `subject`: people and objects in, flat pictures refused."""

from __future__ import annotations

import pytest
import torch
from skimage import data
from torch import Tensor

from lightmeter.see.provide import inputs_of, providers
from lightmeter.see.regions import Matte
from lightmeter.see.subject import anybody, people, subject


def seen(encoded: Tensor) -> Matte:
    return subject(encoded, people(encoded))


@pytest.fixture(scope="module")
def astronaut() -> Tensor:
    return torch.from_numpy(data.astronaut().copy()).permute(2, 0, 1)[None].float() / 255


@pytest.fixture(scope="module")
def alpha(astronaut: Tensor) -> Tensor:
    return seen(astronaut).alpha


def test_is_an_input_named_subject() -> None:
    assert providers()["subject"] is subject
    assert inputs_of(subject) == ("encoded", "people")


def test_finds_the_astronaut(alpha: Tensor) -> None:
    assert alpha.shape == (1, 1, 512, 512)
    assert alpha.dtype == torch.float32
    assert float(alpha.min()) >= 0
    assert float(alpha.max()) <= 1
    assert alpha[..., 90:150, 200:250].min() > 0.95, "the face"
    assert alpha[..., 280:400, 150:260].min() > 0.95, "the suit"
    assert alpha[..., 20:120, 10:100].max() < 0.05, "the flag"
    assert alpha[..., 20:80, 330:400].max() < 0.05, "the wall"


def test_a_darker_exposure_is_the_same_subject(astronaut: Tensor, alpha: Tensor) -> None:
    darker = seen((astronaut**2.2 / 4) ** (1 / 2.2)).alpha
    assert (darker - alpha).abs().mean() < 0.01


def test_a_mirror_mirrors_the_matte(astronaut: Tensor, alpha: Tensor) -> None:
    assert (seen(astronaut.flip(-1)).alpha.flip(-1) - alpha).abs().mean() < 0.02


def test_a_person_is_somebody_and_a_disc_is_not(astronaut: Tensor) -> None:
    y, x = torch.meshgrid(torch.arange(256.0), torch.arange(256.0), indexing="ij")
    disc = (((x - 128) ** 2 + (y - 128) ** 2) < 60**2).float()
    picture = torch.stack([0.9 - 0.1 * disc, 0.9 - 0.7 * disc, 0.9 - 0.8 * disc])[None]
    assert anybody(people(astronaut)).tolist() == [True]
    assert anybody(people(picture)).tolist() == [False]


def test_an_object_is_a_subject_too() -> None:
    y, x = torch.meshgrid(torch.arange(256.0), torch.arange(256.0), indexing="ij")
    disc = (((x - 128) ** 2 + (y - 128) ** 2) < 60**2).float()
    picture = torch.stack([0.9 - 0.1 * disc, 0.9 - 0.7 * disc, 0.9 - 0.8 * disc])[None]
    found = seen(picture)
    assert not found.refusals[0].when.any()
    assert (found.alpha[0, 0] - disc).abs().mean() < 0.02


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_flat_picture_has_no_subject(level: float) -> None:
    found = seen(torch.full((1, 3, 200, 300), level))
    assert found.refusals[0].when.tolist() == [True]
    assert found.refusals[0].text(0) == "no subject found"
    assert not found.alpha.any()


def test_neighbours_do_not_matter(astronaut: Tensor, alpha: Tensor) -> None:
    found = seen(torch.cat([torch.zeros_like(astronaut), astronaut]))
    assert found.refusals[0].when.tolist() == [True, False]
    assert (found.alpha[1:] - alpha).abs().max() < 1e-4


def test_input_is_left_alone(astronaut: Tensor) -> None:
    before = astronaut.clone()
    seen(astronaut)
    assert torch.equal(astronaut, before)
