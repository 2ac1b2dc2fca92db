"""metal.md: whether highlights tell metal from plastic and ceramic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from figures import Auc, Headline, auc, number, page, section, share, table
from metals import BRASS, COPPER, GOLD, MATTE_CERAMIC, RED_PLASTIC, YELLOW_PLASTIC, ball
from metering import Meter, half, pictures_below
from PIL import Image

from lightmeter.optics.transfer import encoded_from_linear

_NAMES = [
    "metal_highlight_tint",
    "metal_highlight_contrast",
    "metal_plausibility",
    "metal_share",
    "metal_contact_shadow",
]
_HEAD = ["tint", "contrast", "plausibility", "share", "contact shadow"]
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
    for each in (_chains, _objects, _jewellery, _portraits):
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
    folder = meter.folder("balls")
    paths = []
    for name, material in _BALLS.items():
        linear, mask = ball(480, material)
        linear = (0.12 * linear).permute(1, 2, 0)
        linear[~mask] = 0.18
        coded = encoded_from_linear(linear.double().clamp(0, 1)).numpy()
        paths.append(folder / f"{name.replace(' ', '-')}.png")
        Image.fromarray(np.rint(255 * coded).astype(np.uint8)).save(paths[-1])
    value = meter.read(paths).value[_NAMES]
    value.index = pd.Index(list(_BALLS))
    return value


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
    value = meter.of_data(list(labels.index)).value
    rows = []
    for label, group in value.groupby(labels.reindex(value.index)):
        found = int(group.metal_plausibility.notna().sum())
        medians = [number(group[name].median()) for name in _NAMES]
        rows.append([label, share(found, len(group)), *medians])
    text = section(
        "Portraits labelled by eye",
        "Jewellery is mostly small, or earrings, which are not looked for; what is found where there is none "
        "are collars, cuffs and strands of hair that cross bare skin. Medians of what is measured; "
        "too few plastic-looking ones for an AUC.",
        table(["metal by eye", "something found", *_HEAD], rows),
    )
    return text, []
