"""open_clip's own loading code, kept from the network and from another model's weights."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from lightmeter.errors import WeightsUnavailable
from lightmeter.see.clip_checkpoint import Checkpoint

_POSITIONS = ("visual.positional_embedding", "positional_embedding", "text.positional_embedding")


def build(checkpoint: Checkpoint, device: torch.device) -> torch.nn.Module:
    """The model with its weights on `device`: float32, in eval mode, without gradients.

    Raises WeightsUnavailable, naming both file and model, where the file holds another model's weights.
    """
    import open_clip

    try:
        with _offline():
            module: torch.nn.Module = open_clip.create_model(
                checkpoint.architecture,
                pretrained=str(checkpoint.path),
                precision="fp32",
                device=device,
                force_quick_gelu=checkpoint.quick_gelu,
                force_preprocess_cfg=dict(checkpoint.preprocess),
                require_pretrained=True,
            )
    except Exception as error:  # open_clip, torch and safetensors each raise their own kind
        raise _misfit(checkpoint, _short(error)) from error
    if not checkpoint.tagged:
        _check_positions(checkpoint, module)
    return module.eval().requires_grad_(False)


def tokenizer(checkpoint: Checkpoint) -> Any:
    """The architecture's own tokenizer: a list of N texts -> (N, context) int64, cut at the context's end."""
    import open_clip

    try:
        with _offline():
            return open_clip.get_tokenizer(checkpoint.architecture)
    except Exception as error:  # Hugging Face tokenizers may lack their package or their files
        reason = f"the tokenizer of {checkpoint.architecture} does not load: {_short(error)}"
        raise WeightsUnavailable(reason) from error


def _check_positions(checkpoint: Checkpoint, module: torch.nn.Module) -> None:
    """open_clip stretches another model's position embeddings to fit without a word; refuse that."""
    from safetensors import safe_open

    shapes = {name: list(tensor.shape) for name, tensor in module.state_dict().items()}
    with safe_open(checkpoint.path, framework="pt") as stored:
        for name in set(_POSITIONS) & set(stored.keys()) & set(shapes):
            shape = list(stored.get_slice(name).get_shape())
            if shape != shapes[name]:
                raise _misfit(checkpoint, f"{name} is {shape}, the model's is {shapes[name]}")


def _short(error: Exception) -> str:
    return textwrap.shorten(str(error), 240) or type(error).__name__


def _misfit(checkpoint: Checkpoint, reason: str) -> WeightsUnavailable:
    return WeightsUnavailable(
        f"{checkpoint.path} does not load as {checkpoint.architecture}: {reason}\n"
        "give the model that the file was trained as: --clip MODEL:PATH"
    )


@contextmanager
def _offline() -> Iterator[None]:
    """Hugging Face lookups from the cache only, and open_clip's log calls without a new root handler."""
    from huggingface_hub import constants

    before, root, handler = constants.HF_HUB_OFFLINE, logging.getLogger(), logging.NullHandler()
    constants.HF_HUB_OFFLINE = True
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        constants.HF_HUB_OFFLINE = before
