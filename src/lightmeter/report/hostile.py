"""File names, prompts and metadata come from strangers: make them safe for the place they are shown in.

`well_formed` and `one_line` are about characters; `markdown`, `code`, `csv_cell` and `xml_text` about
one format each. HTML needs nothing here: the template escapes, and the data block has its own rule.
"""

from __future__ import annotations

import re

from lightmeter.read.harmless import ESCAPE_SEQUENCE, FORMULA, lines, one_line, well_formed

__all__ = ["code", "csv_cell", "lines", "markdown", "one_line", "well_formed", "xml_text"]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile(r"[\w ./:+=,()%-]+", re.ASCII)
_MARKDOWN = re.compile(r"[\\`*\[\]#~|]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])")


def csv_cell(text: str) -> str:
    """A text cell no spreadsheet runs as a formula: a leading sign of `FORMULA` gets a quote before it."""
    text = well_formed(text)
    return "'" + text if text.startswith(FORMULA) else text


def xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 forbids; the tree's writer escapes the rest."""
    return _NOT_XML.sub("", ESCAPE_SEQUENCE.sub("", well_formed(text)))


def markdown(text: str) -> str:
    """Prose for Markdown: no markup, HTML, table cell, automatic link or mention of a person begins in it."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARKDOWN.sub(lambda found: "\\" + found[0], text)
    return text.replace("\\|", "&#124;").replace("@", "@\u200b").replace("://", "&#58;//")


def code(text: str) -> str:
    """A name for Markdown, set in code; unusual characters are spelled as entities, which code spans lack."""
    text = one_line(text)
    if _PLAIN.fullmatch(text):
        return f"`{text}`"
    return "<code>" + "".join(c if _is_harmless(c) else f"&#{ord(c)};" for c in text) + "</code>"


def _is_harmless(character: str) -> bool:
    return character == " " or character.isalnum() or character in ".,-/"
