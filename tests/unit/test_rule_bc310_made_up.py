"""BC310: lists that are made up where a function refuses to give one."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

AXIS = """
fn axis(range: (usize, usize, usize)) -> Result<Vec<usize>, String> {
    let (start, end, step) = range;
    if start > end {
        return Err(format!("{start} is more than {end}"));
    }
    Ok((start..=end).step_by(step.max(1)).collect())
}
"""
CODE = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

AHEAD

fn expand(range: (usize, usize, usize)) -> Vec<usize> {
    INSIDE
    let periods = LIST;
    periods.into_iter().filter(|&period| period > 0).collect()
}

#[pyfunction]
fn powers<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let rows = expand(period_range);
    let of = |period: usize| slice.iter().map(|x| x.powi(period as i32)).sum();
    let values: Vec<f64> = py.allow_threads(|| rows.into_iter().map(of).collect());
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(powers, m)?)?;
    Ok(())
}
"""
MATCHED = "match axis(range) { Ok(found) => found, Err(_) => vec![range.0] }"


def findings(made: str, *, inside: str = "", ahead: str = "") -> list[Finding]:
    code = CODE.replace("LIST", made).replace("INSIDE", inside).replace("AHEAD", ahead)
    return list(audit_source(code, [LossyError()]).findings)


@pytest.mark.parametrize("made", [MATCHED, "axis(range).unwrap_or_else(|_| vec![range.0])"])
@pytest.mark.parametrize("place", ["inside", "ahead"])
def test_a_list_for_a_range_that_is_refused_is_made_up(made: str, place: str) -> None:
    [found] = findings(made, **{place: AXIS})
    assert found.message == (
        "where `axis` fails a list is made up: the caller learns nothing of the error"
    )
    assert found.confidence is Confidence.LIKELY
    assert found.item == "expand"


def test_each_callee_is_told_once() -> None:
    both = f"[{MATCHED}, {MATCHED}].concat()"
    assert len(findings(both, inside=AXIS)) == 1


@pytest.mark.parametrize(
    "made",
    [
        MATCHED.replace("vec![range.0]", "vec![]"),
        'axis(range).unwrap_or_else(|e| panic!("{e}"))',
        "axis(range).unwrap_or_else(|_| axis((range.1, range.0, 1)).unwrap())",
        MATCHED.replace("Err(_)", "Err(e) if e.is_empty()").replace(
            "range.0] }", "1], _ => vec![] }"
        ),
    ],
)
def test_silent_where_there_are_no_numbers_or_another_way(made: str) -> None:
    assert findings(made, inside=AXIS) == []


def test_silent_where_the_error_is_handed_on_elsewhere_or_says_nothing() -> None:
    other = "fn checked(range: (usize, usize, usize)) -> Result<usize, String> {\n"
    other += "    Ok(axis(range)?.len())\n}\n"
    assert findings(MATCHED, ahead=AXIS + other) == []
    bare = AXIS.replace(", String>", ", ()>").replace('format!("{start} is more than {end}")', "()")
    assert findings(MATCHED, inside=bare) == []
