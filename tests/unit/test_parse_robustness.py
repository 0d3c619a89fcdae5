"""Nothing that a file may hold raises, and nothing nests beyond measure."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bindcheck.model import Node, Opaque, Problem
from bindcheck.parse import lower_body, parse_module, tokens

SOURCE = """\
#![allow(dead_code)]
//! File.
use numpy::{PyArray1, PyReadonlyArray1 as R};
/// Doc.
#[cfg_attr(feature = "python", pyclass(name = "Ema"))]
pub struct EmaStream<'a> { #[pyo3(get)] pub period: usize, buffer: &'a [f64] }
#[derive(Debug)] enum E { #[error("x {0}")] A(u8), B { c: f64 } }
impl<'a> EmaStream<'a> where Self: Sized { const N: usize = 3; fn new() -> Self { todo!() } }
#[cfg(feature = "python")]
#[pyfunction]
#[pyo3(signature = (data, period, kernel=None))] // bindcheck: ignore[BC201] why
pub fn ema_py<'py>(py: Python<'py>, data: R<'py, f64>, kernel: Option<&str>) -> PyResult<()> {
    let slice = data.as_slice()?;
    let Some(k) = kernel else { return Err(PyValueError::new_err(format!("{}", 'x'))) };
    let out = py.allow_threads(|| ema(slice, k)).map_err(|e| e.to_string())?;
    for (i, x) in out.iter().enumerate() { if *x > 1.0 && i < 3 { sum += x as f64; } }
    match k { "a" | "b" => 1, y if matches!(y, "c") => 2, _ => unreachable!() };
    let v = vec![f64::NAN; rows * cols]; v[1..=2].to_vec(); S { a, b: [1, 2], ..c };
    Ok(unsafe { PyArray1::<f64>::new(py, [3], false) }.into())
}
#[cfg(test)]
mod tests {
    fn t() { assert_eq!(1, 1); }
}
macro_rules! m { ($x:expr) => { #[pyfunction] fn a() {} }; }
#[pymodule] mod ext { #[pymodule_export] use super::ema_py; fn init() { /* é */ } }
"""
PIECES = (
    *"{}()[]<>\"'/*#!;,|&=.:\\\n",
    'r#"',
    "/*",
    "fn ",
    "#[cfg(",
    "matches!(",
    "é",
    "\r\n",
    "'a",
    "..=",
    "=>",
    "match x {",
)


def read_everything(source: bytes) -> None:
    module = parse_module("x.rs", source)
    for index, function in enumerate(module.functions):
        assert 0 <= function.span.start <= function.span.end <= len(source)
        block = lower_body(source, module, index)
        for node in block.walk() if block is not None else ():
            assert isinstance(node, Node)
            assert 0 <= node.span.start <= node.span.end <= len(source)
    for problem in module.problems:
        module.lines.position(problem.span.start)
    tokens(source)


def test_the_source_itself_is_sound() -> None:
    assert parse_module("x.rs", SOURCE.encode()).problems == ()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, len(SOURCE.encode())))
def test_truncated_files_are_read(length: int) -> None:
    read_everything(SOURCE.encode()[:length])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SOURCE)), st.integers(0, 30), st.sampled_from(PIECES)),
        min_size=1,
        max_size=6,
    )
)
def test_damaged_files_are_read(edits: list[tuple[int, int, str]]) -> None:
    text = SOURCE
    for at, removed, added in edits:
        text = text[:at] + added + text[at + removed :]
    read_everything(text.encode())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_text_are_read(data: bytes) -> None:
    read_everything(data)
    read_everything(b"#[pyfunction] fn f() { " + data)


def test_an_empty_file_says_nothing() -> None:
    found = parse_module("x.rs", b"")
    assert (found.functions, found.problems) == ((), ())


DEEP = 1500
NESTED = {
    "parentheses": "(" * DEEP + "1" + ")" * DEEP,
    "blocks": "{" * DEEP + "}" * DEEP,
    "negation": "!" * DEEP + "x",
    "methods": "x" + ".a()" * DEEP,
    "calls": "f(" * DEEP + ")" * DEEP,
    "ifs": "if a {" * DEEP + "}" * DEEP,
    "closures": "|| " * DEEP + "1",
    "macros": "m!(" * 150 + ")" * 150,
    "assignments": "a = " * DEEP + "1",
    "type": "let x: " + "Vec<" * DEEP + "u8" + ">" * DEEP + " = 1",
    "pattern": "let " + "(" * DEEP + "a" + ",)" * DEEP + " = 1",
    "broken": " && ".join(["let Some(a) = b"] * DEEP),
}


@pytest.mark.parametrize("code", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_cut_off_and_said(code: str) -> None:
    source = f"#[pyfunction]\nfn f() {{ {code}; }}".encode()
    found = parse_module("x.rs", source)
    assert pickle.loads(pickle.dumps(found)) == found
    cut = [n for n in found.bodies[0].walk() if isinstance(n, Opaque) and "deeply" in n.kind]
    assert all(isinstance(p, Problem) for p in found.problems)
    assert bool(cut) == any("deeply" in p.message for p in found.problems)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x = " + " + ".join(f"a{i}" for i in range(DEEP)), DEEP),
        ("if a0 {} " + "".join(f"else if a{i} {{}} " for i in range(1, DEEP)), DEEP),
    ],
    ids=["operators", "else-if"],
)
def test_long_chains_lose_nothing(code: str, words: int) -> None:
    source = f"#[pyfunction]\nfn f() {{ {code}; }}".encode()
    found = parse_module("x.rs", source)
    assert found.problems == ()
    names = {getattr(n, "last", "") for n in found.bodies[0].walk()}
    assert len([n for n in names if n.startswith("a")]) == words


@pytest.mark.parametrize(
    "code",
    [
        "mod a {" * DEEP + "}" * DEEP,
        "#[cfg(" + "all(" * DEEP + "a" + ")" * DEEP + ")] fn f() {}",
        "#[cfg_attr(a, " + "cfg_attr(a, " * 200 + "x" + ")" * 200 + ")] fn f() {}",
        "#[" + "unsafe(" * DEEP + "a" + ")" * DEEP + "] fn f() {}",
        "use " + "a::{" * DEEP + "b" + "}" * DEEP + ";",
        "impl A {" * DEEP,
        "#[pyfn(m)] fn a() {" * 100 + "}" * 100,
        "/*" * DEEP,
    ],
)
def test_deep_items_are_read(code: str) -> None:
    read_everything(code.encode())
