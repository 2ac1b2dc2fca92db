"""What things of metal a prompt or a rubric names, and where on a portrait each of them lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lightmeter.errors import RubricError

NECK, EARS, EYES, FINGERS, WRISTS, CLOTHES, ANYWHERE = PLACES = (
    "neck",
    "ears",
    "eyes",
    "fingers",
    "wrists",
    "clothes",
    "anywhere",
)

_METAL = "(?:gold|golden|silver|brass|bronze|copper|steel|metal|metallic|chrome|platinum|gilt|gilded)"
_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((NECK,), r"necklaces?|chokers?|lockets?|pendants?(?! (?:lights?|lamps?))"),
    ((NECK,), r"(?<!block)(?<!food )(?<!key )chains?(?![ -](?:link|store|saw|reaction|mail))"),
    ((EARS,), rf"ear[ -]?(?:rings?|cuffs?|studs?)|{_METAL} (?:hoops?|studs?)|hoops"),
    ((EYES,), r"(?<!wine )(?<!champagne )(?<!cocktail )(?<!drinking )(?:sun|eye)?glasses|spectacles"),
    ((EYES,), r"(?:eyeglass|glasses|spectacle|wire|metal)[ -](?:frames?|rims?)"),
    ((FINGERS,), r"rings?(?![ -]?(?:lights?|lit|flash|lamps?|master|tone))"),
    ((WRISTS,), r"bracelets?|bangles?|wrist[ -]?watch(?:es)?|smart ?watch(?:es)?"),
    ((WRISTS,), rf"(?:an?|his|her|the|luxury|dress|{_METAL}) watch(?! (?:the|as|over|out))|\"watch\""),
    ((CLOTHES,), rf"{_METAL} (?:buttons?|zips?|zippers?|clasps?|snaps?|rivets?|snap buttons?)"),
    ((CLOTHES,), r"buckles?|brooch(?:es)?|medals?|cuff ?links?|chain ?mail"),
    ((ANYWHERE,), r"armou?r|breastplates?|crowns?|tiaras?|diadems?|circlets?|helmets?|swords?|trumpets?"),
    ((ANYWHERE,), rf"{_METAL} (?:corset|mask|hair ?(?:pin|clip)s?|head ?dress)"),
    ((NECK, EARS, FINGERS, WRISTS), r"jewel(?:le)?ry|jewels"),
)
_GLYPHS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((NECK,), "项链|項鍊|颈链|锁骨链|吊坠"),
    ((EARS,), "耳环|耳環|耳饰|耳飾|耳坠|耳钉"),
    ((EYES,), "眼镜|眼鏡|墨镜"),
    ((FINGERS,), "戒指|指环"),
    ((WRISTS,), "手表|手錶|腕表|手镯|手鐲|手链"),
    ((CLOTHES,), "胸针|勋章|金属扣|铜扣"),
    ((ANYWHERE,), "盔甲|铠甲|皇冠|凤冠|王冠|头盔|发簪|发钗|发叉|金饰|银饰"),
    ((NECK, EARS, FINGERS, WRISTS), "首饰|珠宝"),
)
"""Chinese, in which many shared prompts are; it has no gaps between words."""
_NAMES = tuple(
    (places, re.compile(pattern if glyphs else rf"(?<![\w-])(?:{pattern})(?!\w)", re.IGNORECASE))
    for glyphs, table in ((False, _WORDS), (True, _GLYPHS))
    for places, pattern in table
)
_NOT = re.compile(
    r"\b(?:no|not|without|never|avoid|remove|minus|un\w+ed|warped|fake|plastic|excessive)\b[^.,;:\n]{0,24}$|[无無没不][^，。,]{0,4}$",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\"?negative[\s_-]?prompts?\w*\"?\s*[:：]\s*(?:\"(?:[^\"\\]|\\.)*\"?|\[[^\]]*\]?|.*?(?=\n\s*\n|\nSteps:|\Z))",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 20_000


@lru_cache(maxsize=4096)
def places_of(prompt: str | None) -> frozenset[str]:
    """Where the things of metal lie that a prompt names; what it asks to be left out is not named.

    Buttons and zips count where they are said to be of metal. English, and the commonest words in Chinese.
    """
    text = _NEGATIVE.sub(" ", (prompt or "")[:_LONGEST])
    return frozenset(
        place
        for places, name in _NAMES
        if any(
            not _NOT.search(text, max(0, found.start() - 40), found.start()) for found in name.finditer(text)
        )
        for place in places
    )


def places_asked(things: str | Sequence[str]) -> frozenset[str]:
    """The same of a rubric's `things`: "ring, watch", ["ring", "watch"], or places such as "wrists"."""
    listed = re.split(r"\s*[,/;]\s*", things.strip()) if isinstance(things, str) else list(things)
    found = frozenset[str]()
    for thing in filter(None, listed):
        here = places_of(f"the {thing}") or places_of(f"metal {thing}") or frozenset((thing,))
        if not here <= frozenset(PLACES):
            raise RubricError(
                f"things: {thing!r} has no place; give a thing as prompts do, or {', '.join(PLACES)}"
            )
        found |= here
    return found
