"""light.md: key direction, key:fill and flatness against exact, photographed and labelled light."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
from figures import (
    Headline,
    angle_between,
    auc,
    directions,
    held,
    number,
    page,
    section,
    share,
    side_right,
    table,
)
from metering import Meter, Readings, labelled
from PIL import Image

FLATNESS = ("face_contrast", "shadow_gradient", "key_fill_ratio")
_YALE_B = re.compile(r"A([+-]\d+)E([+-]\d+)\.pgm$")
_WIDEST = 77
_SIDED = 10


def light(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    renders, first = _renders(meter)
    yale, second = _yale_b(meter)
    labels, third = _labels(meter)
    return page("Light", renders, yale, _left_and_right(meter), labels), [*first, *second, *third]


def _renders(meter: Meter) -> tuple[str, list[Headline]]:
    truth = pd.DataFrame(json.loads((meter.data / "light-renders/labels.json").read_text())).set_index("file")
    read_back = meter.of_data([f"light-renders/{name}" for name in truth.index])
    value, error_told = (each.set_axis(truth.index) for each in (read_back.value, read_back.error))
    keyed, flat = truth.flat.isna(), truth.flat.notna()
    asked = directions(truth.key_azimuth_deg[keyed], truth.key_elevation_deg[keyed])
    read = directions(value.key_azimuth[keyed], value.key_elevation[keyed])
    error = pd.Series(angle_between(asked, read), truth.index[keyed])
    fill = (value.key_fill_ratio - truth.key_fill_stops)[keyed]
    both = section(
        "Path-traced heads (light-renders)",
        f"n = {keyed.sum()} keyed, {flat.sum()} flat. Asked / read; degrees and stops.",
        table(
            ["file", "azimuth", "elevation", "angular error", "key:fill"],
            [_render_row(name, truth, value, error) for name in truth.index[keyed]],
        ),
        table(
            ["summary", "value"],
            [
                ["angular error, median", number(error.median(), 1)],
                ["angular error, 90th percentile", number(error.quantile(0.9), 1)],
                ["key:fill, mean absolute error", number(fill.abs().mean())],
                ["key:fill, mean signed error", number(fill.mean())],
                *_orderings(truth, value),
                *_intervals(truth[keyed], value[keyed], error_told[keyed]),
            ],
        ),
        "Flat renders against the keyed ones:",
        _flat_against_keyed(value, keyed, flat),
    )
    head = Headline("renders, median angular error, deg", number(error.median(), 1), "5.8")
    return both, [head, Headline("renders, mean key:fill error, stop", number(fill.abs().mean()))]


def _render_row(name: str, truth: pd.DataFrame, value: pd.DataFrame, error: pd.Series) -> list[str]:
    t, v = truth.loc[name], value.loc[name]
    return [
        name,
        f"{t.key_azimuth_deg:.0f} / {number(v.key_azimuth, 0)}",
        f"{t.key_elevation_deg:.0f} / {number(v.key_elevation, 0)}",
        number(error[name], 1),
        f"{t.key_fill_stops:.0f} / {number(v.key_fill_ratio)}",
    ]


def _orderings(truth: pd.DataFrame, value: pd.DataFrame) -> list[list[str]]:
    """Whether key:fill rises with the stops asked for, either side."""
    rows = []
    for side, sign in (("left", -1), ("right", 1)):
        same = (truth.key_azimuth_deg == 45 * sign) & (truth.key_elevation_deg == 30)
        read = value.key_fill_ratio[truth[same].sort_values("key_fill_stops").index]
        verdict = "rises" if (np.diff(read) > 0).all() else "DOES NOT RISE"
        rows.append(
            [f"key:fill over 1, 2, 3 stops, key {side}", f"{verdict}: {', '.join(map(number, read))}"]
        )
    return rows


def _intervals(truth: pd.DataFrame, value: pd.DataFrame, error: pd.DataFrame) -> list[list[str]]:
    """How many of the 90 % intervals that the tool states hold the truth."""
    asked = {
        "key_azimuth": truth.key_azimuth_deg,
        "key_elevation": truth.key_elevation_deg,
        "key_fill_ratio": truth.key_fill_stops,
    }
    return [
        [f"90 % intervals of {name} that hold the truth", share(*held(known, value[name], error[name]))]
        for name, known in asked.items()
    ]


def _flat_against_keyed(value: pd.DataFrame, keyed: pd.Series, flat: pd.Series) -> str:
    rows = []
    for name in FLATNESS:
        read = auc(value[name][keyed], value[name][flat])
        low, high = value[name][keyed].min(), value[name][keyed].max()
        flats = ", ".join(f"{file} {number(v)}" for file, v in value[name][flat].items())
        rows.append([name, flats, f"{number(low)} to {number(high)}", read.cells[0], read.cells[2]])
    return table(["measurement", "flat", "keyed", "AUC", "keyed / flat"], rows)


def _yale_b(meter: Meter) -> tuple[str, list[Headline]]:
    files = [path for path in sorted((meter.data / "yaleB").rglob("*.pgm")) if yale_truth(path)]
    asked = np.array([yale_truth(path) for path in files])
    kept = np.abs(asked[:, 0]) <= _WIDEST
    files, asked = [path for path, keep in zip(files, kept, strict=True) if keep], asked[kept]
    read = {
        "as read (codes are sRGB)": meter.read(files),
        "re-encoded (codes are linear)": meter.read([_linear_as_srgb(meter, p) for p in files]),
    }
    rows = [_yale_row(name, asked, found) for name, found in read.items()]
    sided = f"side right, abs. azimuth >= {_SIDED}"
    intervals = ["90 % interval holds azimuth", "elevation"]
    head = ["reading", "n", "measured", "median", "90th percentile", sided, *intervals]
    text = section(
        "Extended Yale B, subjects 01 to 03",
        f"Cropped grey faces under one lamp, azimuth within {_WIDEST} degrees; `.bad` and ambient left out. "
        "The files hold codes that are nearly linear; `lightmeter measure` takes an untagged file for sRGB, "
        "as the first row does. Angular error in degrees.",
        table(head, rows),
    )
    heads = [Headline(f"Yale B, median angular error, deg, {row[0]}", row[3], "10.4") for row in rows]
    return text, heads


def yale_truth(path: Path) -> tuple[int, int] | None:
    """Our azimuth (the files count from image left) and elevation."""
    found = _YALE_B.search(path.name)
    return (-int(found[1]), int(found[2])) if found else None


def _yale_row(name: str, asked: np.ndarray, read: Readings) -> list[str]:
    azimuth, elevation = read.value.key_azimuth.to_numpy(), read.value.key_elevation.to_numpy()
    error = angle_between(directions(*asked.T), directions(azimuth, elevation))
    known = np.isfinite(error)
    sided = np.abs(asked[:, 0]) >= _SIDED
    return [
        name,
        str(len(asked)),
        share(int(known.sum()), len(asked)),
        number(float(np.median(error[known])), 1),
        number(float(np.quantile(error[known], 0.9)), 1),
        share(*side_right(asked[sided, 0], azimuth[sided])),
        share(*held(asked[:, 0], azimuth, read.error.key_azimuth.to_numpy())),
        share(*held(asked[:, 1], elevation, read.error.key_elevation.to_numpy())),
    ]


def _linear_as_srgb(meter: Meter, path: Path) -> Path:
    linear = np.asarray(Image.open(path).convert("L"), float) / 255
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    out = meter.folder("yaleB") / f"{path.stem}.png"
    Image.fromarray((encoded * 255).round().astype(np.uint8)).save(out)
    return out


def _left_and_right(meter: Meter) -> str:
    rows = [_yalefaces(meter), _dpr(meter), _psm(meter)]
    return section(
        "Which side, elsewhere",
        "yalefaces by file name (left is image left: the shadow falls to the right); DPR relit portraits "
        "against the brightest side of the sphere that comes with each, where it is at least 10 degrees "
        "off centre.",
        table(["data", "n", "face found", "side right"], rows),
    )


def _yalefaces(meter: Meter) -> list[str]:
    files = sorted((meter.data / "light/yalefaces/yalefaces").glob("*.*light"))
    files = [path for path in files if path.suffix in (".leftlight", ".rightlight")]
    copies = [meter.folder("yalefaces") / f"{path.name}.png" for path in files]
    for path, copy in zip(files, copies, strict=True):
        Image.open(path).convert("RGB").save(copy)
    asked = np.array([-1 if path.suffix == ".leftlight" else 1 for path in files])
    return _side_row("light/yalefaces", asked, meter.read(copies).value)


def _dpr(meter: Meter) -> list[str]:
    folder = meter.data / "relight/dpr/result"
    asked = {
        path: _sphere_side(folder / f"light_{path.stem[-2:]}.png") for path in folder.glob("obama_*.jpg")
    }
    files = sorted(path for path, side in asked.items() if side)
    return _side_row("relight/dpr", np.array([asked[path] for path in files]), meter.read(files).value)


def _sphere_side(path: Path) -> int:
    """-1 or 1 by the brightest percent of a sphere's picture, 0 near its middle."""
    bright = np.asarray(Image.open(path).convert("L"), float)
    column = np.nonzero(bright >= np.quantile(bright, 0.99))[1].mean() / bright.shape[1] * 2 - 1
    return 0 if abs(column) < np.sin(np.deg2rad(10)) else int(np.sign(column))


