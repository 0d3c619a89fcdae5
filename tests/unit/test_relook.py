"""What is looked at again when the body of a binding has changed, and when that is not enough."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bindcheck.analysis.keeping.snapshot import LASTING, PLACED
from bindcheck.audit import audit
from bindcheck.cache import Cache
from bindcheck.config import Options
from bindcheck.fact import field_names
from bindcheck.model import Span
from bindcheck.prepare import prepare_all
from bindcheck.recall import Recall
from bindcheck.relook import again
from bindcheck.rules import RULES, Rule
from bindcheck.run import audit_plan
from bindcheck.testing import config_of, inputs_from
from demo import MANIFEST
from relooking import FILES, Edit, both, compared, made, put


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = made(tmp_path / "crate", FILES)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


LIMIT = "    let limit = 10;\n"
ANSWERED = {
    "another number": put(LIMIT, "    let limit = 11;\n"),
    "a longer statement": put(LIMIT, "    let limit = (10 + 1)\n        * 2 - 3;\n"),
    "a statement more": put(LIMIT, LIMIT + "    let more = limit + 1;\n"),
    "a statement less": put(LIMIT, ""),
    "a statement more at the start": put(
        "    let slice = data", "    let first = 1;\n    let slice = data"
    ),
    "what it computes with": put("data[i] - data[i - period]", "data[i] / data[i - period]"),
    "a helper": put("    y\n}\n", "    -y\n}\n", "src/pulse.rs"),
    "what is found is another": put("data.as_slice()?;", "data.as_slice().unwrap();"),
    "a number of the caller may overflow": put(
        LIMIT, "    let limit = 20 - period.unwrap_or(1);\n"
    ),
    "something is done twice": put(LIMIT, "    let again = data.as_slice()?.len();\n"),
    "arrays are made attached": put(
        LIMIT,
        "    let made = vec![f64::NAN; slice.len()];\n    let sum: f64 = made.iter().sum();\n",
    ),
    "in a file with two": put("    let y = x + x;\n", "    let y = 2.0 * x;\n", "src/pulse.rs"),
    "two files": both(
        put(LIMIT, "    let limit = 1;\n"),
        put("    let limit = 10;\n", "    let limit = 2;\n", "src/pulse.rs"),
    ),
    "a comment in another file": both(
        put(LIMIT, "    let limit = 1;\n"),
        put("    y\n}\n", "    y // as it is\n}\n", "src/pulse.rs"),
    ),
}


@pytest.mark.parametrize("edit", ANSWERED.values(), ids=ANSWERED.keys())
def test_a_binding_that_rules_say_the_same_of_is_looked_at_alone(
    crate: Path, cache: Cache, edit: Edit
) -> None:
    compared(cache)
    edit(crate)
    assert compared(cache)


ANEW = {
    "an error loses its message": put(
        "|e| PyValueError::new_err(e.to_string())", "|_| PyValueError::new_err(1)"
    ),
    "another function is called": put(LIMIT, "    let limit = drift_scalar(slice, 1);\n"),
    "a function less is called": put("    inner(y)\n", "    y\n", "src/pulse.rs"),
    "a type of the crate is named": put(LIMIT, "    let limit = DriftOutput { values: vec![] };\n"),
    "Rust calls it as well": put(
        "fn inner(y: f64) -> f64 {\n    y\n",
        "fn inner(y: f64) -> f64 {\n    y + twice_py(1.0)\n",
        "src/pulse.rs",
    ),
    "its head is another": put("period: Option<usize>,\n) ->", "period: Option<u32>,\n) ->"),
    "it does not parse": put(LIMIT, "    let limit = = 10;\n"),
}


@pytest.mark.parametrize("edit", ANEW.values(), ids=ANEW.keys())
def test_what_others_see_is_audited_anew(crate: Path, cache: Cache, edit: Edit) -> None:
    compared(cache)
    edit(crate)
    assert not compared(cache)


@pytest.mark.parametrize("edit", ANSWERED.values(), ids=ANSWERED.keys())
def test_the_way_back_is_the_same(crate: Path, cache: Cache, edit: Edit) -> None:
    """From the edited sources to those before."""
    before = {name: (crate / name).read_text() for name in FILES}
    edit(crate)
    compared(cache)
    for name, text in before.items():
        (crate / name).write_text(text)
    assert compared(cache)


@pytest.mark.parametrize("damage", [lambda body: b"", lambda body: body[:-9], lambda body: b"x"])
def test_without_what_was_seen_everything_is_audited_anew(
    crate: Path, cache: Cache, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    compared(cache)
    (seen,) = (tmp_path / "cache").glob("seen-*")
    seen.write_bytes(damage(seen.read_bytes()))
    ANSWERED["another number"](crate)
    assert not compared(cache)


def test_what_was_seen_of_other_texts_is_not_used(
    crate: Path, cache: Cache, tmp_path: Path
) -> None:
    compared(cache)
    (seen,) = (tmp_path / "cache").glob("seen-*")
    kept = seen.read_bytes()
    ANEW["another function is called"](crate)
    compared(cache)
    seen.write_bytes(kept)
    put("    let limit = drift_scalar(slice, 1);\n", "    let limit = 3;\n")(crate)
    assert not compared(cache)


def test_what_does_not_parse_leaves_the_sources_before_to_be_carried_over(
    crate: Path, cache: Cache
) -> None:
    compared(cache)
    text = (crate / "src/drift.rs").read_text()
    ANEW["it does not parse"](crate)
    assert not compared(cache)
    (crate / "src/drift.rs").write_text(text)
    ANSWERED["another number"](crate)
    assert compared(cache)


def test_only_the_changed_file_and_what_it_leads_to_is_read(
    crate: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(cache)
    ANSWERED["another number"](crate)
    read: list[str] = []
    skim = again.skim_module
    monkeypatch.setattr(
        again, "skim_module", lambda path, text: read.append(path) or skim(path, text)
    )
    plan = prepare_all(Options())
    assert Recall(cache, Options(), plan).find() is not None
    assert "src/pulse.rs" not in read


# --- readers that are hard to see -----------------------------------------------------------------


def _bound(*names: str) -> str:
    added = "".join(f"    m.add_function(wrap_pyfunction!({one}, m)?)?;\n" for one in names)
    modules = "".join(f"mod {one};\n" for one in dict.fromkeys(n.split("::")[0] for n in names))
    return (
        f"use pyo3::prelude::*;\n\n{modules}\n#[pymodule]\n"
        f"fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> {{\n{added}    Ok(())\n}}\n"
    )


USE = "use pyo3::prelude::*;\n\n"
STEPS = """
#[pyfunction]
pub fn other(start: f64, end: f64, step: f64) -> PyResult<f64> {
    if !(step > 0.0) {
        return Err(pyo3::exceptions::PyValueError::new_err("step"));
    }
    Ok(helper1(start, end, step))
}

