"""What another process reads while this one loads rules and reads the Rust sources.

That are the Python tests; or, where all of the crate has to parse, most of the sources once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from bindcheck.analysis.depth import deep
from bindcheck.crate import Crate
from bindcheck.crew import Ahead, begin
from bindcheck.parse import parses
from bindcheck.prepare import Plan
from bindcheck.python_side.finding import python_side
from bindcheck.python_side.side import TestFacts

# Bytes of sources from which on there is enough to do meanwhile.
_WORTH_A_PROCESS = 300_000

_THEIRS = 0.7
"""The share of the other process: this one skims all sources meanwhile."""

Broken = Callable[[], frozenset[str]]
"""Gives the paths of files that do not parse."""

Tests = Callable[[], Mapping[str, TestFacts]]
"""Gives the facts of Python tests by path, as far as they were read ahead."""


def read_tests_ahead(plan: Plan) -> Tests:
    """Begin to read the Python tests of the one crate of a plan."""
    crate = plan.crates[0].crate if len(plan.crates) == 1 else None
    size = sum(len(file.source) for one in plan.crates for file in one.found.files)
    if crate is None or not crate.extension.builds_extension or size < _WORTH_A_PROCESS:
        return no_tests
    ahead = begin(partial(_read, crate))
    return no_tests if ahead is None else partial(_known, ahead)


def no_tests() -> Mapping[str, TestFacts]:
    """Nothing was read ahead."""
    return {}


def broken_files(sources: Mapping[str, bytes]) -> Broken:
    """Begin to look for files that do not parse."""
    size = sum(map(len, sources.values()))
    theirs: dict[str, bytes] = {}
    left = size * _THEIRS if size >= _WORTH_A_PROCESS else 0
    for path, source in sources.items():
        left -= len(source)
        if left >= 0:
            theirs[path] = source
    ahead = begin(partial(_broken, theirs)) if theirs else None
    return partial(_all_broken, sources, theirs, ahead)


def _all_broken(
    sources: Mapping[str, bytes], theirs: Collection[str], ahead: Ahead[frozenset[str]] | None
) -> frozenset[str]:
    rest = {path: source for path, source in sources.items() if path not in theirs}
    ours = _broken(rest)
    known = ahead.result() if ahead is not None else None
    if known is None:
        known = _broken({path: sources[path] for path in theirs})
    return ours | known


def _broken(sources: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset(path for path, source in sources.items() if not parses(source))


def _read(crate: Crate) -> dict[str, TestFacts]:
    side = python_side(crate, {})
    with deep():
        return {path: side.read(path) for path in side.readable}


def _known(ahead: Ahead[dict[str, TestFacts]]) -> Mapping[str, TestFacts]:
    return ahead.result() or {}
