"""backdrop-faults.md: known faults and gradients behind cut-outs, and labelled backdrops told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from backdrops import Faults, behind, cutout, disc, save
from figures import Headline, number, page, section, share, table
from metering import Meter, labelled

from lightmeter.engine.scene import Scene
from lightmeter.measure.registry import measurements
from lightmeter.optics.colour import lab
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import decode

_PAPER = (0.3, 0.3, 0.3)
_LEVELS = {
    "background_gradient": (Faults(gradient=1), Faults(gradient=2)),
    "background_texture": (Faults(texture=1.5), Faults(texture=4)),
    "background_banding": (Faults(gradient=2, banding=2), Faults(gradient=2, banding=4)),
    "horizon_line": (Faults(horizon=5), Faults(horizon=15)),
    "background_clutter": (Faults(stray=1), Faults(stray=3)),
    "contact_shadow": (Faults(contact_shadow=0.5), Faults(contact_shadow=1.5)),
}
"""A weak and a strong level of what each measurement is to read."""
_BESIDES = {
    "halo": (Faults(halo=0.5), Faults(halo=1.5)),
    "spill": (Faults(spill=0.2), Faults(spill=0.6)),
    "off key": (Faults(off_key=5), Faults(off_key=15)),
    "lifted black": (Faults(lifted=0.02), Faults(lifted=0.08)),
    "out of focus: texture 4, 3 strays": (
        Faults(texture=4, stray=3, blur=0.01),
        Faults(texture=4, stray=3, blur=0.03),
    ),
}
"""Faults that other measurements read, and none of these should."""
_STRONG_EITHER_WAY = ("out of focus: texture 4, 3 strays",)
"""Both levels are the strong faults, less and more blurred, and held against those."""
_PEOPLE = {
    "woman of matte/takiyu 1": ("color_1.jpg", "alpha_1.jpg"),
    "woman of matte/takiyu 2": ("color_2.jpg", "alpha_2.jpg"),
}
"""Photographs with their true coverage."""
_QUARTER = 0.25
_ANGLES = (-60.0, 0.0, 45.0, 90.0, 135.0, 180.0, 225.0)
_STOPS = (0.5, 1.0, 2.0, 3.0)
_BLACK, _COLOURFUL, _ONE_COLOUR = 0.01, 35.0, 1.15
"""Linear luminance below which a backdrop is black, as the rubric has it; CIE chroma of a key colour, and the
stops of gradient that it may have: between those of even and of shaded colourful ones of the fit half."""
_CLUTTERED = 5.0
"""deltaE00 of texture that count as much as all of a backdrop being clutter: a fifth of it is as one."""


def backdrop_faults(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    crossed, first = _crossed(meter)
    gradients, second = _gradients(meter)
    labels, third = _labels(meter)
    beside, fourth = _before(replace(meter, families=("light", "skin")))
    return page("Faults of the backdrop", crossed, gradients, beside, labels), [first, *second, fourth, third]


def _subjects(meter: Meter) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    found = {"ball": disc(800, 640)}
    for path in sorted((meter.data / "light-renders").glob("cutout*.png")):
        found[path.stem] = cutout(path)
    return found


def _people(meter: Meter) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    folder = meter.data / "matte" / "takiyu" / "sample_images"
    return {name: cutout(*(folder / each for each in files)) for name, files in _PEOPLE.items()}


def _crossed(meter: Meter) -> tuple[str, Headline]:
    """How far each fault moves each measurement, as a share of what that one's own fault does."""
    moved = _moved(meter)
    rows, bad, count = [], 0, 0
    for name, (kind, level) in [(f"{k}, {w}", (k, w)) for k in moved for w in ("weak", "strong")]:
        cells = []
        for read in _LEVELS:
            change = moved[kind][level][read]
            own = moved[read]["strong" if kind in _STRONG_EITHER_WAY else level][read]
            wrong = read != kind and not _expected(kind, level, read) and abs(change) > _QUARTER * own
            bad, count = bad + wrong, count + (read != kind)
            cells.append(("**" if wrong else "") + number(change) + ("**" if wrong else ""))
        rows.append([name, *cells])
    ordered = sum(moved[k]["strong"][k] > moved[k]["weak"][k] > 0 for k in _LEVELS)
    text = section(
        "Faults against measurements",
        "Rows: a fault at a weak and a strong level, laid by datasets/backdrops.py behind a ball above "
        "shoulders and path-traced heads, the matte being what lightmeter finds. Cells: median change of the "
        "value. Bold: more than a quarter of what the measurement's own fault does at that level. Banding "
        "comes with the gradient that is in steps. Out of focus are the strong texture and strays, blurred "
        "by 1 and 3 % of the long side; at 1 % the strays are strays still.",
        table(["fault", *_LEVELS], rows),
        f"In order, weak below strong: {ordered} of {len(_LEVELS)}. Over a quarter: {bad} of {count}.",
    )
    return text, Headline(
        "faults that move another's measurement by over a quarter", f"{bad} of {count}", "0"
    )


