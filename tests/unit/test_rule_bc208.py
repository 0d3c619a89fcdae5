"""BC208: what counts as work beside a release, and what other rules say already."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules import RULES
from bindcheck.rules.bc208_work_around_release import WorkAroundRelease
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source

CORE = """
pub fn gain(data: &[f64], factor: f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(data.len());
    for x in data {
        out.push(x * factor);
    }
    out
}

pub fn gain_into(data: &[f64], factor: f64, out: &mut [f64]) {
    for (cell, x) in out.iter_mut().zip(data) {
        *cell = x * factor;
    }
}

fn all_positive(data: &[f64]) -> bool {
    for x in data {
        if *x <= 0.0 {
            return false;
        }
    }
    true
}

fn first_number(data: &[f64]) -> usize {
    data.iter().position(|x| !x.is_nan()).unwrap_or(0)
}

fn reserved(count: usize) -> Vec<f64> {
    let mut cells = Vec::with_capacity(count);
    #[cfg(debug_assertions)]
    for _ in 0..count {
        cells.push(f64::MAX);
    }
    cells
}

fn fill_prefixes(cells: &mut [f64], cols: usize, warm: &[usize]) {
    for (row, &count) in cells.chunks_mut(cols.max(1)).zip(warm) {
        for cell in &mut row[..count] {
            *cell = f64::NAN;
        }
    }
}
"""
GAIN = "let values = py.allow_threads(|| gain(slice, factor)); "
DONE = "Ok(values.into_pyarray(py))"


def code_of(body: str) -> str:
    binding = (
        "#[pyfunction]\n#[pyo3(name = \"gain\")]\nfn gain_py<'py>(py: Python<'py>, "
        "data: PyReadonlyArray1<'py, f64>, factor: f64, periods: Vec<usize>, "
        "names: Vec<String>) -> PyResult<Bound<'py, PyArray1<f64>>> {\n"
        f"    let slice = data.as_slice()?;\n    {body}\n}}"
    )
    return binding_crate(binding, "gain_py", core=CORE)


def findings(body: str) -> list[Finding]:
    report = audit_source(code_of(body), [WorkAroundRelease()])
    assert not report.skipped
    return list(report.findings)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("if !all_positive(slice) { panic!() } " + GAIN + DONE, "`all_positive`"),
        ("let total: f64 = slice.iter().sum(); " + GAIN + "drop(total); " + DONE, "`sum`"),
        ("let mut t = 0.0; for x in slice { t += x; } " + GAIN + "drop(t); " + DONE, "`for` loop"),
        ("if slice.iter().any(|x| x.is_infinite()) { panic!() } " + GAIN + DONE, "`any`"),
        ("if !slice.iter().all(|x| x.is_finite()) { panic!() } " + GAIN + DONE, "`all`"),
        ("if slice.iter().any(|x| *x < 0.0) { panic!() } " + GAIN + DONE, "`any`"),
        (
            "let bad = slice.iter().position(|x| x.is_nan()); drop(bad); " + GAIN + DONE,
            "`position`",
        ),
        (GAIN + "let again = values.clone(); drop(again); " + DONE, "`clone`"),
        (GAIN + "let mut values = values; values.reverse(); " + DONE, "`reverse`"),
        (
            "let mut values = vec![f64::NAN; slice.len()]; "
            "py.allow_threads(|| gain_into(slice, factor, &mut values)); " + DONE,
            "`vec!`",
        ),
        (
            "let mut values = vec![0.0; slice.len()]; values.fill(f64::NAN); "
            "py.allow_threads(|| gain_into(slice, factor, &mut values)); " + DONE,
            "`fill`",
        ),
        (
            "let mut values = vec![0.0; slice.len()]; "
            "for row in values.chunks_mut(4) { row.fill(f64::NAN); } "
            "py.allow_threads(|| gain_into(slice, factor, &mut values)); " + DONE,
            "`for` loop",
        ),
    ],
)
def test_array_sized_work_beside_the_release_is_reported(body: str, what: str) -> None:
    (finding,) = findings(body)
    assert finding.message.startswith(what)
    assert finding.message.endswith("beside the release")
    sure = what in ("`all_positive`", "`clone`", "`vec!`", "`fill`")
    assert finding.confidence is (Confidence.CERTAIN if sure else Confidence.LIKELY)


@pytest.mark.parametrize(
    "body",
    [
        GAIN + DONE,
        "let first = first_number(slice); drop(first); " + GAIN + DONE,
        "let all = slice.iter().all(|x| x.is_nan()); drop(all); " + GAIN + DONE,
        "let any = slice.iter().any(|x| x.is_finite()); drop(any); " + GAIN + DONE,
        "let n = slice.iter().take_while(|x| x.is_nan()).count(); drop(n); " + GAIN + DONE,
        "let mut first = 0; for (i, x) in slice.iter().enumerate() "
        "{ if !x.is_nan() { first = i; break; } } drop(first); " + GAIN + DONE,
        "let spare = reserved(slice.len()); drop(spare); " + GAIN + DONE,
        "let spare = Vec::<f64>::with_capacity(slice.len()); drop(spare); " + GAIN + DONE,
        "let mut values = vec![0.0f64; slice.len()]; fill_prefixes(&mut values, 4, &periods); "
        "py.allow_threads(|| gain_into(slice, factor, &mut values)); " + DONE,
        "let mut values = vec![0_f64; slice.len()]; values[..3].fill(f64::NAN); "
        "py.allow_threads(|| gain_into(slice, factor, &mut values)); " + DONE,
        "let first = first_number(slice); let mut values = vec![0.0; slice.len()]; "
        "for i in 0..first { values[i] = f64::NAN; } "
        "py.allow_threads(|| gain_into(slice, factor, &mut values)); " + DONE,
        "let upper: Vec<String> = names.iter().map(|n| n.to_uppercase()).collect(); drop(upper); "
        + GAIN
        + DONE,
        "let longest = periods.iter().max(); drop(longest); " + GAIN + DONE,
        "if slice.len() < 4096 { let t: f64 = slice.iter().sum(); drop(t); } " + GAIN + DONE,
    ],
)
def test_what_is_no_work_is_silent(body: str) -> None:
    assert findings(body) == []


def test_further_work_is_counted() -> None:
    check = "if !all_positive(slice) { panic!() } "
    (finding,) = findings(check + "let t: f64 = slice.iter().sum(); drop(t); " + GAIN + DONE)
    assert finding.message.endswith("(and 1 more)")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        # The core itself is held.
        ("let t: f64 = slice.iter().sum(); drop(t); Ok(gain(slice, factor).into_pyarray(py))", 201),
        # The result is copied into an array of its own.
        (
            GAIN + "let out = PyArray1::<f64>::zeros(py, [values.len()], false); "
            "unsafe { out.as_slice_mut()? }.copy_from_slice(&values); Ok(out)",
            202,
        ),
        (
            GAIN + "let out = PyArray1::<f64>::zeros(py, [values.len()], false); "
            "let cells = unsafe { out.as_slice_mut()? }; "
            "for i in 0..values.len() { cells[i] = values[i]; } Ok(out)",
            202,
        ),
        # The result is collected anew.
        (
            GAIN + "let again: Vec<f64> = values.iter().copied().collect(); "
            "Ok(again.into_pyarray(py))",
            203,
        ),
        # The argument is copied.
        (
            "let own = slice.to_vec(); let values = py.allow_threads(|| gain(&own, factor)); "
            + DONE,
            204,
        ),
        # A copy is made for the closure.
        (
            "let rows = vec![0.0; slice.len()]; let own = rows.clone(); "
            "let values = py.allow_threads(move || gain(&own, factor)); " + DONE,
            205,
        ),
    ],
)
def test_what_another_rule_reports_is_not_reported_again(body: str, code: int) -> None:
    report = audit_source(code_of(body), RULES, select=("BC20",))
    assert [one.code for one in report.findings] == [f"BC{code}"]


def test_work_of_another_entry_point_is_reported_there() -> None:
    code = code_of("if !all_positive(slice) { panic!() } " + GAIN + DONE).replace(
        "\n#[pymodule]",
        "\n#[pyfunction]\nfn again<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>) "
        "-> PyResult<Bound<'py, PyArray1<f64>>> {\n"
        "    gain_py(py, data, 2.0, Vec::new(), Vec::new())\n}\n\n#[pymodule]",
    )
    report = audit_source(code, [WorkAroundRelease()])
    assert [one.item for one in report.findings] == ["gain_py"]


OBJECTS = """
#[derive(Clone, FromPyObject)]
pub struct Table {
    columns: Vec<f64>,
}

fn widest(table: &Table) -> f64 {
    let mut found = 0.0f64;
    for column in table.columns.iter() {
        found = found.max(*column);
    }
    found
}

#[pyfunction]
#[pyo3(name = "gain")]
fn gain_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    factor: f64,
    table: Table,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let most = widest(HANDED);
    let values = py.allow_threads(|| gain(slice, factor * most));
    Ok(values.into_pyarray(py))
}

fn widest_of(columns: &[f64]) -> f64 {
    let mut found = 0.0f64;
    for column in columns.iter() {
        found = found.max(*column);
    }
    found
}
"""


@pytest.mark.parametrize(
    ("call", "reported"), [("widest(&table)", 0), ("widest_of(&table.columns)", 1)]
)
def test_what_goes_over_parts_of_an_object_may_be_short(call: str, reported: int) -> None:
    code = binding_crate(OBJECTS.replace("widest(HANDED)", call), "gain_py", core=CORE)
    assert len(audit_source(code, [WorkAroundRelease()]).findings) == reported
