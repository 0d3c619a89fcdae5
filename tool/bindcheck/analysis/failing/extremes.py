"""Calls that panic for a number which nobody refuses, found by running them for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.flow.events import Panic, Place, Region
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.analysis.trials.odd import odd
from bindcheck.analysis.trials.trial import Fallen, fallen
from bindcheck.analysis.trials.uncommon import uncommon
from bindcheck.analysis.trials.values import BEHIND
from bindcheck.model import EntryPoint, ItemRef, Span

EXTREME, OUTSIDE, LATER = "extreme", "outside", "later"
UNORDERED, NO_DATA = "unordered", "no data"
"""Sorts of panics: a panic, what is worse, one in a method of the object that is made, and those
for floats and for arrays without values."""
TRIED = frozenset({EXTREME, OUTSIDE, LATER, UNORDERED, NO_DATA})


def with_extremes(program: Program, entry: EntryPoint, known: Iterable[Panic]) -> Iterator[Panic]:
    """The panics that are `known` of an entry point, and those for the smallest numbers.

    One of the known ones may be the cause: then it is said there already, unless it was suspected
    only, which is then proved.
    """
    panics = list(known)
    tried = []
    for found in _fallen(program, entry) if is_callable(entry) else ():
        place = _place_of(program, entry, found)
        spots = {(one.ref, one.span) for one in (found.at, *found.wrapped)}
        spots.add((place.ref, place.span))
        same = [one for one in panics if any(_is_at(one.place, spot) for spot in spots)]
        panics = [one for one in panics if _is_known(one) or one not in same]
        if not any(map(_is_known, same)):
            tried.append(_panic_of(program, found, place))
    yield from panics
    yield from tried


def _is_known(panic: Panic) -> bool:
    """Whether it is told for certain already: of a difference that is bounded it is not."""
    return panic.fails >= Fails.HANDED and not panic.bounded


def _fallen(program: Program, entry: EntryPoint) -> tuple[Fallen, ...]:
    """The panics for the smallest and largest numbers, and for others that few would choose."""
    found = fallen(program, entry)
    return found + uncommon(program, entry, {one.at for one in found})


def _place_of(program: Program, entry: EntryPoint, found: Fallen) -> Place:
    if found.later:
        return Place(entry.ref, program.function(entry.ref).name_span)
    if found.call is None and found.at.ref != entry.ref:
        return Place(found.at.ref, found.at.span)
    return Place(entry.ref, found.call or found.at.span)


def _panic_of(program: Program, found: Fallen, place: Place) -> Panic:
    how = OUTSIDE if found.how == BEHIND else EXTREME
    if not found.given:
        how = NO_DATA
    why = _why(program, found)
    return Panic(LATER if found.later else how, place, Fails.CALLER, why, Region.ATTACHED)


def of_odd(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """The panic for floats that have no order, or not the one that is expected."""
    found = odd(program, entry) if is_callable(entry) else None
    if found is None:
        return
    ref, span = (entry.ref, found.call) if found.call is not None else (found.at.ref, found.at.span)
    if found.later:
        ref, span = entry.ref, program.function(entry.ref).name_span
    where = program.function(found.at.ref).name
    why = f"for {found.given} in `{where}` {found.how}"
    how = LATER if found.later else UNORDERED
    yield Panic(how, Place(ref, span), Fails.CALLER, why, Region.ATTACHED)


def _is_at(place: Place, spot: tuple[ItemRef, Span]) -> bool:
    """Whether a panic is at a spot, or at a part of what is there."""
    ref, span = spot
    return place.ref == ref and (place.span.contains(span) or span.contains(place.span))


def _why(program: Program, found: Fallen) -> str:
    where = program.function(found.at.ref).name
    data = " and data that begins with NaN" if found.gaps else ""
    wrapped = ""
    if found.wrapped:
        name = program.function(found.wrapped[0].ref).name
        wrapped = f"a subtraction in `{name}` wraps, "
    happens = "" if found.how == BEHIND else f" {found.how}"
    if not found.given:
        return f"{wrapped}in `{where}` {found.how}"
    return f"for {found.given}{data} {wrapped}in `{where}`{happens}"
