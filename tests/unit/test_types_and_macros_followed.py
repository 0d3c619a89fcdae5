"""Facts that other spellings hide: aliases, macros that call macros, lists inside of structs."""

from __future__ import annotations

import pytest

from bindcheck.testing import audit_source

HEAD = """
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyUntypedArray};
use pyo3::prelude::*;
"""
FOOT = """
#[pymodule]
fn lib(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(bound, m)?)?;
    Ok(())
}
"""


def found(code: str, *codes: str) -> list[tuple[str, str, str]]:
    """Code, confidence and source line of the findings of these rules, in their order."""
    source = HEAD + code + FOOT
    lines = source.splitlines()
    findings = audit_source(source, select=codes).findings
    return [
        (one.code, str(one.confidence), lines[one.location.line - 1].strip()) for one in findings
    ]


# --- aliases -------------------------------------------------------------------------------------

ALIASED = """
mod names {
    pub type Series<'py> = numpy::PyReadonlyArray1<'py, f64>;
    pub type Answer<T> = Result<T, pyo3::PyErr>;
}
use names::{Answer, Series};

#[pyfunction]
fn bound(data: Series<'_>, at: usize) -> Answer<f64> {
    let values = data.as_slice().unwrap();
    Ok(values[at])
}
"""


def test_an_alias_of_an_array_is_that_array() -> None:
    assert found(ALIASED, "BC303") == [
        ("BC303", "certain", "let values = data.as_slice().unwrap();"),
        ("BC303", "likely", "Ok(values[at])"),
    ]


def test_an_alias_in_a_body_is_what_it_stands_for() -> None:
    code = """
type Answer<T> = Result<T, PyErr>;

#[pyfunction]
fn bound(lists: Vec<Bound<'_, PyAny>>) -> Answer<f64> {
    let first = lists.iter().map(|one| one.extract::<f64>()).collect::<Answer<Vec<_>>>();
    Ok(first.unwrap().iter().sum())
}
"""
    plain = code.replace("type Answer<T> = Result<T, PyErr>;", "").replace("Answer", "PyResult")
    assert [one[1:] for one in found(code, "BC303")] == [
        ("certain", "Ok(first.unwrap().iter().sum())")
    ]
    assert len(found(plain, "BC303")) == 1


HANDED_ON = """
type Series<'py> = PyReadonlyArray1<'py, f64>;

fn total(data: Series<'_>) -> f64 {
    data.as_array().iter().sum()
}

#[pyfunction]
fn bound(one: Bound<'_, PyAny>) -> PyResult<f64> {
    let array = one.downcast::<PyArray1<f64>>()?;
    Ok(total(array.readonly()))
}
"""


def test_what_is_handed_on_as_a_borrow_is_borrowed() -> None:
    assert found(HANDED_ON, "BC306") == []
    bare = HANDED_ON.replace("type Series<'py> = PyReadonlyArray1<'py, f64>;", "")
    bare = bare.replace("data: Series<'_>", "data: &Bound<'_, PyArray1<f64>>")
    bare = bare.replace("total(array.readonly())", "total(array)")
    bare = bare.replace("data.as_array()", "unsafe { data.as_array() }")
    assert [one[0] for one in found(bare, "BC306")] == ["BC306"]


# --- macros --------------------------------------------------------------------------------------

DISPATCH = """
enum Either<'py> {
    Wide(PyReadonlyArray1<'py, f64>),
    Narrow(PyReadonlyArray1<'py, f32>),
}

fn either<'py>(one: &Bound<'py, PyAny>) -> PyResult<Either<'py>> {
    if let Ok(wide) = one.extract::<PyReadonlyArray1<'py, f64>>() {
        return Ok(Either::Wide(wide));
    }
    Ok(Either::Narrow(one.extract::<PyReadonlyArray1<'py, f32>>()?))
}

macro_rules! run {
    (@call $work:ident, $array:ident) => { $work($array) };
    (@both $one:expr, $wide:expr, $narrow:expr) => {
        match crate::either(&$one)? {
            crate::Either::Wide(array) => { let work = $wide; run!(@call work, array) }
            crate::Either::Narrow(array) => { let work = $narrow; run!(@call work, array) }
        }
    };
    ($one:expr, $wide:expr, $narrow:expr) => { run!(@both $one, $wide, $narrow) };
}

#[pyfunction]
fn bound(one: Bound<'_, PyAny>) -> PyResult<f64> {
    run!(
        one,
        |array: PyReadonlyArray1<'_, f64>| Ok(array.as_slice().unwrap()[0]),
        |array: PyReadonlyArray1<'_, f32>| Ok(f64::from(array.as_slice().unwrap()[0]))
    )
}
"""


