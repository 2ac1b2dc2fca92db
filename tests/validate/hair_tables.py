"""hair.md: what the two measurements of hair make of labels, smoothing, grain and codecs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from figures import Headline, auc, number, page, rank_correlation, section, share, table
from metering import Meter, face_pixels, half, pictures_below
from PIL import Image

from lightmeter.engine.scene import Scene
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import decode
from lightmeter.see.hair_patches import HairPatches

_STRENGTHS = (10, 20, 40)
"""Range deviation of the bilateral filter, in codes of 255: light, visible and heavy retouching."""

_GRAIN = 4
_CODECS = {"JPEG q80": ("jpg", {"quality": 80}), "WebP q80": ("webp", {"quality": 80})}
_TWICE = "enlarged 2 x"
_EVERY = 6
"""Of the gallery pictures whose strands the rater saw, each sixth is smoothed beside the photographs."""

_READ = ("hair_strand_contrast", "hair_strand_coherence")
Values = Mapping[str, tuple[float, float]]


def hair(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    labels = pd.read_csv(meter.data / "extra" / "labels.csv").set_index("path")
    value = meter.of_data(list(labels.index)).value
    text, heads = _by_label(labels, value)
    ladder, steps = _ladders(meter, labels, value)
    return page("Strands of hair", text, _confounders(meter, labels, value), ladder), [*heads, *steps]


def _by_label(labels: pd.DataFrame, value: pd.DataFrame) -> tuple[str, list[Headline]]:
    halves = pd.Series([half(path) for path in labels.index], labels.index)
    rows, heads = [], []
    for name in _READ:
        for which in ("report", "fit", "both"):
            chosen = (halves == which) | (which == "both")
            yes, no = (value[name][chosen & (labels.hair_strands == label)] for label in ("yes", "no"))
            cells = auc(yes, no).cells
            rows.append([name, which, *cells, number(yes.median()), number(no.median())])
            if which == "both":
                heads.append(Headline(f"strands seen or not, AUC of {name}", f"{cells[0]} ({cells[1]})"))
    text = section(
        "Strands seen or not, by label",
        "AUC of a higher value meaning that the rater saw strands at contact-sheet size. That label is "
        "weak: it is yes where hair is bright and large, and black hair with sharp strands is often no.",
        table(["measurement", "half", "AUC", "95 %", "yes / no", "unmeasured", "median yes", "no"], rows),
    )
    return text, heads


def _confounders(meter: Meter, labels: pd.DataFrame, value: pd.DataFrame) -> str:
    """What else the label follows: brightness of the hair, and size of the face."""
    known = labels[value.hair_strand_contrast.notna() & labels.hair_strands.isin(["yes", "no"])]
    seen = known.hair_strands == "yes"
    level = pd.Series([_brightness(meter.data / name) for name in known.index], known.index)
    found = {
        "median gamma-coded luminance of the hair that is read": level,
        "face width in pixels": pd.Series(face_pixels(value.loc[known.index]), known.index),
    }
    rows = [[name, *auc(each[seen], each[~seen]).cells[:3]] for name, each in found.items()]
    dark = level <= level.median()
    for name in _READ:
        for half_, chosen in (("darker", dark), ("brighter", ~dark)):
            some = value[name][known.index]
            cells = auc(some[chosen & seen], some[chosen & ~seen]).cells[:3]
            rows.append([f"{name}, {half_} half of hair", *cells])
    contrast = value.hair_strand_contrast[known.index].to_numpy()
    rows.append(
        ["rank correlation of contrast and brightness", number(rank_correlation(contrast, level.to_numpy()))]
    )
    return section(
        "What the label follows",
        "AUC of strands seen over not seen. Hair that is merely bright is called stranded as surely as "
        "by either measurement, and a log of luminance reads fine blonde hair lower than black hair with "
        "highlights. Ratios of fine to coarse power, their part along the strands, skewness and kurtosis "
        "told the labels of the fit half no better (0.38 to 0.57), so none was taken.",
        table(["figure", "AUC", "95 %", "yes / no"], [[*row, "", ""][:4] for row in rows]),
    )


def _brightness(path: Path) -> float:
    """Median over the windows that hair is read from, of their mean gamma-coded luminance."""
    picture = decode(path)
    linear = picture.frame()[None]
    roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (picture,)}
    with torch.inference_mode():
        patches: HairPatches = Scene({**roots, "clip_spec": None}).input("hair_patches")
    area = patches.hair.sum((2, 3))
    mean = (encoded_from_linear(patches.light) * patches.hair).sum((2, 3)) / area.clamp_min(1.0)
    return float(mean[area > 0].median())


@dataclass(frozen=True)
class _Ladder:
    """Contrast and coherence of one picture, as it is and after what was done to it."""

    name: str
    width: float
    values: Values

    def contrast(self, step: str) -> float:
        return self.values[step][0]

    def kept(self, step: str) -> float:
        """Share of the contrast that is left."""
        return self.contrast(step) / self.contrast("as it is")

    @property
    def falls(self) -> int:
        """Steps of more smoothing that read less."""
        steps = [self.contrast("as it is"), *(self.contrast(f"bilateral {s}") for s in _STRENGTHS)]
        return int((np.diff(steps) < 0).sum())

    @property
    def won_back(self) -> float:
        """Share of the loss by the strongest smoothing that grain alone restores."""
        smooth = self.contrast(f"bilateral {_STRENGTHS[-1]}")
        return (self.contrast("and grain") - smooth) / (self.contrast("as it is") - smooth)


def _ladders(meter: Meter, labels: pd.DataFrame, value: pd.DataFrame) -> tuple[str, list[Headline]]:
    seen = value[(labels.hair_strands == "yes") & value.hair_strand_contrast.notna()]
    photos = [str(path.relative_to(meter.data)) for path in pictures_below(meter.data / "real")]
    known = pd.concat([meter.of_data(photos).value, seen.iloc[::_EVERY]])
    known = known[known.hair_strand_contrast.notna()]
    widths = face_pixels(known)
    ladders = [_ladder(meter, name, width) for name, width in zip(known.index, widths, strict=True)]
    steps, falls = len(_STRENGTHS) * len(ladders), sum(each.falls for each in ladders)
    won = float(np.nanmedian([each.won_back for each in ladders]))
    kept = {step: _median_kept(ladders, step) for step in (*_CODECS, _TWICE)}
    names = list(ladders[0].values)
    text = section(
        "Retouch ladder (photographs, and each sixth gallery picture with strands)",
        f"n = {len(ladders)} with a value. Bilateral smoothing of the whole picture, its reach 1/100 of the "
        f"face's width, its range in codes of 255; then Gaussian grain of {_GRAIN}/255 on the strongest; the "
        "picture itself blurred, coded and enlarged by cubic interpolation. Contrast in percent:",
        table(["picture", "face px", *names], [
            [each.name, number(each.width, 0), *(number(v[0]) for v in each.values.values())]
            for each in ladders
        ]),
        "Coherence:",
        table(["picture", *names], [
            [each.name, *(number(v[1]) for v in each.values.values())] for each in ladders
        ]),
        table(["summary", "value"], [
            ["steps of smoothing that lower the contrast", share(falls, steps)],
            ["share of the loss that grain wins back, median", number(won)],
            *([f"{step}, median share of the contrast kept", number(by)] for step, by in kept.items()),
        ]),
    )  # fmt: skip
    return text, [
        Headline("retouch ladder, steps that lower hair_strand_contrast", share(falls, steps)),
        Headline("share of smoothed-away strands that grain wins back", number(won)),
    ]


def _median_kept(ladders: list[_Ladder], step: str) -> float:
    return float(np.nanmedian([each.kept(step) for each in ladders]))


def _ladder(meter: Meter, name: str, width: float) -> _Ladder:
    codes = np.asarray(Image.open(meter.data / name).convert("RGB"))
    made = {"as it is": codes}
    for strength in _STRENGTHS:
        made[f"bilateral {strength}"] = cv2.bilateralFilter(codes, 0, strength, max(1.0, width / 100))
    noise = np.random.default_rng(0).normal(0, _GRAIN, (*codes.shape[:2], 1))
    strongest = made[f"bilateral {_STRENGTHS[-1]}"]
    made["and grain"] = (strongest + noise).round().clip(0, 255).astype(np.uint8)
    made["blurred 1/300"] = cv2.GaussianBlur(codes, (0, 0), width / 300)
    made[_TWICE] = cv2.resize(codes, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    save = _saver(meter.folder(f"hair/{name.replace('/', '_')}"))
    files = {step: save(f"{i}.png", each, {}) for i, (step, each) in enumerate(made.items())}
    for codec, (suffix, options) in _CODECS.items():
        files[codec] = save(f"coded.{suffix}", codes, options)
    found = meter.read(list(files.values())).value[list(_READ)].to_numpy()
    return _Ladder(name, width, {step: tuple(row) for step, row in zip(files, found, strict=True)})


def _saver(folder: Path) -> Callable[[str, np.ndarray, dict[str, int]], Path]:
    def save(name: str, codes: np.ndarray, options: dict[str, int]) -> Path:
        Image.fromarray(codes).save(folder / name, **options)
        return folder / name

    return save
