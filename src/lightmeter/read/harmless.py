"""Text of strangers without what a terminal or a reader would obey: escape sequences, controls, overrides."""

from __future__ import annotations

import re

ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC and friends: window titles, hyperlinks
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may run as a formula where a cell begins with it, full-width ones too (OWASP)."""

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def well_formed(text: str) -> str:
    r"""Text that UTF-8 can hold: a stray byte of a file name becomes a visible `\udc..`, a NUL U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: str) -> str:
    """Text for a terminal or a heading: no escape sequences, controls or direction overrides, one line."""
    return _UNSEEN.sub(" ", ESCAPE_SEQUENCE.sub("", well_formed(text))).strip()


def lines(text: str) -> str:
    """A prompt: its own line breaks, and otherwise what `one_line` leaves."""
    return "\n".join(one_line(line) for line in well_formed(text).splitlines()).strip()


def command_data(text: str) -> str:
    """The message of a GitHub workflow command: one line, and no older command `##[` in it."""
    return one_line(text).replace("%", "%25").replace("##[", "## [")


def command_property(text: str) -> str:
    """A property of a GitHub workflow command, which `:` and `,` would end."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")
