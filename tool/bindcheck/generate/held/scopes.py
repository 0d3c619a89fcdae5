"""Variables while a body is followed: how patterns bind them, and what assignments make of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.generate.held.symbols import (
    UNKNOWN,
    UNSET,
    Code,
    Several,
    Symbol,
    Unknown,
)
from bindcheck.model import Arm, Closure, Node

Scope = dict[str, Symbol]
"""Symbols by variable; under `=name` what a block has assigned to a variable."""

_FIELD = re.compile(r"(\w+)(?:\s*:\s*(?:ref\s+|mut\s+)*(\w+))?")


def carry(inner: Scope, outer: Scope) -> None:
    """Tell a scope what the one inside has assigned."""
    for mark, value in inner.items():
        name = mark.removeprefix("=")
        if name != mark and name in outer:
            outer[name] = joined(outer[name], value)
            outer[mark] = outer[name]


def joined(old: Symbol | None, new: Symbol) -> Symbol:
    """What a variable stands for when it gets another value."""
    return new if old is None or old is UNSET or old == new else UNKNOWN


def apart(pattern: str, names: Sequence[str], value: Several) -> Scope:
    """What the names of `(a, _, b)` stand for; a name alone stands for the whole tuple."""
    found: Scope = dict.fromkeys(names, UNKNOWN)
    text = pattern.strip()
    if not text.startswith("("):
        return dict.fromkeys(names, value) if len(names) == 1 else found
    parts = [part.strip() for part in text[1 : text.rfind(")")].split(",") if part.strip()]
    if len(parts) == len(value.items):
        pairs = zip(parts, value.items, strict=True)
        found |= {part: symbol for part, symbol in pairs if part in found}
    return found


def fields(pattern: str) -> Iterator[tuple[str, str]]:
    """Field and variable of each part of `KamaOutput { values: v, .. }`."""
    inside = pattern.partition("{")[2].rpartition("}")[0]
    for part in inside.split(","):
        match = _FIELD.fullmatch(part.strip())
        if match is not None:
            yield match[1], match[2] or match[1]


def matched(arm: Arm, subject: Symbol) -> Scope:
    """What the names of an arm stand for: `Ok(output)`, `(Ok(a), Ok(b))`."""
    items = subject.items if isinstance(subject, Several) else (subject,)
    if isinstance(subject, Code | Unknown) or len(items) != len(arm.names):
        return dict.fromkeys(arm.names, UNKNOWN)
    return dict(zip(arm.names, items, strict=True))


def bound(node: Node) -> Iterable[str]:
    """Names that patterns inside a node bind."""
    for one in node.walk():
        names = getattr(one, "names", None)
        if names and not isinstance(one, Closure):
            yield from names
