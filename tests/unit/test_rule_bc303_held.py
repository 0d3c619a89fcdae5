"""BC303: what kept Python objects give, unwrapped in helpers that entry points come to."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use pyo3::exceptions::PyTypeError;

struct File { inner: Py<PyAny>, lines: usize }
impl File {
    fn new(object: Py<PyAny>) -> Self { File { inner: MADE, lines: 0 } }
    fn bytes(&self) -> Vec<u8> {
        Python::attach(|py| ASKS)
    }
}
struct Wrapped<T>(T);
struct Source(Vec<u8>);
impl<'a, 'py> FromPyObject<'a, 'py> for Wrapped<Source> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.is_none() { return Err(PyTypeError::new_err("no file")); }
        Ok(Wrapped(Source(File::new(object.to_owned().unbind()).bytes())))
    }
}
#[pyfunction]
fn size_of(source: Wrapped<Source>) -> usize { source.0.0.len() }
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_function(wrap_pyfunction!(size_of, m)?) }
"""
ASKS = 'self.inner.call_method0(py, "read").expect("reads").extract(py).unwrap_or_default()'


def said(made: str = "object", asks: str = ASKS) -> list[tuple[str, str, str]]:
    code = CODE.replace("MADE", made).replace("ASKS", asks)
    found = audit_source(code, [PanicPath()], pyo3="0.27.0").findings
    return [(one.item, str(one.confidence), one.message) for one in found]


def test_an_object_that_is_kept_may_not_do_what_is_asked_of_it() -> None:
    assert said() == [
        (
            "File::bytes",
            "likely",
            "`expect` panics: `call_method0` of the object in `inner` may fail; reached from "
            "`size_of`",
        )
    ]


@pytest.mark.parametrize(
    ("made", "asks"),
    [
        ('Python::attach(|py| py.import("io").unwrap().unbind().into_any())', ASKS),
        ("object", 'self.inner.call_method0(py, "read").map_or_else(|_| vec![], |_| vec![1])'),
        ("object", "vec![u8::try_from(self.lines).unwrap()]"),
    ],
    ids=["an object of its own", "an error that is dealt with", "no object"],
)
def test_own_objects_and_errors_that_are_looked_at_are_silent(made: str, asks: str) -> None:
    assert said(made, asks) == []


KEY = """
use pyo3::prelude::*;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};

trait Ranked { fn rank(&self) -> isize; }

struct Key { inner: Py<PyAny> }
impl TRAIT for Key {
    METHOD
}
impl<'a, 'py> FromPyObject<'a, 'py> for Key {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Key { inner: object.to_owned().unbind() })
    }
}
#[pyfunction]
fn distinct(keys: Vec<TAKEN>) -> usize { keys.into_iter().collect::<HashSet<_>>().len() }
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_function(wrap_pyfunction!(distinct, m)?) }
"""
HASH = """fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_isize(Python::attach(|py| self.inner.bind(py).hash().expect("hashable")));
    }"""
RANK = """fn rank(&self) -> isize {
        Python::attach(|py| self.inner.bind(py).hash().expect("hashable"))
    }"""


def of_key(trait: str, method: str, taken: str) -> list[str]:
    code = KEY.replace("TRAIT", trait).replace("METHOD", method).replace("TAKEN", taken)
    return [one.message for one in audit_source(code, [PanicPath()], pyo3="0.27.0").findings]


def test_a_method_of_a_foreign_trait_is_called_by_others() -> None:
    assert of_key("Hash", HASH, "Key") == [
        "`expect` panics: `hash` of the object in `inner` may fail; reached from `distinct`"
    ]


@pytest.mark.parametrize(
    ("trait", "method", "taken"),
    [("Hash", HASH, "u64"), ("Ranked", RANK, "Key")],
    ids=["nobody makes one", "a trait of the crate that nobody calls"],
)
def test_what_nobody_makes_or_calls_is_silent(trait: str, method: str, taken: str) -> None:
    assert of_key(trait, method, taken) == []
