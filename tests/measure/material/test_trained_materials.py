"""The whole path with a model that knows something: a tiny open_clip model trained here, within seconds.

It learns five synthetic materials (`datasets/materials.py`) and is then used as any checkpoint is: through
files, open_clip's loading code, the engine and its cache. So what is shown is that the right probability
reaches the right row. What is not shown is that CLIP knows gold from plastic on a photograph: this model has
never seen one, and the recipes differ more than materials do.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import open_clip
import pytest
import torch
import torch.nn.functional as F
from materials import MATERIALS, swatches
from PIL import Image
from torch import Tensor

import lightmeter
from lightmeter.engine.plan import Settings
from lightmeter.measure.material.material_similarity import TEMPLATES, material_similarity
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.clip import ClipImages, ClipSpec, load_clip

Trained = Callable[..., ClipSpec]


@pytest.fixture
def spec(tiny: ClipSpec) -> ClipSpec:
    return tiny


def seen(spec: ClipSpec, encoded: Tensor) -> ClipImages:
    model = load_clip(spec, torch.device("cpu"))
    return ClipImages(model.encode_images(encoded), model)


def held_out(material: str, count: int = 40, side: int = 64) -> Tensor:
    """Swatches that no training saw."""
    return encoded_from_linear(swatches(material, count, seed=2, side=side))


def shares(spec: ClipSpec) -> Tensor:
    """(5, 5): of each material's held-out swatches, the share for which each word is likeliest."""
    table = []
    for material in MATERIALS:
        images = seen(spec, held_out(material))
        odds = [
            material_similarity(images, [word], [other for other in MATERIALS if other != word]).value
            for word in MATERIALS
        ]
        table.append(F.one_hot(torch.stack(odds).argmax(0), len(MATERIALS)).float().mean(0))
    return torch.stack(table)


def test_materials_are_told_apart(spec: ClipSpec) -> None:
    """Chance is 0.2. Measured: 0.80 over all five, 0.83 metal, 0.50 cloth."""
    right = shares(spec).diagonal()
    assert right.mean() > 0.65
    assert right[MATERIALS.index("metal")] > 0.7


@pytest.mark.slow
def test_materials_are_told_apart_the_better_the_longer_it_learns(
    spec: ClipSpec, trained: Trained, tmp_path: Path
) -> None:
    longer = shares(trained(tmp_path, "tiny-materials-longer", steps=300)).diagonal().mean()
    assert longer > max(0.85, float(shares(spec).diagonal().mean()))


def test_metal_reads_as_metal_and_plastic_does_not(spec: ClipSpec) -> None:
    metal, plastic = (
        material_similarity(seen(spec, held_out(each)), "metal", "plastic").value
        for each in ("metal", "plastic")
    )
    above = (metal[:, None] > plastic[None]).float().mean()  # the AUC
    assert above > 0.9
    assert metal.median() > 0.8 > 0.2 > plastic.median()


def test_values_are_a_direct_computation(spec: ClipSpec) -> None:
    """By open_clip alone: its model, its tokenizer, its transform, the softmax written out."""
    codes = (held_out("metal", 3) * 255).round().byte()
    model, _, transform = open_clip.create_model_and_transforms("tiny-materials", pretrained=spec.checkpoint)
    tokenizer = open_clip.get_tokenizer("tiny-materials")
    pil = [Image.fromarray(each.permute(1, 2, 0).numpy()) for each in codes]
    with torch.no_grad():
        pictures = model.eval().encode_image(torch.stack([transform(each) for each in pil]), normalize=True)
        classes = []
        for word in ("metal", "plastic", "ceramic"):
            each = model.encode_text(tokenizer([t.replace("{}", word) for t in TEMPLATES]), normalize=True)
            classes.append(F.normalize(each.mean(0), dim=0))
        expected = (model.logit_scale.exp() * pictures @ torch.stack(classes).T).softmax(1)[:, 0]
    value = material_similarity(seen(spec, codes.float() / 255), "metal", ["plastic", "ceramic"]).value
    torch.testing.assert_close(value, expected, atol=1e-5, rtol=0)


