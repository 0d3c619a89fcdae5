"""Patterns of a replay: does a value match, and what do the names stand for."""

from __future__ import annotations

import re

from bindcheck.analysis.flow.patterns import top_level
from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN, Absent, Leaf, Unknown, Value, literal

_PREFIX = re.compile(r"^(?:&\s*|ref\s+|mut\s+|box\s+)+")
_NAME = re.compile(r"^[a-z_]\w*$")
_CALL = re.compile(r"^(?:\w+::)*(\w+)\s*\((.*)\)$", re.DOTALL)
_PRESENT = frozenset({"Some", "Ok"})
_ABSENT = frozenset({"None", "Err"})

Names = dict[str, Value]


def matches(pattern: str, value: Value) -> tuple[bool | None, Names]:
    """Whether `value` matches (None: not known), and the names that the pattern then binds."""
    pattern = _PREFIX.sub("", pattern.strip())
    if pattern == "_" or _NAME.match(pattern):
        return True, {} if pattern == "_" else {pattern: value}
    alternatives = top_level(pattern, "|")
    if len(alternatives) > 1:
        return _any(alternatives, value)
    if pattern.startswith("(") and pattern.endswith(")"):
        return _tuple(top_level(pattern[1:-1], ","), value)
    called = _CALL.match(pattern)
    head = called[1] if called else pattern.rsplit("::", 1)[-1]
    if head in _PRESENT | _ABSENT:
        return _wrapped(head, called[2] if called else "_", value)
    return _number(pattern, value), {}


def _any(alternatives: list[str], value: Value) -> tuple[bool | None, Names]:
    answers = [matches(one, value) for one in alternatives]
    found = next((names for answer, names in answers if answer), None)
    if found is not None:
        return True, found
    return (None if any(answer is None for answer, _ in answers) else False), {}


def _tuple(parts: list[str], value: Value) -> tuple[bool | None, Names]:
    names: Names = {}
    answer: bool | None = True
    for i, part in enumerate(parts):
        one, more = matches(part, part_of(value, str(i)))
        names.update(more)
        if one is False:
            return False, {}
        answer = None if one is None else answer
    return answer, names


def _wrapped(head: str, inner: str, value: Value) -> tuple[bool | None, Names]:
    if isinstance(value, Absent):
        absent = head in _ABSENT
        return absent, matches(inner, UNKNOWN)[1] if absent else {}
    if head in _ABSENT:
        return (None if isinstance(value, Unknown) else False), matches(inner, UNKNOWN)[1]
    answer, names = matches(inner, value)
    return (None if isinstance(value, Unknown) else answer), names


def _number(pattern: str, value: Value) -> bool | None:
    known = literal(pattern)
    if isinstance(known, (float, int)) and isinstance(value, (float, int)):
        return known == value
    if pattern in ("true", "false") and isinstance(value, bool):
        return value is (pattern == "true")
    return None


def part_of(value: Value, name: str) -> Value:
    """A field, or an element of a tuple."""
    if isinstance(value, Leaf):
        return Leaf(f"{value.path}.{name}")
    if isinstance(value, tuple) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    if isinstance(value, dict):
        return value.get(name, UNKNOWN)
    return ABSENT if isinstance(value, Absent) else UNKNOWN
