"""Write src/lightmeter/measure/skin/photographs.json: the spectrum of skin in real photographs.

    python tests/validate/photograph_spectra.py [--data DIR]

From photographs of DIR that nobody retouched and whose skin is labelled natural, or not labelled, one of each
person: the code that draws the chart, and percentiles over the photographs. The
pictures stay where they are; the file holds figures alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from metering import labelled, pictures_below

from lightmeter.engine.scene import Scene
from lightmeter.measure.skin.photographs import PITCHES
from lightmeter.measure.skin.skin_spectrum import FACE, skin_spectrum
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import decode

ROOT = Path(__file__).resolve().parents[2]
_MORE = ("matte/takiyu/sample_images/color_1.jpg",)
"""Portraits among the pictures for other checks: a camera's, not retouched, by eye."""


def chosen(data: Path) -> list[str]:
    """Names of photographs, the first of each person."""
    labels = labelled(data)
    found = [str(path.relative_to(data)) for path in pictures_below(data / "real")]
    found += [*labels.index[(labels.kind == "photo") & ~labels.index.isin(found)], *_MORE]
    named = pd.DataFrame({"name": found, "group": [labels.group.get(each, each) for each in found]})
    unsure = [name in labels.index and labels.skin[name] != "natural" for name in named.name]
    return list(named[~np.array(unsure)].drop_duplicates("group").name)


def curve(path: Path) -> list[float]:
    """Contrast of the skin of one photograph at each pitch; NaN where it is not known."""
    picture = decode(path)
    linear = picture.frame()[None]
    encoded = encoded_from_linear(linear)
    roots = {"linear": linear, "encoded": encoded, "pictures": (picture,), "clip_spec": None}
    with torch.inference_mode():
        return Scene(roots).call(skin_spectrum, {}).spectra[FACE][0].tolist()


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = {name: curve(given.data / name) for name in chosen(given.data)}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(PITCHES)).dropna()
    how = (
        f"{len(table)} photographs of natural skin with faces of 160 px or more, one of each person; "
        "python tests/validate/photograph_spectra.py"
    )
    at = {"low": 0.1, "middle": 0.5, "high": 0.9}
    bands = {key: [round(float(value), 3) for value in table.quantile(q)] for key, q in at.items()}
    out = {"how": how, "count": len(table), "pitches": list(PITCHES), **bands}
    target = ROOT / "src" / "lightmeter" / "measure" / "skin" / "photographs.json"
    target.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table.round(2).to_string() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
