"""shadows.md: the size of the light, rims, and how stable measurements of light are."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
from figures import Headline, auc, number, page, section, table
from metering import Meter, labelled
from stability_tables import stability

_RIM = re.compile(r"\brim\b|rim-lit|back-?li(?:gh)?t", re.IGNORECASE)
_MOST = 12


def shadows(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    sizes, first = _sizes(meter)
    labels = labelled(meter.data)
    read = meter.of_data(list(labels.index))
    rims, second = _rims(meter, read.value)
    steady, third = stability(meter, "light")
    return page("Shadows and rims", sizes, rims, steady), [*first, *second, *third]


def _renders(meter: Meter) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Truth and values of the path-traced heads under a key."""
    truth = pd.DataFrame(json.loads((meter.data / "light-renders/labels.json").read_text())).set_index("file")
    truth = truth[truth.key_azimuth_deg.notna()]
    value = meter.of_data([f"light-renders/{name}" for name in truth.index]).value
    value.index = truth.index
    return truth, value


def _sizes(meter: Meter) -> tuple[str, list[Headline]]:
    truth, value = _renders(meter)
    same = truth[(truth.key_azimuth_deg == -45) & truth.key_elevation_deg.between(30, 35)]
    same = same[same.key_fill_stops == 2].sort_values("softbox_size")
    width = value.shadow_edge_width.reindex(same.index)
    verdict = "rises" if (np.diff(width) > 0).all() else "DOES NOT RISE"
    rows = [
        [name, number(size, 0), number(width[name], 3)]
        for name, size in same.softbox_size.items()
    ]  # fmt: skip
    text = section(
        "Size of the source (light-renders)",
        "The same head, key and fill under softboxes of three sizes.",
        table(["file", "softbox", "shadow_edge_width"], rows),
        f"With the softbox it {verdict}.",
    )
    return text, [Headline("renders, shadow edge over softbox size", verdict)]


def _rims(meter: Meter, value: pd.DataFrame) -> tuple[str, list[Headline]]:
    notes = pd.concat([pd.read_csv(meter.data / name) for name in ("labels.csv", "extra/labels.csv")])
    notes = notes.set_index("path").reindex(value.index)
    lit = notes.notes.fillna("").str.contains(_RIM) | (notes.key_side == "back")
    read = auc(value.rim_strength[lit], value.rim_strength[~lit])
    highest = value.rim_strength.dropna().sort_values(ascending=False).head(_MOST)
    rows = [[path, number(v), "yes" if lit[path] else ""] for path, v in highest.items()]
    text = section(
        "Rims",
        "A rim is by eye where the rater's notes speak of rim or backlight; no one looked for rims in "
        "particular, so some of the others have one, too. AUC of a higher rim_strength: "
        f"{read.cells[0]} ({read.cells[1]}), {read.cells[2]} with and without, {read.cells[3]} unmeasured. "
        "The strongest:",
        table(["picture", "rim_strength", "noted"], rows),
    )
    return text, [Headline("rim noted or not, AUC of rim_strength", read.cells[0])]
