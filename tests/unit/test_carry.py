"""When results hold for sources that have changed: they are then those of a fresh audit."""

from __future__ import annotations

import contextlib
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bindcheck.analysis.keeping.asked import has_one
from bindcheck.cache import Cache
from bindcheck.carry import asked_of
from bindcheck.carry.base import Base
from bindcheck.config import Options
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.parse.outline import outline
from bindcheck.prepare import prepare_all
from bindcheck.recall import Recall, Recalled
from bindcheck.report import FORMATS, ReportOptions, Sources
from bindcheck.report.style import Style
from bindcheck.run import Run, audit_plan
from demo import MANIFEST

LIB = """\
//! A crate.

mod checks;
mod kernels;
mod python;

pub use python::demo;
"""
CHECKS = """\
pub fn checked(period: usize) -> usize {
    // a warm-up of period - 1
    assert!(period > 0, "no period");
    period
}
"""
KERNELS = """\
/// Adds up.
pub fn sums(data: &[f64], period: usize) -> Result<Vec<f64>, String> {
    if period == 0 {
        return Err("no period".to_string());
    }
    Ok(sums_scalar(data, period))
}

// between

/// The plain kernel.
fn sums_scalar(data: &[f64], period: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; data.len()];
    let mut sum = 0.0;
    for i in 0..data.len() {
        sum += data[i]; // one more
        if i >= period {
            sum -= data[i - period];
        }
        if i + 1 >= period {
            out[i] = sum;
        }
    }
    out
}

pub fn never_called(x: f64) -> f64 {
    let y = x * 2.0;
    y + 1.0
}

macro_rules! twice {
    ($x:expr) => {
        // doubled
        $x + $x
    };
}

pub const LIMIT: usize = 1 << 20;

pub fn uses_macro(x: f64) -> f64 {
    twice!(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_adds() {
        assert_eq!(sums(&[1.0], 1).unwrap(), [1.0]);
    }
}
"""
PYTHON = """\
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::checks::checked;
use crate::kernels::sums;

#[pyfunction(name = "sums")]
pub fn sums_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice().unwrap();
    // computed here
    let values = sums(slice, checked(period)).map_err(|_| PyValueError::new_err("failed"))?;
    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);
    unsafe { out.as_slice_mut()?.copy_from_slice(&values) };
    Ok(out)
}

#[pyfunction]
pub fn lost(values: Vec<f64>) -> f64 {
    // nothing registers it
    values.iter().sum()
}

#[pyclass]
pub struct Feed {
    sum: f64,
}

#[pymethods]
impl Feed {
    #[new]
    fn new() -> Self {
        Feed { sum: 0.0 }
    }

    fn update(&mut self, value: f64) -> f64 {
        self.sum += value;
        self.sum
    }
}

#[pymodule]
pub fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(sums_py, m)?)?;
    m.add_class::<Feed>()?;
    Ok(())
}
"""
STUB = "def sums(data, period): ...\n"
TEST = "import demo\n\n\ndef test_it():\n    assert demo.sums([1.0], 1) == [1.0]\n"
FILES = {
    "Cargo.toml": MANIFEST,
    "src/lib.rs": LIB,
    "src/checks.rs": CHECKS,
    "src/kernels.rs": KERNELS,
    "src/python.rs": PYTHON,
    "demo.pyi": STUB,
    "tests/test_demo.py": TEST,
}
Edit = Callable[[Path], None]


def write_crate(root: Path) -> None:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "crate"
    write_crate(root)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def shown(run: Run | Recalled) -> dict[str, str]:
    """All reports, as if they had taken no time."""
    report = replace(run.report, elapsed=0.0)
    look = ReportOptions(style=Style(), per_rule=None)
    return {
        kind: FORMATS[kind](report, Sources(run.sources), look)
        for kind in ("text", "json", "sarif", "markdown")
    }


def compared(cache: Cache, options: Options | None = None) -> bool:
    """Whether the cache answers; if so, as a fresh audit does. Else what is found is kept."""
    options = options or Options()
    plan = prepare_all(options)
    recall = Recall(cache, options, plan)
    found = recall.find()
    fresh = audit_plan(plan, options)
    if found is None:
        recall.keep(fresh)
        return False
    assert shown(found) == shown(fresh)
    return True