#[pyfunction]
pub fn compute(start: f64, end: f64, step: f64) -> PyResult<f64> {
    if !(step > 0.0) || !end.is_finite() {
        return Err(pyo3::exceptions::PyValueError::new_err("step"));
    }
    Ok(crate::e::helper2(start, end, step))
}

pub fn helper1(start: f64, end: f64, step: f64) -> f64 {
    let mut x = start;
    while x <= end {
        x += step;
    }
    x
}
"""
STEPS_TOO = """
pub fn helper2(start: f64, end: f64, step: f64) -> f64 {
    let a = crate::a::helper1(start, end, step);
    let mut x = start;
    while x <= end {
        x += step;
    }
    x + a
}

#[pyfunction]
pub fn spare() -> f64 {
    1.0
}
"""
MAKER = """
pub struct Params {
    pub period: Option<usize>,
}

pub fn grid(range: (usize, usize, usize)) -> Vec<Params> {
    (range.0..=range.1).step_by(range.2.max(1)).map(|p| Params { period: Some(p) }).collect()
}

#[pyfunction]
pub fn first(range: (usize, usize, usize)) -> PyResult<usize> {
    let all = grid(range);
    Ok(all.iter().map(|p| p.period.unwrap()).sum())
}
"""
TAKER = """
use crate::a::{grid, Params};

