"""`lightmeter demo`: pictures that come with dependencies, and damage that the report must catch."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from scipy.ndimage import gaussian_filter
from torch import Tensor

from lightmeter.api import score
from lightmeter.console import finished, watched
from lightmeter.engine.plan import Settings
from lightmeter.engine.scene import Scene
from lightmeter.judge.run import Run
from lightmeter.optics.transfer import encoded_from_linear, linear_from_encoded
from lightmeter.read.decode import decode
from lightmeter.read.picture import Picture
from lightmeter.report.figures import with_unit

KEY = (255, 0, 128)
"""The article's "pure RGB 255/0/128"."""

_PICTURES = (
    ("skimage", "data/astronaut.png", "astronaut"),
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "hopper"),
)


@dataclass(frozen=True)
class Damage:
    """One way to spoil a picture over a clean key, and the criterion that must catch it."""

    variant: str
    criterion: str
    spoil: Callable[[Tensor, Tensor, Tensor], Tensor]
    """(linear, subject, skin) -> linear; (1, 3, H, W), (1, 1, H, W), (1, 1, H, W)."""


def smooth_skin(linear: Tensor, subject: Tensor, skin: Tensor) -> Tensor:
    """Porcelain over a clean key: the skin's own blur, which nothing beside the skin reaches into."""
    sigma = float(skin.sum().sqrt()) / 80
    soft = _blurred(linear * skin, sigma) / _blurred(skin, sigma).clamp_min(1e-3)
    return clean_key(linear + _blurred(skin, 1.0) * skin * (soft - linear), subject, skin)


def flat_light(linear: Tensor, subject: Tensor, skin: Tensor) -> Tensor:
    """Flat light over a clean key: the slow part of the skin's luminance is evened out."""
    sigma = float(skin.sum().sqrt()) / 30
    bright = linear.mean(1, keepdim=True).clamp_min(1e-4)
    level = _blurred(torch.log(bright) * skin, sigma) / _blurred(skin, sigma).clamp_min(1e-3)
    mean = (torch.log(bright) * skin).sum() / skin.sum()
    evened = (linear * torch.exp(mean - level)).clamp(0, 1)
    return clean_key(linear + _blurred(skin, 1.0) * skin * (evened - linear), subject, skin)


def clean_key(linear: Tensor, subject: Tensor, skin: Tensor) -> Tensor:
    """The subject over exactly the key colour."""
    return _over(linear, subject, _key(linear))


def dirty_key(linear: Tensor, subject: Tensor, skin: Tensor) -> Tensor:
    """The subject over a key with a horizon, a fall-off and a texture."""
    height, width = linear.shape[2:]
    y = torch.linspace(0, 1, height)[:, None].expand(height, width)
    x = torch.linspace(0, 1, width)[None, :].expand(height, width)
    shade = torch.exp2(-1.5 * x) * torch.where(y > 0.6, 0.3, 1.0)
    weave = 1 + 0.5 * torch.sin(x * width / 8) * torch.sin(y * height / 8)
    return _over(linear, subject, _key(linear) * shade * weave)


DAMAGES = (
    Damage("smooth-skin", "pores", smooth_skin),
    Damage("flat-light", "flat_light", flat_light),
    Damage("dirty-key", "seamless", dirty_key),
    Damage("dirty-key", "chroma", dirty_key),
)


def run_demo(out: Path, settings: Settings) -> int:
    """Write the pictures, score them, say what each damage did; returns the exit code."""
    console = Console()
    pictures = out / "pictures"
    missing = write_pictures(pictures)
    with watched() as watch:
        parameters = {"key_colour": "#{:02x}{:02x}{:02x}".format(*KEY)}
        run = score(pictures, "demo", parameters=parameters, settings=settings, watch=watch)
    code = finished(run, out, strict=False)
    console.print(_caught(run))
    for name in missing:
        console.print(f"without {name}, whose portrait has a face large enough for pores: pip install {name}")
    return code


def write_pictures(folder: Path) -> list[str]:
    """Each picture as it is and damaged, a folder per variant; returns the packages not installed."""
    missing = []
    for package, inside, name in _PICTURES:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            missing.append(package)
        else:
            _write_variants(decode(Path(spec.origin).parent / inside), name, folder)
    return missing


def _write_variants(picture: Picture, name: str, folder: Path) -> None:
    linear = picture.frame()[None]
    scene = Scene({"linear": linear, "encoded": encoded_from_linear(linear), "pictures": (picture,)})
    subject, skin = (scene.input(region).alpha for region in ("subject", "skin"))
    spoils = {each.variant: each.spoil for each in DAMAGES} | {"clean-key": clean_key}
    for variant, spoil in {"original": lambda linear, subject, skin: linear, **spoils}.items():
        path = folder / variant / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        codes = (encoded_from_linear(spoil(linear, subject, skin))[0] * 255).round().clamp(0, 255)
        Image.fromarray(codes.permute(1, 2, 0).byte().numpy()).save(path)


def _caught(run: Run) -> Table:
    """For each damage: its own criterion before and after."""
    table = Table("damage", "picture", "criterion", "before", "after", "verdict", box=None, pad_edge=False)
    found = {(v.image, v.criterion): v for v in run.verdicts}
    pictures = sorted({Path(record.image).name for record in run.images})
    for damage in DAMAGES:
        for picture in pictures:
            before, after = (
                found[f"{variant}/{picture}", damage.criterion] for variant in ("clean-key", damage.variant)
            )
            values = [
                with_unit(v.reading.value, v.reading.unit)
                if v.reading.value is not None
                else v.reading.reason
                for v in (before, after)
            ]
            verdict = f"{before.decision} -> {after.decision}"
            table.add_row(damage.variant, picture, damage.criterion, *values, verdict)
    return table


def _key(linear: Tensor) -> Tensor:
    colour = linear_from_encoded(torch.tensor(KEY) / 255)
    return colour[None, :, None, None].expand_as(linear)


def _over(linear: Tensor, subject: Tensor, backdrop: Tensor) -> Tensor:
    return subject * linear + (1 - subject) * backdrop


def _blurred(planes: Tensor, sigma: float) -> Tensor:
    blurred: npt.NDArray[np.float32] = gaussian_filter(planes.numpy(), (0, 0, sigma, sigma))
    return torch.from_numpy(blurred)
