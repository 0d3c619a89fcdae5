"""Panics as they are told: those that one chain of calls unwraps are one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bindcheck.analysis.flow.events import Panic
from bindcheck.fact import fact, replace

_UNWRAPS = frozenset({"unwrap", "expect"})
_FAILS = re.compile(r"(`[\w:]+`) fails")


@fact
class PanicAt:
    """A place that panics. `certain`: for input that is easily named."""

    panic: Panic
    certain: bool
    known: bool


def in_chains(panics: Iterable[PanicAt]) -> tuple[PanicAt, ...]:
    """The same, where `item.cast().unwrap().get_item(1).unwrap()` is one place, not two.

    Only calls of the same kind, of which equally much is known: what is done about one is done
    about the others.
    """
    found: dict[object, list[PanicAt]] = {}
    for at, one in enumerate(panics):
        found.setdefault(_chain(one, at), []).append(one)
    return tuple(_told(links) for links in found.values())


def _chain(one: PanicAt, at: int) -> object:
    place, plain = one.panic.place, _FAILS.fullmatch(one.panic.why)
    if one.panic.how not in _UNWRAPS or plain is None:
        return at
    return place.ref, place.span.start, one.panic.how, one.certain, one.known


def _told(links: list[PanicAt]) -> PanicAt:
    """The first of them to panic, with what else may fail behind it."""
    links = sorted(links, key=lambda one: one.panic.place.span.end)
    names = [_FAILS.sub(r"\1", one.panic.why) for one in links]
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return links[0]
    why = f"{', '.join(names[:-1])} or {names[-1]} fails"
    return replace(links[0], panic=replace(links[0].panic, why=why))
