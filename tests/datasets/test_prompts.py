"""Every prompt card loads, and each set of cards differs in its prompts alone."""

from pathlib import Path

import pytest

from lightmeter.read.card import Card, read_card

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "prompts"
CARDS = sorted(FOLDER.iterdir())


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_every_card_loads(path: Path) -> None:
    card = read_card(path)
    assert path.stem.endswith(card.variant) and card.title and card.negative_prompt
    assert not card.model_extra


@pytest.mark.parametrize("name", ["hyperreal", "dazzling"])
def test_variants_differ_in_their_prompt_alone(name: str) -> None:
    cards = [read_card(path) for path in CARDS if path.stem.startswith(name)]
    assert {"naive", "physical"} <= {card.variant for card in cards}
    assert len({card.prompt for card in cards}) == len(cards)

    def settings(card: Card) -> tuple[object, ...]:
        return card.negative_prompt, card.resolution, card.steps, card.sampler, card.cfg_scale, card.seed

    assert len({settings(card) for card in cards}) == 1
