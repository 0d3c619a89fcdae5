"""Documentation that stays where a binding becomes one of ours."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import takewhile

_ITEM = re.compile(r"(?:pub\b(?:\([^)]*\))?\s*)?(?:(?:async|const|unsafe)\s+)*(?:fn|struct|enum)\b")
"""How an item begins behind its attributes."""

SECTION = re.compile(
    r"^\s*(?:[#*]+\s*)?(?:args|arguments|param(?:eter)?s|returns?|raises|errors)\s*[:*]*\s*$"
    r"|^\s*:(?:param|returns?|raises)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""What begins a part about arguments, results or errors, in any of the usual forms."""

_SIGNATURE = re.compile(r"\A\w+\([^\n]*\)\n--\n+")
"""What older code tells PyO3 of the signature, which is no part of the documentation."""

_ENDS = (".", "!", "?", ":", ";", ",")


def documentation(text: str) -> str:
    """The documentation in front of an item, between its attributes too, without indentation."""
    return "".join(f"{line}\n" for line in _written(text))


def documented(text: str, doc: str) -> str:
    """An item with other documentation; without any it keeps its own."""
    if not doc:
        return text
    return doc + "".join(text.splitlines(keepends=True)[len(_first(text)) :])


def _written(text: str) -> Iterator[str]:
    """The lines of doc comments and of `#[doc = ..]`, in their order."""
    block = False
    for line in map(str.strip, text.splitlines()):
        block = block or line.startswith("/**")
        if block or line.startswith(("///", "#[doc")):
            yield line
        elif _ITEM.match(line):
            return
        block = block and "*/" not in line


def _first(text: str) -> list[str]:
    """The `///` lines that an item begins with."""
    lines = (line.strip() for line in text.splitlines())
    return list(takewhile(lambda line: line.startswith("///"), lines))


def in_docstring(text: str) -> str:
    """Text as it stands between triple quotes of Python."""
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def written(doc: str, instead: str) -> str:
    """Documentation of Rust as a docstring; `instead` of one that there is not."""
    text = _SIGNATURE.sub("", inspect.cleandoc(doc)).strip() or instead
    first, *rest = (line.rstrip() for line in text.splitlines())
    ends = first.endswith(_ENDS) or any(rest[:1])
    return in_docstring("\n".join((first if ends else f"{first}.", *rest)))


def beginning(doc: str) -> str:
    """Documentation as far as it is not about arguments, results or errors."""
    text = _SIGNATURE.sub("", inspect.cleandoc(doc))
    found = SECTION.search(text)
    return text if found is None else text[: found.start()]
