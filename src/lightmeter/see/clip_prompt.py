"""A prompt of any length as texts that a CLIP model can read."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def reads_prompts(tokenizer: Any) -> bool:
    """Whether texts can be cut between the tokenizer's own tokens: open_clip's byte-pair one can."""
    from open_clip.tokenizer import SimpleTokenizer

    return isinstance(tokenizer, SimpleTokenizer) and bool(tokenizer.context_length)


def prompt_chunks(tokenizer: Any, prompt: str) -> tuple[Tensor, Tensor]:
    """A prompt as chunks in its own order: (N, context) int64, and their lengths in tokens (N,) float32.

    Each chunk holds the next 75 tokens (of a context of 77) between a start and an end; a prompt that fits
    is one chunk, the same as the tokenizer makes of it. Words that spell a start or an end are left out.
    """
    special = set(tokenizer.all_special_ids)
    tokens = [token for token in tokenizer.encode(prompt) if token not in special]
    room = tokenizer.context_length - 2
    parts = [tokens[at : at + room] for at in range(0, max(1, len(tokens)), room)]
    rows = torch.zeros(len(parts), tokenizer.context_length, dtype=torch.int64)
    for row, part in zip(rows, parts, strict=True):
        row[: len(part) + 2] = torch.tensor([tokenizer.sot_token_id, *part, tokenizer.eot_token_id])
    return rows, torch.tensor([float(max(1, len(part))) for part in parts])