def _psm(meter: Meter) -> list[str]:
    files = sorted(
        path for path in (meter.data / "light/psm/images").rglob("*.png") if "mask" not in path.name
    )
    found = int((meter.read(files).value.face_count > 0).sum())
    return ["light/psm (an egg and a chrome ball)", str(len(files)), share(found, len(files)), "no faces"]


def _side_row(name: str, asked: np.ndarray, value: pd.DataFrame) -> list[str]:
    found = int((value.face_count > 0).sum())
    return [
        name,
        str(len(asked)),
        share(found, len(asked)),
        share(*side_right(asked, value.key_azimuth.to_numpy())),
    ]


def _labels(meter: Meter) -> tuple[str, list[Headline]]:
    labels = labelled(meter.data)
    read = meter.of_data(list(labels.index))
    flat, first = _flat_labels(labels, read.value)
    side, second = _side_labels(labels, read.value, read.reason)
    return f"{flat}\n\n{side}", [*first, *second]


def _flat_labels(labels: pd.DataFrame, value: pd.DataFrame) -> tuple[str, list[Headline]]:
    rows, heads = [], []
    for name in FLATNESS:
        for half in ("report", "fit", "both"):
            chosen = value[name][(labels.half == half) | (half == "both")]
            flat = labels.flat.reindex(chosen.index)
            read = auc(chosen[flat == "no"], chosen[flat == "yes"])
            rows.append([name, half, *read.cells])
            if half == "both":
                floor = "0.91" if name == "face_contrast" else ""
                heads.append(Headline(f"flat or not, AUC of {name}, all labels", read.cells[0], floor))
    text = section(
        "Flat or not, labelled portraits",
        "AUC of a higher value meaning not flat; borderline and low confidence are left out. 95 % interval "
        "by bootstrap. Halves are split by group of siblings; thresholds are fitted on `fit` alone.",
        table(["measurement", "half", "AUC", "95 %", "not flat / flat", "unmeasured"], rows),
        "Out of order by face_contrast (flat ones above the 25th percentile of not flat, and not flat ones "
        "below the 75th percentile of flat):",
        _misplaced(labels, value),
    )
    return text, heads


