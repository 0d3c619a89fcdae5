"""A binding that chooses between two core functions is not timed against one of them."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.alternatives import alternative
from bindcheck.bench.cases import Axes
from bindcheck.bench.chosen import chosen
from bindcheck.bench.effort import Effort
from bindcheck.bench.looks import Search
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Kind
from bindcheck.bench.subjects import callable_ones, of_all
from bindcheck.bench.tunable import tunable
from bindcheck.bench.variants import variants_of
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.model import CoreApi
from bindcheck.testing import crate_of, program_from

CORE = """
use rayon::prelude::*;
/// Twice.
pub fn scale(x: &[f64]) -> Vec<f64> { x.iter().map(|v| v * 2.0).collect() }
pub fn scale_par(x: &[f64]) -> Vec<f64> { x.par_iter().map(|v| v * 2.0).collect() }
pub fn scale_short(x: &[f32]) -> Vec<f32> { x.iter().map(|v| v * 2.0).collect() }
pub fn shift(x: &[f64]) -> Vec<f64> { x.iter().map(|v| v + 2.0).collect() }
"""

LIB = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
mod core;
const PAR_MIN: usize = 20_000;
fn run(x: &PyReadonlyArray1<f64>) -> Vec<f64> {
    let s = x.as_slice().unwrap();
    if s.len() >= PAR_MIN { core::scale_par(s) } else { core::scale(s) }
}
fn spread(x: &PyReadonlyArray1<f64>) -> Vec<f64> { rayon::join(|| left(x), || right(x)).0 }
fn first(x: &PyReadonlyArray1<f64>) -> Vec<f64> {
    let s = x.as_slice().unwrap();
    if s.len() >= PAR_MIN { return core::scale_par(s); }
    core::scale(s)
}
#[pyfunction]
fn scale<'py>(py: Python<'py>, x: PyReadonlyArray1<'py, f64>) -> PyResult<Bound<'py, PyAny>> {
    let s = x.as_slice()?;
    let out = py.allow_threads(|| BODY);
    Ok(out.into_pyarray(py).into_any())
}
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scale, m)?)
}
"""

IF = "if s.len() >= PAR_MIN { core::scale_par(s) } else { core::scale(s) }"
CHOSEN = [
    (IF, "`scale_par`", "`scale`", "s.len() >= PAR_MIN"),
    ("run(&x)", "`scale_par`", "`scale`", "s.len() >= PAR_MIN"),
    ("first(&x)", "`scale_par`", "`scale`", "s.len() >= PAR_MIN"),
    (IF.replace("core::scale_par(s)", "spread(&x)"), "`spread`", "`scale`", "s.len() >= PAR_MIN"),
    (
        "match s.len() { 0..=PAR_MIN => core::scale(s), _ => core::scale_par(s) }",
        "`scale`",
        "`scale_par`",
        "s.len()",
    ),
    (
        "(s.len() < PAR_MIN).then(|| core::scale(s)).unwrap_or_else(|| core::scale_par(s))",
        "`scale`",
        "`scale_par`",
        "s.len() < PAR_MIN",
    ),
]
ALIKE = [
    "core::scale(s)",
    "if s.is_empty() { Vec::new() } else { core::scale(s) }",
    "if s.len() > 5 { core::scale(&s[1..]) } else { core::scale(s) }",
    "if s.is_empty() { panic!() } else { core::scale(s) }",
    "if short { core::scale_short(t) } else { core::scale(s) }",
    "if shifted { core::shift(&core::scale(s)) } else { core::scale(s) }",
]


def crate(body: str) -> tuple[Program, CoreApi]:
    files = {"src/lib.rs": LIB.replace("BODY", body), "src/core.rs": CORE}
    program = with_plain(program_from(files))
    [core] = chosen(program, ["scale"])
    return program, core


