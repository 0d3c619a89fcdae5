"""BC401 for a planned upgrade: what is found, what is fixed, and what is left to a person."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.fix import FixRequest, fix
from bindcheck.rules.bc401_pyo3_renamed_api import Pyo3RenamedApi
from bindcheck.testing import audit_source, config_of, inputs_from

RULE = (Pyo3RenamedApi(),)


def upgraded(source: str, pyo3: str = "0.25.1", target: str = "0.30") -> str:
    """`source` with every fix of BC401 for `target`."""
    inputs = inputs_from({"src/lib.rs": source}, pyo3, target)
    config = config_of(target_pyo3=target)
    result = fix(inputs, config, FixRequest(formatting=False), rules=RULE)
    assert not result.refused
    return result.inputs.sources["src/lib.rs"].decode()


def planned(source: str, pyo3: str = "0.25.1", target: str = "0.30") -> list[Finding]:
    return list(audit_source(source, RULE, pyo3=pyo3, target_pyo3=target).findings)


def body(text: str) -> str:
    return (
        "use pyo3::prelude::*;\nuse pyo3::types::*;\n"
        f"fn f(py: Python<'_>, x: &Bound<'_, PyAny>) -> PyResult<()> {{\n    {text}\n}}\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("py.allow_threads(|| 1);", "py.detach(|| 1);"),
        ("x.downcast_into::<PyList>()?;", "x.cast_into::<PyList>()?;"),
        ("pyo3::prepare_freethreaded_python();", "Python::initialize();"),
        ("for y in x.iter()? {}", "for y in x.try_iter()? {}"),
        ("PyObject::from_owned_ptr(py, p);", "Bound::from_owned_ptr(py, p).unbind();"),
        (
            "PyObject::from_owned_ptr_or_err(py, p)?;",
            "Bound::from_owned_ptr_or_err(py, p).map(pyo3::Bound::unbind)?;",
        ),
        ("let v: Vec<PyObject> = Vec::new();", "let v: Vec<Py<PyAny>> = Vec::new();"),
        ("let v = Vec::<pyo3::PyObject>::new();", "let v = Vec::<Py<PyAny>>::new();"),
        ("PyObject::from(x);", "Py::<PyAny>::from(x);"),
        ("release!(py => py.allow_threads(|| 1));", "release!(py => py.detach(|| 1));"),
        ("<f64 as PyTypeInfo>::type_object_bound(py);", "<f64 as PyTypeInfo>::type_object(py);"),
        (
            "pyo3::sync::with_critical_section(x, || 1);",
            "pyo3::sync::critical_section::with_critical_section(x, || 1);",
        ),
    ],
)
def test_a_use_in_a_body_is_renamed(old: str, new: str) -> None:
    assert upgraded(body(old), "0.22.6") == body(new)


@pytest.mark.parametrize(
    "kept",
    [
        "gate.allow_threads(|| 1);",
        "for y in v.iter() {}",
        "values.cast::<f64>();",
        "// PyObject and allow_threads(",
        'let s = "py.allow_threads(PyObject)";',
        "let p: *mut pyo3::ffi::PyObject = x.as_ptr();",
        "let v = w.as_slice();",
        "let n = package.version();",
    ],
)
def test_the_same_words_elsewhere_are_left_alone(kept: str) -> None:
    more = "struct Gate;\nimpl Gate { fn allow_threads<T>(&self, f: fn() -> T) -> T { f() } }\n"
    source = body(f"let gate = Gate; {kept}") + more
    assert planned(source, "0.22.6") == []
    assert upgraded(source, "0.22.6") == source


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("use pyo3::PyObject;\n", ""),
        ("use pyo3::{PyObject, PyErr};\n", "use pyo3::{PyErr};\n"),
        ("use pyo3::{PyErr, PyObject};\n", "use pyo3::{PyErr};\n"),
    ],
)
def test_an_import_that_is_not_needed_any_more_goes(old: str, new: str) -> None:
    source = "use pyo3::prelude::*;\n{}fn f(x: PyObject) {{}}\n"
    wanted = source.format(new).replace("PyObject", "Py<PyAny>")
    assert upgraded(source.format(old)) == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("use pyo3::PyObject;", "use pyo3::{Py, PyAny};"),
        ("use pyo3::{PyErr, PyObject};", "use pyo3::{PyErr, Py, PyAny};"),
        ("use pyo3::{Py, PyObject};", "use pyo3::{Py, PyAny};"),
    ],
)
def test_an_import_without_the_prelude_brings_what_replaces_it(old: str, new: str) -> None:
    source = "{}\nfn f(x: PyObject) -> Option<PyObject> {{ None }}\n"
    wanted = source.format(new).replace("PyObject", "Py<PyAny>")
    assert upgraded(source.format(old)) == wanted


def test_without_any_import_the_whole_path_is_written() -> None:
    source = "use pyo3::PyErr;\nfn f(x: pyo3::PyObject) {}\n"
    assert upgraded(source) == "use pyo3::PyErr;\nfn f(x: pyo3::Py<pyo3::PyAny>) {}\n"


@pytest.mark.parametrize(
    "source",
    [
        "use crate::prelude::*;\nuse pyo3::PyErr;\nfn f(x: PyObject) {}\n",
        "pub use pyo3::PyObject;\n",
        "use pyo3::PyObject as Thing;\nfn f(x: Thing) {}\n",
    ],
)
def test_what_may_concern_other_files_is_left_to_a_person(source: str) -> None:
    assert len(planned(source)) == 1
    assert upgraded(source) == source


@pytest.mark.parametrize(
    "source",
    [
        "use pyo3::ffi::PyObject;\nuse pyo3::prelude::*;\nfn f(x: *mut PyObject) {}\n",
        "use pyo3::ffi::*;\nuse pyo3::prelude::*;\nfn f(x: *const PyObject) {}\n",
        "use pyo3::prelude::*;\nstruct GILOnceCell;\nfn f(x: GILOnceCell) {}\n",
        "use mine::GILOnceCell;\nuse pyo3::prelude::*;\nfn f(x: GILOnceCell) {}\n",
    ],
)
def test_types_of_the_same_name_are_not_meant(source: str) -> None:
    assert planned(source) == []


def test_a_cast_error_that_is_made_by_hand_takes_a_person() -> None:
    source = """\
