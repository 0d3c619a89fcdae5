"""BC310: errors that are only printed, and those that are lost where a buffer is dropped."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

HEAD = """\
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::mpsc;
use pyo3::prelude::*;

fn smoothed(data: Vec<f64>) -> Result<Vec<f64>, String> {
    if data.is_empty() {
        return Err("no data".to_string());
    }
    Ok(data)
}

fn put<W: Write>(to: &mut W, data: &[f64]) -> std::io::Result<()> {
    to.write_all(&[data.len() as u8])
}

fn put_all<W: Write>(to: &mut W, data: &[f64]) -> std::io::Result<()> {
    put(to, data)?;
    to.flush()
}
"""
WORKER = """
#[pyclass]
struct Worker { to: mpsc::Sender<Vec<f64>> }

#[pymethods]
impl Worker {
    #[new]
    fn new(path: String) -> Self {
        let (to, from) = mpsc::channel::<Vec<f64>>();
        let (results, _rest) = mpsc::channel::<Vec<f64>>();
        std::thread::spawn(move || {
            BODY
        });
        Self { to }
    }
}
"""
SAVE = """
#[pyfunction]
fn save(path: &str, data: Vec<f64>) -> PyResult<()> {
    BODY
    Ok(())
}
"""


def messages(code: str, body: str) -> list[str]:
    found = audit_source(HEAD + code.replace("BODY", body), [LossyError()]).findings
    assert all(one.confidence is Confidence.LIKELY for one in found)
    return [one.message for one in found]


@pytest.mark.parametrize(
    ("body", "whose"),
    [
        (
            "while let Ok(data) = from.recv() {\n"
            "    if let Err(error) = (|| {\n"
            "        results.send(smoothed(data)?).map_err(|e| e.to_string())\n"
            '    })() { eprintln!("worker: {error}") }\n'
            "}",
            "this thread",
        ),
        (
            "let text = match std::fs::read_to_string(&path) {\n"
            "    Ok(text) => text,\n"
            '    Err(error) => { eprintln!("{error}"); return; }\n'
            "};\n"
            "for data in from { let _ = results.send(vec![text.len() as f64 + data[0]]); }",
            "`fs::read_to_string`",
        ),
        (
            'let Ok(first) = from.recv() else { log::error!("nobody is there"); return; };\n'
            "drop(results.send(first));",
            "`recv`",
        ),
    ],
)
def test_a_thread_prints_why_there_is_no_result(body: str, whose: str) -> None:
    said = f"an error of {whose} is only printed: the caller learns nothing of it"
    assert messages(WORKER, body) == [said]


@pytest.mark.parametrize(
    "body",
    [
        "for data in from { match smoothed(data) {\n"
        "    Ok(data) => drop(results.send(data)),\n"
        '    Err(error) => { eprintln!("{error}"); drop(results.send(Vec::new())); }\n'
        "} }",
        "for data in from { match smoothed(data) {\n"
        "    Ok(data) => drop(results.send(data)),\n"
        "    Err(error) => drop(results.send(vec![error.len() as f64])),\n"
        "} }",
        "loop { match std::fs::read_to_string(&path) {\n"
        "    Ok(text) => drop(results.send(vec![text.len() as f64])),\n"
        '    Err(error) => { eprintln!("not yet: {error}"); continue; }\n'
        "} }",
        'eprintln!("worker of {path} starts"); drop((from, results));',
    ],
)
def test_a_thread_that_tells_somebody_or_goes_on_by_itself_is_silent(body: str) -> None:
    assert messages(WORKER, body) == []


def test_a_binding_prints_what_it_should_raise() -> None:
    body = 'if let Err(error) = smoothed(data) { eprintln!("{path}: {error}"); }'
    said = "an error of `smoothed` is only printed: the caller learns nothing of it"
    assert messages(SAVE, body) == [said]


@pytest.mark.parametrize(
    "body",
    [
        "let mut to = BufWriter::new(File::create(path)?); put(&mut to, &data)?;",
        "let mut to = BufWriter::new(File::create(path)?); to.write_all(&[1])?;",
        'let mut to = BufWriter::with_capacity(64, File::create(path)?); write!(to, "{}", 1)?;',
        "let file = File::create(path)?; let mut to = BufWriter::new(file); put(&mut to, &data)?;",
        "let mut to = BufWriter::new(File::create(path)?);"
        " serde_json::to_writer(&mut to, &data).map_err(std::io::Error::from)?;",
    ],
)
def test_what_is_left_in_a_buffer_is_written_when_nobody_asks(body: str) -> None:
    said = "the rest of `to` is written when it is dropped: an error of that is lost"
    assert messages(SAVE, body) == [said]


def test_so_is_what_is_left_in_a_buffer_without_a_name() -> None:
    body = (
        "serde_json::to_writer(BufWriter::new(File::create(path)?), &data)"
        ".map_err(std::io::Error::from)?;"
    )
    said = "the rest of `BufWriter` is written when it is dropped: an error of that is lost"
    assert messages(SAVE, body) == [said]


@pytest.mark.parametrize(
    "body",
    [
        "let mut to = BufWriter::new(File::create(path)?); put(&mut to, &data)?; to.flush()?;",
        "let mut to = BufWriter::new(File::create(path)?); put_all(&mut to, &data)?;",
        "let mut to = BufWriter::new(File::create(path)?); put(&mut to, &data)?;"
        " to.into_inner().map_err(|e| e.into_error())?;",
        "let mut to = BufWriter::new(Vec::new()); put(&mut to, &data)?;",
        "let to = BufWriter::new(File::create(path)?); encoder::over(to).finish(&data);",
        "let mut to = BufWriter::new(File::create(path)?); encoder::over(&mut to).finish(&data);",
    ],
)
def test_a_buffer_that_is_flushed_or_given_away_is_silent(body: str) -> None:
    assert messages(SAVE, body) == []


CALLS = """
#[pyfunction]
fn tell(py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
    BODY
    Ok(())
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "callback.call0(py).map_err(|error| error.restore(py)).ok();",
        "let _ = callback.call0(py).map_err(|error| { error.restore(py) });",
    ],
)
def test_an_exception_is_set_and_a_result_is_given(body: str) -> None:
    said = "an exception of `call0` is set, but a result is given: it is lost, or worse"
    assert messages(CALLS, body) == [said]


