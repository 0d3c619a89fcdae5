"""Both sides use the same number of threads."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.jobs import Pairing, job_of
from bindcheck.bench.measure import _thread_notes
from bindcheck.bench.native import Native, native
from bindcheck.bench.samples import Case, Kind
from bindcheck.bench.side import way_of
from bindcheck.bench.subjects import Selection, Subject, callable_ones
from bindcheck.bench.threadcount import Threads, threads_of
from bindcheck.errors import BindcheckError
from bindcheck.testing import crate_of

from .conftest import CORE, linked

SIGNATURE = 'mode="soft", kernel=None))]\npub fn wave_batch_py'
ARGUMENTS = (
    "damping_range: (f64, f64, f64), mode: &str, kernel: Option<&str>,\n) -> PyResult<Bound<'py, "
    "PyDict>>"
)


def bound(default: str, kind: str, core: str = CORE) -> Program:
    """The crate, whose batch has one more argument, with a default."""
    name = default.partition("=")[0]
    assert SIGNATURE in core
    assert ARGUMENTS in core
    core = core.replace(SIGNATURE, SIGNATURE.replace("kernel=None", f"kernel=None, {default}"))
    arguments = ARGUMENTS.replace("<&str>,\n", f"<&str>, {name}: {kind},\n")
    return linked(core.replace(ARGUMENTS, arguments))


def case_of(program: Program, threads: int | None = None, *, out: bool = False) -> Case:
    [core] = program.cores
    axes = Axes(kinds=(Kind.BATCH,), sizes=(50,), threads=(threads,), outs=(out,))
    [case] = cases_of(program, core, axes)
    return case


def threads(program: Program, number: int | None = None) -> Threads:
    return threads_of(program, program.cores[0], case_of(program, number))


def made(program: Program, number: int | None = None, *, out: bool = False) -> Native:
    [core] = program.cores
    return native(program, core, way_of(program, case_of(program, number, out=out), core)[1], "0")


@pytest.mark.parametrize(
    ("default", "kind", "number"),
    [
        ("threads=1", "usize", 1),
        ("threads=Some(2)", "Option<usize>", 2),
        ("threads=None", "Option<usize>", None),
        ("threads=0", "usize", None),
        ("num_threads=3", "usize", 3),
        ("parallel=true", "bool", None),
        ("parallel=false", "bool", 1),
    ],
)
def test_the_threads_of_a_binding_by_default_are_those_of_both_sides(
    default: str, kind: str, number: int | None
) -> None:
    program = bound(default, kind)
    assert threads(program).number == number
    [core] = program.cores
    case = case_of(program)
    pairs = (Pairing(("python", "native")),)
    job = job_of(program, crate_of(), core, case, pairs, made(program), Path("/x.so")).job
    assert job["native"]["threads"] == job["cores"] == (number or 0)
    # Python is called as a user calls it.
    assert job["python"]["kwargs"] == {}


def test_a_case_says_more_than_a_default() -> None:
    assert threads(bound("threads=1", "usize"), 2) == Threads(2)


def test_a_core_is_told_the_number_that_its_binding_is_told() -> None:
    found = made(bound("threads=1", "usize"))
    assert found.function == "wave_batch_inner_into"
    assert "call.threads" in found.run


def test_a_number_goes_to_the_argument_that_is_there_for_it() -> None:
    program = bound("num_threads=3", "usize")
    [core] = program.cores
    job = job_of(program, crate_of(), core, case_of(program, 2), (), None, Path("/x.so")).job
    assert job["python"]["kwargs"] == {"num_threads": {"value": 2}}


def test_a_default_that_cannot_be_told_is_refused_before_anything_is_built() -> None:
    program = bound("threads=chosen()", "usize")
    subject = Subject(case_of(program), program.cores[0])
    with pytest.raises(BindcheckError, match=r"`threads=chosen\(\)` .*--threads"):
        callable_ones(program, Selection((subject,)))
    assert threads(program, 2).number == 2


def test_a_binding_without_threads_is_not_set_against_a_core_with_some() -> None:
    with pytest.raises(BindcheckError, match=r"`parallel=false`.*leave out --threads"):
        threads(bound("parallel=false", "bool"), 2)


FLAG = CORE.replace("kernel: Kernel, threads: usize, out", "kernel: Kernel, parallel: bool, out")


def test_a_core_with_a_flag_for_threads_gets_that_of_the_binding() -> None:
    found = made(bound("parallel=false", "bool", FLAG))
    assert found.function == "wave_batch_inner_into"
    assert "kernel, false, " in found.run
    assert made(bound("parallel=true", "bool", FLAG)).function == "wave_batch_with_kernel"
    assert "kernel, true, " in made(linked(FLAG_WITH_OUT), out=True).run


WITH_OUT = CORE.replace(SIGNATURE, SIGNATURE.replace("kernel=None", "kernel=None, out=None"))
WITH_OUT = WITH_OUT.replace(
    ARGUMENTS, ARGUMENTS.replace("<&str>,\n", "<&str>, out: Option<Bound<'py, PyAny>>,\n")
)
FLAG_WITH_OUT = WITH_OUT.replace("Kernel, threads: usize, out", "Kernel, parallel: bool, out")
OPTIONAL = WITH_OUT.replace("threads: usize, out", "threads: Option<usize>, out")


def test_a_core_that_may_choose_its_threads_chooses_where_nobody_says_a_number() -> None:
    program = linked(OPTIONAL)
    assert "kernel, None, call.out" in made(program, out=True).run
    assert "kernel, Some(call.threads), call.out" in made(program, 2, out=True).run


def test_a_core_that_has_to_be_told_its_threads_is_not_told_any_number() -> None:
    program = linked(WITH_OUT)
    with pytest.raises(BindcheckError, match=r"wants a number of threads.*--threads"):
        made(program, out=True)
    assert "kernel, call.threads, call.out" in made(program, 2, out=True).run


def test_a_default_is_told_in_a_remark() -> None:
    program = bound("threads=1", "usize")
    [note] = _thread_notes(program, [Subject(case_of(program), program.cores[0])])
    assert note.endswith("the same on both sides: wave batch `threads=1`")
    told = Subject(case_of(program, 1), program.cores[0])
    assert list(_thread_notes(program, [told])) == []
