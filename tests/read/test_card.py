"""Cards in their three forms, and messages that say what is wrong with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lightmeter.errors import CardError
from lightmeter.read.card import read_card

PUBLISHED = """---
title: 'A portrait: unveiled'
date: 2025-11-30
tags:
  - portrait
source_url: 'https://example.org/1'
---

Words about it.

## Prompt

```json
{"prompt": "a portrait", "negative_prompt": "plastic", "resolution": "7680x4320", "aspect_ratio": "16:9",
 "quality": "8K", "steps": 30, "sampler": "Euler a", "cfg_scale": 8.5, "seed": null, "language": "en",
 "notes": ["one beam"]}
```
"""


def refusal(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CardError) as caught:
        read_card(path)
    return str(caught.value).removeprefix(f"{path}")


def test_a_published_page_is_a_card(tmp_path):
    path = tmp_path / "card.md"
    path.write_text(PUBLISHED.replace("\n", "\r\n"), encoding="utf-8")
    card = read_card(path)
    assert (card.prompt, card.negative_prompt, card.steps, card.cfg_scale) == (
        "a portrait",
        "plastic",
        30,
        8.5,
    )
    assert (card.title, card.seed, card.notes) == ("A portrait: unveiled", None, ("one beam",))
    assert card.model_extra == {"date": "2025-11-30", "tags": ["portrait"]}
    made = card.generation()
    assert (made.size, made.sampler, made.cfg) == ("7680x4320", "Euler a", 8.5)


@pytest.mark.parametrize("name", ["card.json", "card.yaml"])
def test_json_and_yaml_say_the_same(tmp_path, name):
    (tmp_path / name).write_text(json.dumps({"prompt": " a portrait ", "seed": 7}), encoding="utf-8")
    card = read_card(tmp_path / name)
    assert (card.prompt, card.seed) == ("a portrait", 7)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", ': not an object; a card is {"prompt": "...", "seed": 1}'),
        ("{", ": broken JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{}", ": prompt: missing: a card is a prompt with its settings"),
        ('{"prompt": "a", "prompt": "b"}', ": duplicate 'prompt'"),
        ('{"prompt": "a", "negative promt": "b"}', ": negative promt: did you mean 'negative_prompt'?"),
        ('{"prompt": "a", "steps": 0}', ": steps: Input should be greater than 0"),
        ('{"prompt": {"a": 1}}', ": prompt: Input should be a valid string"),
        ('{"prompt": "a", "resolution": "4K"}', 'as "1024x1536"'),
        ("[" * 200 + "]" * 200, ": JSON nested more than 100 deep"),
    ],
)
def test_messages_name_the_place_and_what_is_right(tmp_path, text, said):
    assert said in refusal(tmp_path / "card.json", text)


def test_duplicate_keys_of_front_matter_are_refused(tmp_path):
    said = refusal(tmp_path / "card.md", "---\nprompt: a\nprompt: b\n---\n")
    assert said == ":2: duplicate 'prompt'; the first is on line 1"


def test_other_files_are_no_cards(tmp_path):
    assert refusal(tmp_path / "card.toml", "x") == ": a card is .json, .yaml, .yml or .md"
    assert "no ```json block with a prompt" in refusal(tmp_path / "card.md", "# Words\n")
    with pytest.raises(CardError, match="no such file"):
        read_card(tmp_path / "none.json")
