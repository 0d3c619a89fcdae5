"""BC303: results that depend on what one entry point keeps for another, or that Python chooses."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

POOLS = """
use once_cell::sync::Lazy;
use parking_lot::RwLock;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;

#[derive(Clone)]
struct Settings { stack: usize }

struct Pools { settings: Arc<RwLock<Settings>> }

static POOLS: Lazy<Pools> = Lazy::new(|| Pools {
    settings: Arc::new(RwLock::new(Settings { stack: 1 << 20 })),
});

impl Pools {
    fn keep(&self, settings: Settings) { KEEP }

    fn make(&self) -> Result<ThreadPool, String> {
        let settings = self.settings.read().clone();
        MAKE
    }
}

fn run<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    POOLS.make().expect("a pool").install(f)
}

fn try_run<R: Send>(f: impl FnOnce() -> R + Send) -> PyResult<R> {
    Ok(POOLS.make().map_err(PyValueError::new_err)?.install(f))
}

#[pyfunction]
fn configure(stack: usize) { POOLS.keep(Settings { stack }); }

#[pyfunction]
fn answer(py: Python<'_>) -> PyResult<usize> { RUN }

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(configure, m)?)?;
    m.add_function(wrap_pyfunction!(answer, m)?)?;
    Ok(())
}
"""
KEEP = "*self.settings.write() = settings.clone();"
MAKE = "ThreadPoolBuilder::new().stack_size(settings.stack).build().map_err(|e| e.to_string())"
RUN = "Ok(py.allow_threads(|| run(|| 42)))"


def pools(keep: str = KEEP, make: str = MAKE, run: str = RUN) -> list[Finding]:
    code = POOLS.replace("KEEP", keep).replace("MAKE", make).replace("RUN", run)
    return list(audit_source(code, [PanicPath()], pyo3="0.25.0").findings)


def test_a_result_that_fails_for_what_another_call_keeps_is_likely_a_panic() -> None:
    [found] = pools()
    assert found.confidence is Confidence.LIKELY
    assert found.item == "run"
    assert found.message == (
        "`expect` panics: `make` fails for some of what `Pools::keep` keeps; reached from `answer`"
    )


@pytest.mark.parametrize(
    ("keep", "make", "run"),
    [
        ("let _ = settings;", MAKE, RUN),
        ("*self.settings.write() = Settings { stack: 1 };", MAKE, RUN),
        (KEEP, 'if settings.stack == 1 { return Err("1".into()); } pool(settings)', RUN),
        (KEEP, MAKE, "py.allow_threads(|| try_run(|| 42))"),
    ],
)
def test_what_is_fixed_or_handed_on_is_silent(keep: str, make: str, run: str) -> None:
    assert not pools(keep, make, run)


ANSWERS = """
use hyper::{Response, StatusCode};
use pyo3::prelude::*;

fn parts(answer: &Bound<'_, PyAny>) -> PyResult<(u16, Vec<u8>)> {
    answer.extract()
}

fn encoded(answer: &Bound<'_, PyAny>) -> PyResult<usize> {
    let (status, body) = parts(answer)?;
    BODY
}

#[pyfunction]
fn answered(handler: &Bound<'_, PyAny>) -> PyResult<usize> {
    encoded(&handler.call0()?)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(answered, m)?)?;
    Ok(())
}
"""
BUILT = """
    let mut builder = Response::builder().status(STATUS);
    builder = builder.header("x-length", body.len());
    let response = builder.body(body)END;
    Ok(response.body().len())
"""


def answers(body: str) -> list[Finding]:
    return list(audit_source(ANSWERS.replace("BODY", body), [PanicPath()]).findings)


@pytest.mark.parametrize("end", [".unwrap()", '.expect("a response")'])
def test_a_status_that_python_chooses_and_nobody_looks_at_is_a_panic(end: str) -> None:
    [found] = answers(BUILT.replace("STATUS", "status").replace("END", end))
    assert found.item == "encoded"
    assert found.confidence is Confidence.LIKELY
    assert found.message == (
        f"`{end[1:7]}` panics: `status`, which Python has chosen, may be no status;"
        " reached from `answered`"
    )


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("200", ".unwrap()"),
        ("StatusCode::OK", ".unwrap()"),
        ("status", ".map_err(|e| pyo3::exceptions::PyValueError::new_err(e.to_string()))?"),
    ],
)
def test_a_status_that_is_written_down_or_refused_is_silent(status: str, end: str) -> None:
    assert not answers(BUILT.replace("STATUS", status).replace("END", end))


def test_an_answer_that_another_thread_gives_is_looked_at_where_it_is_spawned() -> None:
    body = BUILT.replace("STATUS", "status").replace("END", ".unwrap()")
    code = ANSWERS.replace("BODY", body).replace("encoded(&handler.call0()?)", "RUN")
    served = "std::thread::spawn(|| { serving! { encoded } }); Ok(0)"
    for run, count in ((served, 1), ("Ok(0)", 0)):
        assert len(audit_source(code.replace("RUN", run), [PanicPath()]).findings) == count
