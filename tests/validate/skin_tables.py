"""skin.md: what skin_texture makes of labels, of retouching, of grain and of codecs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from figures import Headline, auc, number, page, rank_correlation, section, share, table
from metering import Meter, face_pixels, half, labelled, pictures_below
from PIL import Image
from skin_colour_tables import skin_colour
from skin_light_tables import skin_under_lights

_STRENGTHS = (10, 20, 40)
"""Range deviation of the bilateral filter, in codes of 255: light, visible and heavy retouching."""

_LEAST_FACE = 160
_GRAIN = 4
_GALLERY = {"format": "WEBP", "quality": 75}
_CODECS = {"JPEG q80": ("jpg", {"quality": 80}), "WebP q80": ("webp", {"quality": 80})}


def skin(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    known = _known(meter)
    labels, heads = _by_label(known)
    ladder, steps = _ladders(meter)
    lights, moves = skin_under_lights(meter)
    colour, more = skin_colour(meter)
    text = page("Skin", labels, _confounders(known), _misplaced(known), _pairs(meter), ladder, lights, colour)
    return text, [*heads, *steps, *moves, *more]


def _known(meter: Meter) -> pd.DataFrame:
    """Labels beside texture (`plain`: as the file is, `control`: photographs re-encoded) and face width.

    Photographs that nobody labelled count as natural, with the kind "unlabelled photo".
    """
    labels = labelled(meter.data)
    found = [str(path.relative_to(meter.data)) for path in pictures_below(meter.data / "real")]
    rest = [path for path in found if path not in labels.index]
    more = pd.DataFrame({"skin": "natural", "kind": "unlabelled photo", "group": rest}, index=rest)
    known = pd.concat([labels, more.assign(half=[half(path) for path in rest])])
    value = meter.of_data(list(known.index)).value
    photos = list(known.index[known.kind != "ai"])
    control = meter.read([_as_gallery(meter, path) for path in photos]).value.skin_texture.to_numpy()
    known["plain"], known["width"] = value.skin_texture, face_pixels(value)
    known["control"] = known.plain.where(known.kind == "ai")
    known.loc[photos, "control"] = control
    return known


def _as_gallery(meter: Meter, name: str) -> Path:
    """A photograph as a gallery would show it: at most 1024 pixels, low-bitrate WebP."""
    picture = Image.open(meter.data / name).convert("RGB")
    picture.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
    out = meter.folder("gallery") / (name.replace("/", "_") + ".webp")
    picture.save(out, **_GALLERY)
    return out


def _tell_apart(rows: pd.DataFrame, column: str) -> tuple[str, str, str, str]:
    """AUC of natural over porcelain."""
    return auc(rows[column][rows.skin == "natural"], rows[column][rows.skin == "porcelain"]).cells


def _by_label(known: pd.DataFrame) -> tuple[str, list[Headline]]:
    anyone, labelled_ = known.kind != "", known.kind != "unlabelled photo"
    kinds = {
        "all labelled": (labelled_, "plain"),
        "AI only": (known.kind == "ai", "plain"),
        "labelled, photographs re-encoded": (labelled_, "control"),
        "and unlabelled photographs, re-encoded": (anyone, "control"),
        "AI, flat light": ((known.kind == "ai") & (known.flat == "yes"), "plain"),
        "AI, not flat": ((known.kind == "ai") & (known.flat == "no"), "plain"),
        "AI, face 300 px or wider": ((known.kind == "ai") & (known.width >= 300), "plain"),
    }
    rows, heads = [], []
    for name, (chosen, column) in kinds.items():
        for which in ("report", "fit", "both"):
            part = known[chosen & ((known.half == which) | (which == "both"))]
            cells = _tell_apart(part, column)
            rows.append([name, which, *cells])
            if which == "report" and name in ("all labelled", "AI only"):
                what = f"porcelain or natural, AUC of skin_texture, {name}, report half"
                heads.append(Headline(what, f"{cells[0]} ({cells[1]})", "0.89"))
    text = section(
        "Porcelain or natural, by label",
        "AUC of a higher value meaning natural; borderline, leathery, low confidence and what is no plain "
        "photograph are left out. Halves are split by group of siblings; `report` is the one to quote. "
        "Re-encoded: photographs and retouched ones at most 1024 pixels, WebP 75, as galleries serve them.",
        table(["pictures", "half", "AUC", "95 %", "natural / porcelain", "unmeasured"], rows),
    )
    return text, heads


def _confounders(known: pd.DataFrame) -> str:
    ai = known[(known.kind == "ai") & known.plain.notna()]
    width = auc(ai.width[ai.skin == "natural"], ai.width[ai.skin == "porcelain"])
    quartiles = [
        [label, str(part.count()), *(number(part.quantile(q)) for q in (0, 0.1, 0.5, 0.9, 1))]
        for label, part in ai.plain.groupby(ai.skin.fillna("don't care"))
    ]
    leathery = known[known.skin == "leathery"]
    return section(
        "Confounders",
        table(
            ["figure, AI, measured", "value"],
            [
                ["AUC of face width alone, natural over porcelain", f"{width.cells[0]} ({width.cells[1]})"],
                [
                    "rank correlation of skin_texture and face width",
                    number(rank_correlation(ai.plain.to_numpy(), ai.width.to_numpy())),
                ],
                *(
                    [
                        f"the same, {label} alone",
                        number(rank_correlation(part.plain.to_numpy(), part.width.to_numpy())),
                    ]
                    for label, part in ai.groupby("skin")
                    if len(part) > 5
                ),
            ],
        ),
        "Spread of skin_texture, %:",
        table(["label", "n", "least", "p10", "median", "p90", "most"], quartiles),
        "Leathery, apart: " + ", ".join(f"{p} {number(v)}" for p, v in leathery.plain.items()) + ".",
    )


def _misplaced(known: pd.DataFrame) -> str:
    natural = known.plain[(known.skin == "natural") & (known.kind != "unlabelled photo")].dropna()
    porcelain = known.plain[known.skin == "porcelain"].dropna()
    wrong = pd.concat(
        [natural[natural < porcelain.quantile(0.75)], porcelain[porcelain > natural.quantile(0.25)]]
    )
    rows = [
        [path, known.skin[path], number(value), number(known.width[path], 0), known.flat[path] or "-"]
        for path, value in wrong.sort_values().items()
    ]
    return section(
        "Out of order",
        "Natural below the 75th percentile of porcelain, and porcelain above the 25th of natural.",
        table(["picture", "by eye", "skin_texture", "face px", "flat"], rows),
    )


def _pairs(meter: Meter) -> str:
    names = ["pairs/5starkarma/data/images/hillary_clinton.jpg", "pairs/5starkarma/data/output/output_0.jpg"]
    before, after = meter.of_data(names).value.skin_texture
    verdict = "falls" if after < before else "DOES NOT FALL"
    return section(
        "Before and after retouching (pairs)",
        "n = 1 pair.",
        table(["before", "after", ""], [[number(before), number(after), verdict]]),
    )


@dataclass(frozen=True)
class _Ladder:
    """Texture of one photograph: as it is, smoothed ever more, with grain on top, and through codecs."""

    name: str
    width: float
    steps: list[float]
    grained: float
    doubled: float
    coded: list[float]

    @property
    def falls(self) -> int:
        """Steps of more smoothing that read less texture."""
        return int((np.diff(self.steps) < 0).sum())

    @property
    def won_back(self) -> float:
        """Share of the loss by the strongest smoothing that grain alone restores."""
        return (self.grained - self.steps[-1]) / (self.steps[0] - self.steps[-1])

    @property
    def enlarged(self) -> float:
        """Value after bicubic enlargement by 2 over that before: 1 is right, more would be pores invented."""
        return self.doubled / self.steps[0]


def _ladders(meter: Meter) -> tuple[str, list[Headline]]:
    names = [str(path.relative_to(meter.data)) for path in pictures_below(meter.data / "real")]
    width = pd.Series(face_pixels(meter.of_data(names).value), names)
    ladders = [_ladder(meter, name, width[name]) for name in names if width[name] >= _LEAST_FACE]
    steps, falls = len(_STRENGTHS) * len(ladders), sum(each.falls for each in ladders)
    head = [
        "photograph", "face px", "as it is", *(f"bilateral {s}" for s in _STRENGTHS),
        f"and grain {_GRAIN}/255", "won back", "enlarged by 2", *_CODECS,
    ]  # fmt: skip
    text = section(
        "Retouch ladder (real)",
        f"n = {len(ladders)} photographs with a face of {_LEAST_FACE} px or more; bilateral smoothing of the "
        "whole picture, its reach 1/100 of the face's width, its range in codes of 255. Won back: share of "
        "the strongest smoothing's loss that Gaussian grain restores; 0 is right, for grain is not skin. "
        "Enlarged, codecs: share of the value kept; 1 is right.",
        table(head, [_ladder_row(each) for each in ladders]),
        table(["summary", "value"], [
            ["steps that fall", share(falls, steps)],
            ["won back by grain, median", number(float(np.median([e.won_back for e in ladders])))],
            ["enlarged by 2, median and most kept", " ".join(
                number(float(f([e.enlarged for e in ladders]))) for f in (np.nanmedian, np.nanmax)
            )],
            *([f"{codec}, median kept", number(float(np.median([e.coded[i] / e.steps[0] for e in ladders])))]
              for i, codec in enumerate(_CODECS)),
        ]),
    )  # fmt: skip
    won = float(np.median([each.won_back for each in ladders]))
    return text, [
        Headline("retouch ladder, steps that lower skin_texture", share(falls, steps)),
        Headline("share of smoothed-away texture that grain wins back", number(won)),
    ]


def _ladder_row(each: _Ladder) -> list[str]:
    kept = (number(value / each.steps[0]) for value in each.coded)
    steps = map(number, each.steps)
    return [
        each.name, number(each.width, 0), *steps,
        *map(number, (each.grained, each.won_back, each.enlarged)), *kept,
    ]  # fmt: skip


def _ladder(meter: Meter, name: str, width: float) -> _Ladder:
    codes = np.asarray(Image.open(meter.data / name).convert("RGB"))
    smooth = [cv2.bilateralFilter(codes, 0, strength, max(1.0, width / 100)) for strength in _STRENGTHS]
    noise = np.random.default_rng(0).normal(0, _GRAIN, (*codes.shape[:2], 1))
    grained = (smooth[-1] + noise).round().clip(0, 255).astype(np.uint8)
    save = _saver(meter.folder(f"ladder/{name.replace('/', '_')}"))
    doubled = cv2.resize(codes, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    files = [save(f"{i}.png", each, {}) for i, each in enumerate((codes, *smooth, grained, doubled))]
    files += [save(f"coded.{suffix}", codes, options) for suffix, options in _CODECS.values()]
    values = meter.read(files).value.skin_texture.tolist()
    steps, (grained_value, doubled_value, *coded) = values[: len(smooth) + 1], values[len(smooth) + 1 :]
    return _Ladder(name, width, steps, grained_value, doubled_value, coded)


def _saver(folder: Path) -> Callable[[str, np.ndarray, dict[str, int]], Path]:
    def save(name: str, codes: np.ndarray, options: dict[str, int]) -> Path:
        Image.fromarray(codes).save(folder / name, **options)
        return folder / name

    return save
