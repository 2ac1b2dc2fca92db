"""CLIP's patches on pictures of which one half is metal, by a tiny model that knows synthetic materials."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from materials import swatches
from torch import Tensor

from lightmeter.measure.material.metal_patch_similarity import metal_patch_similarity, metal_patches
from lightmeter.measure.registry import PerImage
from lightmeter.optics.upright import Upright
from lightmeter.see.clip import ClipImages, ClipModel, ClipSpec, load_clip
from lightmeter.see.clip_patches import has_patches, patch_embeddings
from lightmeter.see.metal import Metal
from lightmeter.see.metal_places import VIEW
from lightmeter.see.provide import Refusal

_WORDS = (("metal",), ("plastic", "ceramic", "skin", "cloth"))
_SIDE = VIEW.columns


@pytest.fixture
def model(tiny: ClipSpec) -> ClipModel:
    return load_clip(tiny, torch.device("cpu"))


def metal_at(linear: Tensor, alpha: Tensor) -> Metal:
    """A region of a plane that is the frame itself, pixel by pixel."""
    count = len(linear)
    origin = torch.tensor([[_SIDE / 2, _SIDE / 2 + VIEW.middle * VIEW.side]]).expand(count, 2)
    axes = torch.tensor([[1.0, 0.0]]).expand(count, 2), torch.tensor([[0.0, -1.0]]).expand(count, 2)
    plane = Upright(origin, *axes, torch.full((count,), float(VIEW.side)))
    alone = torch.zeros(count, dtype=torch.bool)
    return Metal(linear, linear, alpha, alpha, alpha, torch.ones(count), alone, plane)


def halves(other: str, count: int = 12) -> tuple[Tensor, Tensor]:
    """Pictures of four swatches, two of metal at the left and two that are not; and 1 where the metal is.

    A swatch fills a window, as in training."""
    left, right = (swatches(each, 2 * count, seed=2).unflatten(0, (count, 2)) for each in ("metal", other))
    columns = [torch.cat(each.unbind(1), dim=2) for each in (left, right)]
    pictures = F.interpolate(torch.cat(columns, dim=3), (_SIDE, _SIDE), mode="bilinear")
    alpha = torch.zeros(count, 1, _SIDE, _SIDE)
    alpha[..., : _SIDE // 2] = 1
    return pictures, alpha


def similarity(model: ClipModel | None, linear: Tensor, alpha: Tensor) -> PerImage:
    everyone = Refusal(torch.ones(len(linear)) > 0, "CLIP weights unavailable")
    images = ClipImages(torch.zeros(len(linear), 1), model, () if model else (everyone,))
    metal = metal_at(linear, alpha)
    return metal_patch_similarity(linear, metal, metal_patches(images, metal, *_WORDS))


@pytest.mark.parametrize(("other", "least"), [("plastic", 0.7), ("cloth", 0.55), ("skin", 0.7)])
def test_the_half_of_metal_is_more_like_metal(other: str, least: float, model: ClipModel) -> None:
    """Chance is 0.5; of cloth the tiny model knows least, it reads 0.62."""
    linear, alpha = halves(other)
    odds = similarity(model, linear, alpha).value
    assert float(odds.median()) > least
    torch.testing.assert_close(similarity(model, linear, 1 - alpha).value, 1 - odds, atol=1e-5, rtol=0)


def test_no_difference_is_even_odds(model: ClipModel) -> None:
    linear, alpha = torch.full((1, 3, _SIDE, _SIDE), 0.2), halves("cloth", 1)[1]
    model_like = replace(model, logit_scale=torch.tensor(0.0))
    assert float(similarity(model_like, linear, alpha).value) == pytest.approx(0.5, abs=0.01)


def test_a_patch_is_its_own_value_in_the_last_block(model: ClipModel) -> None:
    """By hand: what the last block reads, through its value projection alone."""
    visual, views, read = model.module.visual, model.view(swatches("metal", 3, seed=2)), []
    block = visual.transformer.resblocks[-1]
    hook = block.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    with torch.no_grad():
        visual(views)
        hook.remove()
        width = read[0].shape[-1]
        weight, bias = block.attn.in_proj_weight[2 * width :], block.attn.in_proj_bias[2 * width :]
        tokens = read[0] + block.attn.out_proj(F.linear(block.ln_1(read[0]), weight, bias))
        tokens = tokens + block.mlp(block.ln_2(tokens))
        expected = F.normalize(visual.ln_post(tokens[:, 1:]) @ visual.proj, dim=-1).reshape(3, 4, 4, -1)
    torch.testing.assert_close(patch_embeddings(model, views), expected, atol=1e-5, rtol=0)


def test_a_batch_does_not_change_a_picture(model: ClipModel) -> None:
    views = model.view(swatches("metal", 4, seed=2))
    together = patch_embeddings(model, views)
    torch.testing.assert_close(patch_embeddings(model, views[2:3])[0], together[2], atol=1e-5, rtol=0)


def test_without_weights_it_says_so() -> None:
    found = similarity(None, torch.full((2, 3, _SIDE, _SIDE), 0.2), torch.ones(2, 1, _SIDE, _SIDE))
    assert found.value.isnan().all() and found.reasons() == ["CLIP weights unavailable"] * 2


def test_networks_without_patches_are_named(model: ClipModel) -> None:
    other = replace(model, module=torch.nn.Identity())
    assert has_patches(model) and not has_patches(other)
    assert "has no patches" in similarity(other, *halves("cloth", 1)).reasons()[0]
