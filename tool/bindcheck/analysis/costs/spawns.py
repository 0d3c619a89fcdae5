"""Releases that end before the work does: they only start it, the waiting is done attached."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.flow.events import COMPUTES, Kind, Place, Region, Work
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events
from bindcheck.analysis.threads.stalls import Sort, Stall, stalls
from bindcheck.fact import fact
from bindcheck.model import EntryPoint

_DONE_INSIDE = COMPUTES | {Kind.WAIT, Kind.IO, Kind.FOREIGN}


@fact
class EmptyRelease:
    """A release with what it starts, and the wait for it that is done attached."""

    place: Place
    spawn: Work
    wait: Stall


def empty_releases(program: Program, entry: EntryPoint) -> Iterator[EmptyRelease]:
    """The releases of an entry point in which nothing is done but starting work."""
    seen = events(program, entry)
    for place in dict.fromkeys(seen.releases):
        inside = [one for one in seen.works if _within(one, place)]
        spawns = [one for one in inside if one.kind is Kind.SPAWN]
        busy = any(_is_work(one, spawns) for one in inside)
        wait = _waiting(program, entry, place) if spawns and not busy else None
        if wait is not None:
            yield EmptyRelease(place, spawns[0], wait)


def _is_work(work: Work, spawns: list[Work]) -> bool:
    """Whether a release does something itself; a loop that starts threads does not."""
    starts = work.kind in (Kind.LOOP, Kind.CHAIN) and any(
        work.place.span.contains(one.place.span) for one in spawns
    )
    return work.region is Region.DETACHED and work.kind in _DONE_INSIDE and not starts


def _within(work: Work, release: Place) -> bool:
    return work.place.ref == release.ref and release.span.contains(work.place.span)


def _waiting(program: Program, entry: EntryPoint, release: Place) -> Stall | None:
    """The first wait for another thread that comes after a release."""
    for one in stalls(program, entry):
        after = one.place.ref == release.ref and one.place.span.end > release.span.end
        if one.sort is Sort.THREAD and after:
            return one
    return None
