"""Of skin.md: what the measurements of skin's colour and gloss make of labels, tone, retouching and truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from figures import Headline, auc, number, rank_correlation, section, table
from head_light import Light
from heads import Scene, render
from metering import Meter, labelled
from PIL import Image

from lightmeter.optics.transfer import encoded_from_linear

NAMES = (
    "skin_oversharpening",
    "skin_tone_variation",
    "skin_highlight_share",
    "skin_roughness",
    "terminator_warmth",
)
_ROUGHNESS = (0.25, 0.35, 0.45)
_SCATTER = (0.0, 0.01, 0.02, 0.04)
_STEP = 5
"""Of the natural portraits every fifth is darkened."""

_PAIR = ("pairs/5starkarma/data/images/hillary_clinton.jpg", "pairs/5starkarma/data/output/output_0.jpg")


def skin_colour(meter: Meter) -> tuple[str, list[Headline]]:
    """Sections for the page, and headline figures."""
    labels = labelled(meter.data)
    value = meter.of_data(list(labels.index)).value
    by_label, heads = _by_label(labels, value)
    dark, first = _darkened(meter, labels, value)
    known, second = _known(meter)
    return "\n\n".join((by_label, dark, known, _pair(meter))), [*heads, *first, *second]


def _by_label(labels: pd.DataFrame, value: pd.DataFrame) -> tuple[str, list[Headline]]:
    rows, heads = [], []
    for name in NAMES:
        for which in ("report", "fit"):
            part = value[name][labels.half == which]
            kind = {
                each: part[labels.skin[part.index] == each] for each in ("natural", "porcelain", "leathery")
            }
            pairs = (("natural", "porcelain"), ("leathery", "natural"))
            cells = [auc(kind[a], kind[b]).cells for a, b in pairs]
            rows.append([name, which, *cells[0], cells[1][0], cells[1][2]])
            if which == "report" and name in NAMES[:2]:
                what = f"porcelain or natural, AUC of {name}, report half"
                heads.append(Headline(what, f"{cells[0][0]} ({cells[0][1]})"))
    head = ["measurement", "half", "AUC natural over porcelain", "95 %", "n", "unmeasured"]
    return section(
        "Colour, gloss and sharpening, by label",
        "Porcelain has less fine contrast and fewer blotches; highlights, their width and the terminator do "
        "not tell it. Leathery pictures are few.",
        table([*head, "AUC leathery over natural", "n"], rows),
    ), heads


def _darkened(meter: Meter, labels: pd.DataFrame, value: pd.DataFrame) -> tuple[str, list[Headline]]:
    """Pictures at a quarter of their linear light, in 8 bits: skin that is darker at the same texture."""
    names = list(labels.index[labels.skin == "natural"])[::_STEP]
    dark = meter.read([_darker(meter, name) for name in names]).value[list(NAMES)]
    dark.index = pd.Index(names)
    ratio = dark / value.loc[names, list(NAMES)]
    rows = [
        [name, str(ratio[name].count()), *(number(ratio[name].quantile(q)) for q in (0.1, 0.5, 0.9))]
        for name in NAMES
    ]
    moved = float((ratio.skin_tone_variation - 1).abs().median())
    return section(
        "Darker skin",
        "The whole picture 2 stops darker in linear light, 8 bits again: value over that before; 1 is right.",
        table(["measurement", "n", "p10", "median", "p90"], rows),
    ), [Headline("2 stops darker, median move of skin_tone_variation", f"{100 * moved:.0f} %", "10 %")]


def _darker(meter: Meter, name: str) -> Path:
    coded = np.asarray(Image.open(meter.data / name).convert("RGB")) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return _saved(meter, name.replace("/", "_"), torch.from_numpy(linear / 4))


def _saved(meter: Meter, name: str, linear: torch.Tensor) -> Path:
    codes = (255 * encoded_from_linear(linear.double().clamp(0, 1))).round().numpy().astype(np.uint8)
    out = meter.folder("skin-colour") / f"{name}.png"
    Image.fromarray(codes).save(out)
    return out


def _known(meter: Meter) -> tuple[str, list[Headline]]:
    """Rendered heads of known lobe and known scattering."""
    glossy = [
        (r, Scene(Light(azimuth, elevation, 6.0), specular=0.04, roughness=r, side=512, exposure=0.45))
        for azimuth in (0.0, 20.0, 40.0, -55.0)
        for elevation in (10.0, 40.0)
        for r in _ROUGHNESS
    ]
    soft = [
        (s, Scene(Light(azimuth, 25.0, 15.0), scatter=s, side=512, exposure=0.6, fill_stops=2.5))
        for azimuth in (-40.0, 60.0)
        for s in _SCATTER
    ]
    files = [
        _saved(meter, f"head-{i}", render(scene).linear.permute(1, 2, 0))
        for i, (_, scene) in enumerate(glossy + soft)
    ]
    value = meter.read(files).value
    rough = value.skin_roughness.to_numpy()[: len(glossy)]
    warm = value.terminator_warmth.to_numpy()[len(glossy) :]
    truth = np.array([r for r, _ in glossy])
    miss = float(np.nanmedian(np.abs(rough - truth)))
    return section(
        "Known gloss and scattering (datasets/heads.py)",
        "A lamp of 6 degrees from eight directions; the mesh that gives the normals is found in the picture.",
        table(["roughness made", "n measured", "least", "median", "most"], [
            [number(r), str(np.isfinite(rough[truth == r]).sum()),
             *(number(float(f(rough[truth == r]))) for f in (np.nanmin, np.nanmedian, np.nanmax))]
            for r in _ROUGHNESS
        ]),
        f"Rank correlation {number(rank_correlation(truth, rough))}, median error {number(miss)}.",
        table(["red spreads, face widths", "terminator_warmth, key at -40", "key at 60"], [
            [number(s), *(number(each) for each in warm[i :: len(_SCATTER)])] for i, s in enumerate(_SCATTER)
        ]),
    ), [Headline("rendered heads, median error of skin_roughness", number(miss))]  # fmt: skip


def _pair(meter: Meter) -> str:
    before, after = (row for _, row in meter.of_data(list(_PAIR)).value[list(NAMES)].iterrows())
    rows = [[name, number(before[name], 3), number(after[name], 3)] for name in NAMES]
    return section(
        "Before and after retouching, colour and gloss",
        "n = 1.",
        table(["measurement", "before", "after"], rows),
    )
