"""eyes.md: catchlights and the conflict of keys against synthetic heads, the eye, and crossed light."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from figures import Headline, auc, number, page, section, share, table
from head_light import Light
from head_pictures import save
from heads import Scene, render
from lamp_shapes import shaped
from metering import Meter
from PIL import Image

_TUNED = """
1 ai/awesomeprompts/public/media/portraits/pg-1991571952318964212.webp
1 ai/awesomeprompts/public/media/portraits/pg-1995776481239466333.webp
1 ai/awesomeprompts/public/media/portraits/pg-1996418934778863865.webp
1 ai/awesomeprompts/public/media/portraits/pg-1997029136725065981.webp
1 ai/evolink/images/portrait_case104/output.jpg
1 ai/evolink/images/portrait_case108/output.jpg
1 ai/songguoxs/images/523.jpeg
1 extra/evolink/portrait_case30__output.jpg
1 extra/evolink/poster_case77__output.jpg
1 extra/muset/case70__case.webp
1 extra/songguoxs/155-2.jpeg
1 extra/songguoxs/300-2.jpeg
1 extra/songguoxs/328.jpeg
1 extra/songguoxs/342.jpeg
2 extra/songguoxs/350.jpeg
1 extra/songguoxs/352.jpeg
1 extra/songguoxs/386.jpeg
1 extra/songguoxs/394.jpeg
1 extra/songguoxs/599.jpeg
1 extra/songguoxs/620.jpeg
1 extra/songguoxs/639.jpeg
1 extra/songguoxs/659.jpeg
1 extra/songguoxs/734.jpeg
1 extra/songguoxs/841.jpeg
1 extra/songguoxs/868.jpeg
0 extra/songguoxs/959.jpeg
1 extra/songguoxs/972.jpeg
1 extra/songguoxs/978.jpeg
"""
_HELD_OUT = """
1 ai/awesomeprompts/public/media/3d/pg-1994090956916969536.webp
2 ai/awesomeprompts/public/media/3d/pg-1995179913805168966.webp
1 ai/awesomeprompts/public/media/portraits/pg-1991559284971204814.webp
0 ai/awesomeprompts/public/media/portraits/pg-1996220956201881878.webp
1 ai/awesomeprompts/public/media/portraits/pg-1996247577218720100.webp
2 ai/awesomeprompts/public/media/portraits/pg-1997242522708377885.webp
2 extra/evolink/portrait_case87__output.jpg
1 extra/evolink/poster_case167__output.jpg
1 extra/evolink/ui_case5__output.jpg
1 extra/picotrex/case37__input.jpg
0 extra/picotrex/case62__output.jpg
1 extra/songguoxs/297.jpeg
1 extra/songguoxs/389.jpeg
2 extra/songguoxs/399.jpeg
1 extra/songguoxs/473.jpeg
0 extra/songguoxs/490.jpeg
1 extra/songguoxs/733.jpeg
1 extra/songguoxs/758.jpeg
1 extra/songguoxs/784.jpeg
1 extra/songguoxs/862.jpeg
1 extra/songguoxs/866.jpeg
1 extra/songguoxs/872-2.jpeg
0 extra/songguoxs/931.jpeg
"""
"""Catchlights of an eye, counted by eye in native pixels; 2 stands for 2 and more.
Thresholds were set on the first ones, the others were drawn at random from the same folders."""
_PARTS = {"thresholds set on these": _TUNED, "held out": _HELD_OUT}

_PLAIN = Scene(side=768, span=1.7, exposure=0.8)
_KEYS = ((-50.0, 35.0), (-40.0, 10.0), (-25.0, 50.0), (0.0, 30.0), (30.0, 25.0), (45.0, 40.0))
_CROSSED = (30.0, 45.0, 60.0)
_NECKS = (-50.0, -30.0, -15.0, 20.0, 40.0)
_YALE = ("A{}020E+10", "A{}035E+15", "A{}050E+00", "A{}060E+20")


def eyes(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    parts = [_clock(meter), _counted(meter), shaped(meter), _crossed(meter), _necks(meter)]
    return page("Eyes", *(text for text, _ in parts)), [each for _, heads in parts for each in heads]


def _clock(meter: Meter) -> tuple[str, list[Headline]]:
    """Synthetic heads under one lamp each."""
    folder = meter.folder("eyes")
    files = [folder / f"lamp {azimuth:.0f} {elevation:.0f}.png" for azimuth, elevation in _KEYS]
    for file, (azimuth, elevation) in zip(files, _KEYS, strict=True):
        save(render(replace(_PLAIN, key=Light(azimuth, elevation))), file)
    value = meter.read(files).value
    asked = np.array([_hour(*key) for key in _KEYS])
    off = np.abs(value.catchlight_clock.to_numpy() - asked)
    count = value.catchlights.to_numpy()
    rows = [
        [f"{key[0]:.0f}, {key[1]:.0f}", number(hour, 1), number(read, 1), number(n, 0)]
        for key, hour, read, n in zip(_KEYS, asked, value.catchlight_clock, count, strict=True)
    ]
    text = section(
        "Clock and count (synthetic heads)",
        "Heads of `datasets/heads.py`, irises some 40 pixels wide, one lamp of 20 degrees at azimuth and "
        "elevation. By the half vector of a convex mirror it stands at atan2(sin a cos e, sin e) from 12 "
        "o'clock. The mesh takes these heads' irises for larger than they are.",
        table(["lamp, deg", "hour", "catchlight_clock, h", "catchlights"], rows),
        f"Median error {number(float(np.nanmedian(off)))} h, largest {number(float(np.nanmax(off)))} h; "
        f"one catchlight on {share(int((count == 1).sum()), len(count))}.",
    )
    return text, [
        Headline("synthetic heads, median error of catchlight_clock, h", number(float(np.nanmedian(off))))
    ]


def _hour(azimuth: float, elevation: float) -> float:
    a, e = np.deg2rad([azimuth, elevation])
    return float(np.rad2deg(np.arctan2(np.sin(a) * np.cos(e), np.sin(e))) / 30)


def _counted(meter: Meter) -> tuple[str, list[Headline]]:
    """The count against the eye's."""
    lines = [
        (*line.split(" ", 1), part) for part, text in _PARTS.items() for line in text.split("\n") if line
    ]
    hand = pd.DataFrame(lines, columns=["hand", "path", "part"]).set_index("path").astype({"hand": int})
    table_of = hand.assign(read=meter.of_data(list(hand.index)).value.catchlights.clip(upper=2))
    known = table_of[table_of.read.notna()]
    right = known.hand == known.read
    parts = [
        [part, share(int(right[known.part == part].sum()), int((known.part == part).sum()))]
        for part in _PARTS
    ]
    wrong = known[~right]
    text = section(
        "Count (AI portraits)",
        f"{len(hand)} portraits counted by eye, {len(table_of) - len(known)} of them refused. Two and more "
        "are one class.",
        table(["portraits", "right"], parts),
        table(["count by eye", *(f"read {n}" for n in range(3))], _confusion(known)),
        "Wrong: " + "; ".join(f"{p} ({r.hand:.0f}, read {r.read:.0f})" for p, r in wrong.iterrows()) + ".",
    )
    return text, [Headline("catchlights as by eye, held-out portraits", parts[1][1])]


