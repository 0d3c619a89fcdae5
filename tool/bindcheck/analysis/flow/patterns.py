"""What the names of a pattern stand for, given the value it is matched against."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bindcheck.analysis.flow.values import ABSENT, NOTHING, Fails, Shape, Value
from bindcheck.model.fact import replace

_PREFIX = re.compile(r"^(?:&\s*|ref\s+|mut\s+|box\s+)+")
_WORD = re.compile(r"^\w+$")
_HOLDERS = frozenset({"Ok", "Some"})
_OPEN = "([{<"
_CLOSE = ")]}>"


def bind(pattern: str, names: Iterable[str], value: Value) -> dict[str, Value]:
    """The values of the names that `pattern` binds."""
    wanted = frozenset(names)
    found: dict[str, Value] = {}
    _bind(pattern.strip(), wanted, value, found)
    if len(found) < len(wanted):
        spare = replace(NOTHING, caller=value.caller)
        return {name: found.get(name, spare) for name in wanted}
    return found


def spread(names: tuple[str, ...], value: Value) -> dict[str, Value]:
    """Names of a tuple pattern, in order, from the (nested) parts of a value."""
    parts = _flat(value)
    if len(parts) != len(names):
        spare = replace(NOTHING, size=value.size, caller=value.caller, source=value.source)
        return dict.fromkeys(names, spare)
    return dict(zip(names, parts, strict=True))


def _flat(value: Value) -> list[Value]:
    if value.fields and all(name.isdigit() for name, _ in value.fields):
        return [leaf for _, part in value.fields for leaf in _flat(part)]
    return [value]


def excludes(pattern: str, value: Value) -> bool:
    """Whether a pattern, or a part of a tuple of patterns, asks for what is `None` here."""
    pattern = _PREFIX.sub("", pattern.strip())
    if value == ABSENT:
        return pattern.startswith("Some(")
    if not (value.fields and pattern.startswith("(") and pattern.endswith(")")):
        return False
    parts = enumerate(top_level(pattern[1:-1], ","))
    return any(excludes(part, value.field(str(i)) or NOTHING) for i, part in parts)


def _bind(pattern: str, names: frozenset[str], value: Value, found: dict[str, Value]) -> None:
    pattern = _PREFIX.sub("", pattern.strip())
    if _WORD.match(pattern):
        if pattern in names:
            found.setdefault(pattern, value)
        return
    head, rest = _split_at(pattern, "@")
    if rest and head.strip() in names:
        found.setdefault(head.strip(), value)
        _bind(rest, names, value, found)
        return
    for alternative in top_level(pattern, "|"):
        _bind_compound(alternative.strip(), names, value, found)


def _bind_compound(
    pattern: str, names: frozenset[str], value: Value, found: dict[str, Value]
) -> None:
    if pattern.endswith("}") and "{" in pattern:
        _bind_fields(pattern[pattern.index("{") + 1 : -1], names, value, found)
    elif pattern.endswith(")") and "(" in pattern:
        head = pattern[: pattern.index("(")].strip().rsplit("::", 1)[-1]
        parts = top_level(pattern[pattern.index("(") + 1 : -1], ",")
        if head in _HOLDERS:
            _bind(parts[0], names, value.held(), found)
        elif not head or (value.variants and head in value.variants):
            _bind_tuple(parts, names, value, found)
    elif pattern.endswith("]") and pattern.startswith("["):
        element = value.element or NOTHING
        for part in top_level(pattern[1:-1], ","):
            _bind(part, names, element, found)
    elif _WORD.match(_PREFIX.sub("", pattern)):
        _bind(pattern, names, value, found)


def _bind_tuple(
    parts: list[str], names: frozenset[str], value: Value, found: dict[str, Value]
) -> None:
    for i, part in enumerate(parts):
        known = value.field(str(i))
        _bind(part, names, known if known is not None else _unknown_part(value), found)


def _bind_fields(inside: str, names: frozenset[str], value: Value, found: dict[str, Value]) -> None:
    for part in top_level(inside, ","):
        name, _, rest = part.partition(":")
        known = value.field(name.strip())
        _bind(rest or name, names, known or _unknown_part(value), found)


def _unknown_part(value: Value) -> Value:
    return Value(
        Shape.UNKNOWN, value.size, source=value.source, caller=value.caller, fails=Fails.UNKNOWN
    )


def _split_at(text: str, mark: str) -> tuple[str, str]:
    parts = top_level(text, mark)
    return (parts[0], mark.join(parts[1:])) if len(parts) > 1 else (text, "")


def top_level(text: str, mark: str) -> list[str]:
    """Split at `mark` outside brackets; empty parts are left out."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif char == mark and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()]
