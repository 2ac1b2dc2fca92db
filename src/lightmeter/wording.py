"""What `lightmeter lint` and `lightmeter spec` print. Nothing here loads torch."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from lightmeter.errors import SourceError
from lightmeter.judge.lint import Finding, lint, rules
from lightmeter.judge.prompts import Prompt, prompts_of
from lightmeter.judge.specification import Ask, asks_of, distinct
from lightmeter.read.harmless import command_data, command_property, one_line

_OUT = Console()


def linted(given: Sequence[str], form: str) -> int:
    """Print all findings; 0 without any, 1 with some, 2 where a file could not be read."""
    prompts, failed = _read(given)
    found = [finding for prompt in prompts for finding in lint(prompt)]
    if form == "json":
        _json([dict(asdict(finding), measures=list(finding.measures)) for finding in found])
    for finding in found:
        if form == "github":
            _line(_annotation(finding))
        elif form == "text":
            _print(finding)
    if form == "text":
        _line(f"{len(found)} {'finding' if len(found) == 1 else 'findings'} in {len(given)} given")
    return 2 if failed else int(bool(found))


def specified(given: Sequence[str], form: str) -> int:
    """Print what each prompt asks for; 2 where a file could not be read."""
    prompts, failed = _read(given)
    if form == "json":
        _json([_plain(prompt, ask) for prompt in prompts for ask in distinct(asks_of(prompt))])
        return 2 if failed else 0
    for prompt in prompts:
        asks = distinct(asks_of(prompt))
        if len(given) > 1:
            _line(one_line(prompt.name))
        for ask in asks:
            _line(_said(prompt, ask))
        if not asks:
            _line("nothing that can be measured is asked for")
    return 2 if failed else 0


def list_rules() -> None:
    """Every rule: what it finds, why, and what to say instead."""
    for rule in rules().rules:
        _OUT.print(Text(rule.name, "bold").append(f"  {', '.join(rule.examples)}", "not bold dim"))
        _OUT.print(Text(f"  {rule.why}\n  say: {rule.instead}\n  measured as: {', '.join(rule.measures)}"))
    for each in rules().contradictions:
        _OUT.print(Text(each.name, "bold").append(f"  {each.example}", "not bold dim"))
        _OUT.print(Text(f"  {each.why}"))
    _OUT.print(Text("two-intervals", "bold"))
    _OUT.print(Text("  two wanted intervals of one measurement that do not meet"))


def _read(given: Sequence[str]) -> tuple[list[Prompt], bool]:
    prompts, failed = [], False
    for each in given:
        try:
            prompts.append(prompts_of(each))
        except SourceError as error:
            failed = True
            sys.stderr.write(f"lightmeter: {one_line(str(error))}\n")
    return prompts, failed


def _print(finding: Finding) -> None:
    place = f"{one_line(finding.file)}:{finding.line}:{finding.column}"
    _line(f"{place}: {finding.rule}: {one_line(finding.words)!r}: {finding.message}")
    _line(f"    say: {finding.instead}")


def _annotation(finding: Finding) -> str:
    """A workflow command; its own marks are escaped as its documentation asks."""
    message = f"{one_line(finding.words)!r}: {finding.message} Say: {finding.instead}"
    place = f"file={command_property(finding.file)},line={finding.line},col={finding.column}"
    return f"::warning {place},title={command_property(finding.rule)}::{command_data(message)}"


def _plain(prompt: Prompt, ask: Ask) -> dict[str, JsonValue]:
    line, column = prompt.place(ask.start)
    return {
        "file": prompt.name,
        "line": line,
        "column": column,
        "start": ask.start,
        "end": ask.end,
        "words": ask.words,
        "measurement": ask.wanted.measurement if ask.wanted is not None else None,
        "parameters": ask.wanted.mapping() if ask.wanted is not None else {},
        "wanted_low": ask.low,
        "wanted_high": ask.high,
        "unit": ask.unit,
        "negated": ask.negated,
        "reason": ask.reason,
    }


def _said(prompt: Prompt, ask: Ask) -> str:
    """One line: place, words, measurement and interval, and why not where it cannot be measured."""
    place = "{}:{}".format(*prompt.place(ask.start))
    words = one_line(ask.said)
    wanted = f"{ask.measured_by}  {ask.interval}" if ask.wanted is not None else "-"
    return f"{place:<8}{words!r}: {wanted}{f'  ({ask.reason})' * bool(ask.reason)}"


def _json(rows: Sequence[dict[str, JsonValue]]) -> None:
    _line(json.dumps(rows, ensure_ascii=False, indent=2))


def _line(text: str) -> None:
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
