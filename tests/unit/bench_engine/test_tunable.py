"""Which case of a core is tuned: a batch, or a call on one series where there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes
from bindcheck.bench.effort import Effort
from bindcheck.bench.looks import Search
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Argument, Kind
from bindcheck.bench.thresholds import find_threshold
from bindcheck.bench.tunable import Tunable, tunable
from bindcheck.bench.variants import variants_of
from bindcheck.cli import tune as command
from bindcheck.cli.tune_output import Sheet
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.testing import crate_of, program_from

from .conftest import CORE, linked

REGISTERED = "    m.add_function(wrap_pyfunction!(wave_py, m)?)?;\n"
BATCH = CORE[CORE.index('#[pyfunction(name = "wave_batch")]') : CORE.index("#[pymodule]")]
ALONE = CORE.replace(BATCH, "").replace(
    "    m.add_function(wrap_pyfunction!(wave_batch_py, m)?)\n", "    Ok(())\n"
)
PLAIN = """
pub fn ripple(data: &[f64], length: usize) -> Vec<f64> {
    if data.len() < SMALL { return data.iter().map(|x| x + 1.0).collect(); }
    data.par_iter().map(|x| x + length as f64).collect()
}
#[pyfunction(name = "ripple")]
fn ripple_py<'py>(
    py: Python<'py>, close: PyReadonlyArray1<'py, f64>, window: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = close.as_slice()?;
    let output = py.allow_threads(|| ripple(slice, window));
    Ok(output.into_pyarray(py))
}
#[pymodule]
"""


def made(core: str = CORE, *, single: bool = False, **axes: Any) -> Tunable:
    program = linked(core)
    [found] = program.cores
    return tunable(program, found, Axes(**{"sizes": (100,), **axes}), single=single)


def test_a_batch_is_tuned_where_there_is_one() -> None:
    found = made()
    assert (found.case.kind, found.case.rows, found.notes) == (Kind.BATCH, 61, ())
    alone = made(single=True)
    assert (alone.case.kind, alone.notes) == (Kind.SINGLE, ())


def test_without_a_batch_calls_on_one_series_are_tuned_and_a_line_says_so() -> None:
    found = made(ALONE)
    assert found.case.kind is Kind.SINGLE
    assert found.notes == ("it has no batch binding: calls on one series are tuned",)
    asked = made(ALONE, single=True)
    assert (asked.case.kind, asked.notes) == (Kind.SINGLE, ())


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ({"rows": (5,)}, "--rows: that is for a batch, and `wave` has a binding for one series"),
        ({"params": (("length", "5:9:1"),)}, "--param length=5:9:1: that is for a batch, and `w"),
    ],
)
def test_what_only_a_batch_could_follow_is_refused(axes: dict[str, Any], told: str) -> None:
    with pytest.raises(BindcheckError, match=told):
        made(ALONE, **axes)


def test_a_core_without_any_call_from_python_has_nothing_to_tune() -> None:
    only = ALONE.replace(ALONE[ALONE.index("#[pyfunction") : ALONE.index("#[pymodule]")], "")
    with pytest.raises(BindcheckError, match="has neither a batch nor a single binding"):
        made(only.replace(REGISTERED, ""))
    batch = CORE.replace(CORE[CORE.index("#[pyfunction(name") : CORE.index(BATCH)], "")
    with pytest.raises(BindcheckError, match="has no single binding"):
        made(batch.replace(REGISTERED, ""), single=True)


FIXED = CORE.replace("(usize, usize, usize),\n    pub damp", "usize,\n    pub damp").replace(
    "pub damping: (f64, f64, f64)", "pub damping: f64"
)


def test_where_nothing_can_be_swept_a_batch_has_one_row() -> None:
    assert FIXED != CORE
    found = made(FIXED)
    assert (found.case.kind, found.case.rows) == (Kind.BATCH, 1)
    assert found.notes == ("it has no parameter to sweep: a batch of one row is tuned",)
    assert made(FIXED, rows=(1,)).notes == ()
    with pytest.raises(BindcheckError, match="sweep over 61 rows: leave out --rows, or give --r"):
        made(FIXED, rows=(61,))


def test_a_parameter_is_set_or_swept() -> None:
    found = made(params=(("length", "20"),), single=True)
    assert Argument("length", 20) in found.case.arguments
    swept = made(params=(("length", "20:29:1"),))
    assert swept.case.rows == 10


def test_a_plain_function_beside_cores_with_structs_is_tuned() -> None:
    core = CORE.replace("#[pymodule]\n", PLAIN).replace(
        REGISTERED, REGISTERED + "    m.add_function(wrap_pyfunction!(ripple_py, m)?)?;\n"
    )
    program = with_plain(linked(core))
    loaded: Any = SimpleNamespace(inputs=SimpleNamespace(program=program))
    axes = Axes(sizes=(100,), params=(("length", "5"),))
    [subject] = command._subjects(loaded, ["ripple"], axes, Sheet("text", None, None), single=False)
    assert subject.case.kind is Kind.SINGLE
    function = subject.core.single or subject.core.with_kernel
    assert function is not None
    found = find_threshold(program, function.ref).found
    assert found is not None
    assert found.threshold.threads_above is True


def test_a_parameter_without_a_default_names_the_option_that_tune_has(program: Program) -> None:
    core = CORE.replace("Some(12)", "None").replace("length=12", "length")
    with pytest.raises(BindcheckError, match="give one with --param length=VALUE"):
        made(core.replace("pub length: Option<usize>", "pub length: usize"), single=True)


KIT = """
[package]
name = "example"
[dependencies]
pyo3 = "0.25"
numpy = "0.25"
par-kit = "1"
other = "1"
"""
MAPPED = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use par_kit::{each as every, Pool};
fn apart(x: &[f64]) -> Vec<f64> { HOW }
pub fn mapped(x: &[f64]) -> Vec<f64> { apart(x) }
#[pyfunction(name = "mapped")]
fn mapped_py<'py>(
    py: Python<'py>, x: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = x.as_slice()?;
    Ok(py.allow_threads(|| mapped(slice)).into_pyarray(py))
}
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(mapped_py, m)?)
}
"""
NOT_READ = "but what it calls of `par_kit` (src/lib.rs:5) is not read; it takes neither"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("par_kit::map(x, |v| v * 2.0)", NOT_READ),
        ("every(x)", NOT_READ),
        ("Pool::new().run(x)", NOT_READ),
        ("par_kit::par![x]", NOT_READ),
        ("every(&other::sorted(x))", "of `par_kit` (src/lib.rs:5), `other` (src/lib.rs:5) is"),
        ("std::thread::spawn(|| 1); x.to_vec()", "`mapped` starts threads in a way that is not "),
        ("f64::max(x[0], 1.0); x.to_vec()", "`mapped` starts no threads (no parallel iterator, "),
        ("numpy::zeros(x)", "`mapped` starts no threads (no parallel iterator, "),
    ],
)
def test_what_is_not_read_of_other_crates_is_named_where_no_threads_are_found(
    how: str, told: str
) -> None:
    files = {"Cargo.toml": KIT, "src/lib.rs": MAPPED.replace("HOW", how)}
    program = with_plain(program_from(files))
    [core] = program.cores
    search = Search(1, 2, Effort(), None, None)
    with pytest.raises(NothingToDoError) as error:
        variants_of(program, crate_of(), core, Kind.SINGLE, search, "python", lambda *_: None)
    assert told in str(error.value)
    assert str(error.value).endswith(
        "takes neither a number of threads nor a flag for them: there is nothing to tune"
    )
