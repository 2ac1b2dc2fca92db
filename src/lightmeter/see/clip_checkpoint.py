"""Which CLIP weights are meant, and where they lie on this machine.

Nothing here reaches for the network: a tag is looked up in the local Hugging Face cache, a path is read.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightmeter.errors import LightmeterError, WeightsUnavailable

_PREPROCESS = ("mean", "std", "interpolation", "resize_mode", "fill_color")


@dataclass(frozen=True)
class ClipSpec:
    """A CLIP model and its weights.

    model: an open_clip architecture, or the path of a model configuration (.json: embed_dim, vision_cfg,
    text_cfg). checkpoint: a pretrained tag of that architecture, or the path of a .safetensors file. A tag
    knows whether it was trained with QuickGELU; of a path the model must tell (`ViT-B-32-quickgelu`).
    """

    model: str = "ViT-B-32"
    checkpoint: str = "laion2b_s34b_b79k"

    @staticmethod
    def parse(text: str) -> ClipSpec:
        """Read `MODEL:CHECKPOINT`, as `--clip` takes it; a checkpoint may hold colons, a model may not."""
        model, _, checkpoint = text.partition(":")
        if not model.strip() or not checkpoint.strip():
            raise LightmeterError(
                f"{text!r} is not MODEL:CHECKPOINT\nfor example {ClipSpec()} or ViT-B-32:my.safetensors"
            )
        return ClipSpec(model.strip(), checkpoint.strip())

    def __str__(self) -> str:
        return f"{self.model}:{self.checkpoint}"


@dataclass(frozen=True)
class Checkpoint:
    """Weights found on this machine: open_clip's name of the architecture, the file, how it was trained.

    tagged: the architecture is known to be the file's, for open_clip lists the file under it.
    """

    architecture: str
    path: Path
    tagged: bool = False
    preprocess: Mapping[str, object] = field(default_factory=dict)
    quick_gelu: bool = False


def find_checkpoint(spec: ClipSpec) -> Checkpoint:
    """Where the weights lie, without the network.

    Raises LightmeterError where the spec names no model, WeightsUnavailable where its weights are not here;
    the message's first line says what is wrong, its second what would be right.
    """
    from open_clip.pretrained import get_pretrained_cfg

    architecture = _architecture(spec.model)
    tag = get_pretrained_cfg(architecture, spec.checkpoint)
    if not tag:
        return _local(architecture, spec)
    preprocess = {name: tag[name] for name in _PREPROCESS if name in tag}
    return Checkpoint(architecture, _cached(spec, tag), True, preprocess, bool(tag.get("quick_gelu")))


def architecture_text(checkpoint: Checkpoint) -> str:
    """All that a checkpoint's values hang on besides its bytes: architecture, views, activation."""
    from open_clip import get_model_config

    parts = (get_model_config(checkpoint.architecture), dict(checkpoint.preprocess), checkpoint.quick_gelu)
    return json.dumps(parts, sort_keys=True, default=str)


def surely_absent(spec: ClipSpec) -> bool:
    """Whether weights named by a tag cannot be here, told without open_clip, whose import takes seconds."""
    from huggingface_hub.constants import HF_HUB_CACHE

    is_file = Path(spec.checkpoint).suffix == ".safetensors"
    return not is_file and not any(Path(HF_HUB_CACHE).glob("models--*"))


def _architecture(model: str) -> str:
    """open_clip's name of the model; a .json path is registered under its stem."""
    import open_clip

    if model.endswith(".json"):
        return _registered(Path(model).expanduser())
    name = model.replace("/", "-")
    known = open_clip.list_models()
    if name not in known:
        near = ", ".join(difflib.get_close_matches(name, known, 3, 0.5)) or "ViT-B-32"
        raise LightmeterError(
            f"open_clip has no model {model!r}\nnearest: {near}; or give a model's .json file"
        )
    return name


