"""Colours and symbols of text on a terminal or in a pipe."""

from __future__ import annotations

import unicodedata

from bindcheck.fact import fact

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}


@fact
class Style:
    """Whether to colour, and whether the output can carry more than ASCII."""

    color: bool = False
    unicode: bool = True

    def paint(self, text: str, *looks: str) -> str:
        """`text` in the named looks (`bold`, `red`, ..), or unchanged without colour."""
        if not self.color or not text:
            return text
        codes = ";".join(_CODES[look] for look in looks)
        return f"\x1b[{codes}m{text}\x1b[0m"


def display_width(text: str) -> int:
    """Columns that `text` takes on a terminal: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` filled with blanks to `width` columns, on the left if `right`."""
    blanks = " " * max(0, width - display_width(text))
    return blanks + text if right else text + blanks
