"""The order in which a body calls functions of which nothing is known: one may feed the other.

A new body has the expression of a variable in the place of the variable, which may be behind that
of another one.
"""

from __future__ import annotations

from bindcheck.generate.context import Facts
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.known import known_of
from bindcheck.generate.held.pure import PRIMITIVES, calm_names
from bindcheck.generate.lacking import Lacking
from bindcheck.model import Call, Path


def refuse_other_order(facts: Facts, old: HeldFunction, new: HeldFunction) -> None:
    """Raise where two functions that both bodies call once are called the other way round."""
    calm = calm_names(known_of(facts, {}, {}, ""))
    first, second = _calls(old, calm), _calls(new, calm)
    here = [one.text for one in second]
    there = [one.text for one in first]
    both = [one for one in first if here.count(one.text) == there.count(one.text) == 1]
    names = [one.text for one in both]
    now = [name for name in here if name in names]
    for path, name in zip(both, now, strict=True):
        if path.text != name:
            fact = f"the calls of `{path.text}` and `{name}` in their order"
            raise Lacking(fact, path.span.start)


def _calls(held: HeldFunction, calm: frozenset[str]) -> list[Path]:
    """The functions that are called, in the order in which the calls end."""
    calls = [one for one in held.body.walk() if isinstance(one, Call)]
    calls.sort(key=lambda one: one.span.end)
    paths = [one.function for one in calls]
    return [one for one in paths if isinstance(one, Path) and _is_unknown(one, calm)]


def _is_unknown(path: Path, calm: frozenset[str]) -> bool:
    """Whether a path names a function that belongs to no type."""
    if path.last in calm or path.last[:1].isupper():
        return False
    owner = path.segments[-2] if len(path.segments) > 1 else ""
    return not owner[:1].isupper() and owner not in PRIMITIVES
