"""CLIP embeddings of pictures and of words, through open_clip's own loading code.

Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.errors import LightmeterError, WeightsUnavailable
from lightmeter.see.clip_build import build, tokenizer
from lightmeter.see.clip_checkpoint import Checkpoint, ClipSpec, find_checkpoint
from lightmeter.see.clip_crops import REGIONS, WHOLE, around_face, cropped
from lightmeter.see.clip_prompt import prompt_chunks
from lightmeter.see.clip_view import ClipView
from lightmeter.see.content import Content
from lightmeter.see.metal import Metal
from lightmeter.see.provide import Refusal, provides
from lightmeter.see.regions import FaceMesh, Matte

__all__ = ["ClipImages", "ClipModel", "ClipSpec", "clip", "load_clip"]

_LOADING = threading.Lock()
_PRECISION = threading.RLock()
_CHUNKS = 32
"""Chunks of a prompt that go through the model at once: bounds memory, whatever a file claims as prompt."""
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
    _prompts: dict[str, Tensor] = field(default_factory=dict, repr=False)

    def encode_images(self, encoded: Tensor) -> Tensor:
        """(B, 3, H, W) sRGB-coded 0..1 on the model's device -> (B, D), each of unit length."""
        return self.encode_views(self.view(encoded))

    def encode_views(self, views: Tensor) -> Tensor:
        """As `encode_images`, of what `view` has made: (N, 3, *view.size)."""
        with torch.no_grad(), full_precision():
            return F.normalize(self.module.encode_image(views).float(), dim=-1)  # type: ignore[operator]

    def encode_texts(self, terms: Sequence[str]) -> Tensor:
        """N texts -> (N, D), each of unit length; a text beyond the model's context is cut at its end."""
        missing = [term for term in dict.fromkeys(terms) if term not in self._texts]
        if missing:
            self._texts.update(zip(missing, self._embed(missing), strict=True))
        return torch.stack([self._texts[term] for term in terms])

    def encode_prompt(self, prompt: str) -> Tensor:
        """One text of any length -> (D,) of unit length: the mean of its chunks, weighted by length."""
        if prompt not in self._prompts:
            tokens, lengths = prompt_chunks(self.tokenize, prompt)
            chunks = torch.cat(
                [self._embed_tokens(part) for part in tokens.chunk(-(-len(tokens) // _CHUNKS))]
            )
            self._prompts[prompt] = F.normalize(lengths.to(chunks.device) @ chunks, dim=0)
        return self._prompts[prompt]

    def _embed(self, texts: list[str]) -> Tensor:
        return self._embed_tokens(self.tokenize(texts))

    def _embed_tokens(self, tokens: Tensor) -> Tensor:
        with torch.no_grad(), full_precision():
            embedding = self.module.encode_text(tokens.to(self.logit_scale.device))  # type: ignore[operator]
            return F.normalize(embedding.float(), dim=-1)


@dataclass(frozen=True)
class ClipImages:
    """The batch as CLIP sees it.

    embedding: (B, D) float32 of unit length, or (B, 1) NaN where there are no weights. model: the one that
    made it, for the embeddings of words; None where there are no weights, as `refusals` says. crops: the
    same of the regions that were asked for.
    """

    embedding: Tensor
    model: ClipModel | None
    refusals: tuple[Refusal, ...] = ()
    crops: Mapping[str, ClipImages] = field(default_factory=dict)

    def of(self, region: str) -> ClipImages:
        """The whole picture or one of its regions."""
        if region == WHOLE:
            return self
        if region not in self.crops:
            raise LightmeterError(f"CLIP sees no region {region!r}; one of: {', '.join(sorted(REGIONS))}")
        return self.crops[region]


@provides
def clip(
    encoded: Tensor,
    clip_spec: ClipSpec,
    clip_regions: Sequence[str],
    content: Content,
    skin: Matte,
    hair: Matte,
    background: Matte,
    metal: Metal,
    face: FaceMesh,
) -> ClipImages:
    """Embed (B, 3, H, W) sRGB-coded 0..1 and the regions asked for, all in one pass of the encoder.

    Refused are frames that show nothing, whatever CLIP says of them; all B where the weights are not here.
    """
    jewellery = Matte(metal.to_frame(metal.alpha, encoded), metal.refusals)
    bare = around_face(skin, face)
    mattes = {"skin": bare, "hair": hair, "background": background, "metal": jewellery}
    asked = [region for region in clip_regions if region != WHOLE]
    try:
        model = load_clip(clip_spec, encoded.device)
    except LightmeterError as error:
        return _absent(encoded, f"CLIP weights unavailable: {str(error).splitlines()[0]}", asked)
    crops = [cropped(encoded, mattes[region], max(model.view.size), region) for region in asked]
    views = torch.cat([model.view(encoded), *(model.view(crop.encoded) for crop in crops)])
    whole, *parts = model.encode_views(views).chunk(1 + len(crops))
    seen = {
        region: ClipImages(part, model, (*content.refusals, *crop.refusals))
        for region, part, crop in zip(asked, parts, crops, strict=True)
    }
    return ClipImages(whole, model, content.refusals, seen)


def _absent(encoded: Tensor, reason: str, regions: Sequence[str]) -> ClipImages:
    count = encoded.shape[0]
    nowhere = encoded.new_full((count, 1), torch.nan, dtype=torch.float32)
    everyone = Refusal(torch.ones(count, dtype=torch.bool, device=encoded.device), reason)
    blind = ClipImages(nowhere, None, (everyone,))
    return ClipImages(nowhere, None, (everyone,), dict.fromkeys(regions, blind))


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
def full_precision() -> Iterator[None]:
    """TF32 off for the calls inside; the switches are global, so one thread at a time holds them."""
    with _PRECISION:
        matmul, convolution = torch.backends.cuda.matmul, torch.backends.cudnn
        before = matmul.allow_tf32, convolution.allow_tf32
        matmul.allow_tf32 = convolution.allow_tf32 = False
        try:
            yield
        finally:
            matmul.allow_tf32, convolution.allow_tf32 = before
