from __future__ import annotations

import io
import re

from rich.console import Console

from lightmeter.judge.outcome import outcome
from lightmeter.judge.run import Run
from lightmeter.report.terminal import print_image, print_run


def console() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=160, color_system=None), text


def test_a_run_says_headline_variants_and_reasons(run: Run) -> None:
    target, text = console()
    print_run(run, outcome(run, False), target)
    shown = text.getvalue()
    assert outcome(run, False).headline in shown
    assert all(total.variant in shown for total in run.totals)
    assert "24 × material_similarity: CLIP weights unavailable" in shown
    assert "refused: base/broken <i>.png: truncated file" in shown


def test_an_image_has_a_row_per_criterion(run: Run) -> None:
    target, text = console()
    print_image(run, run.images[1].image, target)
    assert all(name in text.getvalue() for name in run.rubric.criteria)  # type: ignore[union-attr]
    assert "●" in text.getvalue() and "CLIP weights unavailable" in text.getvalue()


def test_hostile_names_are_text(run: Run) -> None:
    name = next(i.image for i in run.images if "[bold]" in i.image)
    target, text = console()
    print_image(run, name, target)
    shown = text.getvalue()
    assert "[bold]markup[/bold]" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_refused_skipped_and_unknown_images(run: Run) -> None:
    for name, expected in (
        ("base/broken <i>.png", "truncated file"),
        ("notes.txt", "not an image"),
        ("nope", "no image nope"),
    ):
        target, text = console()
        print_image(run, name, target)
        assert expected in text.getvalue()


def test_a_run_without_a_rubric_prints_its_values(make_run) -> None:  # type: ignore[no-untyped-def]
    measured = make_run(per_variant=2, pictures=False, judged=False)
    target, text = console()
    print_run(measured, outcome(measured, False), target)
    print_image(measured, measured.images[0].image, target)
    assert "key_fill_ratio" in text.getvalue()
