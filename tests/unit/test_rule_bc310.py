"""BC310: what becomes of the errors of the crate's own functions."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

HEAD = """\
use pyo3::exceptions::{PyException, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

fn lagged(data: &[f64], lag: usize) -> Result<Vec<f64>, String> {
    if lag == 0 {
        return Err("lag is 0".to_string());
    }
    Ok(data.to_vec())
}
"""

CORE = """
pub struct {X}Params {
    pub period: Option<usize>,
}

pub struct {X}Input<'a> {
    data: &'a [f64],
    params: {X}Params,
}

impl<'a> {X}Input<'a> {
    pub fn from_slice(data: &'a [f64], params: {X}Params) -> Self {
        Self { data, params }
    }
}

pub struct {X}Output {
    pub values: Vec<f64>,
}

pub fn {x}(input: &{X}Input) -> Result<{X}Output, String> {
    let period = input.params.period.unwrap_or(2) as f64;
    Ok({X}Output { values: input.data.iter().map(|v| v * period).collect() })
}

#[pyfunction]
fn {x}_py(data: Vec<f64>, period: usize) -> PyResult<Vec<f64>> {
    let input = {X}Input::from_slice(&data, {X}Params { period: Some(period) });
    {x}(&input).map(|output| output.values).map_err({raised}::new_err)
}
"""


def findings(body: str, *, more: str = "", returns: str = "PyResult<Vec<f64>>") -> list[Finding]:
    code = (
        f"{HEAD}{more}\n#[pyfunction]\n"
        f"fn f(py: Python<'_>, data: Vec<f64>, lag: usize) -> {returns} {{\n{body}\n}}\n"
    )
    return list(audit_source(code, [LossyError()]).findings)


def indicator(name: str, raised: str) -> str:
    text = CORE.replace("{X}", name.capitalize()).replace("{x}", name)
    return text.replace("{raised}", raised)


CALL = "py.allow_threads(|| lagged(&data, lag))"


@pytest.mark.parametrize(
    "body",
    [
        f'{CALL}.map_err(|_| PyValueError::new_err("failed"))',
        f'{CALL}.map_err(|_e| PyValueError::new_err("failed"))',
        'lagged(&data, lag).map(|v| v).map_err(|_| PyErr::new::<PyValueError, _>("failed"))',
        f'{CALL}.ok().ok_or_else(|| PyValueError::new_err("failed"))',
        f'let got = {CALL}; got.map_err(|_| PyValueError::new_err("failed"))',
        f'match {CALL} {{ Ok(v) => Ok(v), Err(_) => Err(PyValueError::new_err("failed")) }}',
        f'let Ok(v) = {CALL} else {{ return Err(PyValueError::new_err("failed")); }}; Ok(v)',
    ],
)
def test_a_dropped_message_is_certain(body: str) -> None:
    [finding] = findings(body)
    assert finding.confidence is Confidence.CERTAIN
    assert finding.message == "what `lagged` says is dropped: `ValueError` is raised without it"


@pytest.mark.parametrize(
    "body",
    [
        f"{CALL}.map_err(PyValueError::new_err)",
        f'{CALL}.map_err(|e| PyValueError::new_err(format!("failed: {{e}}")))',
        f'{CALL}.map_err(|e| PyValueError::new_err(format!("failed: {{}}", e)))',
        f"match {CALL} {{ Ok(v) => Ok(v), Err(e) => Err(PyValueError::new_err(e)) }}",
        f"Ok({CALL}.map_err(Failure::from)?)",
        f"{CALL}.or_else(|_| lagged(&data, 1)).map_err(PyValueError::new_err)",
        f"{CALL}.unwrap_or_else(|_| other(&data, lag))",
        f"match {CALL} {{ Ok(v) => Ok(v), Err(_) => second(&data, lag) }}",
        'data.first().ok_or_else(|| PyValueError::new_err("empty")).map(|v| vec![*v])',
        '"1".parse::<f64>().map_err(|_| PyValueError::new_err("no number")).map(|v| vec![v])',
    ],
)
def test_an_error_that_arrives_is_silent(body: str) -> None:
    assert not findings(body)


WORDS = """
fn words(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Err("no text".to_string());
    }
    Ok(text.split(' ').map(String::from).collect())
}
"""
SWALLOWED = [
    "{}.unwrap_or_default()",
    "{}.unwrap_or(vec![])",
    "{}.unwrap_or_else(|_| Vec::new())",
    "{}.ok().unwrap_or_else(|| vec![NONE])",
    "match {} {{ Ok(v) => v, Err(_) => vec![] }}",
]


@pytest.mark.parametrize("body", SWALLOWED)
@pytest.mark.parametrize(
    ("call", "confidence"),
    [(CALL, Confidence.CERTAIN), ('words("a b")', Confidence.LIKELY)],
)
def test_a_swallowed_error_is_certain_for_a_core(
    body: str, call: str, confidence: Confidence
) -> None:
    [finding] = findings(f"Ok({body.format(call)})", more=WORDS)
    assert finding.confidence is confidence
    assert "becomes a constant" in finding.message


def test_a_stream_that_answers_nothing_for_an_error_swallows_it() -> None:
    core = indicator("gain", "PyValueError")
    body = (
        "let input = GainInput::from_slice(&data, GainParams { period: Some(lag) });\n"
        "Ok(match gain(&input) { Ok(output) => Some(output.values), Err(_) => None })"
    )
    [finding] = findings(body, more=core, returns="PyResult<Option<Vec<f64>>>")
    assert finding.confidence is Confidence.CERTAIN


def test_functions_that_clean_up_may_swallow() -> None:
    more = """