def put(name: str, old: str, new: str) -> Edit:
    """Replace a text that is there once."""

    def edit(root: Path) -> None:
        text = (root / name).read_text()
        assert text.count(old) == 1
        (root / name).write_text(text.replace(old, new))

    return edit


C, K, P = "src/checks.rs", "src/kernels.rs", "src/python.rs"
CARRIED = {
    "a blank line at the top": put(K, "/// Adds up.", "\n\n/// Adds up."),
    "a blank line between functions": put(K, "// between\n", "\n\n"),
    "a comment at the end": lambda root: (root / K).write_text(KERNELS + "// end\n"),
    "another comment between functions": put(K, "// between", "// in between, where it was"),
    "another doc comment": put(K, "/// The plain kernel.", "/// The kernel.\n/// It is plain."),
    "a comment in a body that was read": put(C, "// a warm-up", "// of course a long warm-up"),
    "a blank line in a body that was read": put(C, "    period\n}", "\n    period\n}"),
    "a blank line in a binding": put(
        P, "        self.sum += value;", "\n        self.sum += value;"
    ),
    "lines wrapped in a binding": put(
        P, "        self.sum += value;", "        self.sum\n            += value; // added\n"
    ),
    "code in a body that nobody read": put(K, "x * 2.0;", "x * 3.0 + x;\n    let z = 1;"),
    "a name that begins like an old one": put(P, "#[pyclass]", "// IntoPyArray\n#[pyclass]"),
    "code in a test": put(K, "[1.0], 1)", "[2.0], 2)"),
    "an indented impl": put(P, "    #[new]\n", "\n    // made by Python\n    #[new]\n"),
    "letters of several bytes": put(K, "// between", "// zwischen Größe und Maß"),
    "windows lines": lambda root: (root / "src/lib.rs").write_bytes(
        LIB.replace("\n\n", "\n\r\n").encode()
    ),
    "an old name of PyO3 in a comment": put(P, "#[pyclass]", "// IntoPy\n#[pyclass]"),
    "a line in a function that a fix is about": put(
        P, "    // computed here\n", "\n    // computed here\n"
    ),
}


@pytest.mark.parametrize("edit", CARRIED.values(), ids=CARRIED.keys())
def test_what_no_question_is_about_leaves_results_as_they_are(
    crate: Path, cache: Cache, edit: Edit
) -> None:
    assert not compared(cache)
    edit(crate)
    assert compared(cache)
    assert compared(cache)


ANEW = {
    "code in a binding": put(P, "(period)).map_err", "(period + 1)).map_err"),
    "calls in code that a binding leads to": put(
        C, "period > 0", "crate::kernels::never_called(1.0) > 0.0"
    ),
    "a new function": lambda root: (root / K).write_text(KERNELS + "fn more() {}\n"),
    "a function that has gone": put(K, "fn never_called", "fn hardly_called"),
    "a registration that has gone": put(P, "    m.add_class::<Feed>()?;\n", ""),
    "an attribute": put(P, '#[pyfunction(name = "sums")]', '#[pyfunction(name = "all_sums")]'),
    "a parameter": put(P, "    period: usize,\n)", "    period: u32,\n)"),
    "a constant": put(K, "1 << 20", "1 << 21"),
    "a comment in a macro": put(K, "// doubled", "// twice"),
    "a comment that ignores findings": put(
        P, "    // nothing registers it", "    // bindcheck: ignore[BC105] on purpose"
    ),
    "the mark of a generated region": put(
        K, "// between", "// bindcheck: begin sums/single template=1 hash=0"
    ),
    "a string": put(P, '"failed"', '"failed at it"'),
    "a binding in a body that nobody read": put(
        K, "    let y = x", "    #[pyfunction]\n    fn inner() {}\n    let y = x"
    ),
    "what is no Rust": put(K, "let y = x * 2.0;", "let y = x * 2.0; }"),
    "a file that is not UTF-8": lambda root: (root / "src/lib.rs").write_bytes(b"// \xff\n"),
    "another stub": put("demo.pyi", "period", "window"),
    "another test": put("tests/test_demo.py", "demo.sums", "demo.other"),
    "another manifest": put("Cargo.toml", 'pyo3 = "0.25"', 'pyo3 = "0.26"'),
    "a configuration": lambda root: (root / "bindcheck.toml").write_text('ignore = ["BC1"]\n'),
    "a file more": lambda root: (root / "src/more.rs").write_text(""),
    "a file that has moved": lambda root: (root / K).rename(root / "src/kernel.rs") and None,
}


