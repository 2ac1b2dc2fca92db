"""material_similarity on a stub whose embeddings are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
import torch

from lightmeter.errors import LightmeterError
from lightmeter.measure.material.material_similarity import material_similarity
from lightmeter.measure.registry import measurements
from lightmeter.see.clip import ClipImages, ClipModel
from lightmeter.see.provide import Refusal

PLAIN = ["{}"]


class Axes:
    """A model whose words are the axes of space, in the order of `words`."""

    def __init__(self, words: Sequence[str], scale: float = 2.0) -> None:
        self.words = list(words)
        self.logit_scale = torch.tensor(scale)

    def encode_texts(self, terms: Sequence[str]) -> torch.Tensor:
        return torch.eye(len(self.words))[[self.words.index(term) for term in terms]]


def seen(embedding: list[list[float]], words: Sequence[str], scale: float = 2.0) -> ClipImages:
    vectors = torch.nn.functional.normalize(torch.tensor(embedding), dim=-1)
    return ClipImages(vectors, cast(ClipModel, Axes(words, scale)))


def test_known_probability_of_one_term_against_one() -> None:
    # The picture lies on the axis of "gold": cosines 1 and 0, logits s and 0, so p = e^s / (e^s + e^0).
    images = seen([[1.0, 0.0], [0.0, 1.0]], ["gold", "plastic"])
    value = material_similarity(images, ["gold"], ["plastic"], PLAIN).value
    p = math.exp(2) / (math.exp(2) + 1)
    torch.testing.assert_close(value, torch.tensor([p, 1 - p]))


def test_known_probability_of_several_terms() -> None:
    # Logits s, 0 for the wanted and 0, 0 against: p = (e^s + 1) / (e^s + 3).
    images = seen([[1.0, 0, 0, 0]], ["gold", "brass", "plastic", "skin"])
    value = material_similarity(images, ["gold", "brass"], ["plastic", "skin"], PLAIN).value
    torch.testing.assert_close(value, torch.tensor([(math.exp(2) + 1) / (math.exp(2) + 3)]))


def test_a_term_is_the_renormalised_mean_over_templates() -> None:
    # "gold" and "raw gold" are axes 0 and 1: their mean, renormalised, has cosine 1/sqrt(2) with axis 0.
    images = seen([[1.0, 0, 0, 0]], ["gold", "raw gold", "tin", "raw tin"])
    value = material_similarity(images, ["gold"], ["tin"], ["{}", "raw {}"]).value
    torch.testing.assert_close(value, torch.sigmoid(torch.tensor([2 / math.sqrt(2)])))


def test_rises_as_the_picture_moves_towards_the_wanted_term() -> None:
    angles = torch.linspace(math.pi / 2, 0, 20)
    images = seen(torch.stack([angles.cos(), angles.sin()], 1).tolist(), ["gold", "plastic"], scale=5)
    value = material_similarity(images, "gold", "plastic", PLAIN).value
    assert (value.diff() > 0).all()


def test_swapping_the_terms_gives_the_complement() -> None:
    images = seen(
        torch.randn((8, 3), generator=torch.Generator().manual_seed(1)).tolist(),
        ["gold", "plastic", "skin"],
        scale=100,
    )
    forth = material_similarity(images, ["gold"], ["plastic", "skin"], PLAIN).value
    back = material_similarity(images, ["plastic", "skin"], ["gold"], PLAIN).value
    torch.testing.assert_close(forth, 1 - back, atol=1e-6, rtol=0)
    assert ((forth >= 0) & (forth <= 1)).all()


def test_one_string_is_a_list_of_one() -> None:
    images = seen([[0.6, 0.8]], ["gold", "plastic"])
    one = material_similarity(images, "gold", "plastic", "{}").value
    assert torch.equal(one, material_similarity(images, ["gold"], ["plastic"], ["{}"]).value)


def test_refused_with_the_reason_of_the_weights() -> None:
    reason = Refusal(torch.ones(2, dtype=torch.bool), "CLIP weights unavailable: none here")
    images = ClipImages(torch.full((2, 1), torch.nan), None, (reason,))
    assert material_similarity(images, "gold", "plastic").reasons() == [reason.because] * 2


def test_a_region_is_read_from_its_own_crop() -> None:
    words = ["gold", "plastic"]
    gone = Refusal(torch.tensor([True]), "skin is 9 px of the frame across: 56 are needed")
    crops = {"hair": seen([[0.0, 1.0]], words), "skin": replace(seen([[1.0, 0.0]], words), refusals=(gone,))}
    images = replace(seen([[1.0, 0.0]], words), crops=crops)
    there = material_similarity(images, "gold", "plastic", PLAIN, region="hair").value
    assert torch.equal(there, material_similarity(crops["hair"], "gold", "plastic", PLAIN).value)
    assert there < 0.5 < material_similarity(images, "gold", "plastic", PLAIN).value
    assert material_similarity(images, "gold", "plastic", PLAIN, region="skin").reasons() == [gone.because]
    with pytest.raises(LightmeterError, match="CLIP sees no region 'teeth'"):
        material_similarity(images, "gold", "plastic", PLAIN, region="teeth")


@pytest.mark.parametrize(
    ("wanted", "against", "templates", "message"),
    [
        ([], ["plastic"], PLAIN, "`wanted` needs one text or several"),
        (["gold"], [], PLAIN, "`against` needs"),
        (["gold"], [" "], PLAIN, "`against` needs"),
        (["gold"], ["plastic"], [], "`templates` needs"),
        (["gold"], ["plastic"], ["a photo"], "'a photo' needs {}"),
        (["gold"], ["plastic", "gold"], PLAIN, "'gold' is given twice"),
    ],
)
def test_mistaken_words_are_explained(
    wanted: list[str], against: list[str], templates: list[str], message: str
) -> None:
    images = seen([[1.0, 0.0]], ["gold", "plastic"])
    with pytest.raises(LightmeterError, match=message):
        material_similarity(images, wanted, against, templates)


def test_registered_with_unit_source_and_parameters() -> None:
    entry = measurements()["material_similarity"]
    assert (entry.unit, entry.bounds, entry.family) == ("ratio", (0.0, 1.0), "material")
    assert entry.inputs == ("clip", "wanted", "against", "templates", "region")
    assert "Radford" in entry.source
