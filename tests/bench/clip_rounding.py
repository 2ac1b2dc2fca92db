"""Why CLIP stays in single precision: what bfloat16 does to the values that stand on it."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import open_clip
import skimage.data
import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.measure.registry import measurements
from lightmeter.see.clip_view import ClipView

LEARNED_SCALE = 100.0
"""exp(logit_scale) that OpenAI's and LAION's models end at, where training clips it."""

_WORDS = ("gold", "plastic", "skin", "porcelain", "wax")


@dataclass(frozen=True)
class Rounding:
    """Largest change of a cosine; 99th percentile and largest change of a probability of one word against
    another; share of them beyond the tolerance of `material_similarity`."""

    cosine: float
    most: float
    percentile: float
    beyond: float


def clip_rounding(device: torch.device) -> Rounding:
    """Crops of a photograph through ViT-B-32 with random weights, in bfloat16 against float32."""
    torch.manual_seed(1)
    module = open_clip.create_model("ViT-B-32", load_weights=False).eval().to(device)
    views = ClipView.of(module.visual.preprocess_cfg)(_crops().to(device))
    tokens = open_clip.get_tokenizer("ViT-B-32")([f"a photo of {word}." for word in _WORDS]).to(device)
    with torch.inference_mode():
        words = F.normalize(module.encode_text(tokens), dim=-1)
        exact = F.normalize(module.encode_image(views), dim=-1) @ words.T
        rough = copy.deepcopy(module).bfloat16().encode_image(views.bfloat16()).float()
        found = F.normalize(rough, dim=-1) @ words.T
    off = (_odds(found) - _odds(exact)).abs().flatten()
    tolerance = measurements()["material_similarity"].tolerance
    return Rounding(
        float((found - exact).abs().max()),
        float(off.max()),
        float(off.quantile(0.99)),
        float((off > tolerance).float().mean()),
    )


def _odds(cosine: Tensor) -> Tensor:
    """(N, P): each word against each word before it."""
    first, second = torch.tril_indices(len(_WORDS), len(_WORDS), -1)
    return torch.sigmoid(LEARNED_SCALE * (cosine[:, first] - cosine[:, second]))


def _crops() -> Tensor:
    """(16, 3, 256, 256) sRGB-coded windows of the astronaut."""
    codes = torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1).float() / 255
    return torch.stack(
        [codes[:, y : y + 256, x : x + 256] for y in range(0, 256, 64) for x in range(0, 256, 64)]
    )