#[pyfunction]
fn close_all(text: &str) -> Vec<String> {
    words(text).unwrap_or_default()
}
"""
    assert not findings("Ok(data)", more=WORDS + more)


@pytest.mark.parametrize(
    ("error", "count"),
    [
        ("enum E { Only }", 0),
        ("struct E;", 0),
        ("enum E { One, Two }", 1),
        ("enum E { Only(usize) }", 1),
        ("struct E { at: usize }", 1),
    ],
)
def test_an_error_has_to_say_something_itself(error: str, count: int) -> None:
    more = f"\n{error}\nfn strict(data: &[f64]) -> Result<f64, E> {{ Ok(data[0]) }}\n"
    body = 'let v = strict(&data).map_err(|_| PyValueError::new_err("no"))?; Ok(vec![v])'
    assert len(findings(body, more=more)) == count


@pytest.mark.parametrize("name", ["PyException", "PyRuntimeWarning", "PyKeyboardInterrupt"])
def test_classes_that_are_for_nobody_are_likely(name: str) -> None:
    [finding] = findings(f"{CALL}.map_err(|e| {name}::new_err(e))")
    assert finding.confidence is Confidence.LIKELY
    assert f"`{name.removeprefix('Py')}`" in finding.message


@pytest.mark.parametrize(
    ("name", "count"), [("__repr__", 0), ("__str__", 0), ("head", 1), ("__getstate__", 1)]
)
def test_a_class_is_no_matter_where_an_object_only_shows_itself(name: str, count: int) -> None:
    more = f"""
#[pyclass]
struct Box1 {{ data: Vec<f64> }}

#[pymethods]
impl Box1 {{
    fn {name}(&self) -> PyResult<String> {{
        lagged(&self.data, 1).map(|_| String::new()).map_err(|e| PyException::new_err(e))
    }}
}}
"""
    assert len(findings("Ok(data)", more=more)) == count


def test_a_conversion_that_does_not_look_is_reported_once() -> None:
    more = """
enum Failure { Short(usize), Empty }

impl From<Failure> for PyErr {
    fn from(error: Failure) -> PyErr {
        PyValueError::new_err("computation failed")
    }
}

