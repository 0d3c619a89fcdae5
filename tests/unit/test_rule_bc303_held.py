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


GAVE = 'let Ok(bytes) = self.inner.call_method0(py, "read") else { return vec![] };'
OF_BYTES = "`bytes`, which the object in `inner` gave,"
TEXT = """if let Ok(text) = bytes.bind(py).cast::<PyString>() {
    return text.to_str().unwrap().as_bytes().to_vec();
}"""
OCTETS = """if let Ok(octets) = bytes.cast_bound::<PyBytes>(py) {
    return octets.as_bytes().to_vec();
}"""


def of_bytes(asks: str) -> list[str]:
    return [
        message.partition("; reached")[0] for _, _, message in said(asks=f"{{ {GAVE}\n{asks} }}")
    ]


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        ("bytes.extract(py).unwrap()", f"`unwrap` panics: `extract` of {OF_BYTES} may fail"),
        (
            f"{OCTETS}\n{TEXT}\nvec![]",
            "`unwrap` panics: `to_str` of `text`, which the object in `inner` gave, may fail",
        ),
        (
            f'{OCTETS}\npanic!("no bytes");',
            f"`panic!` is reached: {OF_BYTES} may be of any class",
        ),
        (
            "match bytes.extract::<Vec<u8>>(py) { Ok(read) => read, Err(_) => unreachable!() }",
            f"`unreachable!` is reached: {OF_BYTES} may be of any class",
        ),
        (
            "let Ok(read) = bytes.extract::<Vec<u8>>(py) else { panic!() };\nread",
            f"`panic!` is reached: {OF_BYTES} may be of any class",
        ),
        (
            "if !self.inner.bind(py).is_instance_of::<PyBytes>() { panic!(); }\nvec![]",
            "`panic!` is reached: the object in `inner` may be of any class",
        ),
    ],
    ids=[
        "extracted",
        "no valid text",
        "no cast is left",
        "in an arm",
        "let else",
        "not of a class",
    ],
)
def test_what_the_object_gives_is_followed_through_variables(asks: str, expected: str) -> None:
    assert of_bytes(asks) == [expected]


@pytest.mark.parametrize(
    "asks",
    [
        'if bytes.bind(py).hasattr("size").unwrap_or(false) {\n'
        'return vec![bytes.getattr(py, "size").unwrap().extract(py).unwrap_or(0)]; }\nvec![]',
        f"if self.lines == 0 {{ return vec![]; }}\n{OCTETS}\npanic!();",
        f"{OCTETS}\nif self.lines == 0 {{ panic!(); }}\nvec![]",
        "if bytes.bind(py).is_instance_of::<PyBytes>() { unreachable!(); }\nvec![]",
        f"self.looked_at(py)?;\n{OCTETS}\npanic!();",
        "let bytes = PyBytes::new(py, &[1]);\nbytes.extract().unwrap()",
        "let size = bytes.extract::<u64>(py).unwrap_or(1);\nvec![u8::try_from(size).unwrap_or(0)]",
    ],
    ids=[
        "asked for the attribute",
        "another condition leaves before",
        "another condition decides",
        "of that class",
        "something may have looked at it",
        "an object of its own",
        "a number",
    ],
)
def test_what_is_known_of_what_the_object_gives_is_silent(asks: str) -> None:
    assert of_bytes(asks) == []