@pytest.mark.parametrize(("body", "one", "other", "condition"), CHOSEN)
def test_a_choice_in_a_binding_is_refused_with_both_functions_and_their_places(
    body: str, one: str, other: str, condition: str
) -> None:
    program, core = crate(body)
    selection = of_all(program, Axes(kinds=(Kind.SINGLE,), sizes=(10,)), [])
    selection = type(selection)(tuple(s for s in selection.subjects if s.core is core))
    with pytest.raises(BindcheckError, match="the binding `scale` chooses between ") as told:
        callable_ones(program, selection)
    text = str(told.value)
    assert f"between {one} (src/" in text
    assert f" and {other} (src/" in text
    assert f"by `{condition}` (src/lib.rs:" in text
    assert "`scale` (src/core.rs:4)" in text, "where its name stands, below its documentation"


@pytest.mark.parametrize("body", ALIKE)
def test_what_comes_to_the_same_core_or_to_another_type_is_no_choice(body: str) -> None:
    program, core = crate(body)
    assert alternative(program, core, Kind.SINGLE) is None


FLAGGED = "if fast { core::scale_par(s) } else { core::scale(s) }"
SIDES = [
    (FLAGGED, "false", None),
    (FLAGGED, "true", "true"),
    (FLAGGED.replace("fast", "!fast"), "true", None),
    (FLAGGED.replace("fast", "!fast"), "false", "false"),
    ("(!fast).then(|| core::scale(s)).unwrap_or_else(|| core::scale_par(s))", "true", "true"),
    (FLAGGED.replace("fast", "fast && !s.is_empty()"), "false", ""),
    (FLAGGED.replace("if", "let fast = s.len() > 5; if"), "false", ""),
    ("match fast { false => core::scale(s), true => core::scale_par(s) }", "false", "false"),
    ("if fast { return core::scale_par(s); } core::scale(s)", "false", None),
]


def flagged(body: str, signature: str) -> tuple[Program, CoreApi]:
    lib = LIB.replace("BODY", f"{{ {body} }}").replace(
        "f64>) -> PyRes", "f64>, fast: bool) -> PyRes"
    )
    lib = lib.replace("#[pyfunction]\n", f"#[pyfunction]\n#[pyo3(signature = ({signature}))]\n")
    program = with_plain(program_from({"src/lib.rs": lib, "src/core.rs": CORE}))
    [core] = chosen(program, ["scale"])
    return program, core


@pytest.mark.parametrize(("body", "value", "told"), SIDES)
def test_what_the_default_of_a_flag_decides_is_no_choice(
    body: str, value: str, told: str | None
) -> None:
    program, core = flagged(body, f"x, fast={value}")
    found = alternative(program, core, Kind.SINGLE)
    assert (found is None) is (told is None)
    if found is not None:
        assert found.told.endswith(f", where `fast={told}` by default") is bool(told)


def test_a_choice_by_an_argument_without_a_default_says_what_to_give() -> None:
    program, core = flagged(FLAGGED, "x, fast")
    selection = of_all(program, Axes(kinds=(Kind.SINGLE,), sizes=(10,)), [])
    selection = type(selection)(tuple(s for s in selection.subjects if s.core is core))
    with pytest.raises(NothingToDoError, match=r"by `fast` \(src/lib.rs:\d+\), for which") as told:
        callable_ones(program, selection)
    assert "for which `fast` has no default, and one of them" in str(told.value)
    assert str(told.value).endswith(", or give `fast` a default by which the core is called")


def test_a_choice_in_a_binding_is_named_where_there_is_nothing_to_tune() -> None:
    program, core = crate(IF)
    subject = tunable(program, core, Axes(sizes=(10,)), single=True)
    note = subject.notes[-1]
    line = 1 + LIB[: LIB.index("BODY")].count("\n")
    place = f"`s.len() >= PAR_MIN` (src/lib.rs:{line})"
    assert note.endswith(f"by {place}: that choice is passed over, as it is not in the core")
    search = Search(1, 2, Effort(), None, None)
    with pytest.raises(NothingToDoError, match="chooses between `scale_par`") as told:
        variants_of(program, crate_of(), core, Kind.SINGLE, search, "python", lambda *_: None)
    assert "starts no threads" not in str(told.value)
    assert place in str(told.value)
    program, core = crate("core::scale(s)")
    with pytest.raises(NothingToDoError, match="`scale` starts no threads"):
        variants_of(program, crate_of(), core, Kind.SINGLE, search, "python", lambda *_: None)
