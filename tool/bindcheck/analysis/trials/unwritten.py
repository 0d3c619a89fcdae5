"""Entry points called with ordinary numbers, and which cells of new memory nobody writes.

A writer of the warm-up may write less of it than the kernel leaves to him: it counts from the
period, and the kernel from one that it has made even; or it is the kernel's, and that begins with
the first value that is no NaN.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.depth import deep
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import (
    LONGER,
    Given,
    arrays_of,
    sane,
    shown,
    words_of,
)
from bindcheck.analysis.trials.ending import OVER, REFUSED, Ended, tried
from bindcheck.analysis.trials.leading import leading
from bindcheck.model import EntryPoint, Param
from bindcheck.model.fact import fact, replace

_ODD = 3
_EVENED = (
    (b"& 1 ", rb"& 1 [!=]= [01]"),
    (b"% 2 ", rb"% 2 [!=]= [01]"),
    (b"is_multiple_of(2)", rb"is_multiple_of\(2\)"),
)
_MAKES = (b"PyArray",)
_STEPS = 5_000


@fact
class Unwritten:
    """Nobody writes to a cell of the memory that is made at `place`, for what is `given`."""

    place: Place
    cell: int
    given: str


def unwritten(program: Program, entry: EntryPoint, *, suspected: bool) -> Unwritten | None:
    """The first cell without a value that an entry point gives to Python, if a trial finds one.

    Ordinary data, and such as begins with NaN, are tried where nobody is seen to write the first
    cells, odd numbers where something in the file makes them even.
    """
    function = program.function(entry.ref)
    if not arrays_of(function.params) or not program.mentions(entry.ref, _MAKES):
        return None
    body = program.body(entry.ref)
    choices = tuple(_choices(program, entry, suspected=suspected))
    for given, told in choices if body is not None else ():
        assert body is not None
        with deep():
            ended = tried(program, entry, body, given, _STEPS)
            if ended.kind == REFUSED:
                ended = tried(program, entry, body, replace(given, length=LONGER), _STEPS)
        found = left_blank(ended, told)
        if found is not None:
            return found
    return None


def left_blank(ended: Ended, told: str) -> Unwritten | None:
    """The first cell without a value in what a trial has made, if it came to its end."""
    for spot, row in ended.course.blank if ended.kind == OVER else ():
        cell = row.blank()
        if cell is not None:
            return Unwritten(Place(spot.ref, spot.span), cell, told)
    return None


def _choices(
    program: Program, entry: EntryPoint, *, suspected: bool
) -> Iterator[tuple[Given, str]]:
    words = words_of(program.function(entry.ref).params)
    if suspected:
        yield Given(sane(words)), "ordinary data"
        yield Given(sane(words), gaps=True), "data that begins with NaN"
    if words and entry.ref in leading(program, entry.ref.path, _EVENED):
        yield Given(dict.fromkeys(sane(words), _ODD)), _told(words)


def _told(words: tuple[Param, ...]) -> str:
    return " and ".join(shown(one, _ODD) for one in words)