def _expected(kind: str, level: str, read: str) -> bool:
    """Banding is of a gradient, which is read too; a stray thing a little out of focus is still one."""
    blurred = kind in _STRONG_EITHER_WAY and level == "weak"
    return (kind, read) == ("background_banding", "background_gradient") or (
        blurred and read == "background_clutter"
    )


def _moved(meter: Meter) -> dict[str, dict[str, pd.Series]]:
    subjects = _subjects(meter)
    kinds = {**_LEVELS, **_BESIDES}
    asked = {("none", ""): Faults()}
    for kind, (weak, strong) in kinds.items():
        asked[kind, "weak"], asked[kind, "strong"] = weak, strong
    folder = meter.folder("faults")
    paths = {}
    for name, (subject, alpha) in subjects.items():
        for i, (which, faults) in enumerate(asked.items()):
            paths[which, name] = folder / f"{name}-{i}.png"
            save(behind(subject, alpha, faults, _PAPER), paths[which, name])
    value = meter.read(list(paths.values())).value[list(_LEVELS)]
    value.index = pd.MultiIndex.from_tuples([(*which, name) for which, name in paths])
    value = value.sort_index()
    plain = value.xs(("none", ""))
    return {
        kind: {level: (value.xs((kind, level)) - plain).median() for level in ("weak", "strong")}
        for kind in kinds
    }


def _gradients(meter: Meter) -> tuple[str, list[Headline]]:
    asked, paths = [], []
    folder = meter.folder("gradients")
    subjects = {**_subjects(meter), **_people(meter)}
    for name, (subject, alpha) in subjects.items():
        for angle in _ANGLES:
            for stops in _STOPS:
                faults = Faults(gradient=stops, gradient_angle=angle)
                path = folder / f"{name.replace('/', '_')}{angle:g}_{stops:g}.png"
                save(behind(subject, alpha, faults, _PAPER), path)
                asked.append((angle, stops, _in_sight(alpha, faults)))
                paths.append(path)
    value = meter.read(paths).value
    angle, stops, true = np.array(asked).T
    off = np.abs(value.background_gradient.to_numpy() - true)
    turned = np.abs((value.background_gradient_angle.to_numpy() - angle + 180) % 360 - 180)
    rows = [[number(each, 1), _of(off[stops == each]), _of(turned[stops == each], 1)] for each in _STOPS]
    whose = np.repeat(list(subjects), len(_ANGLES) * len(_STOPS))
    each_one = [[name, _of(off[whose == name]), _of(turned[whose == name], 1)] for name in subjects]
    text = section(
        "Known gradients",
        f"Ramps at {len(_ANGLES)} angles behind the same cut-outs and two photographed ones with true alpha. "
        "Truth: from the brightest to the darkest place outside the cut-out's exact alpha. Errors as "
        "median, 90th percentile, most. Of the other mattes in matte/, alphamatting's are of a doll and of "
        "trolls, and the green screens of elixir and SimpleCV come without a true alpha: they are no people, "
        "or no cut-outs.",
        table(["stops", "background_gradient, stop", "background_gradient_angle, deg"], rows),
        table(["cut-out", "background_gradient, stop", "background_gradient_angle, deg"], each_one),
    )
    return text, [
        Headline("known gradients, size: median, p90, most error, stop", _of(off), "0.1"),
        Headline("known gradients, direction: median, p90, most error, deg", _of(turned, 1), "10"),
    ]


def _before(meter: Meter) -> tuple[str, Headline]:
    """What each strong fault behind a person does to the readings of skin and light."""
    kinds = {kind: levels[1] for kind, levels in {**_LEVELS, **_BESIDES}.items()}
    people = {n: each for n, each in _subjects(meter).items() if n != "ball"} | _people(meter)
    folder = meter.folder("before")
    paths = {}
    for i, (name, (subject, alpha)) in enumerate(people.items()):
        for j, (kind, faults) in enumerate({"none": Faults(), **kinds}.items()):
            paths[name, kind] = folder / f"{i}-{j}.png"
            save(behind(subject, alpha, faults, _PAPER), paths[name, kind])
    read = meter.read(list(paths.values()))
    value, error = read.value, read.error
    value.index = error.index = pd.MultiIndex.from_tuples(list(paths))
    tolerance = pd.Series({name: each.tolerance for name, each in measurements().items()})[value.columns]
    rows, lost = [], []
    count, over = dict.fromkeys(kinds, 0), dict.fromkeys(kinds, 0)
    for name in people:
        clean = value.loc[(name, "none")]
        margin = np.maximum(tolerance, error.loc[(name, "none")].fillna(0))
        for kind in kinds:
            now = value.loc[(name, kind)]
            known = clean[clean.notna()].index
            count[kind] += len(known)
            for each in known:
                if not abs(now[each] - clean[each]) <= margin[each]:
                    over[kind] += 1
                    cells = [number(x, 3) for x in (clean[each], now[each], margin[each])]
                    lost.append([kind, each, name, *cells])
    rows = [[kind, over[kind], count[kind]] for kind in kinds]
    total = f"{sum(over.values())} of {sum(count.values())}"
    text = section(
        "Skin and light before a faulty backdrop",
        "Every measurement of skin and light on two path-traced heads and two photographed people, before a "
        "clean backdrop and before each strong fault. Moved: by more than its tolerance, or its standard "
        "error before the clean one where that is more; or no longer measured (-). Spill is light on the "
        "subject's rim and a halo lightens it: these two do change the subject.",
        table(["fault", "moved", "cells"], rows),
        table(["fault", "measurement", "cut-out", "clean", "faulty", "margin"], sorted(lost)),
    )
    aside = sum(n for kind, n in over.items() if kind not in ("spill", "halo"))
    cells = sum(n for kind, n in count.items() if kind not in ("spill", "halo"))
    return text, Headline(
        "readings of skin and light that a background fault moves, spill and halo aside",
        f"{aside} of {cells}; {total} with them",
        "0",
    )