#[pyfunction]
pub fn second(range: (usize, usize, usize)) -> PyResult<usize> {
    let all = grid(range);
    Ok(all.iter().map(|p| p.period.unwrap()).sum())
}
"""
ALIASED = """
#[pyfunction]
pub fn compute(x: f64) -> f64 {
    x + 1.0
}

#[pyfunction]
pub fn other() -> f64 {
    crate::z::helper(1.0)
}
"""
THROUGH = """
use crate::a::compute as base;

pub fn helper(x: f64) -> f64 {
    base(x)
}

#[pyfunction]
pub fn spare() -> f64 {
    1.0
}
"""
MANY = """
use rayon::prelude::*;

#[pyfunction]
pub fn many(py: Python<'_>, n: usize) -> f64 {
    (0..n).into_par_iter().map(|_| crate::z::helper(1.0)).sum()
}
"""
HIDDEN = {
    "a trial of loops that another file has made": (
        {"a": STEPS, "e": STEPS_TOO},
        ("a::other", "a::compute", "e::spare"),
        ("a", " || !end.is_finite()", ""),
    ),
    "a struct that another file makes": (
        {"a": MAKER, "b": TAKER},
        ("a::first", "b::second"),
        ("a", "Some(p)", "(p > 0).then_some(p)"),
    ),
    "a binding that Rust calls by another name": (
        {"a": ALIASED, "b": MANY, "z": THROUGH},
        ("a::compute", "a::other", "b::many", "z::spare"),
        ("a", "    x + 1.0\n", "    Python::with_gil(|_py| x + 1.0)\n"),
    ),
}


@pytest.mark.parametrize("case", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_who_reads_through_what_was_kept_sees_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache: Cache,
    case: tuple[dict[str, str], tuple[str, ...], tuple[str, str, str]],
    back: bool,
) -> None:
    files, names, (changed, old, new) = case
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(_bound(*names))
    (tmp_path / "bindcheck.toml").write_text('select = ["ALL"]\n')
    for name, text in files.items():
        (tmp_path / f"src/{name}.rs").write_text(USE + text)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"src/{changed}.rs"
    texts = [path.read_text(), path.read_text().replace(old, new)]
    assert texts[0] != texts[1]
    first, then = texts[::-1] if back else texts
    path.write_text(first)
    compared(cache)
    before = elsewhere(f"src/{changed}.rs")
    path.write_text(then)
    compared(cache)
    assert before != elsewhere(f"src/{changed}.rs")


def elsewhere(path: str) -> list[tuple[str, str]]:
    """What is found in other files than this one."""
    findings = audit_plan(prepare_all(Options()), Options()).report.findings
    return [(one.location.path, one.message) for one in findings if one.location.path != path]


@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_whose_finding_it_is_counts_in_the_table(crate: Path, cache: Cache, back: bool) -> None:
    """The same finding in a helper, of the binding of an indicator or of another one."""
    (crate / "src/z.rs").write_text(
        "pub fn grid(r: usize, c: usize) -> Vec<f64> {\n    vec![0.0; r * c]\n}\n"
    )
    put("mod pulse;\n", "mod pulse;\nmod z;\n", "src/lib.rs")(crate)
    added = "    m.add_function(wrap_pyfunction!(pulse::twice_py, m)?)?;\n"
    put(
        added, f"{added}    m.add_function(wrap_pyfunction!(drift::util_py, m)?)?;\n", "src/lib.rs"
    )(crate)
    put("    period: Option<usize>,\n) ->", "    period: Option<usize>,\n    rows: usize,\n) ->")(
        crate
    )
    put("(data, period=None)", "(data, period=None, rows=1)")(crate)
    text = (crate / "src/drift.rs").read_text() + (
        "\n#[pyfunction]\npub fn util_py(rows: usize) -> Vec<f64> {\n    crate::z::grid(UTIL)\n}\n"
    )
    text = text.replace(LIMIT, "    let limit = crate::z::grid(DRIFT);\n")
    texts = [
        text.replace("UTIL", "2, 3").replace("DRIFT", "rows, rows"),
        text.replace("UTIL", "rows, rows").replace("DRIFT", "2, 3"),
    ]
    first, then = texts[::-1] if back else texts
    (crate / "src/drift.rs").write_text(first)
    compared(cache)
    before = audit_plan(prepare_all(Options()), Options()).report
    (crate / "src/drift.rs").write_text(then)
    assert compared(cache)
    after = audit_plan(prepare_all(Options()), Options()).report
    assert before.rows != after.rows


# --- what is asked of the crate by questions about single bodies ----------------------------------

LOCKED = """
use std::sync::Mutex;

