"""BC310: functions that refuse a name they do not know, and callers that go on without it."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

CODE = """\
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn smoothed(kind: &str, data: &[f64], period: usize) -> Result<Vec<f64>, String> {
    match kind.to_lowercase().as_str() {
        "mean" => Ok(data.windows(period).map(|w| w[0] / period as f64).collect()),
        "last" => Ok(data.to_vec()),
        other => Err(format!("unknown kind: {other}")),
    }
}
fn first(data: &[f64]) -> f64 { data[0] }
fn shifted(mode: Mode, data: &[f64]) -> Result<Vec<f64>, String> {
    match mode { Mode::Plain => Ok(data.to_vec()), _ => Err("no such shift".to_string()) }
}
fn width(kind: &str) -> Result<usize, String> {
    match kind { "mean" => Ok(2), "last" => Ok(1), _ => Err(format!("unknown kind: {kind}")) }
}
struct Params { kind: Option<String> }
struct Stream { kind: String, window: Vec<f64>, period: usize }
impl Stream {
    fn update(&mut self, x: f64) -> f64 {
        BODY
    }
}
#[pyclass]
struct StreamPy { stream: Stream }
#[pymethods]
impl StreamPy {
    #[new]
    fn new(kind: &str, period: usize) -> PyResult<Self> {
        CHECK
        Ok(StreamPy { stream: Stream { kind: kind.to_string(), window: vec![], period } })
    }
    fn update(&mut self, x: f64) -> f64 { self.stream.update(x) }
}
"""
CALL = "smoothed(&self.kind, &self.window, self.period)"
MEAN = '"mean"'
SWALLOWING = f"match {CALL} {{ Ok(v) => v[0], Err(_) => x }}"


def findings(body: str, check: str = "") -> list[Finding]:
    code = CODE.replace("BODY", body).replace("CHECK", check)
    return list(audit_source(code, [LossyError()], pyo3="0.25.0").findings)


@pytest.mark.parametrize(
    "body",
    [
        SWALLOWING,
        f"match {CALL} {{ Ok(v) => v[0], Err(_) => {{ return f64::NAN; }} }}",
        f"if let Ok(v) = {CALL} {{ v[0] }} else {{ f64::NAN }}",
        f"let mut y = x; if let Ok(v) = {CALL} {{ y = v[0]; }} y",
        f"if let (Ok(v), Ok(w)) = ({CALL}, {CALL}) {{ v[0] - w[0] }} else {{ f64::NAN }}",
        f"let Ok(v) = {CALL} else {{ return f64::NAN }}; v[0]",
        f'if self.kind == "last" {{ x }} else {{ {SWALLOWING} }}',
        f'match self.kind.as_str() {{ "last" => x, _ => {SWALLOWING} }}',
        f"let kind = self.kind.as_str(); {SWALLOWING.replace('&self.kind', 'kind')}",
        f"{CALL}.ok().and_then(|v| v.last().copied()).unwrap_or(f64::NAN)",
        f"{CALL}.map(|v| v[0]).unwrap_or_else(|_| f64::NAN)",
        f"let values = {CALL}.ok(); values.map_or(0.0, |v| v[0])",
        f"let run = |row: &mut [f64]| {{ match {CALL} {{"
        " Ok(v) => row.copy_from_slice(&v),"
        " Err(_) => { for y in row.iter_mut() { *y = f64::NAN; } } } }; run(&mut []); x",
    ],
)
def test_going_on_with_an_unknown_name_is_likely_lossy(body: str) -> None:
    [finding] = findings(body)
    assert finding.item == "Stream::update"
    assert finding.confidence is Confidence.LIKELY
    assert finding.message.startswith("an error of `smoothed`, which refuses names")
    assert finding.fix is None


@pytest.mark.parametrize(
    "body",
    [
        f'match {CALL} {{ Ok(v) => v[0], Err(e) => panic!("{{e}}") }}',
        f"match {CALL} {{ Ok(v) => v[0], Err(_) => first(&self.window) }}",
        f'match {CALL} {{ Ok(v) => v[0], Err(_) => {{ eprintln!("unknown"); x }} }}',
        f"if let Ok(v) = {CALL} {{ return v[0]; }} self.window.iter().sum()",
        SWALLOWING.replace("&self.kind", '"mean"'),
        f'let kind = "mean"; {SWALLOWING.replace("&self.kind", "kind")}',
        f'for kind in ["mean", "last"] {{ x += {SWALLOWING.replace("&self.kind", "kind")}; }} x',
        f'if self.kind == "mean" {{ {SWALLOWING} }} else {{ x }}',
        f'let known = self.kind == "mean" || self.kind == "last";'
        f" if known {{ {SWALLOWING} }} else {{ x }}",
        f'match self.kind.as_str() {{ "mean" => {SWALLOWING}, _ => x }}',
        f"if let Ok(_) = {CALL}.map(|v| v.len()) {{ x }} else {{ f64::NAN }}",
        f"match {CALL} {{ Ok(v) => v[0], Err(_) => self.kind.len() as f64 }}",
        f"{CALL}.ok().and_then(|v| v.last().copied()).unwrap_or(first(&self.window))",
        f"{CALL}.map(|v| v[0]).unwrap_or_else(|_| first(&self.window))",
        f"{CALL.replace('&self.kind', MEAN)}.ok().map_or(0.0, |v| v[0])",
        "match width(&self.kind) { Ok(n) => n as f64, Err(_) => 1.0 }",
        "match shifted(Mode::Plain, &self.window) { Ok(v) => v[0], Err(_) => x }",
    ],
)
def test_what_is_known_or_handled_is_silent(body: str) -> None:
    assert not findings(body)


@pytest.mark.parametrize(
    "check",
    [
        'if !KINDS.contains(&kind) { return Err(PyValueError::new_err("unknown kind")); }',
        'match kind { "mean" | "last" => {} _ => return Err(PyValueError::new_err(kind)) }',
        "known(kind)?;",
        "let _kind: Kind = kind.parse().map_err(PyValueError::new_err)?;",
    ],
)
def test_a_name_that_is_refused_before_is_silent(check: str) -> None:
    known = "fn known(kind: &str) -> PyResult<()> { Ok(()) }\n"
    code = CODE.replace("BODY", SWALLOWING).replace("CHECK", check) + known
    assert not audit_source(code, [LossyError()], pyo3="0.25.0").findings


def test_a_check_of_something_else_says_nothing_of_the_name() -> None:
    check = 'if period == 0 { return Err(PyValueError::new_err("period is 0")); }'
    assert len(findings(SWALLOWING, check)) == 1


def test_a_binding_that_goes_on_itself_is_one_finding() -> None:
    binding = """
