"""What several commands take, and what becomes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lightmeter.errors import LightmeterError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from lightmeter.engine.plan import Settings

PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help="Images, folders, globs, or manifests (.csv, .jsonl), here or at s3://, gs://, hf://.",
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="NAME=VALUE", help="A parameter, such as key_colour=#ff0080. Repeatable."),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Batch = Annotated[
    int,
    typer.Option(
        min=0,
        help="Images of one shape measured at once, 0 for what suits the device; on a GPU last digits depend "
        "on it, on the CPU nothing does.",
    ),
]
Engine = Annotated[
    Literal["local", "ray"],
    typer.Option(
        help="This process, or the workers of a Ray cluster (RAY_ADDRESS, else one on this machine); on "
        "CPUs values do not depend on it."
    ),
]
Workers = Annotated[
    int, typer.Option(min=0, help="Threads that read and decode ahead, 0 for what suits the device.")
]
CacheFile = Annotated[
    Path | None,
    typer.Option("--cache", help="File of remembered values.", show_default="in the user's cache folder"),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Measure everything anew and remember nothing.")]
Clip = Annotated[
    str | None, typer.Option(metavar="MODEL:CHECKPOINT", help="CLIP weights: a tag or a .safetensors path.")
]
Variants = Annotated[
    str,
    typer.Option(
        help="'folder', 'metadata' (by prompt and model), or a manifest with the columns path and variant."
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit 1 if a criterion fails, 2 if one is unmeasured.")
]
Spec = Annotated[bool, typer.Option("--spec", help="Also hold each image against its own prompt.")]
RubricOption = Annotated[
    str, typer.Option("--rubric", "-r", help="A packaged rubric by name, or a YAML file.")
]
MaxMegapixels = Annotated[
    float, typer.Option(min=0.01, help="Larger pictures are refused from their header: decompression bombs.")
]
DecodeSeconds = Annotated[
    float, typer.Option(min=0.01, help="A picture that takes longer to decode is refused.")
]
Decode = Annotated[
    Literal["contained", "device"],
    typer.Option(
        help="JPEGs in processes of their own, or plain ones by torchvision on the device, for a GPU and for "
        "files that you trust: one that crashes it ends the run, no time limit holds, and values may differ."
    ),
]
Confined = Annotated[
    bool, typer.Option("--confined", help="Refuse a manifest that names files outside its own folder.")
]


def local(out: Path | None) -> Path | None:
    """--out, refused where it is a URL before anything is measured for it."""
    from lightmeter.read.remote import is_url

    if out is not None and is_url(out):
        raise LightmeterError(f"{out}: --out is a folder of this machine; copy it to a store afterwards")
    return out


Out = Annotated[
    Path, typer.Option("--out", "-o", callback=local, help="Folder for the report and the tables.")
]


def settings_of(
    device: str,
    batch: int,
    workers: int,
    cache: Path | None,
    no_cache: bool,
    clip: str | None,
) -> Settings:
    from lightmeter.engine.plan import Settings, default_cache
    from lightmeter.see.clip import ClipSpec
    from lightmeter.see.clip_checkpoint import find_checkpoint

    spec = ClipSpec.parse(clip) if clip else ClipSpec()
    if clip:
        find_checkpoint(spec)
    kept = None if no_cache else cache or default_cache()
    return Settings(device=device, batch=batch, workers=workers, cache=kept, clip=spec)


def limited(
    settings: Settings,
    megapixels: float,
    seconds: float,
    confined: bool,
    decode: Literal["contained", "device"],
) -> Settings:
    from lightmeter.read.limits import Limits

    limits = Limits(pixels=round(megapixels * 1e6), seconds=seconds, confined=confined)
    return replace(settings, limits=limits, decode=decode)


def distributed(settings: Settings, engine: Literal["local", "ray"], out: Path | None) -> Settings:
    return replace(settings, engine=engine, partitions=None if out is None else out / "partitions")


def parameters_of(given: list[str] | None) -> dict[str, JsonValue]:
    """NAME=VALUE pairs; a value that is JSON is read as such, so that lists and numbers can be given."""
    parameters: dict[str, JsonValue] = {}
    for pair in given or ():
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise LightmeterError(f"--with {pair!r} is not NAME=VALUE, for example key_colour=#ff0080")
        try:
            parameters[name.strip()] = json.loads(value)
        except ValueError:
            parameters[name.strip()] = value
    return parameters
