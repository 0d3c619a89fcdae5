"""BC205: which copies a closure needs, and which it does not."""

from __future__ import annotations

import pytest

from bindcheck.findings import Finding
from bindcheck.rules.bc205_needless_clone import NeedlessClone
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source

CORE = """
pub fn weigh(data: &[f64], periods: &[usize]) -> f64 {
    data.iter().zip(periods).map(|(x, p)| x * *p as f64).sum()
}

pub fn weigh_all(periods: Vec<usize>) -> usize {
    periods.len()
}

macro_rules! released {
    ($py:expr, $work:expr) => {
        $py.allow_threads(|| $work)
    };
}
"""


def findings(body: str, params: str = "periods: Vec<usize>") -> list[Finding]:
    code = (
        "#[pyfunction]\nfn weigh_py<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>, "
        f"{params}) -> PyResult<f64> {{\n    let slice = data.as_slice()?;\n{body}\n}}"
    )
    report = audit_source(binding_crate(code, "weigh_py", core=CORE), [NeedlessClone()])
    assert not report.skipped
    return list(report.findings)


@pytest.mark.parametrize(
    "body",
    [
        "let own = periods.clone(); Ok(py.allow_threads(move || weigh(slice, &own)))",
        "let periods = periods.clone(); Ok(py.allow_threads(move || weigh(slice, &periods)))",
        "let own = periods.to_vec(); Ok(Python::allow_threads(py, || weigh(slice, &own)))",
        "let own = periods.to_owned(); Ok(released!(py, weigh(slice, &own)))",
        "Ok(py.allow_threads(|| weigh(slice, &periods.clone())))",
        "Ok(py.allow_threads(|| weigh_all(periods.clone()) as f64))",
        "let own = periods.clone(); let work = move || weigh(slice, &own); "
        "Ok(py.allow_threads(work))",
        "let (own, scale) = (periods.clone(), 2.0); "
        "Ok(py.allow_threads(move || scale * weigh(slice, &own)))",
        "let rows: Vec<f64> = vec![1.0; 4]; let own = rows.clone(); "
        "Ok(py.allow_threads(move || own.len() as f64))",
        "let rows = slice.iter().map(|x| x + 1.0).collect::<Vec<f64>>(); let own = rows.clone(); "
        "Ok(py.allow_threads(move || own.len() as f64))",
    ],
)
def test_a_copy_for_a_release_is_reported(body: str) -> None:
    (finding,) = findings(body)
    assert "the closure could have the original" in finding.message


@pytest.mark.parametrize(
    "body",
    [
        "let own = periods.clone(); let sum = py.allow_threads(move || weigh(slice, &own)); "
        "Ok(sum + periods.len() as f64)",
        "let own = periods.clone(); let sum = py.allow_threads(|| own[0] + own.len()); "
        "Ok((sum + periods.len()) as f64)",
    ],
)
def test_a_release_could_borrow_what_is_needed_later(body: str) -> None:
    (finding,) = findings(body)
    assert "the closure could borrow it" in finding.message
    assert finding.help == "borrow `periods` in the closure, without `move`"


@pytest.mark.parametrize(
    "body",
    [
        # The closure changes or consumes the copy, and the original is needed.
        "let mut own = periods.clone(); let n = py.allow_threads(|| { own.push(1); own.len() }); "
        "Ok((n + periods.len()) as f64)",
        "let own = periods.clone(); let n = py.allow_threads(|| weigh_all(own)); "
        "Ok((n + periods.len()) as f64)",
        "let n = py.allow_threads(|| weigh_all(periods.clone())); Ok((n + periods.len()) as f64)",
        # A thread cannot borrow, and the original is needed.
        "let own = periods.clone(); let thread = std::thread::spawn(move || own.len()); "
        "let n = py.allow_threads(|| thread.join().unwrap_or(0)); Ok((n + periods.len()) as f64)",
        "let own = periods.clone(); py.allow_threads(|| rayon::spawn(move || drop(own.len()))); "
        "Ok(periods.len() as f64)",
        # A text names the original without a path of its own.
        "let own = periods.clone(); let n = py.allow_threads(|| weigh_all(own)); "
        'println!("{n} of {periods:?}"); Ok(n as f64)',
        # A block ends, and the original is seen again.
        "let n = { let periods = periods.clone(); py.allow_threads(|| weigh_all(periods)) }; "
        "Ok((n + periods.len()) as f64)",
        # Each turn of the loop needs its own.
        "let mut n = 0; for _ in 0..3 { let own = periods.clone(); "
        "n += py.allow_threads(move || weigh_all(own)); } Ok(n as f64)",
        # The copy is for something else.
        "let own = periods.clone(); let n = weigh_all(own); "
        "Ok(py.allow_threads(|| weigh(slice, &periods)) + n as f64)",
        # What is copied is only borrowed.
        "let part = &periods[1..]; let own = part.to_vec(); "
        "let thread = std::thread::spawn(move || own.len()); "
        "Ok(py.allow_threads(|| thread.join().unwrap_or(0)) as f64 + periods.len() as f64)",
    ],
)
def test_a_copy_that_is_needed_is_silent(body: str) -> None:
    assert findings(body) == []


def test_a_thread_that_gets_the_only_use_needs_no_copy() -> None:
    body = (
        "let own = periods.clone(); let thread = std::thread::spawn(move || own.len()); "
        "Ok(py.allow_threads(|| thread.join().unwrap_or(0)) as f64)"
    )
    assert len(findings(body)) == 1


@pytest.mark.parametrize(
    ("params", "cost"),
    [
        ("periods: Vec<usize>", "8 bytes read and 8 written per element"),
        ("periods: Vec<Vec<f32>>", "4 bytes read and 4 written per element"),
        ("periods: Option<Vec<i32>>", "4 bytes read and 4 written per element"),
        ("periods: Vec<String>", None),
    ],
)
def test_the_cost_is_that_of_the_numbers(params: str, cost: str | None) -> None:
    body = "let own = periods.clone(); Ok(py.allow_threads(move || own.iter().count() as f64))"
    (finding,) = findings(body, params)
    assert finding.cost == cost


@pytest.mark.parametrize(
    "params", ["periods: std::sync::Arc<Vec<usize>>", "periods: Py<PyAny>", "periods: &str"]
)
def test_reference_counts_and_borrowed_arguments_are_silent(params: str) -> None:
    body = "let own = periods.clone(); py.allow_threads(move || drop(own)); Ok(0.0)"
    assert findings(body, params) == []


def test_a_copy_in_a_function_that_releases_for_the_binding_is_filed_there() -> None:
    code = """
fn released_sum(py: Python<'_>, periods: Vec<usize>) -> usize {
    let own = periods.clone();
    py.allow_threads(move || weigh_all(own))
}

#[pyfunction]
fn first_py(py: Python<'_>, periods: Vec<usize>) -> usize {
    released_sum(py, periods)
}

#[pyfunction]
fn second_py(py: Python<'_>, periods: Vec<usize>) -> usize {
    released_sum(py, periods)
}
"""
    report = audit_source(
        binding_crate(code, "first_py", "second_py", core=CORE), [NeedlessClone()]
    )
    assert [one.item for one in report.findings] == ["released_sum"]
