"""Which case of a core is tuned: a batch, or a call on one series where there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Argument, Kind
from bindcheck.bench.thresholds import find_threshold
from bindcheck.bench.tunable import Tunable, tunable
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
