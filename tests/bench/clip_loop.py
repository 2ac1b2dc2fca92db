"""CLIP's images/s beside open_clip's own loop, on a ViT-B-32 with random weights: none ship."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import numpy as np
import open_clip
import skimage.data
import torch
from clock import seconds_of
from PIL import Image

from lightmeter.see.clip import ClipModel, ClipSpec
from lightmeter.see.clip_view import ClipView

CLIP_BATCH = 4


@dataclass(frozen=True)
class Loops:
    """Median images/s: from the frame that a run has anyway, from 8-bit codes, and of open_clip's own loop
    from PIL pictures; ratio: median over the rounds of the first to the last."""

    ours: float
    from_codes: float
    theirs: float
    ratio: float


def clip_loops(repeats: int, device: torch.device) -> Loops:
    """From decoded pictures to embeddings, each way in turn, so that a busy machine slows all."""
    torch.manual_seed(1)
    module, _, transform = open_clip.create_model_and_transforms("ViT-B-32", load_weights=False)
    module.eval().to(device)
    words = open_clip.get_tokenizer("ViT-B-32")
    view = ClipView.of(module.visual.preprocess_cfg)
    model = ClipModel(ClipSpec(), "random", module, words, view, module.logit_scale.exp().detach())
    portrait = Image.fromarray(skimage.data.astronaut()).resize((1024, 1024))
    pictures = [portrait.rotate(i) for i in range(CLIP_BATCH)]
    planes = [torch.from_numpy(np.asarray(each).copy()).permute(2, 0, 1) for each in pictures]

    encoded = torch.stack(planes).to(device).float() / 255

    def ours() -> torch.Tensor:
        return model.encode_images(encoded)

    def from_codes() -> torch.Tensor:
        return model.encode_images(torch.stack(planes).to(device).float() / 255)

    @torch.inference_mode()
    def theirs() -> torch.Tensor:
        views = torch.stack([transform(each) for each in pictures])
        return module.encode_image(views.to(device), normalize=True)

    if float((ours() * theirs()).sum(1).min()) < 0.999:
        raise RuntimeError("the two loops embed differently")
    from_codes()
    ways = (ours, from_codes, theirs)
    rounds = [[seconds_of(device, way) for way in ways] for _ in range(max(3, repeats))]
    rates = [CLIP_BATCH / statistics.median(each) for each in zip(*rounds, strict=True)]
    return Loops(*rates, statistics.median(each[2] / each[0] for each in rounds))
