"""What calls of a crate's own macros stand for, and where that is in the source."""

from __future__ import annotations

import pytest

from bindcheck.model import Block, ItemRef, MacroCall, MethodCall, Path
from bindcheck.model.source import Span, expansion_base, in_source, is_expanded
from bindcheck.parse.rules import expand
from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source, program_from


def text(rules: str, call: str) -> str | None:
    pieces = expand(rules, call)
    return None if pieces is None else " ".join(one.text for one in pieces)


@pytest.mark.parametrize(
    ("rules", "call", "expected"),
    [
        ("($a:ident) => { $a.x };", "self_", "self_ . x"),
        ("($a:expr) => { f($a) };", "1 + 2", "f ( ( 1 + 2 ) )"),
        ("($a:expr) => { f($a) };", "x", "f ( x )"),
        (
            "($a:ident, @$b:ident) => { $a.$b() }; ($a:ident, $b:ident) => { $a.$b };",
            "s, t",
            "s . t",
        ),
        ("($a:ident, @$b:ident) => { $a.$b() };", "s, @t", "s . t ( )"),
        ("($($a:tt)+) => { s.$($a)+ };", "x.y()", "s . x . y ()"),
        ("($($a:expr),* $(,)?) => { [$(f($a)),*] };", "1, 2,", "[ f ( 1 ) , f ( 2 ) ]"),
        ("($($k:expr => $v:expr),*) => { $(m($k, $v);)* };", "a => b", "m ( a , b ) ;"),
        ("($f:expr, $x:expr) => { $f($x) };", "|a, b| a + b, c", "( |a, b| a + b ) ( c )"),
        ("($f:expr, $x:expr) => { $f($x) };", "g::<A, B>(1), c", "( g::<A, B>(1) ) ( c )"),
        ("($f:expr, $x:expr) => { $f($x) };", "a < b, c", "( a < b ) ( c )"),
        ("($t:ty, $x:expr) => { $x as $t };", "Vec<(A, B)>, c", "c as Vec<(A, B)>"),
        ("($p:pat => $x:expr) => { match y { $p => $x } };", "Some(_) => 1", None),
        ("($l:literal) => { $l };", "-1", "-1"),
        ("($l:literal) => { $l };", "x", None),
        ("($b:block) => { $b };", "{ a; b }", "{ a; b }"),
        ("() => { $crate::f() };", "", "crate :: f ( )"),
        ("($a:ident) => { $a };", "a b", None),
        ("($a:ident) => { $b };", "a", None),
        ("($a:unknown) => { $a };", "a", None),
        ("nonsense", "a", None),
        ("($a:ident) => { $a };", "é", None),
    ],
)
def test_a_call_is_matched_and_written_as_the_compiler_does(
    rules: str, call: str, expected: str | None
) -> None:
    if call == "Some(_) => 1":
        expected = "match y { Some(_) => 1 }"
    assert text(rules, call) == expected


def test_an_expansion_is_bounded() -> None:
    rules = "($($a:tt)*) => { $($a $a $a $a $a $a $a $a $a $a $a $a $a $a $a $a)* };"
    assert expand(rules, "x " * 2000) is None


def test_places_in_an_expansion_lead_back_to_the_call() -> None:
    base = expansion_base(Span(100, 140))
    assert base is not None
    inner = Span(base + 5, base + 9)
    assert is_expanded(inner)
    assert in_source(inner) == Span(100, 140)
    assert in_source(Span(7, 9)) == Span(7, 9)
    nested = expansion_base(inner)
    assert nested is not None
    assert in_source(Span(nested, nested + 1)) == Span(100, 140)
    deeper = expansion_base(Span(nested + 3, nested + 4))
    assert deeper is not None
    assert in_source(Span(deeper, deeper + 1)) == Span(100, 140)
    assert len({inner.start, nested, deeper, expansion_base(Span(nested + 4, nested + 5))}) == 4
    assert expansion_base(Span(deeper, deeper + 1)) is None