def _in_sight(alpha: torch.Tensor, faults: Faults) -> float:
    """Stops that the ramp covers outside the cut-out."""
    wall = behind(torch.zeros(3, *alpha.shape[1:]), torch.zeros_like(alpha), faults, _PAPER)[1]
    seen = wall[alpha[0] < 0.05].log2()
    return float(seen.max() - seen.min())


def _of(error: np.ndarray, digits: int = 2) -> str:
    known = error[np.isfinite(error)]
    figures = ", ".join(number(each, digits) for each in (*np.quantile(known, (0.5, 0.9)), known.max()))
    return figures + (f"; {len(error) - len(known)} unmeasured" if len(known) < len(error) else "")


def _labels(meter: Meter) -> tuple[str, Headline]:
    labels = labelled(meter.data)
    labels = labels[labels.background.isin(["plain", "textured", "black", "chroma"])]
    value = meter.of_data(list(labels.index)).value
    rough = np.maximum(value.background_texture, _CLUTTERED * value.background_clutter)
    limit = _threshold(rough[labels.half == "fit"], labels.background[labels.half == "fit"] == "textured")
    told = _told(meter, value, rough, limit)
    rows = [[half, *_right(labels, told, half)] for half in ("fit", "report")]
    wrong = labels.index[told != labels.background]
    columns = ["background_texture", "background_clutter", "background_gradient", "background_level"]
    lost = [[p, labels.background[p], told[p], *(number(value[c][p], 3) for c in columns)] for p in wrong]
    text = section(
        "Labelled backdrops told apart",
        f"Textured where background_texture, or {_CLUTTERED:g} times background_clutter, is above "
        f"{limit:.2f}, where the fit half is told best; else black below {_BLACK:g} of luminance; else "
        f"chroma where the median's CIE chroma is above {_COLOURFUL:g} and the gradient below "
        f"{_ONE_COLOUR:g} stops; else plain. Unmeasured is wrong. `gradient` is left out: a smooth one is no "
        "fault.",
        table(["half", "right", "plain", "textured", "black", "chroma"], rows),
        table(["picture", "by eye", "told", *columns], lost),
    )
    return text, Headline("backdrop plain, textured, black or chroma, report half", rows[1][1], "90 %")


def _threshold(rough: pd.Series, textured: pd.Series) -> float:
    """The middle of the highest plateau of accuracy."""
    known = rough.dropna()
    steps = np.sort(known.to_numpy())
    middles = (steps[1:] + steps[:-1]) / 2
    right = np.array([((known > each) == textured[known.index]).mean() for each in middles])
    return float(np.median(middles[right == right.max()]))


def _told(meter: Meter, value: pd.DataFrame, rough: pd.Series, limit: float) -> pd.Series:
    told = pd.Series("plain", index=value.index)
    told[rough > limit] = "textured"
    told[(told == "plain") & (value.background_level < _BLACK)] = "black"
    even = (told == "plain") & (value.background_gradient < _ONE_COLOUR)
    for path in value.index[even]:
        if _chroma(meter.data / path) > _COLOURFUL:
            told[path] = "chroma"
    told[value.background_level.isna()] = "unmeasured"
    return told


def _chroma(path: Path) -> float:
    """CIE Lab chroma of the median backdrop."""
    picture = decode(path)
    linear = picture.frame()[None]
    roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (picture,)}
    with torch.inference_mode():
        return float(lab(Scene(roots).input("backdrop").median)[0, 1:].norm())


def _right(labels: pd.DataFrame, told: pd.Series, half: str) -> list[str]:
    part = labels[labels.half == half].background
    right = told[part.index] == part
    kinds = ("plain", "textured", "black", "chroma")
    return [share(int(r.sum()), len(r)) for r in (right, *(right[part == kind] for kind in kinds))]
