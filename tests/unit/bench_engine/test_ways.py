"""Which native function stands against a binding."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.jobs import usable_cores
from bindcheck.bench.samples import Kind
from bindcheck.bench.side import way_of
from bindcheck.fact import replace

from .conftest import CORE, linked

TOLD = CORE.replace(
    'mode="soft", kernel=None))]\npub fn wave_batch_py',
    'mode="soft", kernel=None, threads=None))]\npub fn wave_batch_py',
).replace(
    "damping_range: (f64, f64, f64), mode: &str, kernel: Option<&str>,\n) -> PyResult<Bound",
    "damping_range: (f64, f64, f64), mode: &str, kernel: Option<&str>, threads: Option<usize>,\n"
    ") -> PyResult<Bound",
)


def gets_threads(program: Program, kind: Kind, threads: int | None) -> bool:
    [core] = program.cores
    [case] = cases_of(program, core, Axes(kinds=(kind,), sizes=(50,)))
    _, wanted = way_of(program, replace(case, threads=threads), core)
    return wanted.threads


@pytest.mark.parametrize("threads", [1, 2])
def test_a_core_is_told_its_threads_where_the_binding_is(threads: int) -> None:
    assert gets_threads(linked(TOLD), Kind.BATCH, threads)


def test_a_core_finds_out_itself_where_the_binding_does(program: Program) -> None:
    assert not gets_threads(linked(TOLD), Kind.BATCH, None)
    assert not gets_threads(program, Kind.BATCH, 1)


def test_more_threads_than_cores_have_to_be_asked_for(program: Program) -> None:
    assert gets_threads(program, Kind.BATCH, usable_cores() + 1)
    assert not gets_threads(program, Kind.SINGLE, usable_cores() + 1)