@pytest.mark.parametrize("edit", ANEW.values(), ids=ANEW.keys())
def test_what_a_question_is_about_is_audited_anew(crate: Path, cache: Cache, edit: Edit) -> None:
    compared(cache)
    assert compared(cache)
    edit(crate)
    assert not compared(cache)
    assert compared(cache)


SPARE = """
fn spare(x: f64) -> f64 {
    let y = x * 2.0;
    y
}
"""
HURRIED = """\
use pyo3::prelude::*;

#[pyfunction]
pub fn scaled(x: f64, factor: Option<f64>) -> f64 {
    x * factor.unwrap_or(1.0)
}
"""


@pytest.mark.parametrize(
    "old", ["x.into_py(py)", "py.allow_threads(|| x)", "x.to_object(py)", "Python::with_gil(|_| x)"]
)
def test_the_first_old_name_in_a_body_that_nobody_read_is_seen(
    crate: Path, cache: Cache, old: str
) -> None:
    put("Cargo.toml", 'pyo3 = "0.25"', 'pyo3 = "0.26"')(crate)
    (crate / P).write_text(PYTHON + SPARE)
    compared(cache)
    put(P, "let y = x * 2.0;", f"let y = {old};")(crate)
    assert not compared(cache)


PROVOKING = (
    'std::env::var("LEVEL").unwrap();',
    'std::fs::read_to_string("x").unwrap();',
    "LOCK.lock().unwrap();",
    "vec![0.0; rows * cols];",
    "(0..9).into_par_iter().for_each(|_| {});",
    "while at <= end { at += step; }",
    "Python::attach(|py| py.check_signals());",
    "PyArray1::<f64>::zeros(py, [rows * cols], false);",
    "PyDict::new_bound(py);",
    "data.to_vec();",
    "checked(0);",
    "panic!();",
)


@pytest.mark.parametrize("statement", PROVOKING)
def test_a_body_that_nobody_read_may_hold_anything(
    crate: Path, cache: Cache, statement: str
) -> None:
    (crate / P).write_text(PYTHON + SPARE)
    compared(cache)
    put(P, "let y = x * 2.0;", f"let y = x; {statement}")(crate)
    compared(cache)
    put(K, "let y = x * 2.0;", f"let y = x; {statement}")(crate)
    compared(cache)


@pytest.mark.parametrize(
    "change",
    [("]\npub fn scaled", "] pub fn scaled"), ("]\npub fn scaled", "]\n    pub fn scaled")],
)
def test_a_head_that_an_edit_goes_before_has_its_place(
    crate: Path, cache: Cache, change: tuple[str, str]
) -> None:
    (crate / "src/scaled.rs").write_text(HURRIED)
    put("src/lib.rs", "mod python;", "mod python;\nmod scaled;")(crate)
    added = "m.add_function(wrap_pyfunction!(crate::scaled::scaled, m)?)?;\n    Ok(())"
    put(P, "Ok(())", added)(crate)
    compared(cache)
    put("src/scaled.rs", *change)(crate)
    compared(cache)


def test_a_comment_may_make_a_body_too_long_to_be_followed(crate: Path, cache: Cache) -> None:
    compared(cache)
    put(C, "// a warm-up", f"// {'long ' * 9000}")(crate)
    assert not compared(cache)


def test_many_changes_are_carried_over_from_one_audit(crate: Path, cache: Cache) -> None:
    compared(cache)
    for edit in ("a blank line at the top", "a blank line in a binding", "code in a test"):
        CARRIED[edit](crate)
        assert compared(cache)


