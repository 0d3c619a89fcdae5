"""Entry points called with floats that have no order, or the wrong one, and where they panic.

`x.clamp(low, high)` panics where `low` is more than `high` or one of them is NaN, and so does
`a.partial_cmp(b).unwrap()` where one is. So data has a NaN in the middle, and of several floats
each is once more than the others.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.depth import deep
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import (
    Given,
    arrays_of,
    reals_of,
    sane,
    words_of,
)
from bindcheck.analysis.trials.ending import FELL, OVER, Ended, tried_longer
from bindcheck.analysis.trials.leading import leading
from bindcheck.analysis.trials.lives import fed_by, lived
from bindcheck.analysis.trials.machine import Spot
from bindcheck.model import Block, EntryPoint, Param, Span
from bindcheck.model.fact import fact

_ASKS = (
    (b".clamp(", rb"\.clamp\(\s*[a-z&*(]"),
    (b"partial_cmp(", rb"partial_cmp\([^)]*\)\s*\.(?:unwrap|expect)\("),
)
_STEPS = 1_500
_LARGE = 8.0


@fact
class Odd:
    """A panic for the floats that `given` tells; see `Fallen`."""

    call: Span | None
    at: Spot
    how: str
    given: str
    later: bool


def odd(program: Program, entry: EntryPoint) -> Odd | None:
    """The first panic of an entry point for such floats, if it comes to what asks for an order."""
    body = program.body(entry.ref) if _asks_for_order(program, entry) else None
    if body is None:
        return None
    with deep():
        return _first(program, entry, body)


def _first(program: Program, entry: EntryPoint, body: Block) -> Odd | None:
    methods = fed_by(program, entry)
    params = program.function(entry.ref).params

    def run(given: Given) -> Ended:
        ended = tried_longer(program, entry, body, given, _STEPS)
        alive = bool(methods) and ended.kind == OVER
        return lived(program, methods, ended, hole=given.hole) if alive else ended

    for given, told in _choices(params, fed=bool(methods)):
        ended = run(given)
        at = ended.course.inner
        if ended.kind == FELL and at is not None:
            again = run(Given(given.words))
            if again.kind == FELL and again.course.inner == at:
                return None
            return Odd(ended.course.outer, at, ended.how, told, ended.later)
    return None


def _asks_for_order(program: Program, entry: EntryPoint) -> bool:
    """Whether an entry point, or what it leads to in its file, has such a call."""
    found = leading(program, entry.ref.path, _ASKS)
    return entry.ref in found or any(one in found for one in fed_by(program, entry))


def _choices(params: tuple[Param, ...], *, fed: bool) -> Iterator[tuple[Given, str]]:
    words = sane(words_of(params))
    for one in reals_of(params) if len(reals_of(params)) > 1 else ():
        yield Given(words, reals={one.name: _LARGE}), f"`{one.name}` = {_LARGE}"
    if arrays_of(params) or fed:
        yield Given(words, hole=True), "data with NaN in the middle"
