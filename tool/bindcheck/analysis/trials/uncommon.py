"""Entry points called with numbers that few would choose, and where they panic.

These are tried where the code makes it plausible that they matter: the number 1 where a cursor
begins at the second cell, ranges that go down where somebody counts their steps, the larger of two
numbers for the smaller one where they are subtracted, numbers as large as the data is long where
the data begins with NaN, and those that a `match` has no arm of its own for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from bindcheck.analysis.depth import deep
from bindcheck.analysis.matching import Patterns
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import (
    LENGTH,
    LONGER,
    SANE,
    Given,
    arrays_of,
    is_range,
    sane,
    shown,
    words_of,
)
from bindcheck.analysis.trials.ending import FELL, Ended
from bindcheck.analysis.trials.leading import leading
from bindcheck.analysis.trials.lives import tried_alive
from bindcheck.analysis.trials.machine import Spot
from bindcheck.analysis.trials.trial import Fallen
from bindcheck.analysis.trials.unmatched import beyond
from bindcheck.model import Block, EntryPoint, Param, Role
from bindcheck.model.fact import fact, replace

_CURSOR: Patterns = (
    (
        b" = ",
        rb"let mut (\w+)(?:: usize)? = [1-9]\w*;(?s:.){0,2500}?\b\1 == \w+ \{\s*\1 = 0\b",
    ),
)
"""A cursor that begins behind the first cell, and turns at the end."""
_NEXT = (b" - 1];",)
_BESIDE: Patterns = ((b" - 1];", rb"let (\w+) = \w+ \+ \w+ - 1;(?s:.){0,400}?\[\1 - 1\]"),)
"""A cell before the last one of a warm-up."""
_QUOTIENT = (b") / ",)
_COUNTED: Patterns = ((b") / ", rb"\(\w+ - \w+\) / \w+\)? \+ 1\b"),)
"""How many numbers a range has, if it rises."""
_PREFIX: Patterns = (
    (
        b"= first",
        rb"let (\w+) = first\w* \+ [^;\n]*;\s*(?:for \w+ in 0\.\.\1 \{|[^;{}\n]*\[\.\.\1\])",
    ),
)
"""A warm-up that begins with the first valid value, and is written at once."""
_DOWN = (4, 2, 1)
_GAPS = 2
"""One more than a warm-up may be too long by for numbers as large as the data is long."""
_LEAST, _COUNTING, _TURNED, _AHEAD, _BEYOND = 700, 300, 550, 420, 1_500
"""Steps of the trials: to where results are computed, to room for them, to their warm-up, and to
where a mode matters."""


_MARGIN = 2
"""So many times the steps to a panic may it take with ordinary numbers."""


@fact
class _Attempt:
    """A trial: what is given, how that is told, and how many steps it may take."""

    given: Given
    told: str
    steps: int


def uncommon(
    program: Program, entry: EntryPoint, known: Collection[Spot | None]
) -> tuple[Fallen, ...]:
    """The panics for such numbers, each at another place, and at none that is `known`."""
    words = words_of(program.function(entry.ref).params)
    body = program.body(entry.ref) if words else None
    if body is None:
        return ()
    with deep():
        return _Attempts(program, entry, body, words).found(known)


class _Attempts:
    """The trials of one entry point with such numbers."""

    def __init__(self, program: Program, entry: EntryPoint, body: Block, words: tuple[Param, ...]):
        self.program = program
        self.entry = entry
        self.body = body
        self.words = words
        self.sane = sane(words)
        self.arrays = bool(arrays_of(program.function(entry.ref).params))

    def found(self, known: Collection[Spot | None]) -> tuple[Fallen, ...]:
        """The panics at other places than `known` ones.

        Where there are any nobody checks the numbers, and the values that are valid are no matter.
        """
        attempts = [self._least(), self._down(), self._turned(), self._beyond()]
        if not known:
            attempts.append(self._ahead())
        found: dict[Spot, Fallen] = {}
        for one in chain.from_iterable(attempts):
            ended = tried_alive(self.program, self.entry, self.body, one.given, one.steps)
            at = ended.course.inner
            fell = ended.kind == FELL and at is not None and at not in known and at not in found
            if fell and at is not None and not self._falls_anyway(one.given, ended):
                found[at] = _fallen(one, ended, at)
        return tuple(found.values())

    def _least(self) -> Iterator[_Attempt]:
        """The number 1, for cursors and cells beside the first."""
        path = self.entry.ref.path
        turns = self.program.file_mentions(path, _turned_at(self.words))
        if (turns and self._leads(_CURSOR)) or self._reads_beside():
            given = Given(dict.fromkeys(self.sane, 1))
            yield _Attempt(given, self._told(given), _LEAST)

    def _down(self) -> Iterator[_Attempt]:
        """One range after the other that goes down, for who counts the numbers in it."""
        ranges = [one for one in self.words if is_range(one)]
        for one in ranges if ranges and self._counts() else ():
            given = Given(self.sane, ranges={one.name: _DOWN})
            yield _Attempt(given, f"`{one.name}` = {_DOWN}", _COUNTING)

    def _turned(self) -> Iterator[_Attempt]:
        """The larger numbers first, for differences of two of a sort."""
        few = self.arrays and len(self.words) <= len(SANE)
        smaller = _smaller(self.words) if few else ()
        if smaller and self.program.file_mentions(self.entry.ref.path, smaller):
            turned = zip(self.sane, reversed(self.sane.values()), strict=True)
            given = Given(dict(turned))
            yield _Attempt(given, self._told(given), _TURNED)

    def _ahead(self) -> Iterator[_Attempt]:
        """Numbers as large as the data is long, of which the first values are not valid.

        The one call of an indicator is left to the checks of its core, which are made for it,
        unless something writes a warm-up that begins with the first valid value.
        """
        left = self.entry.role is Role.SINGLE and self.entry.indicator is not None
        if self.arrays and (not left or self._leads(_PREFIX)):
            given = Given(dict.fromkeys(self.sane, LENGTH), gaps=_GAPS)
            yield _Attempt(given, f"{self._told(given)} and {LENGTH} values of data", _AHEAD)

    def _beyond(self) -> Iterator[_Attempt]:
        """Numbers that have no arm of their own."""
        for given, told in beyond(self.program, self.entry):
            yield _Attempt(given, told, _BEYOND)

    def _counts(self) -> bool:
        """Whether the numbers of a range are counted here, or in a callee."""
        return self._mentions(_QUOTIENT) and self._leads(_COUNTED)

    def _reads_beside(self) -> bool:
        """Whether the cell before the last one of a warm-up is read here, or in a callee."""
        return self._mentions(_NEXT) and self._leads(_BESIDE)

    def _mentions(self, words: tuple[bytes, ...]) -> bool:
        refs = (self.entry.ref, *self.program.called(self.entry.ref))
        return any(self.program.mentions(one, words) for one in refs)

    def _leads(self, patterns: Patterns) -> bool:
        return self.entry.ref in leading(self.program, self.entry.ref.path, patterns)

    def _falls_anyway(self, given: Given, fallen: Ended) -> bool:
        """Whether ordinary numbers get to the same panic, with few data or with more."""
        common = replace(given, words=self.sane, ranges={})
        steps = _MARGIN * fallen.steps
        for one in (common, replace(common, length=LONGER)):
            ended = tried_alive(self.program, self.entry, self.body, one, steps)
            if ended.kind == FELL and ended.course.inner == fallen.course.inner:
                return True
        return False

    def _told(self, given: Given) -> str:
        return " and ".join(shown(one, given.words[one.name]) for one in self.words)


def _turned_at(words: tuple[Param, ...]) -> tuple[bytes, ...]:
    """How a cursor is compared with a number: `== period {` for `period_range`."""
    return tuple(f" == {one.name.removesuffix('_range')} {{".encode() for one in words)


def _smaller(words: tuple[Param, ...]) -> tuple[bytes, ...]:
    """How the smaller of two numbers of one sort is subtracted: `- fast` of `fast_period`."""
    names = [one.name.removesuffix("_range") for one in words]
    parts = [name.partition("_") for name in names]
    sorts = [sort for _, _, sort in parts]
    twins = [at for at, sort in enumerate(sorts) if sort and sorts.count(sort) > 1]
    written = [written for at in twins[:-1] for written in (names[at], parts[at][0])]
    return tuple(f" - {name};".encode() for name in written)


def _fallen(one: _Attempt, ended: Ended, at: Spot) -> Fallen:
    course = ended.course
    gaps = bool(one.given.gaps)
    return Fallen(course.outer, at, ended.how, one.told, tuple(course.wrapped), gaps, ended.later)
