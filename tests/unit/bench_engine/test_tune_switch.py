"""A call on one series that is told whether, or with how many threads, it works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench import tune as subject
from bindcheck.bench import variants
from bindcheck.bench.cases import Axes
from bindcheck.bench.chosen import chosen
from bindcheck.bench.effort import Effort
from bindcheck.bench.looks import Search
from bindcheck.bench.native import native
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Kind
from bindcheck.bench.side import Built
from bindcheck.bench.tunable import tunable
from bindcheck.bench.variants import Variants
from bindcheck.errors import NothingToDoError
from bindcheck.fact import replace
from bindcheck.testing import crate_of, program_from

LIB = """
use numpy::*;
use pyo3::prelude::*;
use rayon::prelude::*;

pub fn power(data: &[f64], exponent: f64, parallel: bool) -> Vec<f64> {
    if parallel {
        data.par_iter().map(|v| v.powf(exponent)).collect()
    } else {
        data.iter().map(|v| v.powf(exponent)).collect()
    }
}

#[pyfunction(name = "power")]
#[pyo3(signature = (data, exponent=1.5, parallel=true))]
fn power_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, exponent: f64, parallel: bool,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let s = data.as_slice()?;
    Ok(py.detach(|| power(s, exponent, parallel)).into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(power_py, m)?)
}
"""
NUMBER = (
    LIB.replace("parallel: bool", "threads: usize")
    .replace("parallel=true", "threads=4")
    .replace("exponent, parallel)", "exponent, threads)")
    .replace("if parallel {", "if threads > 1 {")
)
SEARCH = Search(100, 1_000, Effort(3, 0.1), None, None)


def built(monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[Program, Variants]:
    """A crate of one file, and what is built of it, without a compiler."""

    def build(_: Any, __: Any, ways: Any, *___: Any) -> Built:
        made = {(one.name, way): native(program, one, way, "0") for one, way in ways}
        return Built(Path("/x.so"), made, {})

    monkeypatch.setattr(variants, "build_sides", build)
    monkeypatch.setattr(subject, "usable_cores", lambda: 3)
    program = with_plain(program_from({"src/lib.rs": text}))
    [core] = chosen(program, ["power"])
    crate = replace(crate_of(), root=Path.cwd())
    return program, variants.variants_of(
        program, crate, core, Kind.SINGLE, SEARCH, "python", lambda *_: None
    )


def sides(program: Program, made: Variants, search: Search = SEARCH) -> dict[str, Any]:
    """The values of both native calls, in the order of the parameters."""
    case = tunable(program, made.core, Axes(sizes=(50,)), single=False).case
    crate = replace(crate_of(), root=Path.cwd())
    job = subject._task(program, crate, made, case, search).job
    assert job["case"]["out"] is False
    assert job[subject.SEQUENTIAL]["symbol"] == job[subject.PARALLEL]["symbol"] == "0"
    return {side: job[side]["values"] for side in (subject.SEQUENTIAL, subject.PARALLEL)}


def test_a_flag_is_set_on_one_side_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    program, made = built(monkeypatch, LIB)
    found = sides(program, made)
    assert found == {subject.SEQUENTIAL: [1.5, False], subject.PARALLEL: [1.5, True]}
    assert subject._settable(SEARCH, made) == (SEARCH, ())
    two = replace(SEARCH, threads=2)
    assert subject._settable(two, made) == (two, ())
    settled, [told] = subject._settable(two, replace(made, pooled=False))
    assert settled.threads is None
    assert told.startswith("--threads was left out")


def test_a_number_is_one_and_all_that_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    program, made = built(monkeypatch, NUMBER)
    found = sides(program, made)
    assert found == {subject.SEQUENTIAL: [1.5, 1], subject.PARALLEL: [1.5, 3]}
    settled, notes = subject._settable(replace(SEARCH, threads=2), made)
    assert (settled.threads, notes) == (2, ())
    assert sides(program, made, settled)[subject.PARALLEL] == [1.5, 2]
    assert subject._used(settled, made) == 2


def test_a_size_that_decides_goes_before_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    _, made = built(monkeypatch, LIB.replace("if parallel {", "if data.len() > 9_000 {"))
    assert made.switch is None
    assert made.found is not None


@pytest.mark.parametrize("name", ["serial", "partial"])
def test_another_flag_leaves_nothing_to_tune(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    text = LIB.replace("parallel: bool", f"{name}: bool").replace("if parallel", f"if {name}")
    text = text.replace("parallel=true", f"{name}=true").replace(
        "exponent, parallel)", f"exponent, {name})"
    )
    with pytest.raises(NothingToDoError, match="there is nothing to tune"):
        built(monkeypatch, text)
