"""Patterns of a trial: does a value match, and what do the names stand for."""

from __future__ import annotations

import re

from bindcheck.analysis.flow.patterns import top_level
from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN, Absent, Unknown, literal
from bindcheck.analysis.trials.values import Fields, Row, Tag, Value

_PREFIX = re.compile(r"^(?:&\s*|ref\s+|mut\s+|box\s+)+")
_NAME = re.compile(r"^[a-z_]\w*$")
_CALL = re.compile(r"^((?:\w+(?:::<[^>]*>)?::)*\w+)\s*\((.*)\)$", re.DOTALL)
_FIELDS = re.compile(r"^((?:\w+::)*\w+)\s*\{(.*)\}$", re.DOTALL)
_PRESENT = frozenset({"Some", "Ok"})
_ABSENT = frozenset({"None", "Err"})

Names = dict[str, Value]
Answer = tuple[bool | None, Names]


def matches(pattern: str, value: Value) -> Answer:
    """Whether `value` matches (None: not known), and the names that the pattern then binds."""
    pattern = _PREFIX.sub("", pattern.strip())
    if _NAME.match(pattern) and pattern not in ("true", "false"):
        return True, {} if pattern == "_" else {pattern: value}
    alternatives = top_level(pattern, "|")
    if len(alternatives) > 1:
        return _any(alternatives, value)
    name, _, rest = pattern.partition("@")
    if rest and _NAME.match(name.strip()):
        answer, names = matches(rest, value)
        return answer, names | {name.strip(): value}
    if pattern.startswith("(") and pattern.endswith(")"):
        return _tuple(top_level(pattern[1:-1], ","), value)
    if pattern.startswith("["):
        return None, {}
    return _compound(pattern, value)


def _compound(pattern: str, value: Value) -> Answer:
    called = _CALL.match(pattern)
    if called:
        return _called(called[1].rsplit("::", 1)[-1], top_level(called[2], ","), value)
    fields = _FIELDS.match(pattern)
    if fields:
        named = value.name if isinstance(value, (Tag, Fields)) else ""
        if named and named != fields[1].rsplit("::", 1)[-1]:
            return False, {}
        return _fields(top_level(fields[2], ","), value)
    head = pattern.rsplit("::", 1)[-1]
    if head in _ABSENT:
        return (None if isinstance(value, Unknown) else isinstance(value, Absent)), {}
    if isinstance(value, Tag) and head[:1].isupper():
        return value.name == head, {}
    return _plain(pattern, value), {}


def _any(alternatives: list[str], value: Value) -> Answer:
    answers = [matches(one, value) for one in alternatives]
    found = next((names for answer, names in answers if answer), None)
    if found is not None:
        return True, found
    return (None if any(answer is None for answer, _ in answers) else False), {}


def _tuple(parts: list[str], value: Value) -> Answer:
    known = value if isinstance(value, tuple) and len(value) == len(parts) else None
    if known is None and len(parts) == 1:
        return matches(parts[0], value)
    names: Names = {}
    answer: bool | None = True
    for i, part in enumerate(parts):
        one, more = matches(part, known[i] if known is not None else UNKNOWN)
        names.update(more)
        if one is False:
            return False, {}
        answer = None if one is None else answer
    return answer, names


def _called(head: str, parts: list[str], value: Value) -> Answer:
    if head in _PRESENT | _ABSENT:
        return _wrapped(head, parts[0] if parts else "_", value)
    if not isinstance(value, Tag):
        return (False if isinstance(value, Fields) else None), {}
    if value.name != head:
        return False, {}
    return _tuple(parts, value.parts) if len(parts) > 1 else _only(parts, value)


def _only(parts: list[str], value: Tag) -> Answer:
    inner = value.parts[0] if len(value.parts) == 1 else UNKNOWN
    return matches(parts[0], inner) if parts else (True, {})


def _wrapped(head: str, inner: str, value: Value) -> Answer:
    if isinstance(value, Absent):
        absent = head in _ABSENT
        return absent, matches(inner, UNKNOWN)[1] if absent else {}
    unknown = isinstance(value, Unknown)
    if head in _ABSENT:
        return (None if unknown else False), matches(inner, UNKNOWN)[1]
    answer, names = matches(inner, value)
    return (None if unknown else answer), names


def _fields(parts: list[str], value: Value) -> Answer:
    names: Names = {}
    for part in parts:
        name, _, rest = part.partition(":")
        name = _PREFIX.sub("", name.strip())
        if name != "..":
            known = value.get(name, UNKNOWN) if isinstance(value, dict) else UNKNOWN
            names.update(matches(rest or name, known)[1])
    return (True if isinstance(value, dict) else None), names


def _plain(pattern: str, value: Value) -> bool | None:
    if pattern in ("true", "false"):
        return value is (pattern == "true") if isinstance(value, bool) else None
    if pattern.startswith('"'):
        return pattern.strip('"') == value if isinstance(value, str) else None
    if not isinstance(value, (float, int)):
        return None
    low, dots, high = pattern.partition("..")
    if dots:
        return _within(low, high, value)
    known = literal(pattern)
    return known == value if isinstance(known, (float, int)) else None


def _within(low: str, high: str, value: float) -> bool | None:
    least, most = literal(low) if low else 0, literal(high.lstrip("=")) if high else value
    if not isinstance(least, (float, int)) or not isinstance(most, (float, int)):
        return None
    return least <= value and (value <= most if high.startswith("=") or not high else value < most)


def part_of(value: Value, name: str) -> Value:
    """A field, or an element of a tuple."""
    if isinstance(value, dict):
        return value.get(name, UNKNOWN)
    if isinstance(value, tuple) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    if isinstance(value, (Row, Tag)):
        return UNKNOWN
    return ABSENT if isinstance(value, Absent) else UNKNOWN
