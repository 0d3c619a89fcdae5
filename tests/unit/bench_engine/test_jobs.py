"""What a worker is told."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.jobs import Pairing, job_of, threads_environment, usable_cores
from bindcheck.bench.measure import _kernel_notes
from bindcheck.bench.native import native
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Case, Kind, State
from bindcheck.bench.side import Built, way_of
from bindcheck.bench.subjects import Subject
from bindcheck.bench.threadcount import Threads
from bindcheck.bench.wanted import Wanted
from bindcheck.crate import Dependency
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.model import CoreApi
from bindcheck.testing import crate_of, program_from

from .conftest import CORE, linked


@pytest.fixture
def case(program: Program, core: CoreApi) -> Case:
    return cases_of(program, core, Axes(kinds=(Kind.BATCH,), sizes=(50,)))[0]


def test_both_sides_get_the_arguments_of_one_case(
    program: Program, core: CoreApi, case: Case
) -> None:
    made = native(program, core, Wanted(Kind.BATCH), "3")
    pairs = [Pairing(("python", "native"), State.RETAINED)]
    ready = job_of(program, crate_of(), core, case, pairs, made, Path("/built.so"))
    assert ready.job["python"]["args"][1] == {"value": [12, 72, 1]}
    assert ready.job["native"]["values"][:3] == [12, 72, 1]
    assert ready.job["native"]["symbol"] == "3"
    assert ready.job["case"]["rows"] == 61
    assert ready.job["pairs"] == [{"sides": ["python", "native"], "state": "retained"}]
    assert ready.job["cores"] == 0
    assert ready.job["element"] == "f64"


def kernel_given(program: Program, kernel: str | None = None) -> int:
    """The index of the kernel that the native side of a single call is given."""
    [core] = program.cores
    [case] = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(50,), kernels=(kernel,)))
    made = native(program, core, Wanted(Kind.SINGLE), "0")
    pairs = [Pairing(("python", "native"))]
    ready = job_of(program, crate_of(), core, case, pairs, made, Path("/built.so"))
    given: int = ready.job["native"]["kernel"]
    return given


@pytest.mark.parametrize(
    ("default", "index"),
    [
        ("None", 0),
        ('"scalar"', 1),
        ('Some("AVX2")', 2),
        ('"auto"', 0),
        ("Kernel::Auto", 0),
        ("Some(crate::wave::Kernel::Scalar)", 1),
    ],
)
def test_both_sides_get_the_kernel_that_the_binding_has_by_default(
    default: str, index: int
) -> None:
    program = linked(CORE.replace("kernel=None, *", f"kernel={default}, *"))
    assert kernel_given(program) == index
    assert kernel_given(program, "avx2") == 2


def test_a_kernel_by_default_that_cannot_be_told_has_to_be_named() -> None:
    program = linked(CORE.replace("kernel=None, *", "kernel=chosen(), *"))
    with pytest.raises(BindcheckError, match=r"which kernel `chosen\(\)` is .*--kernels"):
        kernel_given(program)
    assert kernel_given(program, "scalar") == 1


def test_a_binding_without_a_kernel_is_noted(program: Program) -> None:
    fixed = linked(CORE.replace('mode="soft", kernel=None, *', 'mode="soft", *'))
    [before] = notes_of(fixed)
    assert before.startswith("wave: the binding takes no kernel")
    assert notes_of(program) == []


def notes_of(program: Program) -> list[str]:
    [core] = program.cores
    [case] = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(50,)))
    way = way_of(program, case, core)
    built = Built(Path("/built.so"), {way: native(program, core, way[1], "0")}, {})
    return list(_kernel_notes(program, [Subject(case, core)], built))


SUBMODULES = """
#[pyfunction(name = "wave")]
pub fn fast_wave_py(x: f64) -> f64 { x }

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let quick = PyModule::new(m.py(), "quick")?;
    quick.add_function(wrap_pyfunction!(fast_wave_py, &quick)?)?;
    m.add_submodule(&quick)?;
    let lazy = PyModule::new(m.py(), "lazy")?;
    lazy.add_function(wrap_pyfunction!(wave_py, &lazy)?)?;
    lazy.add_function(wrap_pyfunction!(wave_batch_py, &lazy)?)?;
    m.add_submodule(&lazy)
}
"""


def test_of_two_functions_of_a_name_the_one_that_calls_the_core_is_meant() -> None:
    program = linked(CORE[: CORE.index("#[pymodule]")] + SUBMODULES)
    [core] = program.cores
    told = []
    for kind in (Kind.SINGLE, Kind.BATCH):
        [case] = cases_of(program, core, Axes(kinds=(kind,), sizes=(50,)))
        ready = job_of(program, crate_of(), core, case, [], None, Path("/built.so"))
        told.append(ready.job["python"]["function"])
    assert told == ["lazy.wave", "wave_batch"]


@pytest.mark.parametrize(
    ("returns", "optional"),
    [("f64", False), ("Option<f64>", True), ("Result<Option<f64>, String>", True)],
)
def test_what_a_core_gives_may_be_nothing(returns: str, optional: bool) -> None:
    fallible = returns.startswith("Result")
    given = "found.map_err(PyValueError::new_err)" if fallible else "Ok(found)"
    asked = "Option<f64>" if optional else "f64"
    text = f"""\
use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub fn peak(data: &[f64]) -> {returns} {{ todo!() }}

#[pyfunction(name = "peak")]
pub fn peak_py(data: PyReadonlyArray1<'_, f64>) -> PyResult<{asked}> {{
    let found = peak(data.as_slice()?);
    {given}
}}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {{
    m.add_function(wrap_pyfunction!(peak_py, m)?)
}}
"""
    program = with_plain(program_from({"src/lib.rs": text}))
    [core] = program.cores
    [case] = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(50,)))
    made = native(program, core, Wanted(Kind.SINGLE), "0")
    pairs = [Pairing(("python", "native"))]
    job = job_of(program, crate_of(), core, case, pairs, made, Path("/built.so")).job
    assert job["native"]["optional"] is optional


def test_a_peer_that_cannot_be_called_costs_its_own_pair(
    program: Program, core: CoreApi, case: Case
) -> None:
    pairs = [Pairing(("python", "python")), Pairing(("python", "peer:a:b(speed)"))]
    ready = job_of(program, crate_of(), core, case, pairs, None, Path("/built.so"))
    assert ready.pairs == (pairs[0],)
    assert "names `speed`" in ready.refused["peer:a:b(speed)"]


def test_rows_that_the_grid_does_not_have_are_refused(
    program: Program, core: CoreApi, case: Case
) -> None:
    with pytest.raises(BindcheckError, match=r"says 227 rows; its grid \(length=12..72 step 1"):
        job_of(program, crate_of(), core, replace(case, rows=227), [], None, Path("/built.so"))


def test_a_pool_is_told_how_many_threads_to_use(case: Case) -> None:
    crate = dataclasses.replace(crate_of(), dependencies=(Dependency("rayon"),))
    told = threads_environment(case, Threads(3), crate, by_parameter=False, starts=True)
    assert told == {"RAYON_NUM_THREADS": "3"}
    left = threads_environment(case, Threads(None), crate, by_parameter=False, starts=True)
    assert left == {}


def test_more_threads_than_cores_must_be_taken_by_somebody(case: Case) -> None:
    many, crate = Threads(usable_cores() + 1), crate_of()
    with pytest.raises(BindcheckError, match="cores can be used"):
        threads_environment(case, many, crate, by_parameter=False, starts=True)
    assert threads_environment(case, many, crate, by_parameter=True, starts=True) == {}
