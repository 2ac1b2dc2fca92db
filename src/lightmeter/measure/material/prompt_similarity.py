"""How much a picture looks like the whole of its own prompt."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lightmeter.measure.registry import PerImage, measurement
from lightmeter.optics.constants import constant
from lightmeter.see.clip import ClipImages, ClipModel
from lightmeter.see.clip_prompt import reads_prompts


@measurement(
    unit="ratio",
    bounds=(-1.0, 1.0),
    source="Radford et al. 2021, Learning Transferable Visual Models; Hessel et al. 2021, CLIPScore",
    tolerance=0.005,
    exposure="free",
    mirror="free",
    rescale="free",
)
def prompt_similarity(clip: ClipImages, prompts: Sequence[str | None]) -> PerImage:
    """Cosine of a picture and its own prompt, by CLIP.

    A prompt longer than CLIP's 77 tokens is read in chunks of 75, in its order; their embeddings are
    averaged with their lengths as weights, and brought to unit length. So no word is cut off, none counts
    more for standing first, and what reaches over a chunk's end is read apart. The prompt comes from a
    manifest, a sidecar or the file; weights and tags of a generator's syntax are read as plain text.

    It has no level of its own: compare pictures of one prompt and one model. Not measured without the
    model's weights, without a prompt, and on frames that show nothing (even, noise, out of focus all over).

    | input | shape | range |
    |---|---|---|
    | clip.embedding | (B, D) | unit length |
    | prompts | B texts or None | any length |
    | result | (B,) | -1..1 |
    """
    if clip.model is None:
        return PerImage(torch.full_like(clip.embedding[:, 0], torch.nan)).refusing(clip.refusals)
    everyone = torch.ones(len(prompts), dtype=torch.bool, device=clip.embedding.device)
    if not reads_prompts(clip.model.tokenize):
        unread = PerImage(torch.full_like(clip.embedding[:, 0], torch.nan)).refusing(clip.refusals)
        return unread.unless(
            everyone, f"{clip.model.spec.model} has a tokenizer that cannot be read in chunks"
        )
    known = [bool(prompt and prompt.strip()) for prompt in prompts]
    cosine = (clip.embedding * _embedded(clip.model, prompts, known)).sum(1).clamp(-1, 1)
    unknown = everyone & ~constant(tuple(known), everyone)
    because = "no prompt is known: give it in a manifest, a sidecar or the file's metadata"
    return PerImage(cosine).refusing(clip.refusals).unless(unknown, because)


def _embedded(model: ClipModel, prompts: Sequence[str | None], known: Sequence[bool]) -> Tensor:
    """(B, D) of unit length; for an image without a prompt any text, since its value is refused."""
    return torch.stack(
        [
            model.encode_prompt(str(prompt) if told else "")
            for prompt, told in zip(prompts, known, strict=True)
        ]
    )
