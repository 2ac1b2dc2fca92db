"""A part of skin.md: one skin under many lights."""

from __future__ import annotations

import numpy as np
import pandas as pd
from figures import Headline, section, share, table
from light_tables import yale_truth
from metering import Meter

_WIDEST = 77
_MEASURED = ("skin_texture", "face_contrast")


def skin_under_lights(meter: Meter) -> tuple[str, list[Headline]]:
    """How far skin_texture moves where only the lamp does, beside face_contrast, which has to."""
    truths = {path: yale_truth(path) for path in sorted((meter.data / "yaleB").rglob("*.pgm"))}
    files = [path for path, truth in truths.items() if truth and abs(truth[0]) <= _WIDEST]
    value = meter.read(files).value
    subject = np.array([path.stem.partition("_")[0] for path in files])
    moved = {name: _moved(value[name].to_numpy(), subject) for name in _MEASURED}
    rows = [
        [
            each,
            share(int(moves.notna().sum()), len(moves)),
            *(f"{100 * moved[name][at].median():.0f} %" for name in _MEASURED),
        ]
        for each in np.unique(subject)
        for at in [subject == each]
        for moves in [moved["skin_texture"][at]]
    ]
    text = section(
        "One skin under many lights (Extended Yale B)",
        "Each subject under lamps within 77 degrees: the median distance of a value from the subject's own "
        "median, as a share of it. Texture should stay, and contrast move.",
        table(["subject", "measured", "skin_texture moves", "face_contrast moves"], rows),
    )
    read = f"{100 * moved['skin_texture'].median():.0f} %"
    return text, [Headline("Yale B's lamps, median move of skin_texture", read, "15 %")]


def _moved(value: np.ndarray, subject: np.ndarray) -> pd.Series:
    own = pd.Series(value).groupby(subject).transform("median")
    return (pd.Series(value) / own - 1).abs()
