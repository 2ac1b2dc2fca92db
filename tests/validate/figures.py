"""Statistics and Markdown of the validation tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata, spearmanr

_DRAWS = 2000
_NINETIETH = 1.645


@dataclass(frozen=True)
class Headline:
    """One line of the index: what, the figure read, and the floor that it should beat."""

    what: str
    read: str
    floor: str = ""


@dataclass(frozen=True)
class Auc:
    """Chance that a positive ranks above a negative, ties half, with a bootstrap 95 % interval.

    lost: how many of either had no value and were left out.
    """

    value: float
    low: float
    high: float
    positives: int
    negatives: int
    lost: int

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """AUC, interval, n of either class, unmeasured: four cells of a table."""
        if not (self.positives and self.negatives):
            return ("-", "-", f"{self.positives} / {self.negatives}", str(self.lost))
        n = f"{self.positives} / {self.negatives}"
        return (f"{self.value:.2f}", f"{self.low:.2f} to {self.high:.2f}", n, str(self.lost))


def auc(positive: Iterable[float], negative: Iterable[float]) -> Auc:
    """How well a value tells two classes apart; each class is resampled on its own."""
    given = [np.asarray(list(values), float) for values in (positive, negative)]
    up, down = (values[np.isfinite(values)] for values in given)
    lost = sum(map(len, given)) - len(up) - len(down)
    if not (len(up) and len(down)):
        return Auc(np.nan, np.nan, np.nan, len(up), len(down), lost)
    rng = np.random.default_rng(0)
    drawn = [
        _area(rng.choice(up, len(up)), rng.choice(down, len(down)))
        for _ in range(_DRAWS if min(len(up), len(down)) > 1 else 1)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Auc(_area(up, down), float(low), float(high), len(up), len(down), lost)


def _area(up: np.ndarray, down: np.ndarray) -> float:
    ranks = rankdata(np.concatenate([up, down]))[: len(up)]
    return float((ranks.sum() - len(up) * (len(up) + 1) / 2) / (len(up) * len(down)))


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's, over the pairs that are both measured."""
    both = np.isfinite(a) & np.isfinite(b)
    return float(spearmanr(a[both], b[both]).statistic) if both.sum() > 2 else float("nan")


def directions(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """(N, 3) unit vectors towards a light: x to image right, y up, z to the camera."""
    az, el = np.deg2rad(np.asarray(azimuth, float)), np.deg2rad(np.asarray(elevation, float))
    return np.stack([np.sin(az) * np.cos(el), np.sin(el), np.cos(az) * np.cos(el)], 1)


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between unit vectors (N, 3)."""
    return np.rad2deg(np.arccos(np.clip((a * b).sum(1), -1, 1)))


def side_right(asked: np.ndarray, read: np.ndarray) -> tuple[int, int]:
    """(right, measured) by the sign of the azimuth."""
    known = np.isfinite(read)
    return int((np.sign(asked[known]) == np.sign(read[known])).sum()), int(known.sum())


def held(asked: np.ndarray, read: np.ndarray, error: np.ndarray) -> tuple[int, int]:
    """(held, measured): how many 90 % intervals, 1.645 standard errors either side, hold the truth."""
    off, known = np.abs(np.asarray(read) - np.asarray(asked)), np.isfinite(read) & np.isfinite(error)
    return int((off[known] <= _NINETIETH * np.asarray(error)[known]).sum()), int(known.sum())


def share(part: int, whole: int) -> str:
    """ "86 % (19 of 22)"."""
    return f"{100 * part / whole:.0f} % ({part} of {whole})" if whole else "- (0 of 0)"


def number(value: float, digits: int = 2) -> str:
    """A value for a cell, "-" where not measured."""
    return (
        f"{value:.{digits}f}".replace("-0." + "0" * digits, "0." + "0" * digits)
        if np.isfinite(value)
        else "-"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def page(title: str, *parts: str) -> str:
    """A Markdown page."""
    return "\n\n".join([f"# {title}", *(part.strip("\n") for part in parts)]) + "\n"


def section(title: str, *parts: str) -> str:
    """A second-level section."""
    return "\n\n".join([f"## {title}", *(part.strip("\n") for part in parts)])


def _cell(cell: object) -> str:
    return str(cell).replace("|", "\\|").replace("\n", " ")
