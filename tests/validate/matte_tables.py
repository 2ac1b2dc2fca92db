"""matte.md: the fine matte against known ones, edge faults of known size, a real green screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from backdrops import Faults, behind, cutout, save
from cutouts import Cutout, faults, rendered
from figures import Headline, number, page, section, table
from metering import Meter, labelled
from PIL import Image
from scipy.ndimage import gaussian_filter, gaussian_gradient_magnitude, grey_opening

from lightmeter.engine.cuts import EDGES
from lightmeter.engine.scene import Scene
from lightmeter.engine.trial_key import trial_key
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.decode import decode

_TRUTHS = {
    "photograph, plain backdrop": ("takiyu/sample_images/color_2.jpg", "takiyu/sample_images/alpha_2.jpg"),
    "photograph, crowd behind": ("takiyu/sample_images/color_1.jpg", "takiyu/sample_images/alpha_1.jpg"),
    "the first on green": ("takiyu/sample_images/color_vis_2.jpg", "takiyu/sample_images/alpha_2.jpg"),
    "the second on green": ("takiyu/sample_images/color_vis_1.jpg", "takiyu/sample_images/alpha_1.jpg"),
    "doll, park behind": (
        "alphamatting/dataset/input_training_lowres/GT08.png",
        "alphamatting/dataset/gt_training_lowres/GT08.png",
    ),
    "two trolls, lawn behind": (
        "alphamatting/dataset/input_training_lowres/GT04.png",
        "alphamatting/dataset/gt_training_lowres/GT04.png",
    ),
}
_GREEN = "elixir/test/support/images/chroma_key/greenscreen.jpg"
_KEYED = "elixir/test/support/validate/chroma_key/person.jpg"
_DEVIATIONS = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0)
_STRAND = 7
"""Pixels: what is narrower in a known matte is a strand."""
_OTHERS = {"gradient": 1.0, "texture": 0.1, "mottle": 0.1, "soft": 4.0}


@dataclass(frozen=True)
class _Error:
    """sad: thousands of pixels; mse: thousandths; gradient: as alphamatting.com, in thousands."""

    sad: float
    mse: float
    gradient: float

    @staticmethod
    def of(found: np.ndarray, truth: np.ndarray) -> _Error:
        slopes = [gaussian_gradient_magnitude(each, 1.4) for each in (found, truth)]
        away = found - truth
        return _Error(
            float(np.abs(away).sum() / 1e3),
            float((away**2).mean() * 1e3),
            float(((slopes[0] - slopes[1]) ** 2).sum() / 1e3),
        )

    @property
    def cells(self) -> tuple[str, str, str]:
        return number(self.sad), number(self.mse), number(self.gradient, 3)


def matte(meter: Meter) -> tuple[str, list[Headline]]:
    """The page, and its lines of the index."""
    parts = [
        _truths(meter),
        _faults(meter),
        _widths(meter),
        _strands(meter),
        _labelled(meter),
        _green(meter),
    ]
    head = (
        "The fine matte is what edges are judged by and what `lightmeter key` pulls; the silhouette is what "
        "the other measurements use."
    )
    return page("Matte and edges", head, *(text for text, _ in parts)), [line for _, line in parts if line]


def _truths(meter: Meter) -> tuple[str, Headline]:
    rows, plain = [], []
    for name, (picture, truth) in _TRUTHS.items():
        before, after, doubted = _errors(meter.data / "matte" / picture, meter.data / "matte" / truth)
        rows.append([name, *before.cells, *after.cells, number(doubted)])
        if "green" in name or "plain" in name:
            plain.append((before.sad, after.sad))
    text = section(
        "Against known mattes",
        "Sum of absolute differences (thousands of pixels), mean squared error (thousandths), gradient "
        "error; the silhouette, then the fine matte; last, the mean doubt within its band. The trolls' "
        "upright hair is missed by both networks, so the fine matte never looks there.",
        table(
            [
                "picture",
                *(f"{w} {e}" for w in ("silhouette", "fine") for e in ("SAD", "MSE", "grad")),
                "doubt",
            ],
            rows,
        ),
    )
    first, second = (np.mean(each) for each in zip(*plain, strict=True))
    return text, Headline(
        "SAD of the matte before plain backdrops, thousands of pixels",
        number(second),
        f"{number(first)} silhouette",
    )


def _errors(picture: Path, truth: Path) -> tuple[_Error, _Error, float]:
    exact = np.asarray(Image.open(truth).convert("L")) / 255.0
    with torch.inference_mode():
        scene = _scene(picture)
        fine, band = scene.input("fine_matte"), scene.input("key_pull").band
        before, after = scene.input("subject").alpha, fine.alpha
    doubted = float((fine.doubt * band).sum() / band.sum())
    return (*(_Error.of(each[0, 0].numpy(), exact) for each in (before, after)), doubted)


def _faults(meter: Meter) -> tuple[str, Headline]:
    made = list(_cutouts())
    folder = meter.folder("cutouts")
    paths = []
    for i, (_, drawn) in enumerate(made):
        paths.append(folder / f"{i:03}.png")
        codes = (255 * encoded_from_linear(rendered(drawn))).round().to(torch.uint8)
        Image.fromarray(codes.permute(1, 2, 0).numpy()).save(paths[-1])
    read = meter.read(paths).value
    rows = [
        [
            name,
            *(
                number(read[column].iloc[i])
                for column in ("key_spill", "edge_halo", "background_key_residue_worst")
            ),
        ]
        for i, (name, _) in enumerate(made)
    ]
    ordered = sum(_rises(read, made, fault) for fault in ("spill", "halo"))
    text = section(
        "Edge faults of known size",
        "Discs and heads of `datasets/cutouts.py`, each fault alone: spill as a share of the backdrop's "
        "light on the very edge, halo in stops (green 0.5 clips at 1 stop).",
        table(["fault", "key_spill, deltaE00", "edge_halo, stop", "residue, worst"], rows),
    )
    return text, Headline("steps of spill and halo that are read in order", f"{ordered} of 14")


def _cutouts() -> Iterator[tuple[str, Cutout]]:
    for shape in ("disc", "head"):
        base = Cutout(shape=shape)
        for each in faults(base):
            yield f"{shape}, spill {each.spill:g}, halo {each.halo:g}", each
        for name, size in _OTHERS.items():
            yield f"{shape}, {name} {size:g}", replace(base, **{name: size})


def _rises(read: pd.DataFrame, made: list[tuple[str, Cutout]], fault: str) -> int:
    """Steps from one size to the next, below what clips, at which the reading rises."""
    column = {"spill": "key_spill", "halo": "edge_halo"}[fault]
    other = {"spill": "halo", "halo": "spill"}[fault]
    count = 0
    for shape in ("disc", "head"):
        found = [
            read[column].iloc[i]
            for i, (name, each) in enumerate(made)
            if each.shape == shape and getattr(each, other) == 0 and each.halo <= 1 and "spill" in name
        ]
        count += int((np.diff(found) > 0).sum())
    return count


def _widths(meter: Meter) -> tuple[str, Headline]:
    """matte_edge_width of path-traced heads whose matte was made hard, or blurred by so much."""
    folder, rows, off = meter.folder("widths"), [], []
    for path in sorted((meter.data / "light-renders").glob("cutout*.png")):
        alpha = np.asarray(Image.open(path).convert("RGBA"))[..., 3] / 255.0
        paths = []
        for deviation in _DEVIATIONS:
            soft = gaussian_filter(alpha, deviation) if deviation else (alpha > 0.5).astype(float)
            matte = folder / f"{path.stem}-{deviation:g}-matte.png"
            Image.fromarray((255 * soft).round().astype(np.uint8)).save(matte)
            paths.append(folder / f"{path.stem}-{deviation:g}.png")
            save(behind(*cutout(path, matte), Faults(), (0.3, 0.3, 0.3)), paths[-1])
        value = meter.read(paths).value
        scene = _scene(paths[0])
        with torch.inference_mode():
            pixel = 100 / float(scene.input("face").width)
        for deviation, read in zip(_DEVIATIONS, value.matte_edge_width, strict=True):
            true = 2.563 * deviation if deviation else 0.8
            off.append(abs(read / pixel - true))
            rows.append([path.stem, number(deviation, 1), number(true), number(read / pixel), number(read)])
    text = section(
        "Edges of known width",
        "Path-traced heads of 800 pixels whose exact matte is made hard or blurred before they are laid over "
        "grey: 10 to 90 % of an error function is 2.563 deviations, of a hard pixel 0.8.",
        table(["cut-out", "deviation, px", "true, px", "read, px", "matte_edge_width, %"], rows),
    )
    return text, Headline("matte_edge_width, most error, pixels of the frame", number(max(off)))


def _strands(meter: Meter) -> tuple[str, None]:
    """lost_strands of photographs beside what their known mattes say of the fine matte."""
    rows = []
    for name, (picture, truth) in _TRUTHS.items():
        exact = np.asarray(Image.open(meter.data / "matte" / truth).convert("L")) / 255.0
        with torch.inference_mode():
            found = _scene(meter.data / "matte" / picture).input("fine_matte").alpha[0, 0].numpy()
        thin = exact - grey_opening(exact, _STRAND)
        lost = 100 * np.minimum(np.clip(exact - found, 0, 1), thin).sum() / thin.sum()
        read = meter.of_data([f"matte/{picture}"])
        value, why = read.value.lost_strands.iloc[0], read.reason.lost_strands.iloc[0]
        rows.append([name, number(lost, 0), number(value, 0), why or ""])
    text = section(
        "Strands that the matte loses",
        f"Of what is narrower than {_STRAND} pixels in the known matte, the share that the fine one lacks; "
        "and lost_strands, which knows no matte but the picture.",
        table(["picture", "lost by the known matte, %", "lost_strands, %", "reason"], rows),
    )
    return text, None


def _scene(path: Path) -> Scene:
    found = decode(path)
    linear = found.frame()[None]
    return Scene({"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (found,)})


def _labelled(meter: Meter) -> tuple[str, None]:
    labels = labelled(meter.data)
    chosen = labels[labels.background.isin(["chroma", "plain", "black", "textured"])]
    value = meter.of_data(list(chosen.index)).value
    rows = []
    for name, part in value.groupby(chosen.background):
        for column in EDGES:
            known = part[column].dropna()
            spread = [number(q) for q in known.quantile([0.1, 0.5, 0.9])] if len(known) else ["-"] * 3
            rows.append([name, column, len(known), len(part) - len(known), *spread])
    text = section(
        "Labelled portraits",
        "By the label of the background; nobody has labelled spill, halo, edges or strands.",
        table(["label", "measurement", "n", "unmeasured", "p10", "median", "p90"], rows),
    )
    return text, None


def _green(meter: Meter) -> tuple[str, Headline]:
    folder = meter.data / "matte"
    reference = np.asarray(Image.open(folder / _KEYED).convert("RGB")).astype(float)
    found = trial_key(folder / _GREEN, None, "cpu")
    alpha = found.rgba[..., 3:] / 255
    away = np.abs(found.rgba[..., :3] * alpha - reference)
    person = reference.max(2) > 16
    rows = [
        ["mean absolute difference over black, codes", number(away.mean())],
        ["the same where the reference shows the person", number(away[person].mean())],
        ["the same elsewhere", number(away[~person].mean())],
        *(
            [each.wanted.measurement, number(np.nan if each.value is None else each.value)]
            for each in found.readings
        ),
    ]
    text = section(
        "A real green screen",
        "`lightmeter key` of a photographed green screen, over black, against the reference that came with "
        "it. That is a hard key with a green line of a pixel around the person; ours is soft and has none.",
        table(["figure", "read"], rows),
    )
    return text, Headline("real green screen, difference from its reference key, codes", number(away.mean()))