def test_without_the_old_texts_there_is_nothing_to_carry(
    crate: Path, cache: Cache, tmp_path: Path
) -> None:
    compared(cache)
    for path in (tmp_path / "cache").glob("texts-*"):
        path.write_bytes(path.read_bytes()[:-20] + b"-" * 20)
    CARRIED["a blank line in a binding"](crate)
    assert not compared(cache)


@pytest.mark.parametrize("base", [(), ("texts", 1), "base"])
def test_a_base_that_is_none_is_not_used(base: object) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError)):
        Base.unpacked(base)


# --- what was not asked does not matter ---------------------------------------------------------


def emptied(body: bytes) -> bytes:
    """A body without code, as long as before and with the same lines."""
    return b"{" + re.sub(rb"[^\n]", b" ", body[1:-1]) + b"}"


def test_bodies_that_nobody_read_may_be_anything(crate: Path) -> None:
    plan = prepare_all(Options())
    run = audit_plan(plan, Options())
    asked = asked_of((one.inputs.program for one in run.crates), (run.report,))
    told = {ref for refs in asked.bodies_with.values() for ref in refs} | asked.bodies
    count = 0
    for file in plan.crates[0].found.files:
        known = outline(file.display, file.source)
        assert known is not None
        text = bytearray(file.source)
        for part in known.parts:
            if part.unread or (part.body is not None and (file.display, part.body) not in told):
                span = part.span
                text[span.start : span.end] = emptied(bytes(text[span.start : span.end]))
                count += 1
        (crate / file.display).write_bytes(text)
    assert count >= 3
    again = audit_plan(prepare_all(Options()), Options())
    assert shown(run)["json"] == shown(again)["json"]


def test_the_bodies_of_bindings_are_asked_for(crate: Path) -> None:
    run = audit_plan(prepare_all(Options()), Options())
    program = run.crates[0].inputs.program
    for entry in program.entries:
        if entry.kind in ("function", "method"):
            assert entry.ref in program.asked.bodies


def test_one_of_several_words_is_found_between_two_bytes() -> None:
    assert has_one(b"one two three", (b"zero", b"two"))
    assert not has_one(b"one two three", (b"two",), 5)
    assert not has_one(b"one two three", (), 0, 3)


# --- random edits -------------------------------------------------------------------------------

LINES = (
    "",
    "    ",
    "// a comment",
    "/* one\n   two */",
    "// par_iter, env::var, allow_threads { ; }",
    "/// documented",
    "let unused = 1;",
    "#[allow(dead_code)]",
    "fn added(x: f64) -> f64 { x }",
    "#[pyfunction]\nfn bound(x: f64) -> f64 { x }",
    "}",
    "use std::env;",
)


def edited(root: Path, rng: random.Random) -> None:
    """One edit of one file of the crate."""
    path = root / rng.choice([*FILES, C, K, P, C, K, P])
    if not path.exists() or rng.random() < 0.15:
        path.write_text(FILES[path.relative_to(root).as_posix()])
        return
    if rng.random() < 0.05:
        path.unlink()
        return
    lines = path.read_text().split("\n")
    at = rng.randrange(len(lines))
    change = rng.randrange(4)
    if change == 0:
        lines.insert(at, "pass" if path.suffix in (".py", ".pyi") else rng.choice(LINES))
    elif change == 1:
        lines[at] = re.sub(r"\d", lambda _: str(rng.randrange(10)), lines[at])
    elif change == 2:
        lines[at] += rng.choice((" ", " // why", ""))
    else:
        del lines[at]
    path.write_text("\n".join(lines))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10**9))
def test_after_any_edits_the_cache_says_what_a_fresh_audit_says(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    root = tmp_path_factory.mktemp("edited")
    write_crate(root / "crate")
    cache, rng = Cache(root / "cache"), random.Random(seed)
    before = Path.cwd()
    os.chdir(root / "crate")
    try:
        for _ in range(6):
            with contextlib.suppress(BindcheckError):  # no manifest, or none that can be read
                compared(cache, rng.choice((Options(), Options(select=("ALL",)))))
            edited(root / "crate", rng)
    finally:
        os.chdir(before)
