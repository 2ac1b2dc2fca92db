"""CLIP through open_clip's real loading code, on a tiny random model; no network, no shipped weights."""

from __future__ import annotations

import hashlib
import itertools
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import open_clip
import pytest
import torch
from huggingface_hub import constants
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import load_file, save_file

from lightmeter.engine.plan import clip_digest
from lightmeter.errors import LightmeterError, WeightsUnavailable
from lightmeter.see.clip import ClipImages, ClipModel, ClipSpec, clip, load_clip
from lightmeter.see.clip_build import build
from lightmeter.see.clip_checkpoint import Checkpoint
from lightmeter.see.clip_prompt import prompt_chunks
from lightmeter.see.clip_view import ClipView
from lightmeter.see.content import content
from lightmeter.see.metal import Metal
from lightmeter.see.regions import FaceMesh, Matte

CPU = torch.device("cpu")
NAME = "tiny-clip-for-tests"
TRANSFORMS = [
    (mode, interpolation, size)
    for mode, interpolation, size in itertools.product(
        ["shortest", "longest", "squash"], ["bicubic", "bilinear"], [64, (48, 64)]
    )
    # open_clip forgets the interpolation of this combination and takes bicubic
    if (mode, interpolation, size) != ("shortest", "bilinear", (48, 64))
]


def configuration(image_size: int = 64) -> dict[str, object]:
    return {
        "embed_dim": 32,
        "vision_cfg": {
            "image_size": image_size,
            "patch_size": 16,
            "width": 64,
            "layers": 2,
            "head_width": 32,
        },
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    }


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> ClipSpec:
    """A seeded random model, its configuration and its weights as files."""
    room = tmp_path_factory.mktemp("clip")
    config = room / f"{NAME}.json"
    config.write_text(json.dumps(configuration()), encoding="utf-8")
    open_clip.add_model_config(config)
    torch.manual_seed(7)
    save_file(open_clip.create_model(NAME).state_dict(), room / "tiny.safetensors")
    return ClipSpec(str(config), str(room / "tiny.safetensors"))