#[pyclass]
pub struct Store {
    state: Mutex<f64>,
}

#[pymethods]
impl Store {
    fn total(&self) -> f64 {
        let guard = self.state.lock().unwrap();
        *guard
    }

    fn report(&self, py: Python<'_>) -> f64 {
        let guard = self.state.lock().unwrap();
        py.allow_threads(|| 1.0) + *guard
    }
}

#[pyfunction]
pub fn spare() -> f64 {
    let x = 1.0;
    x
}
"""
SHARED = """
use rayon::prelude::*;

#[pyfunction]
pub fn spare(py: Python<'_>, data: Vec<f64>) -> f64 {
    let x = 1.0;
    py.allow_threads(|| many(&data)) + x
}

fn many(data: &[f64]) -> f64 {
    data.par_iter().map(|x| x * 2.0).sum()
}
"""
SPOKEN = """
macro_rules! doubled {
    ($x:expr) => {
        $x * 2.0
    };
}

#[pyfunction]
pub fn spare(x: f64) -> f64 {
    let x = 1.0 + x;
    doubled!(x)
}
"""
FAILING = """
use pyo3::exceptions::PyValueError;

fn checked(x: f64) -> Result<f64, String> {
    if x > 1.0 { Ok(x) } else { Err("small".to_string()) }
}

#[pyfunction]
pub fn spare(x: f64) -> PyResult<f64> {
    let x = 1.0 * x;
    let y = checked(x).map_err(|_| PyValueError::new_err("no"))?;
    Ok(y)
}
"""
ROUND = """
fn even(n: usize, data: &[f64]) -> f64 {
    if n == 0 { data[0] } else { odd(n - 1, data) }
}

fn odd(n: usize, data: &[f64]) -> f64 {
    if n == 0 { data[1] } else { even(n - 1, data) }
}

#[pyfunction]
pub fn spare(data: Vec<f64>) -> f64 {
    let x = 1.0;
    even(data.len(), &data) + x
}

