"""How much more a picture looks like the wanted words than like their counter-words."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lightmeter.errors import LightmeterError
from lightmeter.measure.registry import PerImage, measurement
from lightmeter.see.clip import ClipImages, ClipModel
from lightmeter.see.clip_crops import WHOLE

TEMPLATES = ("a photo of {}.", "a close-up photo of {}.", "a portrait photo of {}.", "a studio photo of {}.")


@measurement(
    unit="ratio",
    bounds=(0.0, 1.0),
    source="Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision",
    tolerance=0.002,
    exposure="free",
    mirror="free",
    rescale="free",
)
def material_similarity(
    clip: ClipImages,
    wanted: Sequence[str],
    against: Sequence[str],
    templates: Sequence[str] = TEMPLATES,
    region: str = WHOLE,
) -> PerImage:
    """Probability of the wanted terms against their counter-terms, by CLIP.

    A softmax over all terms of cosine x the model's own logit scale, summed over the wanted ones; a
    sigmoid model's bias (SigLIP) cancels in it. Each term is the mean of its embeddings over `templates`,
    as in CLIP's zero-shot classifier. The zero point depends on the words: compare pictures under the same
    terms, and do not read 0.5 as "half gold".

    `region` is where CLIP looks: at the whole picture, or at a crop around the face's skin, the hair,
    metal or backdrop with the region's mean colour in place of all else. Such cut-outs are not what CLIP
    was trained on, but nothing beside the region can speak for it. Not measured without the model's weights,
    where the region is not known, less than a quarter of CLIP's view across, sparse or one even colour, nor
    on frames that show nothing (even, noise, out of focus all over): a physical check, since CLIP has an
    opinion on those too.

    | input | shape | range |
    |---|---|---|
    | clip.of(region).embedding | (B, D) | unit length |
    | wanted, against | a term or several | no term twice |
    | templates | one or several | each holds `{}`, the term's place |
    | region | `whole`, `skin`, `hair`, `metal` or `background` | |
    | result | (B,) | 0..1 |
    """
    for_, opposed = _listed("wanted", wanted), _listed("against", against)
    patterns = _listed("templates", templates)
    _check(for_ + opposed, patterns)
    seen = clip.of(region)
    if seen.model is None:
        return PerImage(torch.full_like(seen.embedding[:, 0], torch.nan)).refusing(seen.refusals)
    cosine = seen.embedding @ _embedded(seen.model, for_ + opposed, patterns).T
    logits = seen.model.logit_scale * cosine
    odds = logits[:, : len(for_)].logsumexp(1) - logits[:, len(for_) :].logsumexp(1)
    return PerImage(torch.sigmoid(odds)).refusing(seen.refusals)


def _embedded(model: ClipModel, terms: Sequence[str], templates: Sequence[str]) -> Tensor:
    """(N, D) of unit length: each term averaged over the templates."""
    texts = [template.replace("{}", term) for term in terms for template in templates]
    each = model.encode_texts(texts).reshape(len(terms), len(templates), -1)
    return F.normalize(each.mean(1), dim=-1)


def _listed(name: str, given: Sequence[str]) -> list[str]:
    """One text or several, as a list; rubrics may give either."""
    texts = [given] if isinstance(given, str) else list(given)
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise LightmeterError(f"material_similarity: `{name}` needs one text or several, not {given!r}")
    return texts


def _check(terms: Sequence[str], templates: Sequence[str]) -> None:
    for term in terms:
        if terms.count(term) > 1:
            raise LightmeterError(f"material_similarity: the term {term!r} is given twice")
    for template in templates:
        if "{}" not in template:
            raise LightmeterError(
                f"material_similarity: the template {template!r} needs {{}} where the term goes"
            )
