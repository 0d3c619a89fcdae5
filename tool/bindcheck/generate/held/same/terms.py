"""The form that bodies are brought to: nested tuples, equal where the bodies do the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

Term = tuple[Any, ...]

UNIT: Term = ("unit",)
NONE: Term = ("path", "None")
ANY: Term = ("anything",)
"""What memory holds that nobody has written to."""

ZERO: Term = ("literal", "float", "0.0")
"""What memory holds that starts with zeros."""

UNSET: Term = ("unset",)
"""What a variable holds that is only declared."""

NEVER: Term = ("never",)
"""What `unreachable!()` gives."""

DROPPED: Term = ("dropped",)


def ok_of(source: Term) -> Term:
    """What something that may fail gives where it does not."""
    return ("ok of", source)


def fallible(source: Term, mapping: Term | None = None, value: Term | None = None) -> Term:
    """A result: `source` may fail, `mapping` is made of its error, else it is `value`."""
    return ("result", source, mapping or (), value if value is not None else ok_of(source))


def within(term: object) -> Iterator[Term]:
    """A term and all inside of it."""
    if isinstance(term, tuple):
        yield term
        for one in term:
            yield from within(one)


def unified(first: Term, others: Sequence[Term]) -> Term | None:
    """One term for several that are alike, but for memory that holds anything; else None."""
    found: Any = first
    for one in others:
        found = _both(found, one)
        if found is None:
            return None
    whole: Term = found
    return whole


def _both(one: object, other: object) -> object:
    if one == other or other in (ANY, UNSET):
        return one
    if one in (ANY, UNSET):
        return other
    if not isinstance(one, tuple) or not isinstance(other, tuple) or len(one) != len(other):
        return None
    parts = tuple(_both(a, b) for a, b in zip(one, other, strict=True))
    return None if any(part is None for part in parts) else parts


def difference(one: Term, other: Term) -> tuple[Term, Term] | None:
    """The one place where two terms differ, as what stands there; None where they are equal."""
    if one == other:
        return None
    if len(one) != len(other):
        return one, other
    found = set()
    for a, b in zip(one, other, strict=True):
        if a == b:
            continue
        if not isinstance(a, tuple) or not isinstance(b, tuple):
            return one, other
        found.add(difference(a, b))
    return found.pop() if len(found) == 1 else (one, other)


def replaced(term: Term, old: Term, new: Term) -> Term:
    """A term with another one in the place of a part."""
    if term == old:
        return new
    return tuple(replaced(one, old, new) if isinstance(one, tuple) else one for one in term)


def mapped(result: Term, mapping: Term) -> Term:
    """A result whose error is mapped once more."""
    before = result[2]
    if mapping == ("path", "PyErr", "from") and not before:
        return result  # As `?` does.
    if mapping[:2] == ("closure", 1) and mapping[2][:1] == ("bound",):
        return result  # `|e| e`
    return ("result", result[1], ("then", before, mapping) if before else mapping, result[3])


def is_array(value: Term) -> bool:
    """Whether a term is an array of Python, or its values."""
    return value[0] in ("array", "slice")


def pattern(text: str, names: Sequence[str]) -> str:
    """A pattern with its variables numbered, without what only says how they are bound."""
    text = re.sub(r"\b(mut|ref)\s+", "", text)
    for at, name in enumerate(names):
        text = re.sub(rf"(?<![\w$]){re.escape(name)}\b(?!\s*:[^:])", f"${at}", text)
    return "".join(text.split()).lstrip("&")
