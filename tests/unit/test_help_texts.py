"""Help that fits the crate and the place: what it names is there, and can be written there."""

from __future__ import annotations

import sys

import pytest

from bindcheck.findings import Finding
from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import audit_source

HEAD = "use pyo3::prelude::*;\nuse pyo3::exceptions::*;\nuse numpy::*;\n"
WITHOUT_NUMPY = {
    "Cargo.toml": '[package]\nname = "example"\nversion = "0.1.0"\n[dependencies]\npyo3 = "0.27"\n'
}


def only(
    code: str, source: str, files: dict[str, str] | None = None, pyo3: str = "0.26.0"
) -> Finding:
    found = audit_source(HEAD + source, [RULE_BY_CODE[code]], files=files, pyo3=pyo3).findings
    assert len(found) == 1, [one.message for one in found]
    return found[0]


def found(code: str, source: str, pyo3: str = "0.26.0") -> tuple[Finding, ...]:
    return audit_source(HEAD + source, [RULE_BY_CODE[code]], pyo3=pyo3).findings


TABLE = "#[pyfunction]\nfn halved(rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {{ {} }}\n".format(
    "rows.iter().map(|row| row.iter().map(|x| x / 2.0).collect()).collect()"
)


def test_arrays_are_advised_where_numpy_is_there() -> None:
    taken = only("BC204", TABLE)
    assert "`as_array()`, a view of its rows" in taken.help
    assert "depend" not in taken.help
    assert "does not depend on" in only("BC204", TABLE, WITHOUT_NUMPY).help
    given = only("BC203", TABLE, WITHOUT_NUMPY)
    assert "one flat `Vec`" in given.help
    assert "does not depend on" in given.help


def test_a_question_mark_is_not_advised_inside_a_closure() -> None:
    body = "{} callback.call1((1,)).unwrap()"
    source = "#[pyfunction]\nfn f(callback: &Bound<'_, PyAny>) {{ {} }}\n"
    plain = only("BC303", source.format(body.format("let x =") + ";"))
    inside = only("BC303", source.format(f"let g = || {body.format('')}; g();"))
    assert "use `?`" in plain.help
    assert "let the closure give a `Result`" in inside.help


def test_an_assertion_is_quoted() -> None:
    one = only("BC303", "#[pyfunction]\nfn f(n: usize) { assert!(n < 9); }\n")
    assert "`n < 9` depends on what the caller passes" in one.message
    two = only("BC303", '#[pyfunction]\nfn f(n: usize) { assert_eq!(n, 9, "{n}"); }\n')
    assert "`n == 9` depends" in two.message
    long = f"#[pyfunction]\nfn f(n: usize) {{ assert!(n < {' + '.join('9' * 30)}); }}\n"
    assert "it depends on what the caller passes" in only("BC303", long).message


STREAM = """
#[pyclass]
pub struct MeanStream { sum: f64 }
#[pymethods]
impl MeanStream {
    #[new]
    fn new() -> Self { Self { sum: 0.0 } }
    fn update(&mut self, py: Python<'_>, x: f64) -> f64 { py.RELEASE(|| self.sum += x); self.sum }
}
"""


@pytest.mark.parametrize(
    ("pyo3", "release", "how"),
    [
        ("0.23.5", "allow_threads", "taken inside `py.allow_threads`"),
        ("0.24.0", "allow_threads", "`lock_py_attached`"),
        ("0.27.0", "detach", "`lock_py_attached`"),
    ],
)
def test_a_lock_is_taken_as_the_crates_pyo3_can(pyo3: str, release: str, how: str) -> None:
    assert how in only("BC312", STREAM.replace("RELEASE", release), pyo3=pyo3).help


LOADED = """
pub struct Model;
impl Model {
    fn load(path: &str) -> Result<Model, std::io::Error> { BODY }
}
#[pyfunction]
fn load(path: &str) -> PyResult<()> {
    Model::load(path).map_err(|e| PyException::new_err(e.to_string()))?;
    Ok(())
}
"""


def test_what_fails_with_a_file_is_an_os_error() -> None:
    file = LOADED.replace("BODY", "std::fs::read_to_string(path).map(|_| Model)")
    assert "`OSError`" in only("BC310", file).help
    assert "`OSError`" not in only("BC310", LOADED.replace("BODY", "parsed(path)")).help


def test_a_class_is_exported_as_the_module_does_it() -> None:
    source = """
#[pyclass]
pub struct Shown {}
#[pyclass]
pub struct Hidden {}
#[pymodule]
mod example {
    #[pymodule_export]
    use super::Shown;
}
"""
    assert "`#[pymodule_export] use Hidden;`" in only("BC105", source).help
    imperative = (
        "#[pyclass]\npub struct Hidden {}\n#[pymodule]\n"
        "fn example(m: &Bound<'_, PyModule>) -> PyResult<()> { Ok(()) }\n"
    )
    assert "m.add_class::<Hidden>()?;" in only("BC105", imperative).help


def test_the_last_of_several_of_one_name_hides_the_one_before() -> None:
    functions = "".join(
        f'#[pyfunction]\n#[pyo3(name = "price")]\nfn price_{one}() {{}}\n' for one in "abc"
    )
    added = "".join(f"m.add_function(wrap_pyfunction!(price_{one}, m)?)?;\n" for one in "abc")
    module = (
        f"#[pymodule]\nfn example(m: &Bound<'_, PyModule>) -> PyResult<()> {{\n{added}Ok(())\n}}"
    )
    messages = [one.message for one in found("BC105", functions + module)]
    assert [one.split("`")[1] for one in messages] == ["price_a", "price_b"]


PAYLOAD = """
#[pyfunction]
fn validated<'py>(py: Python<'py>, given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let rows: Vec<Vec<f64>> = given.extract()?;
    if rows.iter().any(|row| row.len() != rows[0].len()) {
        return Err(PyValueError::new_err("ragged"));
    }
    let out = PyDict::new(py);
    PUT
    Ok(out)
}
"""


def test_a_list_that_goes_back_to_python_is_no_array() -> None:
    put = PAYLOAD.replace("PUT", 'out.set_item("rows", rows)?;')
    assert found("BC204", put) == ()
    assert len(found("BC204", PAYLOAD.replace("PUT", 'out.set_item("n", rows.len())?;'))) == 1


def test_a_function_that_is_a_value_asks_for_a_list_of_its_own() -> None:
    called = "#[pyfunction]\nfn run(name: &str, rows: Vec<f64>) -> f64 {{ {} }}\n"
    assert found("BC204", called.format("let op = table(name); op(rows)")) == ()
    own = "let op = |rows: Vec<f64>| rows.iter().sum(); op(rows)"
    assert len(found("BC204", called.format(own))) == 1


def test_an_audit_leaves_the_recursion_limit_alone() -> None:
    before = sys.getrecursionlimit()
    found("BC201", TABLE)
    assert sys.getrecursionlimit() == before
