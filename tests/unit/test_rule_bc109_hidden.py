"""BC109: methods of objects whose class the module does not export."""

from __future__ import annotations

from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

#[pyclass]
struct Text { letters: String }

#[pymethods]
impl Text {
    fn lower(&mut self) { self.letters = self.letters.to_lowercase(); }
    fn upper(&mut self) { self.letters = self.letters.to_uppercase(); }
    fn __len__(&self) -> usize { self.letters.len() }
    #[getter]
    fn letters(&self) -> String { self.letters.clone() }
}

#[pyfunction]
fn normalized(py: Python<'_>, letters: String, callback: Py<PyAny>) -> PyResult<Py<Text>> {
    let text = Py::new(py, Text { letters })?;
    callback.call1(py, (text.clone_ref(py),))?;
    Ok(text)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(normalized, m)?)?;
    Ok(())
}
"""


def messages(test: str) -> list[str]:
    files = {"tests/test_it.py": f"import example\n\n\n{test}"}
    return [
        one.message for one in audit_source(CODE, [RULE_BY_CODE["BC109"]], files=files).findings
    ]


def test_what_tests_leave_out_of_objects_that_they_do_get() -> None:
    test = "def test_it():\n    example.normalized('A', lambda text: text.lower())\n"
    assert messages(test) == ["no Python test calls `Text.upper`"]


def test_objects_that_no_test_looks_at_are_a_matter_of_their_makers() -> None:
    assert messages("def test_it():\n    example.normalized('A', print)\n") == []


def test_all_methods_are_called() -> None:
    test = (
        "def test_it():\n"
        "    text = example.normalized('A', lambda text: text.lower())\n"
        "    text.upper()\n"
    )
    assert messages(test) == []
