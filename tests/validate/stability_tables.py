"""How far values move where the picture changes and the scene does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from figures import Headline, number, section, table
from metering import Meter, labelled
from PIL import Image

from lightmeter.measure.registry import measurements
from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded

Change = Callable[[Image.Image], Image.Image]

_MOST = 40


def stability(meter: Meter, family: str) -> tuple[str, list[Headline]]:
    """Median change of a family's values over portraits of the half that nothing was fitted to."""
    labels = labelled(meter.data)
    paths = [meter.data / name for name in labels.index[labels.half == "report"]][:_MOST]
    before = meter.read(paths).value
    changed = {name: _changed(meter, paths, name, change) for name, change in CHANGES.items()}
    names = [
        m.name for m in measurements().values() if m.family == family and before[m.name].notna().sum() > 2
    ]
    rows = [[name, _unit(name), *(_moved(name, before, each) for each in changed.values())] for name in names]
    text = section(
        "The same scene, another file",
        f"Median absolute change over the first {len(paths)} portraits of the report half, where both are "
        "measured, and in brackets the share of those measured before that still are. A mirror is read "
        "with its sign turned back where the measurement has sides. +1 stop clips what has no headroom.",
        table(["measurement", "unit", *CHANGES], rows),
    )
    return text, []


def _changed(meter: Meter, paths: list[Path], name: str, change: Change) -> pd.DataFrame:
    folder = meter.folder(f"stability {name}")
    copies = [folder / f"{i:03d}.{'jpg' if name.startswith('JPEG') else 'png'}" for i in range(len(paths))]
    for path, copy in zip(paths, copies, strict=True):
        change(Image.open(path).convert("RGB")).save(copy, quality=75)
    value = meter.read(copies).value
    if name == "mirror":
        turned = [m.name for m in measurements().values() if m.mirror == "negated"]
        value[turned] = -value[turned]
    return value


def _moved(name: str, before: pd.DataFrame, after: pd.DataFrame) -> str:
    then, now = before[name].to_numpy(), after[name].to_numpy()
    both = np.isfinite(then) & np.isfinite(now)
    kept = 100 * both.sum() / np.isfinite(then).sum()
    return f"{number(np.median(np.abs(then - now)[both]))} ({kept:.0f} %)" if both.any() else "-"


def _unit(name: str) -> str:
    return measurements()[name].unit


def _halved(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)


def _exposed(stops: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        linear = linear_from_encoded(torch.from_numpy(np.asarray(image).copy()))
        coded = encoded_from_linear((linear * 2.0**stops).clamp(0, 1))
        return Image.fromarray((coded * 255).round().to(torch.uint8).numpy())

    return change


CHANGES: dict[str, Change] = {
    "JPEG 75": lambda image: image,
    "half size": _halved,
    "-1 stop": _exposed(-1),
    "+1 stop": _exposed(1),
    "mirror": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
}