#[pyfunction]
pub fn other(data: Vec<f64>) -> f64 {
    odd(data.len(), &data)
}
"""
OLD = """
#[pyfunction]
pub fn spare(py: Python<'_>, x: f64) -> PyObject {
    let x = 1.0 * x;
    x.into_py(py)
}
"""
BODIES = {
    "locks": LOCKED,
    "parallel sections": SHARED,
    "macros": SPOKEN,
    "errors": FAILING,
    "circles": ROUND,
    "old names": OLD,
}
CHANGES = {
    "another number": ("1.0", "2.0"),
    "a line more": ("    let x =", "    let unused = 3;\n\n    let x ="),
    "a comment that says much": (
        "    let x =",
        "    // into_py, env::var, .to_vec(), Err(_ and map_err\n    let x =",
    ),
    "a comment alone": ("    let x =", "    // why\n    let x ="),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_what_is_asked_of_single_bodies_is_asked_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache: Cache,
    text: str,
    change: tuple[str, str],
    back: bool,
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(_bound("a::spare"))
    (tmp_path / "bindcheck.toml").write_text('select = ["ALL"]\n')
    monkeypatch.chdir(tmp_path)
    head, _, body = text.rpartition("fn spare")
    texts = [USE + text, USE + head + "fn spare" + body.replace(*change, 1)]
    assert texts[0] != texts[1]
    first, then = texts[::-1] if back else texts
    (tmp_path / "src/a.rs").write_text(first)
    compared(cache)
    (tmp_path / "src/a.rs").write_text(then)
    assert compared(cache) or change == CHANGES["a comment that says much"]


# --- what is kept of the crate as a whole ---------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_is_kept_has_no_places(rule: Rule) -> None:
    """Places in a file that changes would be wrong: those that have some are looked at."""
    for example in (*rule.bad, *rule.good):
        files = {"src/lib.rs": example.code, **dict(example.files)}
        inputs = inputs_from(files, example.pyo3)
        audit(inputs, config_of())
        kept = inputs.program.parts.kept.all()
        for name, value in kept.items():
            if name in LASTING and name not in PLACED:
                assert not any(isinstance(one, Span) for one in _parts(value)), name


def _parts(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, Mapping):
        value = (*value.keys(), *value.values())
    if isinstance(value, (tuple, list, set, frozenset)) and not isinstance(value, Span):
        for one in value:
            yield from _parts(one)
    elif hasattr(type(value), "__dataclass_fields__"):
        for name in field_names(type(value)):
            yield from _parts(getattr(value, name))


# --- any edits ------------------------------------------------------------------------------------

PROVOKING = (
    "let _unused = 1;",
    "if false { panic!(); }",
    'let _ = std::env::var("LEVEL").unwrap();',
    "let _ = data.as_slice().unwrap();",
    "let _ = vec![0.0; period * period];",
    "let mut at = 0.0; while at <= 9.0 { at += 1.0; }",
    "let _ = Python::with_gil(|py| py.None());",
    "let _ = crate::pulse::inner(1.0);",
    "let _ = helper1(0.0, 1.0, 0.5);",
    "let _ = compute(0.5);",
    "let _ = grid((1, 2, 3));",
    "(0..9).into_par_iter().for_each(|_| {});",
    "let _ = py.allow_threads(|| 1);",
    "return Err(PyValueError::new_err(1));",
)
OPENED = re.compile(r"^(?:pub )?fn (?!demo)[^{}]*\{\n", re.MULTILINE)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9))
def test_after_any_edit_of_a_body_the_cache_says_what_a_fresh_audit_says(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    root = tmp_path_factory.mktemp("bodies")
    files, names, _ = rng.choice(list(HIDDEN.values()))
    texts = {f"src/{name}.rs": USE + text for name, text in files.items()}
    texts |= {"Cargo.toml": MANIFEST, "src/lib.rs": _bound(*names)}
    for name, text in rng.choice((texts, FILES)).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    cache = Cache(root / "cache")
    before = Path.cwd()
    os.chdir(root)
    try:
        for _ in range(5):
            compared(cache)
            path = rng.choice([one for one in root.glob("src/*.rs") if one.name != "lib.rs"])
            text = path.read_text()
            at = rng.choice([one.end() for one in OPENED.finditer(text)])
            change = f"    {rng.choice(PROVOKING)}\n"
            path.write_text(text[:at] + change + text[at:])
            if compared(cache) and rng.random() < 0.5:
                path.write_text(text)
    finally:
        os.chdir(before)
