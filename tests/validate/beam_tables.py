"""beams.md: beams of light whose axis and falloff are known, and how often one is seen where none is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from beams import Beam
from figures import Headline, number, page, section, share, table
from metering import Meter, Readings, labelled
from PIL import Image
from skimage import data

from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded

_KNOWN = {
    "ai/awesomeprompts/public/media/3d/pg-1995179913805168966.webp": "a beam of the article's own, about -45",
    "ai/awesomeprompts/public/media/portraits/pg-1996609242338669004.webp": "blind stripes, nearly level",
    "extra/songguoxs/931.jpeg": "a hard beam; over the face one edge of it shows",
}
_HAIR_BROKEN, _STRAIGHT = "broken by hair", "whole"


@dataclass(frozen=True)
class _Sitter:
    """name; linear (H, W, 3); the face's middle and width in pixels."""

    name: str
    linear: npt.NDArray[np.float32]
    middle: tuple[float, float]
    width: float


def beams(meter: Meter) -> tuple[str, list[Headline]]:
    """The page and its headline figures."""
    synthetic, first = _synthetic(meter)
    false, second = _false(meter)
    return page("Beams of light", synthetic, false, _known(meter)), [*first, *second]


def _sitters() -> list[_Sitter]:
    photograph = Image.fromarray(data.astronaut())
    upright = photograph.crop((90, 0, 330, 300)).resize((600, 750), Image.Resampling.BICUBIC)
    mirrored = upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    planes = [
        linear_from_encoded(torch.from_numpy(np.asarray(p).copy())).numpy() for p in (upright, mirrored)
    ]
    return [
        _Sitter("astronaut", planes[0], (337.0, 287.0), 230.0),
        _Sitter("in a mirror", planes[1], (263.0, 287.0), 230.0),
    ]


def _cases() -> pd.DataFrame:
    kinds = {_STRAIGHT: 0.0, _HAIR_BROKEN: 4.0}
    rows = [
        (angle, stops, kind, strands)
        for angle in (-70, -45, 0, 30, 90)
        for stops in (3.0, 4.0)
        for kind, strands in kinds.items()
    ]
    return pd.DataFrame(rows, columns=["angle", "stops", "kind", "strands"])


def _synthetic(meter: Meter) -> tuple[str, list[Headline]]:
    cases = pd.concat([_cases().assign(sitter=i) for i in range(2)], ignore_index=True)
    folder, sitters = meter.folder("beams"), _sitters()
    paths = [folder / f"{i:03d}.png" for i in cases.index]
    for path, case in zip(paths, cases.itertuples(), strict=True):
        sitter = sitters[case.sitter]
        recipe = Beam(case.angle, sitter.middle, sitter.width, 0.5, stops=case.stops, strands=case.strands)
        Image.fromarray(_coded(0.9 * recipe.lit(sitter.linear))).save(path)
    value = meter.read(paths).value.reset_index(drop=True)
    cases["error"] = ((value.beam_angle - cases.angle + 90) % 180 - 90).abs()
    cases["falloff"], cases["breakup"] = value.beam_falloff - cases.stops, value.shadow_breakup
    rows = [_line(kind, stops, part) for (kind, stops), part in cases.groupby(["kind", "stops"])]
    text = section(
        "Known beams (datasets/beams.py)",
        "A photograph in flat light and its mirror image under masks of 0.5 face widths at five angles, "
        "whole or with 4 irregular shadows per face width. Angle: absolute error in degrees where one is "
        "read. Falloff: median of what is read less the mask's stops; the photograph's own shading, cells on "
        "the beam's edge and light skin against dark move it.",
        table(
            ["beam", "stops", "found", "median error", "largest", "falloff error", "shadow_breakup, median"],
            rows,
        ),
    )
    whole = cases[cases.kind == _STRAIGHT]
    return text, [
        Headline("synthetic whole beams, median angular error, deg", number(whole.error.median(), 1)),
        Headline("synthetic whole beams found", share(int(whole.error.notna().sum()), len(whole))),
    ]


def _line(kind: object, stops: object, part: pd.DataFrame) -> list[str]:
    return [
        str(kind),
        str(stops),
        share(int(part.error.notna().sum()), len(part)),
        number(part.error.median(), 1),
        number(part.error.max(), 1),
        number(part.falloff.median(), 1),
        number(part.breakup.median()),
    ]


def _coded(linear: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    coded = encoded_from_linear(torch.from_numpy(linear).clamp(0, 1)).numpy()
    return np.rint(255 * coded).astype(np.uint8)


def _false(meter: Meter) -> tuple[str, list[Headline]]:
    labels = labelled(meter.data)
    value = meter.of_data(list(labels.index)).value
    others = value.drop(index=[name for name in _KNOWN if name in value.index])
    found = others.beam_angle.dropna()
    rows = [[name, number(v, 0)] for name, v in found.items()]
    counts = [
        [half, share(int(part.beam_angle.notna().sum()), len(part))]
        for half, part in others.groupby(labels.half.reindex(others.index))
    ]
    flat = value[labels.flat.reindex(value.index) == "yes"]
    text = section(
        "Where no beam was noted",
        "Labelled pictures other than the three below for which beam_angle has a value. No one labelled "
        "beams, so some of these may be right.",
        table(["half", "with a value"], counts),
        table(["picture", "beam_angle"], rows) if rows else "None.",
        f"Of {len(flat)} faces labelled flat, {int((flat.shadow_breakup > 0.5).sum())} read a shadow_breakup "
        f"over 0.5, and {int((flat.beam_falloff > 2.5).sum())} a beam_falloff over 2.5 stops.",
    )
    return text, [
        Headline("labelled pictures with a beam where none was noted", share(len(found), len(others)))
    ]


def _known(meter: Meter) -> str:
    read = meter.of_data(list(_KNOWN))
    names = ["beam_angle", "beam_falloff", "shadow_breakup", "background_beyond_beam"]
    rows = [[path, what, *(_cell(read, path, name) for name in names)] for path, what in _KNOWN.items()]
    reasons = [
        f"{path}: {read.reason.beam_angle[path]}." for path in _KNOWN if np.isnan(read.value.beam_angle[path])
    ]
    return section("Pictures with a beam or stripes", table(["picture", "by eye", *names], rows), *reasons)


def _cell(read: Readings, path: str, name: str) -> str:
    return number(read.value[name][path], 0 if name == "beam_angle" else 3)
