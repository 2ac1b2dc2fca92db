"""terminator_warmth on spheres whose channels light diffuses through by known amounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lightmeter.measure.light.key_light import KeyLight
from lightmeter.measure.skin.skin_surface import SkinSurface
from lightmeter.measure.skin.terminator_warmth import terminator, terminator_warmth
from lightmeter.optics.geometry import direction
from lightmeter.optics.shading import fit_key
from lightmeter.optics.skin_colour import REFERENCE, chromaticity, on_reference_skin
from lightmeter.see.canvas import canvas
from lightmeter.see.provide import Refusal

Sphere = Callable[..., SkinSurface]
AZIMUTH = 50.0
FILL = 0.1


def key(azimuth: float = AZIMUTH) -> KeyLight:
    towards = direction(torch.tensor([azimuth]), torch.tensor([0.0]))
    some = fit_key(torch.ones(1, 3), towards[:, None].expand(-1, 3, -1), torch.ones(1, 3))
    return KeyLight(replace(some, direction=towards, error=torch.tensor([5.0])), ())


def wrapped(
    matte: Sphere,
    wraps: tuple[float, float, float],
    azimuth: float = AZIMUTH,
    body: tuple[float, float, float] = REFERENCE,
    fill: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> SkinSurface:
    """Each channel lit as far as asin(wrap) beyond the terminator: E = max(0, (n.l + w) / (1 + w))^(1 + w).

    Source of the profile: wrap lighting, d'Eon & Luebke 2007, GPU Gems 3, chapter 14.
    """
    surface = matte()
    cosine = torch.einsum("bc,bchw->bhw", key(azimuth).fit.direction, surface.normal)
    light = [
        ((cosine + w) / (1 + w)).clamp_min(0) ** (1 + w) + FILL * f for w, f in zip(wraps, fill, strict=True)
    ]
    return replace(surface, linear=0.7 * torch.tensor(body)[:, None, None] * torch.stack(light, 1))


def warmth(surface: SkinSurface, light: KeyLight | None = None) -> float:
    return float(terminator_warmth(surface, light or key()).value)


def test_wider_red_by_its_closed_form(matte: Sphere) -> None:
    # Medians over the zones' own cosines: each channel is monotone in n.l, so that its median is its value
    # at the median cosine.
    wraps = (0.3, 0.1, 0.1)
    surface = matte()
    cosine = torch.einsum("bc,bchw->bhw", key().fit.direction, surface.normal)[0][surface.skin[0, 0] > 0]

    def at(zone: Tensor) -> Tensor:
        middle = zone.sort().values[(len(zone) - 1) // 2]
        seen = [((middle + w) / (1 + w)).clamp_min(0) ** (1 + w) + FILL for w in wraps]
        return torch.tensor(REFERENCE) * torch.stack(seen)

    lit, dark = at(cosine[cosine > 0.5]), at(cosine[cosine < -0.15])
    edge = at(cosine[(cosine > -0.1) & (cosine < 0.25)])
    part = (edge[1] - dark[1]) / (lit[1] - dark[1])
    change = chromaticity(edge[None]) - chromaticity((part * lit + (1 - part) * dark)[None])
    red = torch.tensor([[float(change[0, 0] - change[0, 1] / 2), 0.0]])
    expected = float(on_reference_skin(red[..., None]))
    assert expected > 3
    assert warmth(wrapped(matte, wraps)) == pytest.approx(expected, rel=0.02)


def test_an_opaque_ball_is_zero_in_any_colour_of_light(matte: Sphere) -> None:
    assert abs(warmth(wrapped(matte, (0.0, 0.0, 0.0)))) < 0.05
    assert abs(warmth(wrapped(matte, (0.0, 0.0, 0.0), fill=(0.6, 1.0, 1.6)))) < 0.05
    assert abs(warmth(wrapped(matte, (0.15, 0.15, 0.15)))) < 0.05


def test_rises_with_the_spread_of_red_and_falls_with_that_of_green(matte: Sphere) -> None:
    found = [warmth(wrapped(matte, (w, 0.1, 0.1))) for w in (0.0, 0.1, 0.2, 0.3)]
    assert found == sorted(found)
    assert found[0] < -1
    assert found[-1] > 1


def test_exposure_tone_and_mirror_do_not_matter(matte: Sphere) -> None:
    wraps = (0.3, 0.1, 0.05)
    surface = wrapped(matte, wraps)
    one = warmth(surface)
    assert warmth(replace(surface, linear=0.4 * surface.linear)) == pytest.approx(one, rel=1e-3)
    assert warmth(wrapped(matte, wraps, body=(0.5, 0.24, 0.15))) == pytest.approx(one, rel=1e-3)
    mirrored = wrapped(matte, wraps, azimuth=-AZIMUTH)
    assert warmth(mirrored, key(-AZIMUTH)) == pytest.approx(one, rel=0.01)


def test_light_from_the_camera_shows_no_shadow(matte: Sphere) -> None:
    (reason,) = terminator_warmth(wrapped(matte, (0.2, 0.1, 0.1), azimuth=0.0), key(0.0)).reasons()
    assert reason.startswith("skin that is grazed by the key is 0.0 % of the face's square")


def test_even_skin_and_black_and_white_are_refused(matte: Sphere) -> None:
    flat = replace(matte(), linear=torch.tensor(REFERENCE)[None, :, None, None].expand(1, 3, 128, 128))
    (reason,) = terminator_warmth(flat, key()).reasons()
    assert reason == "shadow is 0.0 stops darker than lit skin: 0.5 are needed"
    grey = wrapped(matte, (0.2, 0.2, 0.2), body=(0.4, 0.4, 0.4))
    assert terminator_warmth(grey, key()).reasons() == [
        "skin has no colour: a black and white or tinted picture"
    ]


def test_green_to_blue_and_back_is_no_warmth(matte: Sphere) -> None:
    """log R/G up by half of what log B/G is: a shift to magenta, across what red's spread does."""
    surface = wrapped(matte, (0.0, 0.0, 0.0))
    cosine = torch.einsum("bc,bchw->bhw", key().fit.direction, surface.normal)
    tint = torch.where((cosine > -0.1) & (cosine < 0.25), 0.05, 0.0).exp()
    shifted = surface.linear * torch.stack((tint, torch.ones_like(tint), tint**2), 1)
    assert abs(warmth(replace(surface, linear=shifted))) < 0.1