#[pyfunction]
fn last(kind: &str, data: Vec<f64>) -> Vec<f64> {
    match smoothed(kind, &data, 2) { Ok(v) => v, Err(_) => ELSE }
}
"""
    for other in ("vec![f64::NAN]", "data"):
        code = CODE.replace("BODY", "x").replace("CHECK", "") + binding.replace("ELSE", other)
        [finding] = audit_source(code, [LossyError()], pyo3="0.25.0").findings
        assert finding.item == "last"


def test_a_file_whose_bindings_take_no_text_is_silent() -> None:
    code = (
        CODE.replace("BODY", SWALLOWING)
        .replace("CHECK", "")
        .replace("kind: &str, period", "period")
    )
    code = code.replace("kind.to_string()", 'String::from("mean")')
    assert not audit_source(code, [LossyError()], pyo3="0.25.0").findings


def test_a_function_that_no_binding_leads_to_is_silent() -> None:
    code = CODE.replace("BODY", SWALLOWING).replace("CHECK", "")
    code = code.replace("{ self.stream.update(x) }", "{ x }")
    assert not audit_source(code, [LossyError()], pyo3="0.25.0").findings


RENAMING = """\
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn smoothed(kind: &str, data: &[f64]) -> Result<Vec<f64>, String> {
    match kind {
        "last" => Ok(data.to_vec()),
        other => Err(format!("unknown kind: {other}")),
    }
}
#[derive(Debug, thiserror::Error)]
enum LevelError {
    #[error("no data")]
    Empty,
    #[error("no smoothing")]
    Unsmoothed,
    #[error("not smoothed: {0}")]
    Failed(String),
}
fn level_of(kind: &str, data: &[f64]) -> Result<f64, LevelError> {
    if data.is_empty() { return Err(LevelError::Empty); }
    let values = smoothed(KIND, data).map_err(MAPPED)?;
    Ok(values[0])
}
#[pyfunction]
fn level(kind: &str, data: Vec<f64>) -> PyResult<f64> {
    level_of(kind, &data).map_err(|e| PyValueError::new_err(e.to_string()))
}
"""


def renamed(mapped: str, kind: str = "kind") -> list[Finding]:
    code = RENAMING.replace("MAPPED", mapped).replace("KIND", kind)
    return list(audit_source(code, [LossyError()], pyo3="0.25.0").findings)


@pytest.mark.parametrize(
    "mapped",
    [
        "|_| LevelError::Empty",
        "|_e| { LevelError::Empty }",
        '|e| match e.as_str() { "none" => LevelError::Failed(e), _ => LevelError::Empty }',
    ],
)
def test_an_unknown_name_that_is_said_to_be_something_else_is_likely_lossy(mapped: str) -> None:
    [finding] = renamed(mapped)
    assert finding.item == "level_of"
    assert finding.confidence is Confidence.LIKELY
    assert (
        finding.message
        == "what `smoothed` says is dropped: `LevelError::Empty` is raised without it"
    )


@pytest.mark.parametrize(
    ("mapped", "kind"),
    [
        ("LevelError::Failed", "kind"),
        ("|e| LevelError::Failed(e)", "kind"),
        ("|_| LevelError::Unsmoothed", "kind"),
        ("|_| LevelError::Empty", '"last"'),
        ("|e| match e.len() { 0 => LevelError::Empty, _ => LevelError::Failed(e) }", "kind"),
    ],
)
def test_an_error_that_is_handed_on_or_has_a_variant_of_its_own_is_silent(
    mapped: str, kind: str
) -> None:
    assert not renamed(mapped, kind)


def test_a_function_that_is_only_called_for_known_names_is_silent() -> None:
    code = RENAMING.replace("MAPPED", "|_| LevelError::Empty").replace("KIND", "kind")
    call = "level_of(kind, &data)"
    for known, count in (('kind == "last"', 0), ("!data.is_empty()", 1)):
        guarded = f"if {known} {{ {call} }} else {{ Ok(0.0) }}"
        source = code.replace(call, f"({guarded})")
        assert len(audit_source(source, [LossyError()], pyo3="0.25.0").findings) == count
