"""BC301: cells that a loop leaves without a value where the data has a NaN."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc301_uninitialised_result import UninitialisedResult
from bindcheck.testing import audit_source

MAKER = """
fn prefixed(len: usize, warm: usize) -> Vec<f64> {
    let mut buffer: Vec<f64> = Vec::with_capacity(len);
    #[cfg(not(debug_assertions))]
    {
        unsafe { buffer.set_len(len) };
        for i in 0..warm {
            buffer[i] = f64::NAN;
        }
    }
    #[cfg(debug_assertions)]
    buffer.resize(len, f64::NAN);
    buffer
}
"""
BINDING = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

#[pyfunction]
fn levels<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| levels_of(slice, period));
    Ok(values.into_pyarray(py))
}

fn levels_of(data: &[f64], period: usize) -> Vec<f64> {
    let mut out = prefixed(data.len(), period);
    BEFORE
    level_into(data, period, &mut out);
    out
}

fn level_into(data: &[f64], period: usize, out: &mut [f64]) {
    AHEAD
    for i in period..data.len() {
        BODY
    }
}
"""
SKIPS = "let x = data[i];\n        if x.is_nan() {\n            continue;\n        }\n        "
WRITES = "out[i] = x - data[i - period];"


def findings(
    body: str = SKIPS + WRITES, before: str = "", ahead: str = "", maker: str = MAKER
) -> list[Finding]:
    code = BINDING.replace("BODY", body).replace("BEFORE", before).replace("AHEAD", ahead)
    return list(audit_source(code + maker, [UninitialisedResult()]).findings)


@pytest.mark.parametrize(
    "body",
    [
        SKIPS + WRITES,
        SKIPS + "unsafe { *out.get_unchecked_mut(i) = x };",
        SKIPS + "if x > 0.0 { out[i] = x; } else { out[i] = -x; }",
        SKIPS.replace("x.is_nan()", "!x.is_finite() || period > i") + WRITES,
    ],
)
def test_a_nan_leaves_a_cell_without_a_value(body: str) -> None:
    (one,) = findings(body)
    assert one.confidence is Confidence.LIKELY
    assert one.item == "level_into"
    assert one.message == (
        "a NaN leaves the cell of `out` without a value: `prefixed` gives one to the first cells"
        " only; reached from `levels`"
    )


@pytest.mark.parametrize(
    "body",
    [
        "let x = data[i];\n        " + WRITES,
        "out[i] = f64::NAN;\n        " + SKIPS + WRITES,
        SKIPS.replace("continue", "out[i] = f64::NAN;\n            continue") + WRITES,
        SKIPS.replace("x.is_nan()", "i < 2 * period") + WRITES,
    ],
)
def test_silent_where_the_cell_has_a_value(body: str) -> None:
    assert findings(body) == []


def test_silent_where_all_cells_may_have_got_a_value_before() -> None:
    assert findings(before="out.fill(f64::NAN);") == []
    assert findings(before="clear(&mut out);") == []
    assert findings(ahead="for i in 0..data.len() {\n        out[i] = 0.0;\n    }") == []
    assert findings(ahead="out[period] = 0.0;")


@pytest.mark.parametrize(
    "maker",
    [
        MAKER.replace("0..warm", "0..len"),
        "fn prefixed(len: usize, _: usize) -> Vec<f64> {\n    vec![f64::NAN; len]\n}\n",
    ],
)
def test_silent_where_the_memory_has_values(maker: str) -> None:
    assert findings(maker=maker) == []


def test_a_loop_before_a_return_is_another_way() -> None:
    other = "for i in 0..data.len() { out[i] = 0.0; }"
    assert findings(ahead=f"if period == 0 {{ {other} return; }}")


HANDED = """
fn clear(out: &mut [f64]) {
    for x in out.iter_mut() {
        *x = 0.0;
    }
}
"""


def test_memory_that_is_handed_over_where_the_function_then_ends_has_no_value_here() -> None:
    ahead = "if period > 99 {\n        clear(out);\n        return;\n    }"
    (one,) = findings(ahead=ahead, maker=MAKER + HANDED)
    assert one.item == "level_into"
    kept = ahead.replace("        return;\n", "")
    assert findings(ahead=kept, maker=MAKER + HANDED) == []


CHOSEN = """
fn levels_of(data: &[f64], period: usize) -> Vec<f64> {
    let kind = if period > 9 { "plain" } else { "fast" };
    OUTER
    prefixed(data.len(), period)
}

fn levels_by(kind: &str, data: &[f64], period: usize) -> Vec<f64> {
    if kind == "fast" {
        return fast(data, period);
    }
    let mut out = prefixed(data.len(), period);
    for i in period..data.len() {
        if data[i].is_nan() {
            continue;
        }
        out[i] = data[i];
    }
    out
}

fn fast(data: &[f64], period: usize) -> Vec<f64> {
    data.iter().map(|x| x * period as f64).collect()
}
"""


@pytest.mark.parametrize(
    ("outer", "found"),
    [
        ('if kind == "fast" { return levels_by(kind, data, period); }', False),
        ('if kind == "slow" { return levels_by(kind, data, period); }', True),
        ('if kind == "fast" { return levels_by("slow", data, period); }', True),
        ("return levels_by(kind, data, period);", True),
    ],
)
def test_a_text_that_all_callers_have_asked_for_rules_the_rest_out(outer: str, found: bool) -> None:
    head, _, rest = BINDING.partition("fn levels_of")
    code = head + CHOSEN.replace("OUTER", outer) + MAKER
    assert rest
    assert bool(audit_source(code, [UninitialisedResult()]).findings) is found


ROWS = """
#[pyfunction]
fn levels_batch<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    MADE
    let room = unsafe { values.as_slice_mut()? };
    py.allow_threads(|| level_rows(slice, period, room));
    Ok(values)
}

fn level_rows(data: &[f64], period: usize, out: &mut [f64]) {
    let fill = |row: &mut [f64]| level_into(data, period, row);
    out.chunks_mut(data.len()).for_each(fill);
}
"""


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("unsafe { PyArray1::<f64>::new(py, [slice.len()], false) }", True),
        ("PyArray1::<f64>::zeros(py, [slice.len()], false)", False),
    ],
)
def test_who_gets_to_the_loop_with_numpy_memory_without_values_is_named(
    made: str, told: bool
) -> None:
    code = BINDING.replace("BODY", SKIPS + WRITES).replace("BEFORE", "").replace("AHEAD", "")
    rows = ROWS.replace("MADE", f"let values = {made};")
    found = audit_source(code + MAKER + rows, [UninitialisedResult()]).findings
    [one] = [one for one in found if one.item == "level_into"]
    others = ", and with other memory from `levels_batch`" if told else ""
    assert one.message.endswith(f"; reached from `levels`{others}")