CODE = """
macro_rules! twice { ($x:expr) => {{ let y = helper($x); y.len() + other(&y) }}; }
fn helper(x: &str) -> String { x.to_string() }
fn other(x: &str) -> usize { x.len() }
fn f(a: &str) -> usize { twice!(a.trim()) }
"""


def _expanded(code: str) -> tuple[Block | None, int]:
    program = program_from({"src/lib.rs": code})
    module = program.modules["src/lib.rs"]
    index = next(i for i, one in enumerate(module.functions) if one.name == "f")
    ref = ItemRef("src/lib.rs", index)
    body = program.body(ref)
    assert body is not None
    call = next(node for node in body.walk() if isinstance(node, MacroCall))
    return program.expansion(ref, call), len(program.called(ref))


def test_what_is_captured_keeps_its_place() -> None:
    block, called = _expanded(CODE)
    assert block is not None
    assert called == 2
    trim = next(n for n in block.walk() if isinstance(n, MethodCall) and n.method == "trim")
    assert CODE[trim.span.start : trim.span.end] == "a.trim()"
    name = next(node for node in block.walk() if isinstance(node, Path) and node.last == "helper")
    assert CODE[slice(*in_source(name.span))] == "twice!(a.trim())"


@pytest.mark.parametrize(
    "rules",
    [
        "macro_rules! twice { ($x:expr) => { fn g() {} }; }",
        "macro_rules! twice { ($x:expr) => { let = ; }; }",
        "mod a { macro_rules! twice { ($x:expr) => { $x }; } }\n"
        "mod b { macro_rules! twice { ($x:expr) => { -$x }; } }",
    ],
)
def test_what_is_no_block_or_not_known_is_left_alone(rules: str) -> None:
    block, _ = _expanded(f"{rules}\nfn f(a: usize) -> usize {{ twice!(a) }}\n")
    assert block is None


LOCKED = """
use pyo3::prelude::*;
use std::sync::RwLock;

#[pyclass]
pub struct Watcher { state: RwLock<Vec<f64>> }

macro_rules! getter {
    ($self:ident, $($what:tt)+) => {{ let known = $self.state.read().unwrap(); known.$($what)+ }};
}

#[pymethods]
impl Watcher {
    fn size(&self) -> usize {
        getter!(self, len())
    }
    fn each(&self, py: Python<'_>, callback: Py<PyAny>) {
        let state = self.state.write().unwrap();
        BODY
        drop(state);
    }
}
"""


def test_a_lock_taken_in_a_macro_is_seen() -> None:
    code = LOCKED.replace("BODY", "let _ = callback.call0(py);")
    all_found = audit_source(code, (BlockingWhileAttached(),)).findings
    (found,) = [one for one in all_found if one.item == "Watcher::size"]
    assert code.splitlines()[found.location.line - 1].strip() == "getter!(self, len())"


def test_a_lock_taken_in_a_macro_is_fine_where_nobody_needs_python_under_it() -> None:
    code = LOCKED.replace("BODY", "let _ = state.len();")
    assert audit_source(code, (BlockingWhileAttached(),)).findings == ()


RAISES = """
use pyo3::prelude::*;
macro_rules! raise { ($m:expr) => {{ Err(PyErr::from($m)).map_err(own)?; unreachable!() }}; }
fn own(e: PyErr) -> PyErr { e }
#[pyfunction]
fn f(n: usize) -> PyResult<usize> {
    if n > 3 { DO }
    Ok(n)
}
"""


def test_nothing_behind_an_error_that_is_raised_is_reached() -> None:
    rule = (PanicPath(),)
    assert audit_source(RAISES.replace("DO", 'raise!("n")'), rule).findings == ()
    (found,) = audit_source(RAISES.replace("DO", "unreachable!()"), rule).findings
    assert found.code == "BC303"
