"""BC213: which names promise something, and what breaks the promise."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc213_misleading_name import MisleadingName
from bindcheck.rules.example_crates import SMOOTH, binding_crate
from bindcheck.testing import audit_source

HELPERS = """
fn validate_weight(weight: f64) -> Result<(), String> {
    if weight > 0.0 { Ok(()) } else { Err(String::new()) }
}

fn check_length(data: &[f64]) -> bool {
    data.len() > 3
}

fn validate_kernel(name: &str) -> Result<u8, String> {
    if name == "scalar" { Ok(0) } else { Err(name.to_string()) }
}

fn check_in(weight: f64) -> f64 {
    weight * 2.0
}
"""
BORROWED = (
    "let slice = data.as_slice()?; Ok(py.allow_threads(|| smooth(slice, weight)).into_pyarray(py))"
)
COPIED = (
    "let own = data.as_array().to_vec(); "
    "Ok(py.allow_threads(|| smooth(&own, weight)).into_pyarray(py))"
)
TRY = ".map_err(PyValueError::new_err)?;"


def findings(name: str, body: str, data: str = "PyReadonlyArray1<'py, f64>") -> list[Finding]:
    binding = (
        f"#[pyfunction]\n#[pyo3(name = \"{name}\")]\nfn bound<'py>(py: Python<'py>, data: {data}, "
        f"weight: f64) -> PyResult<Bound<'py, PyArray1<f64>>> {{\n    {body}\n}}"
    )
    code = binding_crate(binding, "bound", core=SMOOTH + HELPERS)
    report = audit_source(code, [MisleadingName()])
    assert not report.skipped
    return list(report.findings)


@pytest.mark.parametrize(
    "name",
    [
        *("zero_copy_smooth", "smooth_zero_copy", "zerocopy_smooth", "smooth_no_copy"),
        *("smooth_nocopy", "smooth_without_copy", "copy_free_smooth"),
    ],
)
def test_names_that_promise_no_copy(name: str) -> None:
    (finding,) = findings(name, COPIED)
    assert finding.message == f"`{name}` copies: an argument is copied"
    assert finding.severity is Severity.ADVICE
    assert finding.confidence is Confidence.CERTAIN
    assert findings(name, BORROWED) == []


@pytest.mark.parametrize(
    "name",
    [
        *("smooth_unchecked", "unchecked_smooth", "smooth_no_validation", "smooth_unvalidated"),
        *("smooth_no_checks", "smooth_skip_validation", "smooth_without_checking"),
    ],
)
def test_names_that_promise_no_check(name: str) -> None:
    (finding,) = findings(name, f"validate_weight(weight){TRY} {BORROWED}")
    assert finding.message == f"`{name}` validates: `validate_weight` is called"
    assert findings(name, BORROWED) == []


@pytest.mark.parametrize("name", ["smooth", "smooth_copy", "smooth_checked", "recheck", "uncopied"])
def test_other_names_promise_nothing(name: str) -> None:
    assert findings(name, f"validate_weight(weight){TRY} {COPIED}") == []


@pytest.mark.parametrize(
    ("body", "data", "why"),
    [
        (
            BORROWED.replace("data.as_slice()?", "&data"),
            "Vec<f64>",
            "the argument `data` is copied",
        ),
        (BORROWED.replace("into_py", "to_py"), "", "`to_pyarray` copies the result"),
        (
            "let slice = data.as_slice()?; let out = PyArray1::<f64>::zeros(py, [3], false); "
            "let values = py.allow_threads(|| smooth(slice, weight)); "
            "unsafe { out.as_slice_mut()? }.copy_from_slice(&values); Ok(out)",
            "",
            "the result is copied into another array",
        ),
        (
            "let own: Vec<f64> = data.as_slice()?.iter().map(|x| x + 1.0).collect(); "
            "let spare = own.clone(); "
            "Ok(py.allow_threads(move || smooth(&spare, weight)).into_pyarray(py))",
            "",
            "`own` is cloned",
        ),
    ],
)
def test_each_sort_of_copy_breaks_the_promise(body: str, data: str, why: str) -> None:
    (finding,) = findings("zero_copy_smooth", body, data or "PyReadonlyArray1<'py, f64>")
    assert finding.message.endswith(why)
    assert finding.cost == "8 bytes read and 8 written per element"


def test_a_list_is_a_copy_too() -> None:
    code = binding_crate(
        "#[pyfunction]\nfn zero_copy_smooth(py: Python<'_>, data: PyReadonlyArray1<'_, f64>) "
        "-> PyResult<Vec<f64>> {\n    let slice = data.as_slice()?;\n"
        "    Ok(py.allow_threads(|| smooth(slice, 0.5)))\n}",
        "zero_copy_smooth",
    )
    (finding,) = audit_source(code, [MisleadingName()]).findings
    assert finding.message.endswith("the result is turned into a list")


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (f"validate_weight(weight){TRY}", Confidence.CERTAIN),
        ("if !check_length(data.as_slice()?) { panic!(); }", Confidence.CERTAIN),
        ('if weight < 0.0 { return Err(PyValueError::new_err("x")); }', Confidence.LIKELY),
        ('validate_kernel("scalar").map_err(PyValueError::new_err)?;', None),
        ("let weight = check_in(weight);", None),
        ("let weight = if weight < 0.0 { 0.0 } else { weight };", None),
    ],
)
def test_what_counts_as_a_check(check: str, expected: Confidence | None) -> None:
    found = findings("smooth_unchecked", f"{check} {BORROWED}")
    assert [one.confidence for one in found] == ([] if expected is None else [expected])


def test_a_check_in_a_function_that_is_delegated_to_counts() -> None:
    code = binding_crate(
        """
