"""A tiny open_clip model that knows five synthetic materials, trained within seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest
import torch
import torch.nn.functional as F
from materials import MATERIALS, swatches
from safetensors.torch import save_file

from lightmeter.measure.material.material_similarity import TEMPLATES
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.clip import ClipSpec
from lightmeter.see.clip_view import ClipView

_BATCH, _RATE = 64, 3e-3
_CONFIGURATION = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "patch_size": 16, "width": 96, "layers": 2, "head_width": 32},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 1},
}


def train(folder: Path, name: str, *, steps: int, seed: int = 1) -> ClipSpec:
    """Fit pictures to the words "metal", "plastic", ... in random templates, with CLIP's loss over classes.

    100 swatches a step out of 1000, token embeddings left random. Deterministic on one thread.
    """
    config = folder / f"{name}.json"
    config.write_text(json.dumps(_CONFIGURATION), encoding="utf-8")
    open_clip.add_model_config(config)
    torch.manual_seed(seed)
    model = open_clip.create_model(name)
    model.token_embedding.requires_grad_(False)
    _fit(model, name, steps, torch.Generator().manual_seed(seed))
    weights = folder / f"{name}.safetensors"
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, weights)
    return ClipSpec(str(config), str(weights))


def _fit(model: torch.nn.Module, name: str, steps: int, chance: torch.Generator) -> None:
    linear = torch.cat([swatches(material, 200, seed=1) for material in MATERIALS])
    views = ClipView.of(model.visual.preprocess_cfg)(encoded_from_linear(linear))
    truth = torch.arange(len(MATERIALS)).repeat_interleave(200)
    words = [template.replace("{}", material) for template in TEMPLATES for material in MATERIALS]
    tokens = open_clip.get_tokenizer(name)(words).reshape(len(TEMPLATES), len(MATERIALS), -1)
    learned = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    for _ in range(steps):
        chosen = torch.randint(len(truth), (_BATCH,), generator=chance)
        spoken = tokens[torch.randint(len(TEMPLATES), (), generator=chance)]
        mirrored = views[chosen].flip(3) if torch.rand((), generator=chance) < 0.5 else views[chosen]
        pictures = model.encode_image(mirrored, normalize=True)
        logits = model.logit_scale.exp() * pictures @ model.encode_text(spoken, normalize=True).T
        optimiser.zero_grad()
        F.cross_entropy(logits, truth[chosen]).backward()
        optimiser.step()
        schedule.step()


@pytest.fixture(scope="session")
def trained() -> Callable[..., ClipSpec]:
    """`trained(folder, name, steps=80)`: its files there."""
    return train


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ClipSpec:
    """One of 80 steps."""
    return train(tmp_path_factory.mktemp("quick"), "tiny-materials", steps=80)