@pytest.fixture
def model(spec: ClipSpec) -> ClipModel:
    return load_clip(spec, CPU)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty Hugging Face cache, offline mode not asked for, and every use of the network an error."""

    def refuse(*_: object) -> None:
        raise RuntimeError("the network was used")

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def pictures(count: int, height: int = 64, width: int = 64) -> torch.Tensor:
    """8-bit noise over a gradient, as (B, 3, H, W) coded 0..1, so that PIL can hold it exactly."""
    noise = torch.rand((count, 3, height, width), generator=torch.Generator().manual_seed(3))
    ramp = torch.linspace(0, 1, width).expand(count, 3, height, width)
    return ((noise + ramp) / 2 * 255).round() / 255


def provided(encoded: torch.Tensor, spec: ClipSpec, regions: tuple[str, ...] = ("whole",)) -> ClipImages:
    """What the provider gives where skin is the upper half, hair nowhere, and background the left half."""
    alphas = [torch.zeros_like(encoded[:, :1]) for _ in range(3)]
    alphas[0][:, :, : encoded.shape[2] // 2] = 1
    alphas[2][..., : encoded.shape[3] // 2] = 1
    skin, hair, background = map(Matte, alphas)
    middle = torch.tensor([encoded.shape[3] / 2, encoded.shape[2] / 2, 0.0]).expand(len(encoded), 478, 3)
    count = torch.ones(len(encoded), dtype=torch.int64)
    everywhere = FaceMesh(middle, count > 0, count, torch.full((len(encoded),), 1000.0))
    jewellery = cast(
        Metal, SimpleNamespace(alpha=alphas[0], refusals=(), to_frame=lambda raster, like: raster)
    )
    return clip(encoded, spec, regions, content(encoded), skin, hair, background, jewellery, everywhere)


def as_pil(encoded: torch.Tensor) -> Image.Image:
    return Image.fromarray((encoded.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy())


def test_images_equal_open_clips_own_computation(spec: ClipSpec, model: ClipModel) -> None:
    reference, _, transform = open_clip.create_model_and_transforms(NAME, pretrained=spec.checkpoint)
    encoded = pictures(3)
    with torch.no_grad():
        batch = torch.stack([transform(as_pil(picture)) for picture in encoded])
        expected = reference.eval().encode_image(batch, normalize=True)
    torch.testing.assert_close(model.encode_images(encoded), expected, atol=1e-5, rtol=0)


def test_texts_equal_open_clips_own_computation(spec: ClipSpec, model: ClipModel) -> None:
    reference, _, _ = open_clip.create_model_and_transforms(NAME, pretrained=spec.checkpoint)
    texts = ["a photo of gold.", "matte skin", "gold " * 200]
    with torch.no_grad():
        expected = reference.eval().encode_text(open_clip.get_tokenizer(NAME)(texts), normalize=True)
    torch.testing.assert_close(model.encode_texts(texts), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(model.logit_scale, reference.logit_scale.exp().detach())


def test_embeddings_are_plain_unit_vectors(model: ClipModel) -> None:
    for embedding in (model.encode_images(pictures(2).double()), model.encode_texts(["gold"])):
        assert embedding.dtype is torch.float32
        assert not embedding.requires_grad
        torch.testing.assert_close(embedding.norm(dim=-1), torch.ones(len(embedding)))


def test_a_batch_does_not_depend_on_its_neighbours(model: ClipModel) -> None:
    encoded = pictures(5, 90, 70)
    kept = encoded.clone()
    together = model.encode_images(encoded)
    alone = torch.cat([model.encode_images(picture[None]) for picture in encoded])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    torch.testing.assert_close(model.encode_images(encoded.flip(0)).flip(0), together, atol=1e-5, rtol=0)
    assert torch.equal(encoded, kept)


def test_a_text_is_embedded_once(model: ClipModel, monkeypatch: pytest.MonkeyPatch) -> None:
    first = model.encode_texts(["brass", "steel", "brass"])
    monkeypatch.setattr(ClipModel, "_embed", lambda *_: pytest.fail("embedded again"))
    assert torch.equal(model.encode_texts(["steel", "brass"]), first[[1, 0]])
    assert torch.equal(first[0], first[2])


def test_tf32_is_off_inside_and_restored(model: ClipModel, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    inside = model.module.encode_image

    def spy(batch: torch.Tensor) -> torch.Tensor:
        seen.extend([torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32])
        return inside(batch)

    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    monkeypatch.setattr(model.module, "encode_image", spy)
    model.encode_images(pictures(1))
    assert seen == [False, False]
    assert before == (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)


def test_a_model_is_loaded_once_with_the_digest_of_its_file(spec: ClipSpec, model: ClipModel) -> None:
    assert load_clip(spec, CPU) is model
    assert model.digest == hashlib.sha256(Path(spec.checkpoint).read_bytes()).hexdigest()
    assert not model.module.training


def test_threads_load_a_model_once(spec: ClipSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds: list[object] = []

    def counted(checkpoint: Checkpoint, device: torch.device) -> torch.nn.Module:
        builds.append(checkpoint)
        return build(checkpoint, device)

    monkeypatch.setattr("lightmeter.see.clip.build", counted)
    (tmp_path / "w.safetensors").symlink_to(spec.checkpoint)
    linked = ClipSpec(spec.model, str(tmp_path / "w.safetensors"))
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: load_clip(linked, CPU), range(8)))
    assert len(builds) == 1
    assert all(loaded is models[0] for loaded in models)


def test_a_changed_file_is_read_again(spec: ClipSpec, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    weights = load_file(spec.checkpoint)
    save_file(weights, path)
    before = load_clip(ClipSpec(spec.model, str(path)), CPU)
    save_file({**weights, "logit_scale": weights["logit_scale"] + 1}, path, {"format": "pt"})
    after = load_clip(ClipSpec(spec.model, str(path)), CPU)
    assert after.digest != before.digest
    torch.testing.assert_close(after.logit_scale, before.logit_scale * torch.e)


@pytest.mark.parametrize("native", [(64, 64), (201, 133), (133, 200), (50, 41), (48, 64)])
@pytest.mark.parametrize(("mode", "interpolation", "size"), TRANSFORMS)
def test_the_view_is_open_clips_transform(
    native: tuple[int, int], size: int | tuple[int, int], interpolation: str, mode: str
) -> None:
    config = PreprocessCfg(size=size, interpolation=interpolation, resize_mode=mode, fill_color=51)
    encoded = (pictures(1, *native) * 128 + 64).round() / 255  # no overshoot reaches black or white
    expected = image_transform_v2(config, is_train=False)(as_pil(encoded[0]))
    view = ClipView.of(vars(config))(encoded)[0]
    assert view.shape == expected.shape
    # PIL rounds to 8 bits after each of its two passes: half a level from the second; from the first half a
    # level times the bicubic weights' absolute sum, at most 1.25; then divided by std. No resize: nothing.
    tolerance = 1e-5 if native == ((64, 64) if size == 64 else size) else 1.2 / 255 / min(config.std)
    torch.testing.assert_close(view, expected, atol=tolerance, rtol=0)


def test_resizing_in_float_hardly_moves_an_embedding(spec: ClipSpec, model: ClipModel) -> None:
    _, _, transform = open_clip.create_model_and_transforms(NAME, pretrained=spec.checkpoint)
    encoded = pictures(1, 512, 341)
    with torch.no_grad():
        by_pil = model.module.encode_image(transform(as_pil(encoded[0]))[None], normalize=True)
    assert float((model.encode_images(encoded) * by_pil).sum()) > 0.9999


def test_weights_of_another_model_are_refused_by_both_names(spec: ClipSpec) -> None:
    other = ClipSpec("ViT-S-32-alt", spec.checkpoint)
    with pytest.raises(WeightsUnavailable, match=r"tiny\.safetensors does not load as ViT-S-32-alt"):
        load_clip(other, CPU)


def test_weights_of_another_picture_size_are_not_stretched(spec: ClipSpec, tmp_path: Path) -> None:
    larger = tmp_path / f"{NAME}-96.json"
    larger.write_text(json.dumps(configuration(96)), encoding="utf-8")
    with pytest.raises(WeightsUnavailable, match=rf"tiny\.safetensors does not load as {NAME}-96: visual"):
        load_clip(ClipSpec(str(larger), spec.checkpoint), CPU)


def test_a_bad_file_is_tried_once(spec: ClipSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "torn.safetensors"
    path.write_bytes(b"version 1 of a pointer, not weights")
    with pytest.raises(WeightsUnavailable, match=rf"torn\.safetensors does not load as {NAME}"):
        load_clip(ClipSpec(spec.model, str(path)), CPU)
    monkeypatch.setattr(open_clip, "create_model", lambda *_, **__: pytest.fail("read again"))
    with pytest.raises(WeightsUnavailable, match=r"torn\.safetensors"):
        load_clip(ClipSpec(spec.model, str(path)), CPU)


@pytest.mark.parametrize("name", ["weights.pt", "open_clip_pytorch_model.bin", "weights"])
def test_pickled_weights_are_refused(spec: ClipSpec, tmp_path: Path, name: str) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / name)
    with pytest.raises(WeightsUnavailable, match="weights only as safetensors"):
        load_clip(ClipSpec(spec.model, str(tmp_path / name)), CPU)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("text", ["ViT-B-32:laion2b_s34b_b79k", "ViT-L-14:openai", "ViT-B-16-SigLIP:webli"])
def test_absent_weights_fail_at_once_and_say_what_would_be_right(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(WeightsUnavailable) as failure:
        load_clip(ClipSpec.parse(text), CPU)
    assert time.perf_counter() - start < 3
    wrong, right = str(failure.value).splitlines()
    assert wrong.startswith(text)
    assert "open_clip_model.safetensors" in wrong
    assert f"--clip {text.split(':')[0]}:PATH" in right


@pytest.mark.usefixtures("offline")
def test_a_tag_is_found_in_the_local_cache(spec: ClipSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = {"hf_hub": "somebody/tiny/", "mean": (0.5,) * 3, "std": (0.25,) * 3, "quick_gelu": True}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, NAME, {"mine": tag})
    repository = Path(constants.HF_HUB_CACHE) / "models--somebody--tiny"
    (repository / "snapshots" / "abc").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc", encoding="utf-8")
    (repository / "snapshots" / "abc" / "open_clip_pytorch_model.bin").write_bytes(b"pickled")
    with pytest.raises(WeightsUnavailable, match=r"no open_clip_model\.safetensors of somebody/tiny"):
        load_clip(ClipSpec(spec.model, "mine"), CPU)
    (repository / "snapshots" / "abc" / "open_clip_model.safetensors").symlink_to(spec.checkpoint)
    model = load_clip(ClipSpec(spec.model, "mine"), CPU)
    assert (model.view.mean, model.view.std) == ((0.5,) * 3, (0.25,) * 3)
    assert any(isinstance(part, open_clip.transformer.QuickGELU) for part in model.module.modules())
    assert constants.HF_HUB_OFFLINE is False


def test_a_configuration_beside_the_file_says_how_it_was_trained(spec: ClipSpec, tmp_path: Path) -> None:
    path = tmp_path / "open_clip_model.safetensors"
    path.symlink_to(spec.checkpoint)
    beside = {
        "model_cfg": configuration(),
        "preprocess_cfg": {"mean": [0.1, 0.2, 0.3], "resize_mode": "squash"},
    }
    (tmp_path / "open_clip_config.json").write_text(json.dumps(beside), encoding="utf-8")
    view = load_clip(ClipSpec(spec.model, str(path)), CPU).view
    assert (view.mean, view.resize_mode) == ((0.1, 0.2, 0.3), "squash")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ViT-B-32", "is not MODEL:CHECKPOINT"),
        (":laion2b_s34b_b79k", "is not MODEL:CHECKPOINT"),
        ("ViT-B-23:laion2b_s34b_b79k", "ViT-B-32"),
        ("ViT-B-32:laion3b", "laion2b_s34b_b79k"),
        ("ViT-B-32:absent.safetensors", "no file absent.safetensors"),
        ("absent.json:absent.safetensors", "absent.json is not a readable"),
    ],
)
def test_a_mistaken_spec_names_what_would_be_right(text: str, message: str) -> None:
    with pytest.raises(LightmeterError, match=message):
        load_clip(ClipSpec.parse(text), CPU)


def test_a_spec_is_written_as_it_is_read() -> None:
    assert ClipSpec.parse(str(ClipSpec())) == ClipSpec()
    assert ClipSpec.parse("ViT-B-32:D:/w.safetensors") == ClipSpec("ViT-B-32", "D:/w.safetensors")


def test_the_provider_hands_on_embeddings_and_model(spec: ClipSpec, model: ClipModel) -> None:
    images = provided(pictures(2), spec)
    assert images.model is model
    assert not any(refusal.when.any() for refusal in images.refusals)
    assert torch.equal(images.embedding, model.encode_images(pictures(2)))


def test_regions_go_through_the_encoder_with_the_whole_pictures(
    spec: ClipSpec, model: ClipModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    inside = model.module.encode_image
    monkeypatch.setattr(model.module, "encode_image", lambda x: sizes.append(len(x)) or inside(x))
    images = provided(pictures(2), spec, ("background", "hair", "skin", "whole"))
    assert sizes == [2 * 4]
    alone = provided(pictures(2)[1:], spec, ("skin",))
    torch.testing.assert_close(images.of("skin").embedding[1:], alone.of("skin").embedding, atol=1e-5, rtol=0)
    torch.testing.assert_close(images.embedding, provided(pictures(2), spec).embedding, atol=1e-5, rtol=0)
    assert float((images.of("skin").embedding * images.embedding).sum(1).max()) < 0.9999
    assert images.of("skin").refusals[0].when.tolist() == [False, False]
    assert any("hair is 0 px" in r.text(0) for r in images.of("hair").refusals if bool(r.when[0]))


def test_a_region_that_was_not_looked_at_is_named(spec: ClipSpec) -> None:
    images = provided(pictures(1), spec)
    assert images.of("whole") is images
    with pytest.raises(
        LightmeterError, match=r"no region 'teeth'; one of: background, hair, metal, skin, whole"
    ):
        images.of("teeth")


PROMPT = (
    "hyperrealistic portrait, 24k hammered gold necklace, skin with visible pores, a large softbox, "
    "45 degrees upper left, fill two stops below, seamless chroma key backdrop, subtle film grain, "
) * 4


def chunked(model: ClipModel, prompt: str) -> torch.Tensor:
    """The definition, by open_clip alone: 75 tokens a chunk, unit vectors weighted by length."""
    encode = open_clip.get_tokenizer(NAME).encode
    tokens = encode(prompt)
    total = torch.zeros(32)
    for at in range(0, len(tokens), 75):
        part = tokens[at : at + 75]
        row = torch.zeros(1, 77, dtype=torch.int64)
        row[0, : len(part) + 2] = torch.tensor([49406, *part, 49407])
        with torch.no_grad():
            total += len(part) * model.module.encode_text(row, normalize=True)[0]
    return total / total.norm()


def test_a_long_prompt_is_the_weighted_mean_of_its_chunks(model: ClipModel) -> None:
    assert len(open_clip.get_tokenizer(NAME).encode(PROMPT)) > 150
    torch.testing.assert_close(model.encode_prompt(PROMPT), chunked(model, PROMPT), atol=1e-5, rtol=0)


def test_a_prompt_that_fits_is_open_clips_text(model: ClipModel) -> None:
    short = "a portrait, rim light from behind"
    torch.testing.assert_close(model.encode_prompt(short), model.encode_texts([short])[0], atol=1e-6, rtol=0)


def test_words_beyond_the_context_count(model: ClipModel) -> None:
    """open_clip's own text is cut after 77 tokens: there, both ends read the same."""
    one, other = PROMPT + "plain wall", PROMPT + "crumpled tin foil helmet"
    assert torch.equal(*model.encode_texts([one, other]))
    assert float(model.encode_prompt(one) @ model.encode_prompt(other)) < 0.99999


