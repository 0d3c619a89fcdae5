"""BC303: numbers that structs carry on from the shape of a caller's array."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

PICTURE = """
use numpy::*;
use pyo3::prelude::*;
use pyo3::exceptions::PyValueError;

pub type Pixels = Py<PyArray3<u8>>;
pub struct Extent { pub width: usize, pub height: usize }
pub struct Store { data: Vec<u8>, sides: [usize; 2] }
impl Store {
    pub fn raw(sides: [usize; 2], data: Vec<u8>) -> Result<Self, String> {
        if data.len() != sides[0] * sides[1] { return Err("too few".to_string()); }
        Ok(Self { data, sides })
    }
}
pub struct Picture(Store);
impl TryFrom<Store> for Picture {
    type Error = String;

    fn try_from(store: Store) -> Result<Self, String> { Ok(Picture(store)) }
}
impl std::ops::Deref for Picture {
    type Target = Store;

    fn deref(&self) -> &Store { &self.0 }
}
impl Picture {
    pub fn of(extent: Extent, data: Vec<u8>) -> Result<Self, String> {
        // MADE
        Store::raw([extent.height, extent.width], data)?.try_into()
    }
    pub fn columns(&self) -> usize { self.sides[1] }
    pub fn pixels(&self) -> &[u8] { &self.data }
}
fn mirror(picture: &Picture) -> usize { picture.pixels().chunks(picture.columns()).count() }

fn picture_of(py: Python<'_>, pixels: &Pixels) -> PyResult<Picture> {
    let array = pixels.bind(py).readonly();
    let shape = array.shape();
    let (height, width) = SIDES;
    CHECK
    Picture::of(Extent { width, height }, array.to_vec()?).map_err(PyValueError::new_err)
}
#[pyfunction]
fn mirrored(py: Python<'_>, pixels: Pixels) -> PyResult<usize> {
    let picture = picture_of(py, &pixels)?;
    Ok(py.detach(|| mirror(&picture)))
}
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_function(wrap_pyfunction!(mirrored, m)?) }
"""


def messages(code: str) -> list[str]:
    return [one.message for one in audit_source(code, [PanicPath()], pyo3="0.27.0").findings]


def test_the_shape_of_an_array_stays_the_callers_in_what_is_made_of_it() -> None:
    code = PICTURE.replace("SIDES", "(shape[0], shape[1])").replace("CHECK", "")
    assert messages(code) == ["`mirror` panics: the caller may pass 0"]


@pytest.mark.parametrize(
    ("sides", "check", "made"),
    [
        ("(48, 64)", "", ""),
        (
            "(shape[0], shape[1])",
            'if width == 0 || height == 0 { return Err(PyValueError::new_err("empty")); }',
            "",
        ),
        (
            "(shape[0], shape[1])",
            "",
            'if extent.width == 0 { return Err("empty".to_string()); }',
        ),
    ],
    ids=["given", "refused", "refused where it is made"],
)
def test_sides_that_are_known_or_refused_are_silent(sides: str, check: str, made: str) -> None:
    code = PICTURE.replace("SIDES", sides).replace("CHECK", check).replace("// MADE", made)
    assert messages(code) == []