def _confusion(known: pd.DataFrame) -> list[list[object]]:
    return [[n, *(int(((known.hand == n) & (known.read == m)).sum()) for m in range(3))] for n in range(3)]


def _necks(meter: Meter) -> tuple[str, list[Headline]]:
    """Heads on necks under their own lamp, and under its mirror image."""
    folder, rows, found = meter.folder("necks"), [], {}
    scene = replace(_PLAIN, side=640, span=2.2)
    for name, sign in (("own", 1), ("mirrored", -1)):
        files = [folder / f"{name} {azimuth:.0f}.png" for azimuth in _NECKS]
        for file, azimuth in zip(files, _NECKS, strict=True):
            key = Light(azimuth, 25.0)
            save(render(replace(scene, key=key, neck_key=Light(sign * azimuth, 25.0))), file)
        found[name] = meter.read(files).value.light_conflict.to_numpy()
    for azimuth, own, other in zip(_NECKS, found["own"], found["mirrored"], strict=True):
        rows.append([f"{azimuth:.0f}", number(own, 0), number(other, 0)])
    apart = auc(list(found["mirrored"]), list(found["own"]))
    text = section(
        "light_conflict of a head on another neck",
        "Synthetic heads under one lamp so far aside, on a neck under the same lamp and under its mirror "
        "image; the eyes show the head's. Degrees.",
        table(["lamp, deg", "own neck", "mirrored neck"], rows),
        f"AUC of mirrored above own: {apart.cells[0]} ({apart.cells[1]}).",
    )
    return text, [Headline("light_conflict, AUC of a mirrored neck against its own", apart.cells[0])]


