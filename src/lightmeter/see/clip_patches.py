"""What CLIP sees in each patch of a picture, and not only in the whole."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.see.clip import ClipModel, full_precision

_PARTS = ("_embeds", "transformer", "ln_post", "proj", "grid_size")


def has_patches(model: ClipModel) -> bool:
    """Whether it is one of open_clip's own vision transformers: ResNets and timm's models are not."""
    visual = getattr(model.module, "visual", None)
    return all(getattr(visual, part, None) is not None for part in _PARTS)


def patch_embeddings(model: ClipModel, views: Tensor) -> Tensor:
    """(N, rows, columns, D) of unit length, in the space of texts, of views (N, 3, *view.size).

    In the last block each token attends to itself alone, so that what comes out of it is its own value and
    not the picture's. Source: Zhou, Loy, Dai 2022, "Extract free dense labels from CLIP" (MaskCLIP).
    """
    visual: Any = model.module.visual
    blocks = visual.transformer.resblocks
    with torch.no_grad(), full_precision():
        tokens = visual._embeds(views)
        if not visual.transformer.batch_first:
            tokens = tokens.transpose(0, 1)
        for block in blocks[:-1]:
            tokens = block(tokens)
        count = tokens.shape[1 if visual.transformer.batch_first else 0]
        others = torch.full((count, count), -torch.inf, device=views.device).fill_diagonal_(0)
        tokens = blocks[-1](tokens, attn_mask=others)
        if not visual.transformer.batch_first:
            tokens = tokens.transpose(0, 1)
        rows, columns = visual.grid_size
        patches: Tensor = visual.ln_post(tokens[:, -rows * columns :]) @ visual.proj
    return F.normalize(patches.float(), dim=-1).reshape(len(views), rows, columns, -1)
