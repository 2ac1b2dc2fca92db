"""backdrop.md: evenness and level of labelled backdrops, and one colour that is known."""

from __future__ import annotations

import pandas as pd
import torch
from figures import Headline, auc, number, page, section, table
from metering import Meter, labelled

from lightmeter.engine.scene import Scene
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import decode

_EVEN = ("plain", "chroma", "black")
_RED = ("ai/evolink/images/portrait_case106/output.jpg", (160, 1, 5))


def backdrop(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    labels = labelled(meter.data)
    read = meter.of_data(list(labels.index))
    even, first = _even(labels, read.value)
    black, second = _black(labels, read.value)
    colour, third = _colour(meter)
    text = page("Backdrop", even, _misplaced(labels, read.value, read.reason), black, colour)
    return text, [first, second, third]


def _even(labels: pd.DataFrame, value: pd.DataFrame) -> tuple[str, Headline]:
    read, kind = value.background_uniformity, labels.background
    rows = []
    for half in ("report", "fit", "both"):
        part = (labels.half == half) | (half == "both")
        cells = auc(read[part & (kind == "textured")], read[part & kind.isin(_EVEN)]).cells
        rows.append([half, *cells])
    spread = [[name, *_spread(part)] for name, part in read.groupby(kind)]
    text = section(
        "Plain or textured, by label",
        "AUC of a higher background_uniformity (deltaE00) meaning textured, against plain, chroma and black; "
        "gradient is left out, for a smooth one is no fault.",
        table(["half", "AUC", "95 %", "textured / even", "unmeasured"], rows),
        table(["label", "n", "unmeasured", "least", "p10", "median", "p90", "most"], spread),
    )
    cells = rows[0]
    return text, Headline(
        "plain or textured, AUC of background_uniformity, report half", f"{cells[1]} ({cells[2]})"
    )


def _spread(values: pd.Series, digits: int = 2) -> list[str]:
    known = values.dropna()
    quantiles = (number(known.quantile(q), digits) if len(known) else "-" for q in (0, 0.1, 0.5, 0.9, 1))
    return [str(len(known)), str(len(values) - len(known)), *quantiles]


def _misplaced(labels: pd.DataFrame, value: pd.DataFrame, reason: pd.DataFrame) -> str:
    read, kind = value.background_uniformity, labels.background
    even, textured = read[kind.isin(_EVEN)], read[kind == "textured"]
    wrong = pd.concat([even[even > textured.quantile(0.25)], textured[textured < even.quantile(0.75)]])
    rows = [[path, kind[path], number(v), ""] for path, v in wrong.sort_values().items()]
    missing = read.index[read.isna() & kind.notna()]
    rows += [[path, kind[path], "-", reason.background_uniformity[path]] for path in missing]
    return section(
        "Out of order, or unmeasured",
        "Even ones above the 25th percentile of textured, textured ones below the 75th of even.",
        table(["picture", "by eye", "background_uniformity", "reason"], rows),
    )


def _black(labels: pd.DataFrame, value: pd.DataFrame) -> tuple[str, Headline]:
    read, kind = value.background_level, labels.background
    cells = auc(read[kind.notna() & (kind != "black")], read[kind == "black"]).cells
    text = section(
        "Black, by label",
        "AUC of a higher background_level (linear luminance) meaning not black. Textured backdrops may be as "
        "dark.",
        table(["AUC", "95 %", "others / black", "unmeasured"], [cells]),
        table(
            ["label", "n", "unmeasured", "least", "p10", "median", "p90", "most"],
            [[name, *_spread(part, 4)] for name, part in read.groupby(kind)],
        ),
        "Labelled black: " + ", ".join(f"{p} {number(v, 4)}" for p, v in read[kind == "black"].items()) + ".",
    )
    return text, Headline("black or not, AUC of background_level, all labels", f"{cells[0]} ({cells[1]})")


def _colour(meter: Meter) -> tuple[str, Headline]:
    name, asked = _RED
    parameters = {"key_colour": "/".join(map(str, asked))}
    value = meter.read([meter.data / name], parameters).value.iloc[0]
    seen = _eyedropper(meter, name)
    read = f"({', '.join(map(str, seen))})"
    rows = [
        ["median backdrop, sRGB", read, str(asked)],
        ["key_colour_error, deltaE00", number(value.key_colour_error), "0"],
        ["chroma_purity", number(value.chroma_purity), ""],
    ]
    text = section("A colour that is known", f"{name}.", table(["figure", "read", "by eyedropper"], rows))
    return text, Headline("portrait_case106, backdrop in sRGB, eyedropper (160, 1, 5)", read)


def _eyedropper(meter: Meter, name: str) -> list[int]:
    picture = decode(meter.data / name)
    linear = picture.frame()[None]
    roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (picture,)}
    with torch.inference_mode():
        median = Scene(roots).input("backdrop").median
    return (encoded_from_linear(median)[0, :, 0, 0] * 255).round().int().tolist()