@pytest.mark.parametrize(
    "body",
    [
        "callback.call0(py)?;",
        "callback.call0(py).map_err(|error| error.write_unraisable(py, None)).ok();",
        "let done = callback.call0(py).map_err(|error| error.restore(py)).is_ok(); drop(done);",
    ],
)
def test_an_exception_that_is_raised_or_shown_is_silent(body: str) -> None:
    assert messages(CALLS, body) == []


PYTHON_FILE = """
struct PythonFile { inner: Py<PyAny> }
impl Write for PythonFile {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        Python::with_gil(|py| self.inner.call_method1(py, "write", (data,)))
            .map(|_| data.len())
            .map_err(std::io::Error::other)
    }
    fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
}
trait Target: Write {}
impl Target for PythonFile {}
fn opened(file: Py<PyAny>) -> PyResult<Box<dyn Target>> { Ok(Box::new(PythonFile { inner: file })) }
#[pyfunction]
fn dump(py: Python<'_>, file: Py<PyAny>, data: Vec<f64>) -> PyResult<()> {
    BODY
    Ok(())
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "let target = opened(file)?; let to = BufWriter::new(target);"
        " py.allow_threads(|| serde_json::to_writer(to, &data)).map_err(std::io::Error::from)?;",
        "let mut to = BufWriter::new(PythonFile { inner: file }); put(&mut to, &data)?;",
    ],
)
def test_so_is_what_goes_to_a_file_of_python(body: str) -> None:
    said = "the rest of `to` is written when it is dropped: an error of that is lost"
    assert messages(PYTHON_FILE, body) == [said]


@pytest.mark.parametrize(
    "body",
    [
        "let mut to = BufWriter::new(opened(file)?); put_all(&mut to, &data)?;",
        "let mut to = opened(file)?; put(&mut to, &data)?;",
        "let mut to = BufWriter::new(Vec::new()); put(&mut to, &data)?; drop(opened(file)?);",
    ],
)
def test_a_file_of_python_that_is_flushed_or_not_buffered_is_silent(body: str) -> None:
    assert messages(PYTHON_FILE, body) == []
