"""CLIP embeddings of pictures and of words, through open_clip's own loading code.

Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.errors import LightmeterError, WeightsUnavailable
from lightmeter.see.clip_build import build, tokenizer
from lightmeter.see.clip_checkpoint import Checkpoint, ClipSpec, find_checkpoint
from lightmeter.see.clip_view import ClipView
from lightmeter.see.provide import Refusal, provides

__all__ = ["ClipImages", "ClipModel", "ClipSpec", "clip", "load_clip"]

_LOADING = threading.Lock()
_PRECISION = threading.RLock()
_LOADED: dict[tuple[object, ...], ClipModel | str] = {}


@dataclass(frozen=True, eq=False)
class ClipModel:
    """A loaded model. digest: sha256 of its checkpoint file. logit_scale: () float32, exp of the learned one.

    Embeddings are float32 and of unit length, so that a dot product is a cosine. The text of a term is
    embedded once per loaded model, which has one digest: that is the key of the memory.
    """

    spec: ClipSpec
    digest: str
    module: torch.nn.Module
    tokenize: Callable[[list[str]], Tensor]
    view: ClipView
    logit_scale: Tensor
    _texts: dict[str, Tensor] = field(default_factory=dict, repr=False)

    def encode_images(self, encoded: Tensor) -> Tensor:
        """(B, 3, H, W) sRGB-coded 0..1 on the model's device -> (B, D), each of unit length."""
        with torch.no_grad(), _full_precision():
            embedding = self.module.encode_image(self.view(encoded))  # type: ignore[operator]
            return F.normalize(embedding.float(), dim=-1)

    def encode_texts(self, terms: Sequence[str]) -> Tensor:
        """N texts -> (N, D), each of unit length; a text beyond the model's context is cut at its end."""
        missing = [term for term in dict.fromkeys(terms) if term not in self._texts]
        if missing:
            self._texts.update(zip(missing, self._embed(missing), strict=True))
        return torch.stack([self._texts[term] for term in terms])

    def _embed(self, texts: list[str]) -> Tensor:
        tokens = self.tokenize(texts).to(self.logit_scale.device)
        with torch.no_grad(), _full_precision():
            return F.normalize(self.module.encode_text(tokens).float(), dim=-1)  # type: ignore[operator]


@dataclass(frozen=True)
class ClipImages:
    """The batch as CLIP sees it.

    embedding: (B, D) float32 of unit length, or (B, 1) NaN where there are no weights. model: the one that
    made it, for the embeddings of words; None where there are no weights, as `refusals` says.
    """

    embedding: Tensor
    model: ClipModel | None
    refusals: tuple[Refusal, ...] = ()


@provides
def clip(encoded: Tensor, clip_spec: ClipSpec) -> ClipImages:
    """Embed (B, 3, H, W) sRGB-coded 0..1; refuse all B with the reason where the weights are not here."""
    try:
        model = load_clip(clip_spec, encoded.device)
    except LightmeterError as error:
        count = encoded.shape[0]
        absent = encoded.new_full((count, 1), torch.nan, dtype=torch.float32)
        everyone = torch.ones(count, dtype=torch.bool, device=encoded.device)
        reason = f"CLIP weights unavailable: {str(error).splitlines()[0]}"
        return ClipImages(absent, None, (Refusal(everyone, reason),))
    return ClipImages(model.encode_images(encoded), model)


def load_clip(spec: ClipSpec, device: torch.device) -> ClipModel:
    """The model on `device`, loaded once per process; a file that has changed is read again.

    Raises LightmeterError where the spec names no model and WeightsUnavailable where its weights are not on
    this machine or are another model's. Never touches the network.
    """
    with _LOADING:
        checkpoint = find_checkpoint(spec)
        stamp = checkpoint.path.stat()
        key = (spec, checkpoint.path, stamp.st_mtime_ns, stamp.st_size, str(device))
        if key not in _LOADED:
            _LOADED[key] = _load(spec, checkpoint, device)
        loaded = _LOADED[key]
    if isinstance(loaded, str):
        raise WeightsUnavailable(loaded)
    return loaded


def _load(spec: ClipSpec, checkpoint: Checkpoint, device: torch.device) -> ClipModel | str:
    """The model, or why its weights cannot be used: remembered, so that no batch reads the file again."""
    try:
        module = build(checkpoint, device)
        words = tokenizer(checkpoint)
    except WeightsUnavailable as error:
        return str(error)
    with checkpoint.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    view = ClipView.of(module.visual.preprocess_cfg)  # type: ignore[union-attr, arg-type]
    scale = module.logit_scale.detach().float().exp().reshape(())  # type: ignore[operator]
    return ClipModel(spec, digest, module, words, view, scale)


@contextmanager
def _full_precision() -> Iterator[None]:
    """TF32 off for the calls inside; the switches are global, so one thread at a time holds them."""
    with _PRECISION:
        matmul, convolution = torch.backends.cuda.matmul, torch.backends.cudnn
        before = matmul.allow_tf32, convolution.allow_tf32
        matmul.allow_tf32 = convolution.allow_tf32 = False
        try:
            yield
        finally:
            matmul.allow_tf32, convolution.allow_tf32 = before