#[pyfunction]
fn smooth_of<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    validate_weight(weight).map_err(PyValueError::new_err)?;
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| smooth(slice, weight)).into_pyarray(py))
}

#[pyfunction]
fn smooth_of_unchecked<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    smooth_of(py, data, weight)
}
""",
        "smooth_of",
        "smooth_of_unchecked",
        core=SMOOTH + HELPERS,
    )
    assert [one.item for one in audit_source(code, [MisleadingName()]).findings] == [
        "smooth_of_unchecked"
    ]


def ignored(signature: str, params: str, body: str, more: str = "") -> list[str]:
    """What is said of arguments that nothing is made of."""
    code = f"""
use numpy::{{IntoPyArray, PyArray1, PyReadonlyArray1}};
use pyo3::prelude::*;
use pyo3::types::PyDict;
fn smooth(data: &[f64], weight: f64) -> Vec<f64> {{
    data.iter().map(|x| x * weight).collect()
}}
{more}
#[pyfunction]
#[pyo3(signature = ({signature}))]
fn smooth_py<'py>(py: Python<'py>, {params}) -> PyResult<Bound<'py, PyArray1<f64>>> {{
    {body}
}}
"""
    return [one.message for one in audit_source(code, [MisleadingName()]).findings]


DATA = "data: PyReadonlyArray1<'py, f64>"
SMOOTHED = "Ok(smooth(data.as_slice()?, 0.5).into_pyarray(py))"


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("weight", "f64"),
        ("weights", "(f64, f64, f64)"),
        ("mode", "Option<&str>"),
        ("volume", "Option<PyReadonlyArray1<'py, f64>>"),
        ("r#type", "String"),
    ],
)
def test_an_argument_that_is_ignored_promises_an_effect(name: str, type_: str) -> None:
    [found] = ignored(f"data, {name.removeprefix('r#')}", f"{DATA}, {name}: {type_}", SMOOTHED)
    assert found == f"`{name}` is taken from Python and ignored"


def test_all_that_are_ignored_are_one_finding() -> None:
    params = f"{DATA}, gain: f64, lag: usize"
    assert ignored("data, gain, lag", params, SMOOTHED) == [
        "`gain`, `lag` are taken from Python and ignored"
    ]


@pytest.mark.parametrize(
    ("signature", "params", "body"),
    [
        ("data, _weight", f"{DATA}, _weight: f64", SMOOTHED),
        ("data, **kwargs", f"{DATA}, kwargs: Option<&Bound<'py, PyDict>>", SMOOTHED),
        ("data, *args", f"{DATA}, args: Vec<f64>", SMOOTHED),
        ("data, owner", f"{DATA}, owner: Py<PyAny>", SMOOTHED),
        ("data, weight", f"{DATA}, weight: f64", 'unimplemented!("smooth")'),
        (
            "data, weight",
            f"{DATA}, weight: f64",
            "let params = Params { weight };\n    "
            "Ok(smooth(data.as_slice()?, params.weight).into_pyarray(py))",
        ),
        (
            "data, weight",
            f"{DATA}, weight: f64",
            'log::debug!("smoothed by {weight}");\n    ' + SMOOTHED,
        ),
        (
            "data, weight",
            f"{DATA}, weight: f64",
            f'#[cfg(feature = "exact")]\n    check(weight);\n    {SMOOTHED}',
        ),
        (
            "data, weight",
            f"{DATA}, weight: f64",
            "Ok(py.allow_threads(|| scaled!(data, weight)).into_pyarray(py))",
        ),
    ],
)
def test_what_is_read_or_promises_nothing_is_silent(signature: str, params: str, body: str) -> None:
    assert ignored(signature, params, body, "struct Params { weight: f64 }") == []


def test_methods_that_python_calls_by_itself_take_what_they_get() -> None:
    code = """
use pyo3::prelude::*;
#[pyclass]
struct Session { open: bool }
impl Session {
    fn end(&mut self) {
        self.open = false;
    }
}
#[pymethods]
impl Session {
    fn __exit__(&mut self, kind: Option<String>, value: Option<String>, trace: Option<String>) {
        self.end();
    }
    NAME
}
"""
    assert not audit_source(code.replace("NAME", ""), [MisleadingName()]).findings
    named = "fn close(&mut self, wait: bool) {\n        self.end();\n    }"
    [found] = audit_source(code.replace("NAME", named), [MisleadingName()]).findings
    assert found.message == "`wait` is taken from Python and ignored"
    assert (found.severity.value, found.confidence.value) == ("advice", "likely")
