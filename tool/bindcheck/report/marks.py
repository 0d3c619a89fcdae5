"""Pieces of Markdown: tables, code, and text that stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")


def grid(titles: Sequence[str], cells: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table and the empty line after it. Cells are Markdown already."""
    yield from table_head(titles)
    for row in cells:
        yield f"| {' | '.join(row)} |"
    yield ""


def table_head(titles: Sequence[str]) -> Iterator[str]:
    """The head of a table."""
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)


def code(text: str) -> str:
    """Text as code, if it can be."""
    if "`" in text or "\n" in text:
        return escaped(text)
    return "`" + text.replace("|", r"\|") + "`"


def escaped(text: str) -> str:
    """Text as it is: code between backticks stays code, all else loses its meaning."""
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:
        return _ACTIVE.sub(r"\\\1", text.replace("\n", " "))
    shown = (
        code(part) if part and index % 2 else _ACTIVE.sub(r"\\\1", part)
        for index, part in enumerate(parts)
    )
    return "".join(shown)
