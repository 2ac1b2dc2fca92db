"""What `lightmeter meta` prints: readable, one JSON object per file, and nothing that drives a terminal."""

from __future__ import annotations

import io
import json

from rich.console import Console

from lightmeter.read.metadata.generation import Generation
from lightmeter.report.generations import print_generations, print_json_lines

MADE = Generation(
    "ComfyUI", "cat \x1b[31mred\x1b]0;title\x07 [bold]x[/bold]\nline", "dog", 7, 24, "euler", 6.5, "2x2", "m"
)
FOUND = [("a\x1b[2J.png", MADE), ("b.png", Generation(reason="no generation metadata (PNG)"))]


def console() -> Console:
    return Console(file=io.StringIO(), width=60)


def printed(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_blocks_are_readable_and_tame() -> None:
    out = console()
    print_generations(FOUND, out)
    text = printed(out)
    assert "\x1b" not in text and "\x07" not in text
    assert "cat red [bold]x[/bold]" in text
    assert "seed 7, 24 steps, euler, cfg 6.5, 2x2, m" in text
    assert "no generation metadata (PNG)" in text and "1 of 2 with a prompt" in text


def test_json_lines_hold_the_text_as_it_was() -> None:
    out = console()
    print_json_lines(FOUND, out)
    assert "\x1b" not in printed(out)
    first, second = map(json.loads, printed(out).splitlines())
    assert first["prompt"] == MADE.prompt and first["seed"] == 7
    assert second["prompt"] is None and second["reason"] == "no generation metadata (PNG)"
