"""metal.md: whether highlights tell metal from plastic and ceramic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from figures import Auc, Headline, auc, number, page, section, share, table
from metals import BRASS, COPPER, GOLD, MATTE_CERAMIC, RED_PLASTIC, YELLOW_PLASTIC, ball, hammered
from metering import Meter, Readings, half, labelled, pictures_below
from PIL import Image
from torch import Tensor

from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.see.metal_names import PLACES, places_of

_NAMES = [
    "metal_highlight_tint",
    "metal_highlight_contrast",
    "metal_plausibility",
    "metal_share",
    "metal_contact_shadow",
    "metal_highlight_count",
    "metal_highlight_size",
    "metal_highlight_breakup",
]
_HEAD = ["tint", "contrast", "plausibility", "share", "contact shadow", "highlights", "size", "breakup"]
_DIMPLES = (1, 2, 4, 6, 8)
_BALLS = {
    "gold": GOLD,
    "brass": BRASS,
    "copper": COPPER,
    "yellow plastic": YELLOW_PLASTIC,
    "red plastic": RED_PLASTIC,
    "matte ceramic": MATTE_CERAMIC,
}


def metal(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    parts, lines = [], []
    for each in (_chains, _hammered, _objects, _jewellery, _portraits, _named):
        text, headlines = each(meter)
        parts.append(text)
        lines += headlines
    return page("Metal", *parts), lines


def _rows(value: pd.DataFrame, truth: dict[str, str]) -> list[list[str]]:
    return [[name, truth[name], *(number(value.at[name, m]) for m in _NAMES)] for name in value.index]


def _cells(read: Auc) -> str:
    return f"{read.cells[0]} ({read.cells[1]}; {read.cells[2]}, {read.cells[3]} unmeasured)"


def _chains(meter: Meter) -> tuple[str, list[Headline]]:
    labels = json.loads((meter.data / "metal-renders/labels.json").read_text())
    truth = {f"metal-renders/{each['file']}": each["kind"] for each in labels}
    value = meter.of_data(list(truth)).value
    balls = _balls(meter)
    truth |= {name: "metal" if material.conductor else "dielectric" for name, material in _BALLS.items()}
    value = pd.concat([value[_NAMES], balls])
    real = pd.Series(truth)[value.index] == "metal"
    read = {name: auc(value[name][real], value[name][~real]) for name in _NAMES[:3]}
    text = section(
        "Chains and balls of known material",
        "Path-traced chains on a scanned head, and balls of `datasets/metals.py` on grey. AUC of metal over "
        "dielectric: " + ", ".join(f"{name} {_cells(each)}" for name, each in read.items()) + ".",
        table(["file", "material", *_HEAD], _rows(value, truth)),
    )
    return text, [
        Headline("known chains and balls, AUC of metal_highlight_tint", read[_NAMES[0]].cells[0], "0.95")
    ]


def _balls(meter: Meter) -> pd.DataFrame:
    pictures = {}
    for name, material in _BALLS.items():
        linear, mask = ball(480, material)
        linear = 0.12 * linear
        linear[:, ~mask] = 0.18
        pictures[name] = linear
    return _read(meter, "balls", pictures)


def _read(meter: Meter, folder: str, pictures: dict[str, Tensor]) -> pd.DataFrame:
    """Values of scene-linear pictures (3, H, W), as 8-bit files."""
    paths = []
    for name, linear in pictures.items():
        coded = encoded_from_linear(linear.permute(1, 2, 0).double().clamp(0, 1)).numpy()
        paths.append(meter.folder(folder) / f"{name.replace(' ', '-')}.png")
        Image.fromarray(np.rint(255 * coded).astype(np.uint8)).save(paths[-1])
    value = meter.read(paths).value[_NAMES]
    value.index = pd.Index(list(pictures))
    return value


def _hammered(meter: Meter) -> tuple[str, list[Headline]]:
    pictures = {}
    for across in _DIMPLES:
        pictures[f"{across}"] = torch.full((3, 480, 480), 0.18)
        pictures[f"{across}"][:, 48:432, 48:432] = 0.1 * hammered(384, across, GOLD)
    value = _read(meter, "hammered", pictures)
    names = _NAMES[-3:]
    rows = [[n, int(n) ** 2, *(number(value.at[n, m]) for m in names)] for n in value.index]
    text = section(
        "Hammered sheets of gold",
        "Sheets of `datasets/metals.py` with like dimples, each of which mirrors the lamp once: the count is "
        "their number, the size halves as that is fourfold, and the highlight is broken into as many pieces.",
        table(["dimples across", "dimples", *names], rows),
    )
    return text, []


def _objects(meter: Meter) -> tuple[str, list[Headline]]:
    folder = meter.data / "material/trashnet/dataset-resized"
    paths = pictures_below(folder / "metal") + pictures_below(folder / "plastic")
    names = [str(path.relative_to(meter.data)) for path in paths]
    value = meter.of_data(names).value
    real = np.array([Path(name).parent.name == "metal" for name in names])
    report = np.array([half(name) == "report" for name in names])
    rows, reads = [], {}
    for name in _NAMES[:3]:
        column = value[name].to_numpy()
        reads[name] = auc(column[real & report], column[~real & report])
        rows.append([name, *reads[name].cells])
    known = value.metal_plausibility.notna().to_numpy() & report
    right = int(((value.metal_plausibility > 0.5).to_numpy() == real)[known].sum())
    text = section(
        "Objects of metal and plastic (trashnet)",
        "Waste photographed on pale boards; plausibility is fitted to the other half. Cans are painted, "
        "foil and bottles are grey, so that few have a tint. "
        f"On their side of 0.5: {share(right, int(known.sum()))}.",
        table(["measurement, report half", "AUC", "95 %", "metal / plastic", "unmeasured"], rows),
    )
    read = reads["metal_plausibility"].cells[0]
    return text, [Headline("photographed metal or plastic, AUC of metal_plausibility", read, "0.75")]


def _jewellery(meter: Meter) -> tuple[str, list[Headline]]:
    names = [str(p.relative_to(meter.data)) for p in pictures_below(meter.data / "material/jewellery")]
    found = meter.of_data(names)
    reasons = found.reason.metal_plausibility.replace("", None).dropna().value_counts()
    measured = int(found.value.metal_plausibility.notna().sum())
    text = section(
        "Rings in a light tent (jewellery)",
        f"All are of metal. Measured: {share(measured, len(names))}. Their bodies mirror white walls near "
        "the top of the range, where no highlight stands out; refused, not guessed:",
        table(["reason", "rings"], reasons.items()),
    )
    return text, []


def _portraits(meter: Meter) -> tuple[str, list[Headline]]:
    labels = pd.read_csv(meter.data / "extra/labels.csv").set_index("path").metal
    read = meter.of_data(list(labels.index))
    seen = _found(read)
    by = [labels.reindex(read.value.index), labelled(meter.data).half.reindex(read.value.index)]
    rows, headlines = [], []
    for label, group in read.value.groupby(by):
        counts = [
            share(int(each[group.index].sum()), len(group))
            for each in (seen, read.value.metal_plausibility.notna(), read.value.metal_plausibility > 0.5)
        ]
        rows.append([*label, *counts, *(number(group[name].median()) for name in _NAMES)])
        if label in (("convincing", "report"), ("none", "report")):
            said = {"convincing": "portraits with convincing metal", "none": "portraits without metal"}[
                label[0]
            ]
            headlines.append(Headline(f"{said}, some found unasked (report half)", counts[0]))
    text = section(
        "Portraits labelled by eye",
        "Nothing is named. What finds jewellery was set on the fit half. The labels tell of any metal, "
        "also of frames, hair ornaments and buttons, which are looked for only where they are named; thin "
        "chains and plain studs are missed. Found but not measured is what is so bright that no highlight "
        "could be seen, such as white glossy earrings. What is found where there is none: a person in "
        "profile without a visible face, who passes for an object and is the plausible one; a braid; a "
        "print on a bottle; a bow; a string of pearls. Medians of what is measured; too few plastic- "
        "looking ones for an AUC.",
        table(["metal by eye", "half", "something found", "measured", "plausible", *_HEAD], rows),
    )
    return text, headlines


def _found(read: Readings) -> pd.Series:
    """Whether there is anything that may be metal, be it too bright to be measured."""
    reason = read.reason.metal_plausibility.fillna("")
    return read.value.metal_plausibility.notna() | reason.str.contains("so bright")


def _named(meter: Meter) -> tuple[str, list[Headline]]:
    """What prompts name, given as `things`, beside what is found unasked; and all of it asked in vain."""
    labels = pd.read_csv(meter.data / "extra/labels.csv").set_index("path")
    named = labels.prompt.map(
        lambda prompt: ", ".join(sorted(places_of(prompt if isinstance(prompt, str) else None)))
    )
    unasked = _found(meter.of_data(list(labels.index)))
    asked = {
        path: each
        for things, paths in named.groupby(named).groups.items()
        if things
        for path, each in _asked(meter, list(paths), things).items()
    }
    rows = []
    for label, group in labels[named != ""].groupby("metal"):
        before, after = int(unasked[group.index].sum()), sum(asked[path] for path in group.index)
        rows.append([label, len(group), share(before, len(group)), share(after, len(group))])
    kept = labels.metal.eq("none") & labelled(meter.data).half.reindex(labels.index).eq("report")
    bare = list(labels.index[kept])
    vain = [[place, share(sum(_asked(meter, bare, place).values()), len(bare))] for place in PLACES]
    text = section(
        "Things that are named",
        "Portraits whose prompt, cut to 2000 characters in our list, names a thing of metal; a prompt may "
        "name what the picture does not show. Then, as its cost, portraits without metal by eye (report "
        "half) that are asked for each thing in vain, with the two that are found unasked: hair beside "
        "the face, seams and straps on the neck, lettering and lace on clothes, hair across the nose. Two "
        "of the six with something at the eyes wear glasses, of plastic.",
        table(["metal by eye", "portraits", "found unasked", "found where named"], rows)
        + "\n"
        + table(["asked in vain", "something found"], vain),
    )
    return text, []


def _asked(meter: Meter, names: list[str], things: str) -> dict[str, bool]:
    read = meter.read([meter.data / name for name in names], {"things": things})
    return dict(zip(names, map(bool, _found(read)), strict=True))