fn first(data: &[f64]) -> Result<Vec<f64>, Failure> { Ok(data.to_vec()) }

#[pyfunction]
fn g(data: Vec<f64>) -> PyResult<Vec<f64>> { Ok(first(&data)?) }
"""
    [finding] = findings("Ok(first(&data)?)", more=more)
    assert finding.item == "PyErr::from"
    assert "`Failure`" in finding.message


def test_the_class_that_nearly_all_bindings_raise_is_the_usual_one() -> None:
    names = ["gain", "loss", "drift", "swing", "pulse", "tide"]
    raised = ["PyValueError"] * 5 + ["PyRuntimeError"]
    more = "".join(map(indicator, names, raised))
    [finding] = findings("Ok(data)", more=more)
    assert finding.item == "tide_py"
    assert "raised as `RuntimeError`, those of other cores as `ValueError`" in finding.message


def test_half_of_the_bindings_are_not_the_rule() -> None:
    names = ["gain", "loss", "drift", "swing", "pulse", "tide"]
    raised = ["PyValueError"] * 3 + ["PyRuntimeError"] * 3
    assert not findings("Ok(data)", more="".join(map(indicator, names, raised)))


def test_the_fix_puts_the_error_behind_the_text() -> None:
    body = f'{CALL}.map_err(|_| PyValueError::new_err("no {{lag}} here"))'
    [finding] = findings(body)
    assert finding.fix is not None
    assert [edit.text for edit in finding.fix.edits] == ["e", 'format!("no {{lag}} here: {e}")']


@pytest.mark.parametrize(
    "body",
    [
        f'{CALL}.map_err(|_| PyValueError::new_err(r"no \\ here"))',
        f"{CALL}.map_err(|_| PyValueError::new_err(text()))",
        f'match {CALL} {{ Ok(v) => Ok(v), Err(_) => Err(PyValueError::new_err("failed")) }}',
    ],
)
def test_other_shapes_have_no_fix(body: str) -> None:
    [finding] = findings(body)
    assert finding.fix is None


@pytest.mark.parametrize(
    ("returns", "given", "said"),
    [
        ("PyResult<Vec<f64>>", "Ok(values)", "raise it: "),
        ("Vec<f64>", "values", "return a `PyResult` and raise it: "),
    ],
)
def test_the_help_says_what_has_to_be_returned(returns: str, given: str, said: str) -> None:
    code = (
        f"{HEAD}\n#[pyfunction]\nfn lagged_py(data: Vec<f64>, lag: usize) -> {returns} {{\n"
        "    let values = match lagged(&data, lag) {\n"
        "        Ok(values) => values,\n        Err(_) => Vec::new(),\n    };\n"
        f"    {given}\n}}\n"
    )
    (one,) = audit_source(code, [LossyError()]).findings
    assert one.help.startswith(said)


GUARDED = """
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

#[derive(Clone)]
pub struct Model { size: usize }
impl Model {
    fn run(&self, x: f64) -> Result<f64, String> { if x > 0.0 { Ok(x) } else { Err("x".into()) } }
}
pub struct Other;
impl Other { fn run(&self) -> f64 { 1.0 } }

#[pyclass]
pub struct Holder { model: RwLock<Model> }
impl Holder {
    fn held(&self) -> RwLockReadGuard<'_, Model> { self.model.read().unwrap() }
}
#[pymethods]
impl Holder {
    fn run(&self, x: f64) -> PyResult<f64> {
        let model = self.held().clone();
        model.run(x).map_err(|e| RAISE::new_err(e))
    }
}
"""


@pytest.mark.parametrize(("raised", "count"), [("PyException", 1), ("PyValueError", 0)])
def test_a_function_behind_the_guard_of_a_lock_is_known(raised: str, count: int) -> None:
    code = HEAD + GUARDED.replace("RAISE", raised)
    assert len(audit_source(code, (LossyError(),)).findings) == count
