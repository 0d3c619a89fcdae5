"""What may be bindings and could not be read, so that nothing of it is measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from bindcheck.analysis.linking.unread import OFF
from bindcheck.analysis.program import Program
from bindcheck.bench.samples import Unmeasured
from bindcheck.errors import NothingToDoError
from bindcheck.model import Unanalysed


def left_unread(program: Program) -> tuple[Unmeasured, ...]:
    """Items that may be bindings: those of one file, name and reason together."""
    alike = groupby(sorted(_items(program), key=_key), key=_key)
    return tuple(
        Unmeasured(_title(list(items)), f"not read: {reason}") for (_, _, reason), items in alike
    )


def refuse_unread(program: Program, name: str) -> None:
    """Tell of an item that could not be read and that names `name`."""
    word = re.compile(rf"\b{re.escape(name)}\b".encode())
    for one in _items(program):
        text = program.source(one.path).split(b"\n")
        if word.search(text[one.line - 1]):
            told = f"{name!r} stands in `{one.item}`, which is not read ({one.reason})"
            raise NothingToDoError(f"{told}: it cannot be measured", one.path, one.line)


def _items(program: Program) -> Iterator[Unanalysed]:
    return (one for one in program.unanalysed if OFF not in one.reason)


def _key(one: Unanalysed) -> tuple[str, str, str]:
    return one.path, one.item, one.reason


def _title(alike: list[Unanalysed]) -> str:
    first = min(alike, key=lambda one: one.line)
    more = f" and {len(alike) - 1} more" if len(alike) > 1 else ""
    return f"{first.item} ({first.path}:{first.line}{more})"
