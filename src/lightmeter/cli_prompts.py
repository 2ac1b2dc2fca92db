"""The commands that read prompts alone: no picture, and no torch, so that they answer at once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


Prompts = Annotated[
    list[str] | None,
    typer.Argument(metavar="PROMPT|FILE...", help="Prompts as text, or .txt, .json and .md files."),
]
Output = Annotated[Format, typer.Option("--format", help="text, json, or github for its annotations.")]


def lint(
    prompts: Prompts = None,
    form: Output = Format.TEXT,
    listed: Annotated[bool, typer.Option("--list", help="Print every rule and end.")] = False,
    spec: Annotated[bool, typer.Option("--spec", help="Print what would be measured instead.")] = False,
) -> None:
    """Name the vague words of prompts and what to say instead. Exit 0: none, 1: some, 2: unreadable."""
    from lightmeter.wording import linted, list_rules, specified

    if listed:
        list_rules()
        return
    if not prompts:
        raise typer.BadParameter("give a prompt, a file, or --list")
    raise typer.Exit(specified(prompts, form) if spec else linted(prompts, form))


def spec(
    prompts: Annotated[
        list[str],
        typer.Argument(metavar="PROMPT|FILE...", help="Prompts as text, or .txt, .json and .md files."),
    ],
    form: Output = Format.TEXT,
) -> None:
    """Print what prompts ask for in units: which words, which measurement, which interval, or why none."""
    from lightmeter.wording import specified

    raise typer.Exit(specified(prompts, form))
