"""Entry points called with numbers for which something fails, and nobody looks at it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bindcheck.analysis.depth import deep
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import Given, reals_of, sane, shown, words_of
from bindcheck.analysis.trials.ending import OVER, tried_longer
from bindcheck.analysis.trials.machine import Spot
from bindcheck.analysis.trials.unmatched import beyond
from bindcheck.model import EntryPoint, Param


def discarded_in(program: Program, entry: EntryPoint) -> Iterator[tuple[Spot, str]]:
    """Calls that fail for some numbers, for which the entry point does not, and these numbers."""
    params = program.function(entry.ref).params
    body = program.body(entry.ref)
    usual = ((given, _told(params, given)) for given in _choices(params))
    for given, told in (*usual, *beyond(program, entry)) if body is not None else ():
        assert body is not None
        with deep():
            ended = tried_longer(program, entry, body, given)
        if ended.kind == OVER:
            for at in dict.fromkeys(ended.course.discarded):
                yield at, told


def _choices(params: tuple[Param, ...]) -> Iterator[Given]:
    """0 for the whole numbers, NaN for the others."""
    words = sane(words_of(params))
    if words:
        yield Given(dict.fromkeys(words, 0))
    if reals_of(params):
        yield Given(words, real=math.nan)


def _told(params: tuple[Param, ...], given: Given) -> str:
    if math.isnan(given.real):
        return " and ".join(shown(one, given.real) for one in reals_of(params))
    return " and ".join(shown(one, given.words[one.name]) for one in words_of(params))
