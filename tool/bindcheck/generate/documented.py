"""Documentation that stays where a binding becomes one of ours."""

from __future__ import annotations

from itertools import takewhile


def documentation(text: str) -> str:
    """The `///` lines that an item begins with, without indentation."""
    return "".join(f"{line}\n" for line in _lines(text))


def documented(text: str, doc: str) -> str:
    """An item with other documentation; without any it keeps its own."""
    if not doc:
        return text
    return doc + "".join(text.splitlines(keepends=True)[len(_lines(text)) :])


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return list(takewhile(lambda line: line.startswith("///"), lines))


def in_docstring(text: str) -> str:
    """Text as it stands between triple quotes of Python."""
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
