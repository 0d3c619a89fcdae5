"""Cells that keep what was in memory, as a number has no arm in the `match` that gives them values.

A core makes memory of which only the first cells have a value, and one arm for each mode gives the
others theirs. The last arm does nothing: it is for modes that somebody else refuses, if he does.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.depth import deep
from bindcheck.analysis.fills.partial import is_alone, mentions, name_of, origin
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.analysis.trials.ending import OVER, tried_longer
from bindcheck.analysis.trials.machine import Spot
from bindcheck.analysis.trials.unmatched import beyond
from bindcheck.model import Assign, EntryPoint, Index, Match
from bindcheck.model.fact import fact


@fact
class Unmatched:
    """Nobody gives `memory` of `maker` values for what is `given`: nothing is done for it there."""

    place: Place
    memory: str
    maker: str
    given: str


def unmatched_cells(program: Program, entry: EntryPoint) -> Iterator[Unmatched]:
    """Such places that an entry point comes to, and does not fail."""
    body = program.body(entry.ref) if is_callable(entry) else None
    for given, told in beyond(program, entry) if body is not None else ():
        assert body is not None
        with deep():
            ended = tried_longer(program, entry, body, given)
        for spot in dict.fromkeys(ended.course.unmatched if ended.kind == OVER else ()):
            yield from _at(program, spot, told)


def _at(program: Program, spot: Spot, given: str) -> Iterator[Unmatched]:
    anatomy = anatomy_of(program, spot.ref)
    match = anatomy.at(Match, spot.span) if anatomy is not None else None
    if anatomy is None or match is None:
        return
    for memory in _written(match):
        after = any(
            one.span.start > match.span.end and mentions(one.target, memory)
            for one in anatomy.all(Assign)
        )
        if not after and is_alone(anatomy, match, memory):
            made = origin(program, spot.ref, anatomy, memory, match)
            if made is not None:
                yield Unmatched(Place(spot.ref, match.subject.span), memory, made[1], given)
                return


def _written(match: Match) -> tuple[str, ...]:
    """The memories whose cells all other arms write."""
    found = [
        dict.fromkeys(
            name_of(one.target.base)
            for one in arm.walk()
            if isinstance(one, Assign) and isinstance(one.target, Index)
        )
        for arm in match.arms[:-1]
    ]
    return tuple(name for name in found[0] if name and all(name in one for one in found))