use pyo3::prelude::*;
use pyo3::DowncastError;
fn f(e: DowncastError<'_, '_>) {}
fn g(x: &Bound<'_, PyAny>) -> PyErr { DowncastError::new(x, "list").into() }
"""
    new = upgraded(source)
    assert "use pyo3::CastError;" in new
    assert "e: CastError<'_, '_>" in new
    (left,) = planned(new)
    assert (left.location.line, left.fix) == (4, None)


def test_moved_helpers_are_imported_from_their_new_module() -> None:
    source = "use pyo3::types::{PyList, PyStringData};\nfn f(x: PyStringData<'_>) {}\n"
    assert upgraded(source, "0.29.0") == source.replace("{PyList, Py", "{PyList, string::Py")
    (found,) = planned(source, "0.29.0")
    assert found.severity is Severity.WARNING


def test_an_upgrade_concerns_every_configuration_and_the_tests() -> None:
    source = """\
use pyo3::prelude::*;

#[cfg(feature = "cuda")]
#[pyfunction]
fn twin(py: Python<'_>) -> u64 {
    py.allow_threads(|| 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn attached() {
        pyo3::Python::with_gil(|_| ());
    }
}
"""
    assert [one.location.line for one in planned(source)] == [6, 13]
    new = upgraded(source)
    assert "py.detach(" in new
    assert "pyo3::Python::attach(" in new
    today = audit_source(source, RULE, pyo3="0.28.0").findings
    assert today == ()


def test_numpy_casts_hide_behind_those_of_pyo3() -> None:
    source = body("let a = array.cast::<f64>(false)?;")
    assert upgraded(source) == body("let a = array.cast_array::<f64>(false)?;")
    assert planned(source)[0].message == ("`cast` is gone since numpy 0.26: this does not compile")


# --- what changed under a name that stayed -----------------------------------------------------

CLASS = """\
use pyo3::prelude::*;

{}
#[derive(Clone)]
struct Gain {{
    factor: f64,
}}

{}
"""
BY_VALUE = "#[pyfunction]\nfn take(gain: Option<Gain>) {}"


@pytest.mark.parametrize(
    ("attribute", "new"),
    [
        ("#[pyclass]", "#[pyclass(from_py_object)]"),
        ('#[pyclass(name = "Gain", frozen)]', '#[pyclass(name = "Gain", frozen, from_py_object)]'),
    ],
)
def test_a_class_taken_by_value_says_so(attribute: str, new: str) -> None:
    assert upgraded(CLASS.format(attribute, BY_VALUE)) == CLASS.format(new, BY_VALUE)


@pytest.mark.parametrize(
    ("use", "target", "severity"),
    [
        (BY_VALUE, "0.27", None),
        (BY_VALUE, "0.28", Severity.WARNING),
        (BY_VALUE, "0.30", Severity.ERROR),
        ("", "0.29", Severity.WARNING),
        ("", "0.30", None),
        ("#[pyfunction]\nfn see(gain: PyRef<'_, Gain>, more: &Gain) {}", "0.30", None),
        ("fn read(x: &Bound<'_, PyAny>) { x.extract::<Vec<Gain>>(); }", "0.30", Severity.ERROR),
        ("fn read(x: &Bound<'_, PyAny>) { let g: Gain = x.extract()?; }", "0.30", Severity.ERROR),
        ("fn read(x: &Bound<'_, PyAny>) -> PyResult<Gain> { x.extract() }", "0.30", Severity.ERROR),
        ("fn mean(x: &Gain, y: &Bound<'_, PyAny>) { y.extract::<f64>(); }", "0.30", None),
        ("#[derive(FromPyObject)]\nenum Any { One(Gain), Two(f64) }", "0.30", Severity.ERROR),
        ("#[pyclass(set_all)]\nstruct Pair { one: Gain }", "0.30", Severity.ERROR),
    ],
)
def test_whether_a_class_is_taken_by_value(
    use: str, target: str, severity: Severity | None
) -> None:
    found = planned(CLASS.format("#[pyclass]", use), target=target)
    assert [one.severity for one in found] == ([] if severity is None else [severity])


def test_an_option_without_effect_goes() -> None:
    source = CLASS.format("#[pyclass(frozen, skip_from_py_object)]", BY_VALUE.replace("Gain", "u8"))
    assert upgraded(source, "0.29.0") == source.replace(", skip_from_py_object", "")


def test_a_conversion_written_by_hand_takes_a_person() -> None:
    source = """\
use pyo3::prelude::*;

struct Factor(f64);

impl<'py> FromPyObject<'py> for Factor {
    fn extract_bound(value: &Bound<'py, PyAny>) -> PyResult<Self> {
        value.extract().map(Factor)
    }
}

fn all<'py, T: FromPyObject<'py>>(value: &Bound<'py, PyAny>) {}
"""
    implemented, bound = planned(source)
    assert (implemented.location.line, implemented.fix) == (5, None)
    assert "type Error = PyErr" in implemented.help
    assert (bound.location.line, bound.item) == (11, "all")
    assert "FromPyObjectOwned" in bound.help
    new = source.replace("FromPyObject<'py> for", "FromPyObject<'_, 'py> for")
    assert [one.location.line for one in planned(new)] == [11]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("std::str::from_utf8(b)?;", True),
        ("String::from_utf16(b)?;", True),
        ("String::from_utf8(b)?;", False),
        ("std::str::from_utf8(b).map_err(raise)?;", False),
        ("std::str::from_utf8(b).unwrap();", False),
    ],
)
def test_decoding_errors_become_no_python_errors(call: str, found: bool) -> None:
    assert bool(planned(body(call))) is found
    assert planned(body(call), target="0.28") == []


def test_what_is_deprecated_in_entry_points_is_a_warning() -> None:
    source = """\
use pyo3::prelude::*;

#[pyclass(subclass)]
struct Base;

#[pyclass(extends = Base)]
struct Sub;

#[pymethods]
impl Sub {
    #[new]
    fn new() -> PyResult<(Self, Base)> {
        Ok((Sub, Base))
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    #[pyfn(m)]
    fn double(x: f64) -> f64 {
        x + x
    }
    Ok(())
}
"""
    found = planned(source)
    assert [(one.location.line, one.severity.value) for one in found] == [
        (12, "warning"),
        (19, "warning"),
    ]


def test_fields_of_numpy_structs_are_read_through_fields() -> None:
    text = """\
let a = x.as_ptr() as *mut npyffi::PyArrayObject;
    let d = unsafe { (*a).descr };
    let n = unsafe { (*(*a).descr).type_num + (*d).type_num };
    let own = unsafe { (*other).data };"""
    new = text.replace("(*a).", "(*a).fields.").replace(".type_num", ".fields.type_num")
    assert upgraded(body(text)) == body(new)


MANIFEST = """\
[package]
name = "example"
version = "0.1.0"
edition = "2021"

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
ndarray = "{}"
"""
ARRAYS = """\
use numpy::IntoPyArray;
use pyo3::prelude::*;

#[pyfunction]
fn zeros(py: Python<'_>) -> Py<PyAny> {
    ndarray::Array1::<f64>::zeros(3).into_pyarray(py).into_any().unbind()
}
"""


@pytest.mark.parametrize(
    ("ndarray", "target", "lines"),
    [("0.16", "0.30", [9]), ("0.16.1", "0.27", [9]), ("0.16", "0.26", []), ("0.17", "0.30", [])],
)
def test_an_older_ndarray_stays_behind_that_of_numpy(
    ndarray: str, target: str, lines: list[int]
) -> None:
    files = {"Cargo.toml": MANIFEST.format(ndarray)}
    report = audit_source(ARRAYS, RULE, files=files, pyo3=None, target_pyo3=target)
    found = [one for one in report.findings if one.location.path.endswith("Cargo.toml")]
    assert [one.location.line for one in found] == lines
    assert all(one.confidence is Confidence.LIKELY for one in found)


def test_arrays_that_stay_within_numpy_are_no_matter() -> None:
    source = ARRAYS.replace("ndarray::Array1", "numpy::ndarray::Array1")
    files = {"Cargo.toml": MANIFEST.format("0.16")}
    assert not audit_source(source, RULE, files=files, pyo3=None, target_pyo3="0.30").findings


def test_a_variant_may_be_called_like_an_old_type() -> None:
    code = (
        "use pyo3::prelude::*;\n"
        "pub enum Held {\n    PyObject { kept: Py<PyAny> },\n    Nothing,\n}\n"
        "pub fn is_held(one: &Held) -> bool {\n"
        "    matches!(one, Held::PyObject { .. })\n}\n"
    )
    assert planned(code) == []
    (found,) = planned(code.replace("Nothing", "Other(PyObject)"))
    assert found.message.startswith("`PyObject`")
    assert len(planned(code.replace("{ kept: Py<PyAny> }", "(PyObject)"))) == 1
