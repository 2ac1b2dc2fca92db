"""A synthetic run: three prompt variants, drawn portraits, gaps of every kind, hostile names."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from lightmeter.judge.model import Rubric
from lightmeter.judge.run import Run
from lightmeter.judge.verdict import judge
from lightmeter.measure.records import Drawing, Evidence, ImageRecord, Reading, Wanted
from lightmeter.measure.registry import Measurement, PerImage

HOSTILE_NAMES = (
    "<script>alert(1)</script>.png",
    '"><img src=x onerror=alert(1)>.png',
    "=cmd|' /C calc'!A0.png",
    "line\nbreak|pipe`tick`.png",
    "\x1b[31mred\x1b]0;title\x07 [bold]markup[/bold].png",
    "</script><!-- @someone.png",
    "صورة شخصية \u202egpj.exe.png",
    "-2 stops & é 肖像 🌒.png",
)
HOSTILE_PROMPTS = (
    "<script>alert(1)</script> a portrait",
    '"><img src=x onerror=alert(1)> https://evil.example/x.png',
    "=cmd|' /C calc'!A0",
    "large softbox 45° upper left,\nfill -2 stops\u2028gold chain, {{ 7 * 7 }} {% raw %}",
    "\x1b[31mred\x1b[0m \x00 nul \x0b vt, [bold red]markup[/] ]]> &amp; `code` | pipe",
)
UNITS = {
    "key_fill_ratio": "stop",
    "key_azimuth": "deg",
    "key_elevation": "deg",
    "skin_texture": "%",
    "background_uniformity": "deltaE00",
    "face_contrast": "stop",
    "material_similarity": "ratio",
    "key_colour_error": "deltaE00",
}
RUBRIC = {
    "name": "hyperreal-character",
    "title": "Hyper-realistic character portrait",
    "source": "The Secret to Hyper-Realistic 3D Character Portraits in AI",
    "criteria": {
        "dimensional_light": {
            "measure": "key_fill_ratio", "pass": (1.5, 3.0), "warn": (1.0, 4.0),
            "why": "flat light reveals colour without revealing form",
        },
        "key_from_upper_left": {
            "measure": "key_azimuth", "pass": (-65.0, -20.0), "warn": (-90.0, -10.0),
            "why": "large softbox 45° upper left: side light sculpts the face",
        },
        "pores": {
            "measure": "skin_texture", "pass": (1.2, 6.0), "warn": (0.8, 8.0), "weight": 2.0,
            "why": "porcelain skin: perfect surface colour with no internal light interaction",
        },
        "seamless": {
            "measure": "background_uniformity", "pass": (None, 2.0), "warn": (None, 4.0),
            "why": "hard horizon lines, gradient shifts or subtle texture complicate extraction",
        },
        "sculpted": {"measure": "face_contrast", "pass": (1.5, None), "why": "flat light & <b>no</b> form"},
        "gold": {
            "measure": "material_similarity", "pass": (0.6, None), "optional": True,
            "with": {"terms": ["hammered gold", "yellow plastic"]},
            "why": "yellow geometry with plastic reflectance",
        },
        "key_colour": {
            "measure": "key_colour_error", "pass": (None, 3.0), "warn": (None, 6.0),
            "with": {"key_colour": "#ff0080"}, "optional": True,
            "why": "pure RGB 255/0/128 defines the exact chroma key",
        },
    },
}  # fmt: skip
VARIANTS = ("baseline", "physics <b>&", "=physics+lens")
CLIP = "CLIP weights unavailable: no file for ViT-B-32 laion2b on this machine"


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    """`make_run(per_variant=8, pictures=True, seed=0)`."""
    return build_run


@pytest.fixture(scope="session")
def run() -> Run:
    return build_run()


def build_run(per_variant: int = 8, pictures: bool = True, judged: bool = True, seed: int = 0) -> Run:
    """A run as the engine and the judge would hand it on."""
    rng = np.random.default_rng(seed)
    rubric = Rubric.model_validate(RUBRIC, strict=False)
    images, readings, drawn = [], [], {}
    for record in _records(per_variant):
        images.append(record)
        if pictures and record.status == "measured":
            drawn[record.image] = _evidence(VARIANTS.index(record.variant), rng)
        readings += _readings(record, rubric, rng) if record.status != "skipped" else []
    settings = {
        "version": "0.1.0",
        "date": "2026-11-21T10:00:00Z",
        "device": "cpu",
        "evil": "</pre><script> https://x",
    }
    run = judge(images, readings, rubric if judged else None, settings, known())
    return replace(run, pictures=drawn)


def known() -> dict[str, Measurement]:
    def nothing() -> PerImage:
        raise NotImplementedError

    limits = {"ratio": (0.0, 1.0), "deg": (-180.0, 180.0)}
    return {
        name: Measurement(
            name, unit, limits.get(unit, (0.0, 100.0)), "here", nothing, (), "same", "same", "same", 0.1
        )
        for name, unit in UNITS.items()
    }


def _records(per_variant: int) -> Iterator[ImageRecord]:
    names = iter(HOSTILE_NAMES)
    for v, variant in enumerate(VARIANTS):
        for i in range(per_variant):
            name = next(names, None) if i % 3 == 0 else None
            yield ImageRecord(
                image=name or f"{('base', 'physics', 'lens')[v]}/portrait_{i:04d}.png",
                path=f"portrait_{v}_{i}.png",
                status="measured",
                variant=variant,
                prompt=HOSTILE_PROMPTS[(i + v) % 5] if i % 4 else None,
                seed=2**40 + i if i % 5 else None,
                digest=f"{v:02x}{i:06x}" * 8,
                width=2240,
                height=2800,
                notes=("ICC profile Display P3 converted to sRGB",) if i % 2 else (),
            )
    why = "truncated file: 4096 of 91233 bytes"
    yield ImageRecord("base/broken <i>.png", "b.png", "refused", VARIANTS[0], reason=why, seed=3)
    yield ImageRecord("notes.txt", "notes.txt", "skipped", VARIANTS[0], reason="not an image: text")


def _readings(record: ImageRecord, rubric: Rubric, rng: np.random.Generator) -> Iterator[Reading]:
    middle = {v: i for i, v in enumerate(VARIANTS)}[record.variant]
    asked = [Wanted.of(c.measure, c.with_) for c in rubric.criteria.values()] + [Wanted.of("key_elevation")]
    for wanted in asked:
        value, reason = _value(wanted.measurement, middle, rng)
        if record.status == "refused":
            value, reason = None, record.reason
        error = 6.5 if wanted.measurement == "key_azimuth" and value is not None else None
        yield Reading(record.image, wanted, UNITS[wanted.measurement], value, reason, error)


def _value(name: str, middle: int, rng: np.random.Generator) -> tuple[float | None, str]:
    width = int(rng.integers(41, 158))
    reasons = {"material_similarity": CLIP, "key_colour_error": "no key_colour was asked for"}
    if name in reasons:
        return None, reasons[name]
    if name == "skin_texture" and rng.random() < 0.2:
        return None, f"face is {width} px wide: pores need 160"
    typical = {
        "key_fill_ratio": (0.7 + 0.8 * middle, 0.5),
        "key_azimuth": (-10.0 - 20 * middle, 25.0),
        "key_elevation": (35.0, 8.0),
        "skin_texture": (0.9 + 0.9 * middle, 0.5),
        "background_uniformity": (3.2 - middle, 1.0),
        "face_contrast": (1.0 + 0.8 * middle, 0.4),
    }[name]
    value = float(np.float32(rng.normal(*typical)))
    return (value if name.startswith("key_a") else abs(value)), ""


def _evidence(variant: int, rng: np.random.Generator) -> Evidence:
    photo = Image.fromarray(data.astronaut()).crop((84, 0, 364, 350))
    ramp = np.linspace(1.35, 1.0 - 0.35 * variant, photo.width)[None, :, None] * rng.uniform(0.75, 1.1)
    lit = np.clip(np.asarray(photo, dtype=float) * ramp, 0, 255).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(lit).save(content, "WEBP", quality=80)
    masks = {
        "skin": _mask(lambda d: d.ellipse((92, 70, 188, 190), fill=1)),
        "hair": _mask(lambda d: d.ellipse((75, 10, 205, 110), fill=1)),
        "subject": _mask(lambda d: d.polygon(((75, 40), (205, 40), (280, 350), (0, 350)), fill=1)),
        "background": _mask(lambda d: d.rectangle((0, 0, 70, 190), fill=1)),
    }  # fmt: skip
    key = Drawing(
        "key light",
        ("key_azimuth", "key_elevation"),
        areas={"lit": masks["skin"]},
        paths={"shadow edge": ((4000, 2800, 4100, 3900, 3900, 5000),)},
        rings={"catchlight": ((3500, 3300, 80),)},
        arrows={"key": ((1000, 1500, 3600, 3600, 14),)},
    )
    return Evidence(content.getvalue(), masks, Evidence.packed(_mesh()), (key,))


def _mask(drawn: Callable[[ImageDraw.ImageDraw], object]) -> bytes:
    mask = Image.new("1", (280, 350))
    drawn(ImageDraw.Draw(mask))
    content = io.BytesIO()
    mask.save(content, "PNG")
    return content.getvalue()


def _mesh() -> tuple[tuple[float, float], ...]:
    """478 points on a spiral inside the face; only the outline's landmarks are where they belong."""
    oval = [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148,
        176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ]  # fmt: skip
    i = np.arange(478)
    radius, turn = np.sqrt(i / 478), i * 2.39996
    points = np.stack([0.5 + 0.16 * radius * np.cos(turn), 0.36 + 0.17 * radius * np.sin(turn)], 1)
    around = np.linspace(0, 2 * np.pi, len(oval), endpoint=False)
    points[oval] = np.stack([0.5 + 0.17 * np.sin(around), 0.36 - 0.19 * np.cos(around)], 1)
    return tuple((float(x), float(y)) for x, y in points)
