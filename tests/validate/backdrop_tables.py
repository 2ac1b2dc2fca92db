"""backdrop.md: evenness and level of labelled backdrops, and one colour that is known."""

from __future__ import annotations

import pandas as pd
import torch
from backdrops import Faults, behind, cutout, disc, save
from figures import Headline, auc, number, page, section, table
from metering import Meter, labelled

from lightmeter.engine.scene import Scene
from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded
from lightmeter.read.decode import decode

_EVEN = ("plain", "chroma", "black")
_KEYS = ("#ff0080", "#00b140", "#0047bb", "#562226", "#000000")
"""The article's pink, a green and a blue screen, its brown, and black."""
_ASKED = ("#ff0080", "#00b140", "#08b848", "#5f2a2e")
_RED = ("ai/evolink/images/portrait_case106/output.jpg", (160, 1, 5))


def backdrop(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    labels = labelled(meter.data)
    read = meter.of_data(list(labels.index))
    even, first = _even(labels, read.value)
    black, second = _black(labels, read.value)
    colour, third = _colour(meter)
    keys, fourth = _keys(meter)
    text = page("Backdrop", even, _misplaced(labels, read.value, read.reason), black, colour, keys)
    return text, [first, second, third, *fourth]


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


def _keys(meter: Meter) -> tuple[str, list[Headline]]:
    """key_colour_error of backdrops that are a colour exactly, asked for itself and for others."""
    folder = meter.folder("keys")
    ball = {"ball": disc(800, 640)}
    heads = {path.stem: cutout(path) for path in sorted((meter.data / "light-renders").glob("cutout*.png"))}
    rows, exact, off = [], [], []
    for name in _KEYS:
        paper = linear_from_encoded(torch.tensor(_codes(name)) / 255)
        paths = [folder / f"{name[1:]}-{who}.png" for who in (*ball, *heads)]
        for path, (subject, alpha) in zip(paths, (ball | heads).values(), strict=True):
            save(behind(subject, alpha, Faults(), tuple(paper.tolist())), path)
        for asked in (name, *(each for each in _ASKED if each != name)):
            wanted = linear_from_encoded(torch.tensor(_codes(asked)) / 255)
            true = float(delta_e00(*(lab(each[None, :, None, None]) for each in (paper, wanted))))
            read = meter.read(paths, {"key_colour": asked}).value.key_colour_error
            (exact if asked == name else off).extend((read - true).abs().tolist())
            rows.append([name, asked, number(true), number(read.min()), number(read.max())])
    text = section(
        "Key colours that are known",
        "A ball and path-traced heads before an even backdrop of an sRGB colour, asked for that and for "
        "others: key_colour_error as it is by CIEDE2000, and as read.",
        table(["backdrop", "asked for", "true, deltaE00", "read, least", "read, most"], rows),
    )
    return text, [
        Headline("key_colour_error of the very colour, most, deltaE00", number(max(exact)), "0"),
        Headline("key_colour_error of other colours, most error, deltaE00", number(max(off)), "0.5"),
    ]


def _codes(name: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(name[1:]))


def _eyedropper(meter: Meter, name: str) -> list[int]:
    picture = decode(meter.data / name)
    linear = picture.frame()[None]
    roots = {"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (picture,)}
    with torch.inference_mode():
        median = Scene(roots).input("backdrop").median
    return (encoded_from_linear(median)[0, :, 0, 0] * 255).round().int().tolist()