def _registered(config: Path) -> str:
    import open_clip

    wanted = _read_json(config)
    if config.stem not in open_clip.list_models():
        open_clip.add_model_config(config)
    known = open_clip.get_model_config(config.stem)
    if known is None:
        raise LightmeterError(
            f"{config} is not a model configuration: it needs embed_dim, vision_cfg, text_cfg"
        )
    if known != wanted:
        raise LightmeterError(f"{config}: another model is named {config.stem!r}\nrename the file")
    return config.stem


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LightmeterError(f"{file} is not a readable model configuration: {error}") from error
    if not isinstance(content, dict):
        raise LightmeterError(f"{file} is not a model configuration: it holds no mapping")
    return content


def _local(architecture: str, spec: ClipSpec) -> Checkpoint:
    """A checkpoint that is not a tag, so it must be a file."""
    from open_clip.pretrained import list_pretrained_tags_by_model

    path = Path(spec.checkpoint).expanduser()
    if path.suffix != ".safetensors":
        if path.suffix or path.exists():
            raise WeightsUnavailable(
                f"{path} is refused: weights only as safetensors\nconvert it and give the .safetensors file"
            )
        tags = ", ".join(list_pretrained_tags_by_model(architecture)) or "none"
        raise LightmeterError(
            f"{architecture} has no weights {spec.checkpoint!r}\nits tags: {tags}; or a .safetensors file"
        )
    if not path.is_file():
        raise WeightsUnavailable(f"there is no file {path}\ngive an existing one: --clip {spec.model}:PATH")
    return Checkpoint(architecture, path, False, *_companion(path, architecture))


def _companion(path: Path, architecture: str) -> tuple[Mapping[str, object], bool]:
    """How a file was trained: from open_clip_config.json beside it, else as all the model's tags."""
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

    beside = path.with_name("open_clip_config.json")
    if beside.is_file():
        config = _read_json(beside)
        given = config.get("preprocess_cfg", {})
        preprocess = {name: given[name] for name in _PREPROCESS if name in given}
        return preprocess, bool(config.get("model_cfg", {}).get("quick_gelu"))
    tags = [get_pretrained_cfg(architecture, tag) for tag in list_pretrained_tags_by_model(architecture)]
    known = [{name: tag[name] for name in _PREPROCESS if name in tag} for tag in tags]
    agreed = bool(known) and all(other == known[0] for other in known)
    return (known[0] if agreed else {}), False


def _cached(spec: ClipSpec, tag: Mapping[str, str]) -> Path:
    """The tag's .safetensors file in the local Hugging Face cache."""
    from huggingface_hub import try_to_load_from_cache

    repository, file = _hosted(tag)
    found = try_to_load_from_cache(repository, file) if repository else None
    if isinstance(found, str):
        return Path(found)
    where = f"no {file} of {repository} in the local Hugging Face cache" if repository else "it has no file"
    raise WeightsUnavailable(
        f"{spec}: {where}\ngive a local file with --clip {spec.model}:PATH (.safetensors), "
        "run `lightmeter doctor --download` where there is a network, or bring its cache here (HF_HOME)"
    )


def hosted(spec: ClipSpec) -> tuple[str, str]:
    """Repository and file of a tag's weights on the Hugging Face hub.

    Raises LightmeterError where the spec is a file's path or names no weights of the hub.
    """
    from open_clip.pretrained import get_pretrained_cfg

    if Path(spec.checkpoint).suffix:
        raise LightmeterError(
            f"{spec} names a file of yours: only tags are fetched\nfor example {ClipSpec()}"
        )
    architecture = _architecture(spec.model)
    tag = get_pretrained_cfg(architecture, spec.checkpoint)
    if not tag:
        _local(architecture, spec)  # names the tags there are
    repository, file = _hosted(tag)
    if not repository:
        raise WeightsUnavailable(
            f"{spec}: the Hugging Face hub has no weights of it\nfor example {ClipSpec()}"
        )
    return repository, file


def _hosted(tag: Mapping[str, str]) -> tuple[str, str]:
    from open_clip.constants import HF_SAFE_WEIGHTS_NAME

    repository, _, named = tag.get("hf_hub", "").rpartition("/")
    return repository, Path(named).with_suffix(".safetensors").name if named else HF_SAFE_WEIGHTS_NAME
