"""Entry points called with the least and most that a caller may ask for, and where they panic.

Whole numbers, and the start and end of ranges of them, are 0 or as large as the data is long. What
the code refuses with an error is fine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from bindcheck.analysis.depth import deep
from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.values import UNKNOWN
from bindcheck.analysis.trials.arguments import (
    LENGTH,
    LONGER,
    Given,
    arrays_of,
    sane,
    shown,
    words_of,
)
from bindcheck.analysis.trials.ending import FELL, OPEN, OVER, REFUSED, STEPS, Ended, ran
from bindcheck.analysis.trials.limits import limits
from bindcheck.analysis.trials.lives import tried_alive
from bindcheck.analysis.trials.machine import Course, Spot
from bindcheck.analysis.trials.unwritten import Unwritten, left_blank
from bindcheck.analysis.trials.values import BEHIND, NO_MEMORY, WORD, Value
from bindcheck.model import Block, EntryPoint, ItemRef, Param, Role, Span
from bindcheck.model.fact import fact

_FEW = 600
"""Where the numbers are checked, and warm-ups made of them: ahead of what is computed."""
_FEWER = 520
"""The same for numbers that let a warm-up be longer than the data."""
_SOME = 800
"""With numbers that are let pass, and as many rounds of the loops before."""
_ABOVE = 2_500
"""What is made of long data is mostly passed over, but not all of it."""
_BEYOND = 2
"""How many more than the data has values: one more may be put up with."""
_NARROW = (b" as i32", b" as u32", b" as i16", b" as u16")
_WIDE = 2**32 - 1
_MARGIN = 2
"""So many times the steps to a panic may it take with ordinary numbers."""
_MOST = 3
"""Panics that are told of one entry point."""
_PAIR = 2
"""Of more numbers each would be tried for little: they are mostly checked together."""


@fact
class Fallen:
    """A panic for numbers that nobody refuses.

    `call` is the call in the entry point that leads there, None if it is the entry point itself.
    `given` tells the numbers (nothing where there is no data), `how` what does not hold; `wrapped`
    are the subtractions that wrapped on the way. `gaps`: the data begins with NaN. `later`: not
    there, but in a method of what was made.
    """

    call: Span | None
    at: Spot
    how: str
    given: str
    wrapped: tuple[Spot, ...]
    gaps: bool
    later: bool = False


_Outcome = tuple[tuple[Fallen, ...], Unwritten | None]


def fallen(program: Program, entry: EntryPoint) -> tuple[Fallen, ...]:
    """The first panics for such numbers, each at another place."""
    return _outcomes(program).of(entry.ref, _outcome, program, entry)[0]


def unwritten_for(program: Program, entry: EntryPoint) -> Unwritten | None:
    """A cell that nobody writes for such numbers."""
    return _outcomes(program).of(entry.ref, _outcome, program, entry)[1]


@lru_cache(maxsize=2)
def _outcomes(program: Program) -> Memo[ItemRef, _Outcome]:
    """What both have asked for."""
    del program
    return Memo()


def _outcome(program: Program, entry: EntryPoint) -> _Outcome:
    """How the trials of an entry point end.

    The one call of an indicator is left to the checks of its core, which are made for it.
    """
    if entry.role is Role.SINGLE and entry.indicator is not None:
        return (), None
    words = words_of(program.function(entry.ref).params)
    body = program.body(entry.ref) if words else None
    if body is None:
        return (), None
    with deep():
        trials = _Trials(program, entry, body, words)
        return trials.found(), trials.unwritten


def lacks_memory(program: Program, ref: ItemRef, position: int) -> bool:
    """Whether a function asks for more memory than there is for the largest number as a parameter.

    What else it gets is not known.
    """
    function = program.function(ref)
    body = program.body(ref) if position < len(function.params) else None
    if body is None or function.receiver:
        return False
    names = {name: UNKNOWN for one in function.params for name in one.names}
    given: dict[str, Value] = {**names, function.params[position].name: WORD - 1}
    with deep():
        return ran(program, ref, body, given, Course(STEPS)).how == NO_MEMORY


class _Trials:
    """The trials of one entry point."""

    def __init__(self, program: Program, entry: EntryPoint, body: Block, words: tuple[Param, ...]):
        self.program = program
        self.entry = entry
        self.body = body
        self.words = words
        self.sane = sane(words)
        self.arrays = bool(arrays_of(program.function(entry.ref).params))
        self.length = LENGTH
        self.limits = limits(program, entry)
        self.unwritten: Unwritten | None = None
        self.ordinary: dict[tuple[int, int], Ended] = {}

    def found(self) -> tuple[Fallen, ...]:
        """The trials that end in a panic, one for each place and for what has wrapped before it."""
        found: dict[tuple[Spot | None, bool], Fallen] = {}
        for given, ended in self._trials():
            if self.unwritten is None and ended.kind == OVER:
                gaps = " and data that begins with NaN" if given.gaps else ""
                self.unwritten = left_blank(ended, self._told(given) + gaps)
            cause = ended.course.inner, bool(ended.course.wrapped)
            if ended.kind != FELL or cause in found or self._falls_anyway(given, ended):
                continue
            one = self._fallen(given, ended)
            if one is not None:
                found[cause] = one
            if len(found) == _MOST:
                break
        return tuple(found.values())

    def _trials(self) -> Iterator[tuple[Given, Ended]]:
        """One trial after the other; where numbers are 0 more are made only if one has fallen."""
        given, ended = self._least()
        yield given, ended
        near = ended.kind != FELL and self.arrays and self.length == LENGTH
        if ended.kind == FELL:
            yield from self._after(wrapped=bool(ended.course.wrapped))
        elif near:
            given = self._given(dict.fromkeys(self.sane, self.length - 1))
            ended = self._run(given, _SOME)
            yield given, ended
        if self.arrays and not (near and ended.kind == REFUSED):
            given = self._given(dict.fromkeys(self.sane, self.length + _BEYOND))
            yield given, self._run(given, _FEWER)
        if ended.kind in (OVER, REFUSED) and self._narrows():
            given, ended = self._wide(given, ended)
            yield given, ended
        yield from self._above()
        if self.arrays:
            given = Given(self.sane, 0)
            yield given, self._run(given, _FEW)

    def _above(self) -> Iterator[tuple[Given, Ended]]:
        """Trials with one number above what the code asserts or has room for, and data for it."""
        for limit in self.limits:
            for name in self.sane:
                given = Given({**self.sane, name: limit + 1}, limit + LONGER)
                yield given, self._run(given, _ABOVE)

    def _after(self, *, wrapped: bool) -> Iterator[tuple[Given, Ended]]:
        """Trials where 0 has fallen: one number is 0, or all are as large as the data is long."""
        for name in self.sane if len(self.sane) > 1 else ():
            given = self._given({**self.sane, name: 0})
            yield given, self._run(given, _SOME)
        if self.arrays and wrapped:
            # As in a warm-up of `period + other - 1` values.
            given = Given(dict.fromkeys(self.sane, LONGER), LONGER)
            yield given, self._run(given, _FEWER)

    def _least(self) -> tuple[Given, Ended]:
        """How the trials with 0 end: of all numbers at once, or of each if that is refused."""
        for chosen in self._choices():
            given = self._given(chosen)
            ended = self._run(given)
            if ended.kind == REFUSED and self.arrays:
                given, ended = self._longer(given, ended)
            if ended.kind == OVER and ended.course.wrapped and self.arrays:
                # What has wrapped to a large number for data from 0 on is a small one behind gaps.
                given = self._given(chosen, gaps=True)
                ended = self._run(given)
            if ended.kind != REFUSED:
                # What puts up with 0 everywhere does so with some as well.
                break
        return given, ended

    def _longer(self, given: Given, ended: Ended) -> tuple[Given, Ended]:
        """The same for longer data, if that is not refused."""
        longer = Given(given.words, LONGER)
        again = self._run(longer)
        if again.kind == REFUSED:
            return given, ended
        self.length = LONGER
        return longer, again

    def _narrows(self) -> bool:
        """Whether a number may be cast to a type that is too narrow for it, here or in a callee."""
        refs = (self.entry.ref, *self.program.called(self.entry.ref))
        return any(self.program.mentions(one, _NARROW) for one in refs)

    def _wide(self, given: Given, ended: Ended) -> tuple[Given, Ended]:
        """How the first trial ends that does not put up with a number of more than 32 bits."""
        for name in self.sane:
            wide = self._given({**self.sane, name: _WIDE})
            again = self._run(wide)
            if again.kind == FELL and again.how != NO_MEMORY:
                return wide, again
        return given, ended

    def _falls_anyway(self, given: Given, ended: Ended) -> bool:
        """Whether ordinary numbers get to the same panic: then these are not the reason.

        Those that have wrapped on the way are.
        """
        if ended.course.wrapped and ended.how != BEHIND:
            return False
        inner = ended.course.inner
        length = given.length or self.length
        steps = min(STEPS, _MARGIN * ended.steps)
        if inner is None or not self._falls_at(inner, Given(self.sane, length, given.gaps), steps):
            return False
        # Where a few values are too few for small numbers as well, more of them tell.
        near = length == LENGTH and max(given.words.values()) >= length - 1
        return not near or self._falls_at(inner, Given(self.sane, LONGER), STEPS)

    def _falls_at(self, inner: Spot, given: Given, steps: int) -> bool:
        """Whether a trial with ordinary numbers ends in a panic at a place."""
        kind = given.length, given.gaps
        known = self.ordinary.get(kind)
        if known is None or (known.kind == OPEN and known.steps < steps):
            known = self.ordinary[kind] = self._run(given, steps)
        return known.kind == FELL and known.course.inner == inner

    def _choices(self) -> Iterator[Mapping[str, int]]:
        yield dict.fromkeys(self.sane, 0)
        for zero in self.sane if len(self.sane) == _PAIR else ():
            yield {**self.sane, zero: 0}

    def _given(self, chosen: Mapping[str, int], *, gaps: bool = False) -> Given:
        return Given(chosen, self.length, gaps)

    def _run(self, given: Given, steps: int = STEPS) -> Ended:
        return tried_alive(self.program, self.entry, self.body, given, steps)

    def _told(self, given: Given) -> str:
        """The numbers that matter; nothing where there is no data."""
        if not given.length:
            return ""
        numbers = list(given.words.values())
        least = (0, _WIDE, *(one + 1 for one in self.limits))
        asked = next((one for one in least if one in numbers), None)
        extreme = [one for one in self.words if asked in (None, given.words[one.name])]
        told = " and ".join(shown(one, given.words[one.name]) for one in extreme)
        if asked is None or (self.arrays and asked - 1 in self.limits):
            return f"{told} and {given.length} values of data"
        return told

    def _fallen(self, given: Given, ended: Ended) -> Fallen | None:
        course = ended.course
        if course.inner is None:
            return None
        told = self._told(given)
        wrapped = tuple(course.wrapped)
        return Fallen(
            course.outer, course.inner, ended.how, told, wrapped, bool(given.gaps), ended.later
        )