def test_a_key_known_too_roughly_is_refused(matte: Sphere) -> None:
    rough = replace(key(), fit=replace(key().fit, error=torch.tensor([15.0])))
    (reason,) = terminator_warmth(wrapped(matte, (0.3, 0.1, 0.1)), rough).reasons()
    assert reason == "the key is known to 15 degrees: to tell what it grazes, 12 are needed"


def test_undirected_keys_and_no_face_are_refused(matte: Sphere) -> None:
    surface = wrapped(matte, (0.2, 0.1, 0.1))
    flat = replace(key(), undirected=(Refusal(torch.tensor([True]), "flat light"),))
    assert terminator_warmth(surface, flat).reasons() == ["flat light"]
    nobody = replace(flat, refusals=(Refusal(torch.tensor([True]), "no face"),))
    assert terminator_warmth(replace(surface, skin=0 * surface.skin), nobody).reasons() == ["no face"]


def test_overlay_shows_three_zones_apart(matte: Sphere) -> None:
    marks = terminator(wrapped(matte, (0.2, 0.1, 0.1)), key(), canvas(torch.zeros(1, 3, 256, 256)))
    assert len(marks.areas) == 3
    assert sum(marks.areas.values(), torch.zeros(())).max() <= 1.001
    assert all(area.sum() > 100 for area in marks.areas.values())
