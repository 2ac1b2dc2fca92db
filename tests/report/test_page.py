from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from lightmeter.judge.outcome import outcome
from lightmeter.judge.run import Run
from lightmeter.measure.records import Drawing
from lightmeter.report.page import page
from lightmeter.report.page_data import chosen


class Parsed(HTMLParser):
    """Tags with their attributes, and the content of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        inside = self.tags[-1][0] if self.tags else ""
        (self.raw if inside in ("script", "style") else self.words).append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="module")
def text(run: Run) -> str:
    return page(run, outcome(run, False))


@pytest.fixture(scope="module")
def parsed(text: str) -> Parsed:
    return Parsed(text)


def payload(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def test_no_hostile_tag_survives(parsed: Parsed, run: Run) -> None:
    assert parsed.count("script") == 2
    assert parsed.count("img") == parsed.count("iframe") == parsed.count("link") == 0
    assert not any(name.startswith("on") for _, attributes in parsed.tags for name in attributes)
    assert {tag for tag, _ in parsed.tags} & {"i", "b", "bdi"} == {"i", "b", "bdi"}
    harmless = Parsed(page(replace(run, images=run.images[:0]), outcome(run, False)))
    assert {tag for tag, _ in parsed.tags} - {tag for tag, _ in harmless.tags} <= {"li", "ul", "aside"}


def test_nothing_is_asked_of_any_network(text: str, parsed: Parsed) -> None:
    assert not re.search(r"https?://|//|url\(['\"]?(?!data)|@import|fetch\(|XMLHttpRequest", strip_urls(text))
    for _, attributes in parsed.tags:
        assert not {"src", "href", "srcset", "action", "xlink:href"} & attributes.keys()


def strip_urls(text: str) -> str:
    """The page without what is allowed to look like an address: pictures, and the mask's url()."""
    return re.sub(r'url\(" \+|image\\/\w+;base64,[^"]+', "", text)


def test_the_policy_allows_exactly_the_script(text: str, parsed: Parsed) -> None:
    policy = next(a["content"] for t, a in parsed.tags if t == "meta" and "http-equiv" in a)
    script = text.rsplit("<script>", 1)[1].rsplit("</script>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy


def test_the_data_block_cannot_be_left(text: str) -> None:
    found = text.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert not set("<>&\u2028\u2029") & set(found)
    assert "//" not in found


def test_the_data_is_the_run(text: str, run: Run) -> None:
    data = payload(text)
    images = {image["name"]: image for image in data["images"]}
    assert set(images) == {i.image for i in run.images if i.status != "skipped"}
    decisions = ["pass", "warn", "fail", "unmeasured"]
    names = [c["name"] for c in data["criteria"]]
    for verdict in run.verdicts:
        value, code, reason, error = images[verdict.image]["verdicts"][names.index(verdict.criterion)]
        assert decisions[code] == verdict.decision
        assert error == verdict.reading.error
        if verdict.reading.value is None:
            assert value is None and data["reasons"][reason] == verdict.reading.reason
        else:
            assert value == pytest.approx(verdict.reading.value, rel=1e-3)


def test_overlays_come_with_their_pictures_and_with_no_other(text: str, run: Run) -> None:
    shown = payload(text)["images"][0]["drawings"][0]
    assert (shown["name"], shown["measurements"]) == ("key light", ["key_azimuth", "key_elevation"])
    assert shown["areas"]["lit"].startswith("data:image/png;base64,")
    assert shown["arrows"] == {"key": [[1000, 1500, 3600, 3600, 14]]}
    without = page(run, outcome(run, False), most_pictures=0)
    assert not any(image["drawings"] for image in payload(without)["images"])


def test_a_spectrum_of_skin_comes_with_that_of_photographs(run: Run) -> None:
    first = run.images[0].image
    curve = (4.0, 2.0, 1.0, 0.5, 0.25, None, None)
    chart = Drawing("skin spectrum", ("skin_texture",), spectra={"skin": curve})
    charted = replace(run.pictures[first], drawings=(chart,))
    some = replace(run, pictures={**run.pictures, first: charted})
    data = payload(page(some, outcome(some, False)))
    assert data["images"][0]["drawings"][0]["spectra"] == {"skin": list(curve)}
    assert len(data["photographs"]["pitches"]) == len(curve)
    assert data["photographs"]["count"] >= 5


def test_an_extracted_subject_is_in_the_data_where_there_is_one_and_nowhere_else(text: str, run: Run) -> None:
    assert not any("cut" in image for image in payload(text)["images"])
    content = b"RIFF\x00\x00\x00\x00WEBP</script>"
    first = run.images[0].image
    cut = replace(run.pictures[first], cut=content)
    some = replace(run, pictures={**run.pictures, first: cut})
    shown = [image.get("cut") for image in payload(page(some, outcome(some, False)))["images"]]
    assert shown[0] == "data:image/webp;base64," + base64.b64encode(content).decode()
    assert not any(shown[1:])
    without = page(some, outcome(some, False), most_pictures=0)
    assert not any("cut" in image for image in payload(without)["images"])


def test_the_key_light_is_named_only_where_both_angles_were_measured(text: str, run: Run) -> None:
    first = run.images[0].image
    kept = tuple(r for r in run.readings if (r.image, r.wanted.measurement) != (first, "key_elevation"))
    assert payload(text)["images"][0]["key"] is not None
    without = replace(run, readings=kept)
    assert payload(page(without, outcome(run, False)))["images"][0]["key"] is None


def test_headline_counts_and_notice(parsed: Parsed, run: Run) -> None:
    words = " ".join(" ".join(parsed.words).split())
    assert outcome(run, False).headline in words
    assert "Not measured on any image" in words and "CLIP weights unavailable" in words
    assert all(total.variant in words for total in run.totals)


def test_pictures_are_limited_to_the_worst_of_each_variant(run: Run) -> None:
    kept = chosen(run, 3)
    scores = {s.image: s.low for s in run.scores}
    variant = {i.image: i.variant for i in run.images if i.status == "measured"}
    assert {variant[image] for image in kept} == {t.variant for t in run.totals}
    for image in kept:
        assert scores[image] == min(s for i, s in scores.items() if variant.get(i) == variant[image])
    text = page(run, outcome(run, False), most_pictures=3)
    assert "Pictures of 3 images are in this file" in text
    assert sum(image["thumb"] is not None for image in payload(text)["images"]) == 3


def test_many_images_stay_small(make_run: Callable[..., Run]) -> None:
    many = make_run(per_variant=150, pictures=False)
    assert len(page(many, outcome(many, False))) < 600_000
