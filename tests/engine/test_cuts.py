"""The extracted subject in small, of cutouts whose coverage is exact."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from cutouts import Cutout, coverage, rendered
from PIL import Image

from lightmeter.engine.cuts import cuts_asked, cuts_of
from lightmeter.engine.evidence import evidence_digest
from lightmeter.engine.plan import Settings, everything, plan
from lightmeter.engine.run import run
from lightmeter.engine.scene import Scene
from lightmeter.measure.records import Wanted
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.picture import Picture
from lightmeter.read.sources import find

GREEN = Cutout(side=512, soft=4.0, mottle=0.0)
EMPTY = replace(GREEN, own=GREEN.backdrop)
SMALL = torch.Size((256, 256))


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """A subject, none, and one that was cut out already."""
    linear = torch.stack([rendered(each) for each in (GREEN, EMPTY, GREEN)])
    encoded = encoded_from_linear(linear)
    codes = (255 * encoded).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    clear = (None, None, (255 * coverage(GREEN)).round().to(torch.uint8).numpy())
    pictures = tuple(Picture(each, alpha, "") for each, alpha in zip(codes, clear, strict=True))
    with torch.inference_mode():
        yield Scene({"linear": linear, "encoded": encoded, "pictures": pictures})


@pytest.fixture(scope="module")
def cut(scene: Scene) -> npt.NDArray[np.uint8]:
    picture = Image.open(io.BytesIO(cuts_of(scene, SMALL)[0]))
    assert (picture.format, picture.mode, picture.size) == ("WEBP", "RGBA", (256, 256))
    return np.asarray(picture)


def test_its_alpha_is_the_fine_matte(scene: Scene, cut: npt.NDArray[np.uint8]) -> None:
    matte = F.avg_pool2d(scene.input("fine_matte").alpha[0], 2)[0].numpy()
    exact = F.avg_pool2d(coverage(GREEN)[None], 2)[0].numpy()
    assert np.abs(cut[..., 3] / 255 - matte).max() < 0.06
    # As in test_trial_key: coverage is pulled from encoded values, and 1.5 % of the frame is ramp.
    assert np.abs(cut[..., 3] / 255 - exact).mean() < 4e-3


def test_its_edge_has_the_subjects_own_colour(cut: npt.NDArray[np.uint8]) -> None:
    own = 255 * encoded_from_linear(torch.tensor(GREEN.own)).numpy()
    edge = cut[(cut[..., 3] > 80) & (cut[..., 3] < 200)][:, :3]
    assert len(edge) > 200
    # Uncleaned, it would be some 50 codes greener.
    assert np.abs(np.median(edge, 0) - own).max() < 12


def test_without_subject_or_backdrop_there_is_none(scene: Scene) -> None:
    assert float(scene.input("fine_matte").alpha[2].amax()) == 1
    assert [bool(each) for each in cuts_of(scene, SMALL)] == [True, False, False]


def test_only_measurements_of_the_extracted_subject_ask_for_it() -> None:
    asked = ("key_spill", "edge_halo", "background_key_residue", "background_key_residue_worst")
    assert all(cuts_asked([Wanted("face_count"), Wanted(name)]) for name in asked)
    assert not cuts_asked([Wanted("face_count"), Wanted("background_texture"), Wanted("key_azimuth")])
    assert evidence_digest([Wanted("edge_halo")]) != evidence_digest([Wanted("face_count")])


def test_a_run_keeps_it_at_the_thumbnails_size(folder: Path) -> None:
    done = run(
        find([folder / "cold" / "tall.png"]), plan(everything({}, ["edge_halo"]), Settings(device="cpu"))
    )
    drawn = done.pictures[done.records[0].image]
    cut, thumbnail = (Image.open(io.BytesIO(each)) for each in (drawn.cut, drawn.thumbnail))
    assert cut.size == thumbnail.size
    alpha = np.asarray(cut)[..., 3]
    # Her face is at (124, 127) of 300 x 400, a corner of the picture behind her at its upper right.
    assert alpha[127, 124] == 255
    assert alpha.min() < 30
