"""What another process reads while this one loads rules and reads the Rust sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bindcheck.analysis.depth import deep
from bindcheck.crate import Crate
from bindcheck.crew import Ahead, begin
from bindcheck.prepare import Plan
from bindcheck.python_side.finding import python_side
from bindcheck.python_side.side import TestFacts

# Bytes of sources from which on there is enough to do meanwhile.
_WORTH_A_PROCESS = 300_000

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


def _read(crate: Crate) -> dict[str, TestFacts]:
    side = python_side(crate, {})
    with deep():
        return {path: side.read(path) for path in side.readable}


def _known(ahead: Ahead[dict[str, TestFacts]]) -> Mapping[str, TestFacts]:
    return ahead.result() or {}