def test_batch_and_order_do_not_matter(spec: ClipSpec) -> None:
    encoded = torch.cat([held_out(material, 2) for material in MATERIALS])
    together = material_similarity(seen(spec, encoded), "metal", "plastic").value
    alone = [material_similarity(seen(spec, each[None]), "metal", "plastic").value for each in encoded]
    torch.testing.assert_close(torch.cat(alone), together, atol=1e-5, rtol=0)
    back = material_similarity(seen(spec, encoded.flip(0)), "metal", "plastic").value.flip(0)
    torch.testing.assert_close(back, together, atol=1e-5, rtol=0)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Swatches and empty frames as files, each with the prompt "a photo of metal."."""
    noise = torch.rand((3, 256, 256), generator=torch.Generator().manual_seed(1))
    ramp = torch.linspace(0.2, 0.7, 256).expand(3, 256, 256)
    frames = {
        "metal": held_out("metal", 1, side=256)[0],
        "plastic": held_out("plastic", 1, side=256)[0],
        "black": torch.zeros(3, 256, 256),
        "grey": torch.full((3, 256, 256), 0.5),
        "noise": noise,
        "blurred": ramp,
    }
    for name, frame in frames.items():
        Image.fromarray((frame.permute(1, 2, 0) * 255).round().byte().numpy()).save(tmp_path / f"{name}.png")
    with (tmp_path / "list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "variant", "prompt", "seed"])
        rows.writerows([f"{name}.png", "one", "a photo of metal.", i] for i, name in enumerate(frames))
    return tmp_path / "list.csv"


def measured(manifest: Path, settings: Settings) -> dict[tuple[str, str], tuple[float, str]]:
    """(picture, measurement) -> value and reason, as the API gives them."""
    table = lightmeter.measure(
        manifest,
        only=["material_similarity", "prompt_similarity"],
        parameters={"wanted": "metal", "against": "plastic"},
        settings=settings,
    )
    rows = table[["image", "measurement", "value", "reason"]].itertuples(index=False)
    return {(Path(image).stem, name): (value, reason) for image, name, value, reason in rows}


def test_through_the_engine_to_the_table(spec: ClipSpec, manifest: Path, tmp_path: Path) -> None:
    settings = Settings(device="cpu", cache=tmp_path / "values.sqlite", clip=spec)
    found = measured(manifest, settings)
    assert found["metal", "material_similarity"][0] > 0.8 > 0.2 > found["plastic", "material_similarity"][0]
    assert found["metal", "prompt_similarity"][0] > found["plastic", "prompt_similarity"][0]
    for empty, word in {"black": "even", "grey": "even", "noise": "noise", "blurred": "in focus"}.items():
        for name in ("material_similarity", "prompt_similarity"):
            value, reason = found[empty, name]
            assert value != value and word in reason  # NaN


def test_the_cache_keeps_prompts_and_checkpoints_apart(
    spec: ClipSpec, trained: Trained, manifest: Path, tmp_path: Path
) -> None:
    settings = Settings(device="cpu", cache=tmp_path / "values.sqlite", clip=spec)
    before = measured(manifest, settings)
    assert measured(manifest, settings)["metal", "prompt_similarity"] == before["metal", "prompt_similarity"]
    manifest.write_text(manifest.read_text().replace("a photo of metal.", "a photo of plastic."))
    asked = measured(manifest, settings)
    assert asked["metal", "prompt_similarity"][0] < before["metal", "prompt_similarity"][0] - 0.05
    assert asked["metal", "material_similarity"] == before["metal", "material_similarity"]
    other = trained(tmp_path, "tiny-materials-unlearned", steps=4)
    switched = measured(manifest, replace(settings, clip=other))
    assert switched["metal", "material_similarity"] != before["metal", "material_similarity"]
    assert (
        measured(manifest, settings)["metal", "material_similarity"] == before["metal", "material_similarity"]
    )
