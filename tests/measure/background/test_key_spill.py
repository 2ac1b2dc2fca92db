"""key_spill on cutouts whose spill is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from cutouts import Cutout, rendered
from torch import Tensor

from lightmeter.engine.scene import Scene
from lightmeter.measure.background.key_spill import key_spill
from lightmeter.measure.registry import PerImage
from lightmeter.optics.colour import delta_e00, lab
from lightmeter.optics.transfer import encoded_from_linear
from lightmeter.read.picture import Picture

BASE = Cutout(side=384, mottle=0.0, spill_reach=6.0)


def scene(*pictures: Tensor) -> Scene:
    linear = torch.stack(pictures)
    codes = [(255 * encoded_from_linear(each)).round().to(torch.uint8) for each in linear]
    roots = tuple(Picture(each.permute(1, 2, 0).numpy(), None, "") for each in codes)
    return Scene({"linear": linear, "encoded": encoded_from_linear(linear), "pictures": roots})


def spill(*cutouts: Cutout) -> PerImage:
    with torch.inference_mode():
        found: PerImage = scene(*map(rendered, cutouts)).call(key_spill, {})
    return found


@pytest.mark.parametrize("share", [0.03, 0.1, 0.2])
@pytest.mark.parametrize("backdrop", [(0.03, 0.5, 0.06), (0.9, 0.0, 0.2)])
def test_reads_the_shift_that_spill_makes(share: float, backdrop: tuple[float, float, float]) -> None:
    # The band is 3 to 6 steps of 384 / 512 px inside; there spill is share exp(-(d / 6)^2) of the backdrop.
    # Its centre of area counts, and a quarter of a pixel more or less is the outline's own precision.
    found = float(spill(replace(BASE, spill=share, backdrop=backdrop)).value)
    inwards = torch.arange(3, 7) * 0.75 + 0.25
    amount = share * torch.exp(-((inwards / 6) ** 2)).mean()
    own, key = (torch.tensor(c)[None, :, None] for c in (BASE.own, backdrop))
    assert found == pytest.approx(float(delta_e00(lab(own), lab(own + amount * key))), rel=0.15, abs=0.3)


def test_rises_with_spill_on_heads_too() -> None:
    shares = (0.0, 0.02, 0.05, 0.1, 0.2)
    found = spill(*(replace(BASE, shape="head", spill=share, mottle=0.05) for share in shares)).value
    assert (found.diff() > 0.5).all()


@pytest.mark.parametrize(
    "fault", [{"halo": 0.5}, {"gradient": 1.0}, {"texture": 0.1}, {"mottle": 0.1}, {"soft": 3.0}]
)
def test_other_faults_are_no_spill(fault: dict[str, float]) -> None:
    strong, clean = spill(replace(BASE, spill=0.1), replace(BASE, **fault)).value.tolist()
    assert clean < strong / 4


def test_white_light_and_shade_on_the_edge_are_no_spill() -> None:
    picture = rendered(replace(BASE, spill=0.0))
    y, x = torch.meshgrid(*[torch.arange(384) + 0.5] * 2, indexing="ij")
    inwards = 0.3 * 384 - torch.hypot(x - 192, y - 192)
    near = torch.exp(-((inwards.clamp_min(0) / 6) ** 2)) * (inwards > 0)
    with torch.inference_mode():
        white, shaded = scene(picture + 0.1 * near, picture * (1 - 0.5 * near)).call(key_spill, {}).value
    assert white < 1
    assert shaded < 1


def test_a_mirror_and_a_neighbour_leave_it() -> None:
    picture = rendered(replace(BASE, shape="head", spill=0.1, mottle=0.05))
    with torch.inference_mode():
        alone = scene(picture).call(key_spill, {}).value
        both = scene(picture.flip(-1), picture).call(key_spill, {}).value
    assert float(both[1]) == pytest.approx(float(alone[0]), abs=1e-3)
    assert float(both[0]) == pytest.approx(float(alone[0]), abs=0.7)


def test_not_measured_before_grey_or_nothing() -> None:
    result = spill(replace(BASE, backdrop=(0.1, 0.1, 0.1)), replace(BASE, own=BASE.backdrop))
    assert result.value.isnan().all()
    assert "no colour to spill" in result.reasons()[0]
    assert result.reasons()[1] == "no subject found"
