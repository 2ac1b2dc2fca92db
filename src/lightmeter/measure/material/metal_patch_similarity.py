"""Whether CLIP's patches see metal where glints have found what may be metal."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.material.material_similarity import TEMPLATES
from lightmeter.measure.overlay import Marks, overlay
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.optics.upright import in_frame
from lightmeter.see.clip import ClipImages, ClipModel
from lightmeter.see.clip_patches import has_patches, patch_embeddings
from lightmeter.see.metal import Metal
from lightmeter.see.metal_places import VIEW
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import Matte

_METAL = ("gold", "silver", "metal")
_OTHERS = ("skin", "hair", "cloth", "plastic", "a plain wall")
_WINDOWS = 2
"""Windows of the plane along each side, two face widths wide: so that a patch of 7 x 7 is 0.3 of one."""


@provides
def metal_patches(
    clip: ClipImages,
    metal: Metal,
    metal_words: Sequence[str] = _METAL,
    other_words: Sequence[str] = _OTHERS,
) -> Matte:
    """(B, 1, R, C): how likely a patch of metal's plane is metal and none of the other words, to CLIP.

    Not known without the model's weights, and for models that have no patches of their own.
    """
    if clip.model is None or not has_patches(clip.model):
        everyone = torch.ones_like(metal.face)
        none = Refusal(everyone, "this CLIP model has no patches: take a vision transformer such as ViT-B-32")
        return Matte(
            torch.full_like(metal.alpha, torch.nan), clip.refusals if clip.model is None else (none,)
        )
    side = metal.linear.shape[-1] // _WINDOWS
    tiles = encoded_from_linear(metal.linear.clamp(0, 1)).unfold(2, side, side).unfold(3, side, side)
    views = clip.model.view(tiles.permute(0, 2, 3, 1, 4, 5).flatten(0, 2))
    likely = _likely(clip.model, patch_embeddings(clip.model, views), metal_words, other_words)
    rows, columns = likely.shape[1:]
    grid = likely.view(-1, _WINDOWS, _WINDOWS, rows, columns).permute(0, 1, 3, 2, 4)
    whole = grid.reshape(-1, 1, _WINDOWS * rows, _WINDOWS * columns)
    return Matte(F.interpolate(whole, metal.alpha.shape[-2:], mode="bilinear"), clip.refusals)


def _likely(model: ClipModel, patches: Tensor, wanted: Sequence[str], against: Sequence[str]) -> Tensor:
    """(N, rows, columns) probability of the wanted words, by the model's own logit scale."""
    texts = [template.replace("{}", word) for word in (*wanted, *against) for template in TEMPLATES]
    each = model.encode_texts(texts)
    words = each.reshape(-1, len(TEMPLATES), each.shape[1]).mean(1)
    logits = model.logit_scale * patches @ F.normalize(words, dim=-1).T
    return logits.softmax(-1)[..., : len(wanted)].sum(-1)


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="Zhou, Loy, Dai 2022, Extract free dense labels from CLIP",
    tolerance=0.002,
    exposure="free",
    mirror="free",
    rescale="free",
)
def metal_patch_similarity(linear: Tensor, metal: Metal, metal_patches: Matte) -> PerImage:
    """Whether CLIP sees metal rather where glints found it than elsewhere, patch by patch.

    The odds that a cell of what may be metal is likelier metal to CLIP, and no skin, hair, cloth or plastic,
    than one beside it: 0.5 where CLIP sees no difference, lower where hair or lace may have been taken for
    jewellery. It moves no other value. Only the order of patches counts, since single ones are not what CLIP
    was trained on. A patch is 0.3 face widths wide for ViT-B-32, wider than a ring: expect less of small
    pieces. `metal_words` and `other_words` take other words. Not measured without the model's weights, where
    nothing is found that may be metal, on models without patches, or on frames that show nothing.
    """
    inside = in_frame(linear, metal.plane, VIEW.places(linear).expand(len(linear), -1, -1, -1), 0.0)
    there = metal.alpha.flatten(1)
    value = _odds(metal_patches.alpha.flatten(1).nan_to_num(), there, inside.flatten(1) * (1 - there))
    return PerImage(value).refusing(metal_patches.refusals).refusing(metal.refusals)


def _odds(x: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """(B,) share of pairs in which x (B, N) is larger where `one` is 1 than where `other` is; NaN without.

    Equals are ordered as they come, both ways, so that they count half.
    """
    return (_won(x, one, other) + _won(x.flip(1), one.flip(1), other.flip(1))) / 2


def _won(x: Tensor, one: Tensor, other: Tensor) -> Tensor:
    order = x.argsort(dim=1, stable=True)
    one, other = one.gather(1, order).double(), other.gather(1, order).double()
    share: Tensor = (one * other.cumsum(1)).sum(1) / (one.sum(1) * other.sum(1))
    return share.float()


@overlay("metal_patch_similarity")
def patch_marks(linear: Tensor, metal: Metal, metal_patches: Matte) -> Marks:
    """What may be metal, and what is metal to CLIP."""
    like = (metal_patches.alpha > 0.5).float()
    shown = {"jewellery or object": metal.alpha, "metal to CLIP": like}
    return Marks(areas={name: metal.to_frame(each, linear) for name, each in shown.items()})