def test_closures_are_followed_through_macros_that_call_macros() -> None:
    assert found(DISPATCH, "BC303") == [("BC303", "certain", "run!(")] * 2


# --- what conditions say -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "panics"),
    [
        ("parts.iter().all(|one| one.is_some())", 0),
        ("parts.iter().all(Option::is_some)", 0),
        ("!parts.is_empty()", 1),
    ],
)
def test_no_part_is_missing_where_all_are_there(condition: str, panics: int) -> None:
    code = f"""
fn weight(one: &Bound<'_, PyAny>) -> Option<f64> {{
    one.extract::<f64>().ok()
}}

#[pyfunction]
fn bound(lists: Vec<Bound<'_, PyAny>>) -> f64 {{
    let parts: Vec<Option<f64>> = lists.iter().map(weight).collect();
    if {condition} {{
        parts.iter().map(|one| one.unwrap()).sum()
    }} else {{
        0.0
    }}
}}
"""
    assert len(found(code, "BC303")) == panics


@pytest.mark.parametrize(("guard", "panics"), [("width <= 16", 0), ("!text.is_empty()", 1)])
def test_the_size_of_an_element_is_a_number_that_can_be_checked(guard: str, panics: int) -> None:
    code = f"""
#[pyfunction]
fn bound(array: &Bound<'_, PyUntypedArray>, text: &str) -> u8 {{
    let width = array.dtype().itemsize();
    let mut cell = [0u8; 16];
    if {guard} {{
        cell[..width].fill(1);
    }}
    cell[0]
}}
"""
    assert len(found(code, "BC303")) == panics


@pytest.mark.parametrize(
    ("less", "wraps"),
    [("text.as_bytes().iter().rposition(|x| *x == b'/').map_or(0, |x| 1 + x)", 0), ("skip", 1)],
)
def test_where_something_stands_in_a_text_is_no_more_than_its_length(less: str, wraps: int) -> None:
    code = f"""
#[pyfunction]
fn bound(text: &str, skip: usize) -> Vec<u8> {{
    let start = {less};
    Vec::with_capacity(text.len() - start)
}}
"""
    assert len(found(code, "BC303")) == wraps


# --- structs around lists ------------------------------------------------------------------------

INSIDE = """
struct Packed<T>(Vec<T>);

impl<T: Copy> From<&[T]> for Packed<T> {
    fn from(values: &[T]) -> Self {
        Packed(values.to_vec())
    }
}

impl<T> Packed<T> {
    fn as_slice(&self) -> &[T] {
        &self.0
    }
}

fn packed(values: &[f64]) -> Packed<f64> {
    values.into()
}

fn total(values: &[f64]) -> f64 {
    let mut sum = 0.0;
    for one in values {
        sum += one;
    }
    sum
}

#[pyfunction]
fn bound(data: PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let own = packed(data.as_slice()?);
    Ok(total(own.as_slice()))
}
"""


def test_a_list_in_a_struct_of_its_own_is_as_long() -> None:
    assert [one[2] for one in found(INSIDE, "BC201")] != []


NAMED = """
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Band {
    Name(String),
    Number(i64),
}

fn bands(list: &Bound<'_, PyAny>) -> PyResult<Vec<Band>> {
    let mut found = Vec::new();
    for one in list.try_iter()? {
        found.push(Band::Number(one?.extract::<i64>()?));
    }
    Ok(found)
}

fn in_order(bands: Vec<Band>) -> usize {
    let mut count = 0;
    for one in bands.iter() {
        if matches!(one, Band::Number(_)) {
            count += 1;
        }
    }
    let mut sorted = bands.to_vec();
    sorted.sort();
    count + sorted.len()
}

#[pyfunction]
fn bound(list: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(in_order(bands(list)?))
}
"""


def test_a_list_of_enums_that_was_made_of_objects_is_no_array() -> None:
    assert {one[1] for one in found(NAMED, "BC201")} <= {"suspect"}