def _crossed(meter: Meter) -> tuple[str, list[Headline]]:
    """One lamp, and another on either half of the face."""
    rows, one, two = [], [], []
    for name, plain, crossed in (_heads(meter), _renders(meter), _yale_b(meter)):
        read = meter.read([*plain, *crossed]).value.light_conflict.to_numpy()
        for kind, values in (("one", read[: len(plain)]), ("crossed", read[len(plain) :])):
            rows.append([name, kind, *_summary(values)])
        one += list(read[: len(plain)])
        two += list(read[len(plain) :])
    apart = auc(two, one)
    text = section(
        "light_conflict",
        "Faces under one lamp, and with one half lit from its own side and the other from the other: "
        "synthetic heads that are lit so, and halves of two pictures put together down the middle "
        "(path-traced heads, Extended Yale B). Degrees.",
        table(["faces", "lamps", "measured", "median", "lowest", "highest"], rows),
        f"AUC of crossed above one: {apart.cells[0]} ({apart.cells[1]}).",
    )
    return text, [Headline("light_conflict, AUC of crossed against single lamps", apart.cells[0])]


def _summary(values: np.ndarray) -> list[str]:
    known = values[np.isfinite(values)]
    figures = [np.median(known), known.min(), known.max()] if len(known) else [np.nan] * 3
    return [f"{len(known)} of {len(values)}", *(number(float(figure), 0) for figure in figures)]


def _heads(meter: Meter) -> tuple[str, list[Path], list[Path]]:
    """The plain ones are those of the clock."""
    folder = meter.folder("eyes")
    files = [folder / f"crossed {azimuth:.0f}.png" for azimuth in _CROSSED]
    for file, azimuth in zip(files, _CROSSED, strict=True):
        crossed = replace(_PLAIN, key=Light(-azimuth, 25.0), right_key=Light(azimuth, 25.0))
        save(render(crossed), file)
    return "synthetic heads", sorted(folder.glob("lamp *.png")), files


def _renders(meter: Meter) -> tuple[str, list[Path], list[Path]]:
    names = [f"y0_k_{{}}_30_4_f{stops}.jpg" for stops in (1, 2, 3)] + ["y0_k_{}_30_4_f2.jpg"]
    sides = [(-45, 45)] * 3 + [(-15, 15)]
    pairs = [
        tuple(meter.data / "light-renders" / name.format(side) for side in both)
        for name, both in zip(names, sides, strict=True)
    ]
    return "path-traced heads", *_joined(meter, "renders", pairs)


def _yale_b(meter: Meter) -> tuple[str, list[Path], list[Path]]:
    """The files count azimuth from image left: A+ is lit from there."""
    found = {path.stem: path for path in sorted((meter.data / "yaleB").rglob("*.pgm"))}
    heads = sorted({stem.split("A")[0] for stem in found if "A" in stem})
    both = [[head + name.format(side) for side in "+-"] for head in heads for name in _YALE]
    pairs = [(found[left], found[right]) for left, right in both if left in found and right in found]
    return "Yale B", *_joined(meter, "yale", pairs)


def _joined(meter: Meter, name: str, pairs: list[tuple[Path, ...]]) -> tuple[list[Path], list[Path]]:
    """The pictures of all pairs, and the left half of each first one beside the right half of the second."""
    folder, made = meter.folder(name), []
    for index, pair in enumerate(pairs):
        left, right = (np.asarray(Image.open(path).convert("RGB")) for path in pair)
        middle = left.shape[1] // 2
        made.append(folder / f"joined {index}.png")
        Image.fromarray(np.concatenate((left[:, :middle], right[:, middle:]), 1)).save(made[-1])
    return sorted({path for pair in pairs for path in pair}), made