def test_order_of_words_counts_and_order_of_whole_chunks_does_not(model: ClipModel) -> None:
    first, second = "gold " * 75, "skin " * 75  # one token each, so a chunk each
    there, back = model.encode_prompt(first + second), model.encode_prompt(second + first)
    torch.testing.assert_close(there, back, atol=1e-6, rtol=0)
    torch.testing.assert_close(model.encode_prompt(first * 3), model.encode_prompt(first), atol=1e-6, rtol=0)
    swapped = model.encode_prompt("skin with gold"), model.encode_prompt("gold with skin")
    assert float(swapped[0] @ swapped[1]) < 0.99999


def test_a_prompt_cannot_end_itself(model: ClipModel) -> None:
    plain, spelled = "gold chain on skin", "gold <end_of_text> chain <start_of_text> on skin"
    assert torch.equal(model.encode_prompt(plain), model.encode_prompt(spelled))
    assert model.encode_prompt("").isfinite().all()


def test_a_prompt_of_a_novels_length_is_read(model: ClipModel) -> None:
    assert len(prompt_chunks(model.tokenize, "gold " * 75 * 70)[0]) == 70
    torch.testing.assert_close(
        model.encode_prompt("gold " * 75 * 70), model.encode_prompt("gold " * 75), atol=1e-6, rtol=0
    )


@pytest.mark.usefixtures("offline")
def test_the_provider_refuses_every_image_where_weights_are_absent() -> None:
    images = provided(pictures(3), ClipSpec())
    assert images.model is None
    assert images.embedding.shape == (3, 1)
    assert torch.isnan(images.embedding).all()
    (refusal,) = images.refusals
    assert refusal.when.tolist() == [True] * 3
    reason = refusal.text(0)
    assert reason.startswith("CLIP weights unavailable: ViT-B-32:laion2b_s34b_b79k: no open_clip_model")
    assert "\n" not in reason


def test_pil_pictures_of_these_tests_are_exact() -> None:
    encoded = pictures(1)
    assert np.array_equal(np.asarray(as_pil(encoded[0])), (encoded[0] * 255).round().permute(1, 2, 0).numpy())


def test_the_digest_knows_how_a_file_is_read(spec: ClipSpec, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.symlink_to(spec.checkpoint)
    given = ClipSpec(spec.model, str(path))
    before = clip_digest.__wrapped__(given)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in before
    beside = {"preprocess_cfg": {"mean": [0.1, 0.2, 0.3]}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(beside), encoding="utf-8")
    assert clip_digest.__wrapped__(given) != before
