"""File names, prompts and metadata come from strangers: make them safe for the place they are shown in.

`well_formed` and `one_line` are about characters; `markdown`, `code`, `csv_cell` and `xml_text` about
one format each. HTML needs nothing here: the template escapes, and the data block has its own rule.
"""

from __future__ import annotations

import re

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC and friends: window titles, hyperlinks
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN = re.compile(r"[\w ./:+=,()%-]+", re.ASCII)
_MARKDOWN = re.compile(r"[\\`*\[\]#~|]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])")


def well_formed(text: str) -> str:
    r"""Text that UTF-8 can hold: a stray byte of a file name becomes a visible `\udc..`, a NUL U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: str) -> str:
    """Text for a terminal or a heading: no escape sequences, controls or direction overrides, one line."""
    return _UNSEEN.sub(" ", _ESCAPE_SEQUENCE.sub("", well_formed(text))).strip()


def lines(text: str) -> str:
    """A prompt: its own line breaks, and otherwise what `one_line` leaves."""
    return "\n".join(one_line(line) for line in well_formed(text).splitlines()).strip()


def csv_cell(text: str) -> str:
    """A text cell no spreadsheet runs as a formula: a leading = + - @, tab or CR gets a quote before it."""
    text = well_formed(text)
    return "'" + text if text.startswith(_FORMULA) else text


def xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 forbids; the tree's writer escapes the rest."""
    return _NOT_XML.sub("", _ESCAPE_SEQUENCE.sub("", well_formed(text)))


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
