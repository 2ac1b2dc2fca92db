"""prompt_similarity on a stub whose embeddings are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
import torch
from open_clip.tokenizer import SimpleTokenizer

from lightmeter.measure.inputs import needs_of
from lightmeter.measure.material.prompt_similarity import prompt_similarity
from lightmeter.measure.registry import measurements
from lightmeter.see.clip import ClipImages, ClipModel
from lightmeter.see.clip_checkpoint import ClipSpec
from lightmeter.see.provide import Refusal

TOKENIZER = SimpleTokenizer()
AXES = {"gold": 0, "skin": 1, "": 2}


def seen(embedding: list[list[float]], tokenizer: object = TOKENIZER) -> ClipImages:
    """Pictures for a model whose prompts are the axes of space."""
    model = SimpleNamespace(
        spec=ClipSpec(), tokenize=tokenizer, encode_prompt=lambda prompt: torch.eye(3)[AXES[prompt]]
    )
    vectors = torch.nn.functional.normalize(torch.tensor(embedding), dim=-1)
    return ClipImages(vectors, cast(ClipModel, model))


def test_is_the_cosine_with_the_pictures_own_prompt() -> None:
    images = seen([[3.0, 4.0, 0.0], [3.0, 4.0, 0.0]])
    torch.testing.assert_close(prompt_similarity(images, ["gold", "skin"]).value, torch.tensor([0.6, 0.8]))
    torch.testing.assert_close(prompt_similarity(images, ["skin", "gold"]).value, torch.tensor([0.8, 0.6]))


def test_rises_as_the_picture_nears_its_prompt() -> None:
    angles = torch.linspace(torch.pi, 0, 20)
    images = seen(torch.stack([angles.cos(), angles.sin(), 0 * angles], 1).tolist())
    value = prompt_similarity(images, ["gold"] * 20).value
    assert (value.diff() > 0).all()
    torch.testing.assert_close(value[[0, -1]], torch.tensor([-1.0, 1.0]))


@pytest.mark.parametrize("absent", [None, "", "  "])
def test_not_measured_without_a_prompt(absent: str | None) -> None:
    result = prompt_similarity(seen([[1.0, 0, 0], [1.0, 0, 0]]), [absent, "gold"])
    assert result.value[1] == 1
    assert result.reasons() == [
        "no prompt is known: give it in a manifest, a sidecar or the file's metadata",
        "",
    ]


def test_not_measured_without_weights_or_content() -> None:
    weights = Refusal(torch.ones(1, dtype=torch.bool), "CLIP weights unavailable: none here")
    blind = ClipImages(torch.full((1, 1), torch.nan), None, (weights,))
    assert prompt_similarity(blind, ["gold"]).reasons() == [weights.because]
    noise = Refusal(torch.ones(1, dtype=torch.bool), "the frame is noise")
    shown = seen([[1.0, 0, 0]])
    refused = ClipImages(shown.embedding, shown.model, (noise,))
    assert prompt_similarity(refused, ["gold"]).reasons() == ["the frame is noise"]


def test_a_tokenizer_without_tokens_of_its_own_is_named() -> None:
    result = prompt_similarity(seen([[1.0, 0, 0]], tokenizer=lambda texts: texts), ["gold"])
    assert result.reasons() == ["ViT-B-32 has a tokenizer that cannot be read in chunks"]


def test_stands_on_the_images_own_prompt() -> None:
    entry = measurements()["prompt_similarity"]
    assert (entry.unit, entry.family) == ("ratio", "material")
    assert "prompts" in needs_of(entry)
