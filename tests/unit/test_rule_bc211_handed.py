"""BC211: libraries that are handed readers and writers which attach, and files far down."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use std::io::{self, Write};
use std::sync::RwLock;

struct PythonFile { inner: Py<PyAny> }
impl PythonFile {
    fn open(inner: Py<PyAny>) -> PyResult<Self> { Ok(Self { inner }) }
}
impl Write for PythonFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Python::attach(|py| self.inner.call_method1(py, "write", (data,)));
        Ok(data.len())
    }
    fn flush(&mut self) -> io::Result<()> { Ok(()) }
}
struct Counter { bytes: usize }
impl Write for Counter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> { self.bytes += data.len(); Ok(1) }
    fn flush(&mut self) -> io::Result<()> { Ok(()) }
}
trait Sink: Write {}
impl Sink for PythonFile {}
fn sink(inner: Py<PyAny>) -> Box<dyn Sink> { Box::new(PythonFile { inner }) }

#[pyclass]
struct Table { rows: RwLock<frames::Rows> }
#[pymethods]
impl Table {
    fn clear(&self) { self.rows.write().unwrap().clear(); }
    fn save(&self, py: Python<'_>, file: Py<PyAny>, out: &mut Counter) {
        BODY
    }
}
"""


def reported(body: str) -> list[str]:
    found = audit_source(CODE.replace("BODY", body), [BlockingWhileAttached()], pyo3="0.26.0")
    return [one.message for one in found.findings if one.item == "Table::clear"]


@pytest.mark.parametrize(
    "body",
    [
        "let mut to = PythonFile::open(file).unwrap();"
        " py.detach(|| frames::csv(&mut to).finish(&self.rows.read().unwrap()));",
        "let to = io::BufWriter::new(sink(file));"
        " py.detach(|| frames::write(to, &mut self.rows.write().unwrap()));",
        "let mut to = PythonFile { inner: file };"
        " py.detach(|| { let rows = self.rows.read().unwrap(); rows.write_to(&mut to); });",
        "let to: Box<dyn Sink> = frames::boxed(file);"
        " py.detach(|| frames::write(to, &self.rows.read().unwrap()));",
    ],
)
def test_a_library_that_writes_to_python_under_the_lock_is_waited_for(body: str) -> None:
    (message,) = reported(body)
    assert "`Table::save` attaches (`PythonFile::write`) while it holds it" in message


@pytest.mark.parametrize(
    "body",
    [
        "py.detach(|| frames::csv(out).finish(&self.rows.read().unwrap()));",
        "let mut to = PythonFile::open(file).unwrap();"
        " let rows = py.detach(|| self.rows.read().unwrap().clone());"
        " py.detach(|| frames::csv(&mut to).finish(&rows));",
        "let mut to = PythonFile::open(file).unwrap();"
        " py.detach(|| { let rows = self.rows.read().unwrap(); drop(to); });",
    ],
)
def test_what_does_not_write_to_python_under_the_lock_is_not(body: str) -> None:
    assert not reported(body)


OPENED = """
use pyo3::prelude::*;

fn opened(path: &str) -> std::io::Result<std::fs::File> { std::fs::File::open(path) }
fn either(file: Py<PyAny>) -> PyResult<std::fs::File> {
    Python::attach(|py| {
        let path = file.extract::<String>(py)?;
        BODY
    })
}
fn reader(file: Py<PyAny>) -> PyResult<std::fs::File> { Ok(either(file)?) }
#[pyfunction]
fn first(file: Py<PyAny>) -> PyResult<u64> { Ok(reader(file)?.metadata()?.len()) }
#[pyfunction]
fn second(file: Py<PyAny>) -> PyResult<u64> { Ok(reader(file)?.metadata()?.len()) }
"""


def test_a_file_that_a_helpers_helper_opens_is_reported_once_where_it_is_asked_for() -> None:
    source = OPENED.replace("BODY", "Ok(opened(&path)?)")
    found = audit_source(source, [BlockingWhileAttached()], pyo3="0.26.0").findings
    assert [(one.item, one.confidence) for one in found] == [("either", "likely")]
    assert found[0].message == "`opened` goes to a file while the GIL is held"


def test_a_file_that_a_helpers_helper_opens_detached_is_silent() -> None:
    source = OPENED.replace("BODY", "Ok(py.detach(|| opened(&path))?)")
    assert not audit_source(source, [BlockingWhileAttached()], pyo3="0.26.0").findings
