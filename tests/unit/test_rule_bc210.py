"""BC210: which parallel parts need the interpreter that somebody holds while waiting."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc210_parallel_while_attached import ParallelWhileAttached
from bindcheck.testing import audit_source

RULE = ParallelWhileAttached()
HEAD = "use pyo3::prelude::*;\nuse rayon::prelude::*;\n"
CALL = """
fn call(one: &Py<PyAny>) -> f64 {
    Python::attach(|py| one.call0(py).and_then(|x| x.extract(py)).unwrap_or(0.0))
}
"""


def findings(body: str, core: str = CALL) -> list[Finding]:
    source = f"""{HEAD}{core}
#[pyfunction]
fn all(py: Python<'_>, ones: Vec<Py<PyAny>>) -> f64 {{
{body}
}}
"""
    return list(audit_source(source, (RULE,), pyo3="0.26.0").findings)


@pytest.mark.parametrize(
    "body",
    [
        "ones.par_iter().map(|one| call(one)).sum()",
        "ones.par_iter().map(call).sum()",
        "ones.par_iter().for_each(|one| { call(one); }); 0.0",
        "ones.par_iter().filter(|one| call(one) > 0.0).count() as f64",
        "let (a, b) = rayon::join(|| call(&ones[0]), || call(&ones[1])); a + b",
        "rayon::scope(|s| { s.spawn(|_| { call(&ones[0]); }); }); 0.0",
        "std::thread::scope(|s| { for one in &ones { s.spawn(move || call(one)); } }); 0.0",
        "let work = |one: &Py<PyAny>| call(one); ones.par_iter().map(work).sum()",
        "py.detach(|| { Python::attach(|_py| ones.par_iter().map(|one| call(one)).sum()) })",
    ],
)
def test_workers_that_attach_are_reported(body: str) -> None:
    (found,) = findings(body)
    assert found.severity is Severity.ERROR
    assert "deadlock" in found.message
    assert found.item == "all"


@pytest.mark.parametrize(
    "body",
    [
        "py.detach(|| ones.par_iter().map(|one| call(one)).sum())",
        "ones.iter().map(|one| call(one)).sum()",
        "let n = ones.len(); (0..n).into_par_iter().map(|i| i as f64).sum()",
        "std::thread::spawn(move || call(&ones[0])); 0.0",
        "py.detach(|| std::thread::scope(|s| { s.spawn(|| call(&ones[0])); })); 0.0",
        "let total: f64 = Python::attach(|_py| 1.0); total",
    ],
)
def test_the_rest_is_silent(body: str) -> None:
    assert findings(body) == []


def test_the_message_names_the_function_that_attaches() -> None:
    direct = "ones.par_iter().map(|one| Python::attach(|py| one.is_none(py) as u8 as f64)).sum()"
    (itself,) = findings(direct)
    (called,) = findings("ones.par_iter().map(|one| call(one)).sum()")
    assert "its workers attach" in itself.message
    assert "`call`" in called.message
    assert {itself.confidence, called.confidence} == {Confidence.CERTAIN}


def test_a_function_that_is_handed_over_by_name_attaches_as_well() -> None:
    (found,) = findings("ones.par_iter().map(call).sum()")
    assert found.confidence is Confidence.CERTAIN


def test_attaching_deep_inside_a_helper_is_found() -> None:
    deep = CALL + "fn twice(one: &Py<PyAny>) -> f64 { once(one) + once(one) }\n"
    deep += "fn once(one: &Py<PyAny>) -> f64 { call(one) }\n"
    assert len(findings("ones.par_iter().map(|one| twice(one)).sum()", deep)) == 1


def test_a_helper_that_starts_the_workers_is_where_the_finding_is() -> None:
    core = CALL + (
        "fn each(ones: &[Py<PyAny>]) -> f64 { ones.par_iter().map(|one| call(one)).sum() }\n"
    )
    (found,) = findings("each(&ones)", core)
    assert found.item == "each"


def test_a_trait_method_that_releases_is_a_release() -> None:
    core = (
        CALL
        + """
trait Away {
    fn away<T, F: FnOnce() -> T + Send>(self, work: F) -> T;
    fn far_away<T, F: FnOnce() -> T + Send>(self, work: F) -> T
    where
        Self: Sized,
    {
        self.away(work)
    }
}

impl Away for Python<'_> {
    fn away<T, F: FnOnce() -> T + Send>(self, work: F) -> T {
        self.detach(work)
    }
}
"""
    )
    work = "|| ones.par_iter().map(|one| call(one)).sum()"
    assert findings(f"py.away({work})", core) == []
    assert findings(f"py.far_away({work})", core) == []