def _misplaced(labels: pd.DataFrame, value: pd.DataFrame) -> str:
    read = value.face_contrast
    yes, no = read[labels.flat == "yes"].dropna(), read[labels.flat == "no"].dropna()
    wrong = pd.concat([yes[yes > no.quantile(0.25)], no[no < yes.quantile(0.75)]]).sort_values()
    rows = [
        [path, labels.flat[path], *(number(value[name][path]) for name in FLATNESS)] for path in wrong.index
    ]
    return table(["picture", "flat by eye", *FLATNESS], rows)


def _side_labels(
    labels: pd.DataFrame, value: pd.DataFrame, reason: pd.DataFrame
) -> tuple[str, list[Headline]]:
    sided = labels[labels.key_side.isin(["left", "right"])]
    asked = sided.key_side.map({"left": -1, "right": 1}).to_numpy()
    read = value.key_azimuth.reindex(sided.index)
    rows = []
    for name, chosen in (
        ("all", sided.kind != ""),
        ("AI", sided.kind == "ai"),
        ("photographs", sided.kind == "photo"),
    ):
        right, known = side_right(asked[chosen], read[chosen].to_numpy())
        rows.append([name, str(int(chosen.sum())), share(right, known), str(int(chosen.sum()) - known)])
    wrong = [
        [path, side, number(read[path], 0), reason.key_azimuth[path]]
        for path, side, sign in zip(sided.index, sided.key_side, asked, strict=True)
        if np.sign(read[path]) != sign
    ]
    text = section(
        "Which side, labelled portraits",
        "By the sign of key_azimuth, on portraits labelled left or right.",
        table(["portraits", "n", "side right", "unmeasured"], rows),
        "Every disagreement:",
        table(["picture", "by eye", "key_azimuth", "reason"], wrong),
    )
    return text, [Headline("side right, labelled AI portraits", rows[1][2], "86 %")]
