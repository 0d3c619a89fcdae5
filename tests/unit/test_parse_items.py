"""Items of a file: functions, types, impls, modules, uses, macros, with attributes and cfg."""

from __future__ import annotations

import hashlib

import pytest

from bindcheck.model import UNIT, Function, Module, Span, TypeRef
from bindcheck.parse import parse_cfg, parse_module
from bindcheck.parse.uses import plain_uses


def module(code: str) -> Module:
    found = parse_module("src/lib.rs", code.encode())
    assert found.problems == ()
    return found


def function(code: str) -> Function:
    return module(code).functions[0]


def slice_of(code: str, span: Span | None) -> str:
    assert span is not None
    return code.encode()[span.start : span.end].decode()


def type_of(text: str) -> TypeRef:
    kind = function(f"fn f(x: {text}) {{}}").params[0].type
    assert kind is not None
    return kind


# --- functions -----------------------------------------------------------------------------------


def test_attributes_survive_comments_and_docs_between_them() -> None:
    code = """\
const BEFORE: u8 = 1;
#[pyfunction]
// why
/// First line.
#[pyo3(name = "ema", signature = (data, period = 3))]
///
/// Last line.
/* and more */
#[cfg(feature = "python")]
pub fn ema_py() {}
"""
    found = function(code)
    assert [a.path for a in found.attrs] == ["pyfunction", "pyo3", "cfg"]
    assert found.attrs[1].tokens == 'name = "ema", signature = (data, period = 3)'
    assert slice_of(code, found.attrs[0].span) == "#[pyfunction]"
    assert found.doc == "First line.\n\nLast line."
    assert slice_of(code, found.span).startswith("#[pyfunction]\n// why")
    assert slice_of(code, found.signature_span) == "pub fn ema_py()"
    assert slice_of(code, found.name_span) == "ema_py"
    assert [str(c) for c in found.cfg] == ['feature = "python"']


def test_a_function_span_begins_at_its_first_doc_comment() -> None:
    code = "/// Doc.\n#[inline]\nfn f() {}\n"
    assert slice_of(code, function(code).span) == code.rstrip()


def test_a_plain_comment_before_a_function_is_not_part_of_it() -> None:
    code = "// note\nfn f() {}\n"
    assert slice_of(code, function(code).span) == "fn f() {}"


@pytest.mark.parametrize(
    ("code", "doc"),
    [
        ("/// a\n/// b\nfn f() {}", "a\nb"),
        ("/** a\n * b\n */\nfn f() {}", "a\nb"),
        ('#[doc = "a \\"b\\""]\nfn f() {}', 'a "b"'),
        ('#[doc = r#"a "b""#]\nfn f() {}', 'a "b"'),
        ("//// rule\nfn f() {}", ""),
        ("/*** rule ***/\nfn f() {}", ""),
        ("//! of the file\nfn f() {}", ""),
        ("#[doc(hidden)]\nfn f() {}", ""),
    ],
)
def test_documentation_is_read_in_every_form(code: str, doc: str) -> None:
    assert function(code).doc == doc


def test_parameters_keep_pattern_names_types_and_attributes() -> None:
    found = function(
        'fn f(#[pyo3(from_py_with = "conv")] a: f64, mut b: Vec<f64>, (c, [d, ..]): T,'
        " &e: &f64, _: u8, Point { x, y: mut z }: Point) {}"
    )
    assert found.receiver == ""
    assert [(p.name, p.names, p.mutable) for p in found.params] == [
        ("a", ("a",), False),
        ("b", ("b",), True),
        ("", ("c", "d"), False),
        ("", ("e",), False),
        ("_", (), False),
        ("", ("x", "z"), False),
    ]
    assert found.params[0].attrs[0].tokens == 'from_py_with = "conv"'
    assert found.params[1].attrs == ()


@pytest.mark.parametrize(
    ("self_", "receiver"),
    [
        ("self", "self"),
        ("mut self", "self"),
        ("&self", "&self"),
        ("&'a mut self", "&mut self"),
        ("self: Box<Self>", "Box<Self>"),
        ("slf: PyRef<'_, Self>", ""),
    ],
)
def test_forms_of_self(self_: str, receiver: str) -> None:
    found = function(f"impl A {{ fn f({self_}, x: u8) {{}} }}")
    assert found.receiver == receiver
    assert found.params[-1].name == "x"
    assert len(found.params) == (1 if receiver else 2)


def test_head_of_a_function() -> None:
    code = """pub(crate) async unsafe extern "C" fn f<'a, T: Copy, const N: usize>(x: &'a [T; N])
    -> Result<Vec<T>, E>
where
    T: Into<f64>, // why
{
}"""
    found = function(code)
    assert found.visibility == "pub(crate)"
    assert found.is_async
    assert found.is_unsafe
    assert found.generics == "<'a, T: Copy, const N: usize> where T: Into<f64>,"
    assert found.returns.name == "Result"
    assert slice_of(code, found.signature_span).endswith("T: Into<f64>,")
    assert slice_of(code, found.body_span) == "{\n}"


def test_plain_functions_are_neither_unsafe_nor_async_and_return_unit() -> None:
    found = function("const fn f() {}")
    assert (found.is_unsafe, found.is_async, found.returns) == (False, False, UNIT)


def test_declarations_have_no_body() -> None:
    found = module('extern "C" { fn c(x: u8) -> u8; } trait T { fn t(&self); fn d(&self) {} }')
    assert [(f.name, f.owner, f.trait, f.body_span is None) for f in found.functions] == [
        ("c", "", "", True),
        ("t", "T", "T", True),
        ("d", "T", "T", False),
    ]


# --- types ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "name", "path", "args"),
    [
        ("f64", "path", "f64", "f64", []),
        ("numpy::PyArray1<f64>", "path", "PyArray1", "numpy::PyArray1", ["f64"]),
        ("PyReadonlyArray1<'py, f64>", "path", "PyReadonlyArray1", "PyReadonlyArray1", ["f64"]),
        ("Option<&'a [f64]>", "path", "Option", "Option", ["&'a [f64]"]),
        ("&'a mut [f64]", "ref", "", "", ["[f64]"]),
        ("[f64]", "slice", "", "", ["f64"]),
        ("[f64; 3]", "array", "", "", ["f64"]),
        ("(usize, f64)", "tuple", "", "", ["usize", "f64"]),
        ("()", "tuple", "", "", []),
        ("*const u8", "ptr", "", "", ["u8"]),
        ("fn(f64, n: usize) -> bool", "fn", "", "", ["f64", "usize", "bool"]),
        ("impl Fn(f64) -> f64 + 'a", "impl", "", "", ["Fn(f64) -> f64"]),
        ("Box<dyn Read + Send>", "path", "Box", "Box", ["dyn Read + Send"]),
        ("&dyn for<'b> Handler<'b>", "ref", "", "", ["dyn for<'b> Handler<'b>"]),
        ("Vec<_>", "path", "Vec", "Vec", ["_"]),
        ("<T as Trait>::Out", "path", "Out", "<T as Trait>::Out", []),
        ("Self", "path", "Self", "Self", []),
        ("Matrix<3, { N + 1 }>", "path", "Matrix", "Matrix", ["3", "{ N + 1 }"]),
    ],
)
def test_types(text: str, kind: str, name: str, path: str, args: list[str]) -> None:
    found = type_of(text)
    assert (found.text, found.kind, found.name, found.path) == (text, kind, name, path)
    assert [arg.text for arg in found.args] == args


def test_inner_types_are_read_to_the_bottom() -> None:
    found = type_of("PyResult<Bound<'py, PyArray1<f64>>>")
    assert found.names() == {"PyResult", "Bound", "PyArray1", "f64"}
    assert type_of("&mut &[f64]").peel().kind == "slice"
    assert type_of("&mut f64").mutable
    assert type_of("dyn A + B").kind == "dyn"
    assert [arg.kind for arg in type_of("(_, !)").args] == ["infer", "never"]


def test_text_of_a_type_is_folded() -> None:
    assert type_of("Vec<\n    f64\n>").text == "Vec< f64 >"


# --- cfg -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("test", "test"),
        ('feature = "python"', 'feature = "python"'),
        (
            'all(feature = "python", not(feature = "cuda"),)',
            'all(feature = "python", not(feature = "cuda"))',
        ),
        ('any(target_arch = "wasm32", unix)', 'any(target_arch = "wasm32", unix)'),
        ("all()", "all()"),
        ('version("1.2")', "?"),
        ("feature = python", "?"),
        ("", "?"),
        ("a, b", "?"),
    ],
)
def test_predicates(text: str, shown: str) -> None:
    assert str(parse_cfg(text)) == shown


def test_cfg_attr_gives_the_attributes_inside_under_its_predicate() -> None:
    code = '#[cfg_attr(feature = "python", pyo3::pyclass(name = "A"), derive(Clone))] struct A;'
    found = module(code).structs[0]
    assert [(a.path, a.tokens, str(a.cfg[0])) for a in found.attrs] == [
        ("pyo3::pyclass", 'name = "A"', 'feature = "python"'),
        ("derive", "Clone", 'feature = "python"'),
    ]
    assert found.cfg == ()
    assert found.attr("pyclass") == found.attrs[0]


def test_nested_cfg_attr_joins_predicates() -> None:
    found = function("#[cfg_attr(a, cfg_attr(b, inline))] fn f() {}")
    assert [str(c) for c in found.attrs[0].cfg] == ["a", "b"]


def test_a_conditional_cfg_also_holds_where_its_condition_does_not() -> None:
    found = function("#[cfg_attr(a, cfg(b))] fn f() {}")
    assert [str(c) for c in found.cfg] == ["any(not(a), b)"]


def test_unsafe_attributes_are_named_by_what_is_inside() -> None:
    assert function("#[unsafe(no_mangle)] fn f() {}").attrs[0].path == "no_mangle"


def test_predicates_of_modules_and_impls_are_inherited() -> None:
    code = """
#[cfg(a)] mod m {
    #![cfg(b)]
    #[cfg(c)] impl S { #[cfg(d)] fn f() {} }
    #[cfg(e)] use x::y;
}
"""
    found = module(code)
    assert [str(c) for c in found.functions[0].cfg] == ["a", "b", "c", "d"]
    assert [str(c) for c in found.uses[0].cfg] == ["a", "b", "e"]
    assert [str(c) for c in found.impls[0].cfg] == ["a", "b", "c"]


def test_a_predicate_of_the_whole_file_holds_for_its_items() -> None:
    found = module('#![cfg(feature = "python")]\n#![allow(dead_code)]\nfn f() {}')
    assert [a.path for a in found.inner_attrs] == ["cfg", "allow"]
    assert [str(c) for c in found.functions[0].cfg] == ['feature = "python"']


# --- other items ---------------------------------------------------------------------------------


def test_structs_with_named_fields() -> None:
    code = """
/// A range.
#[derive(Clone)]
pub struct Range<'a, T> where T: Copy {
    /// Periods.
    #[pyo3(get)] pub period: (usize, usize, usize),
    #[cfg(feature = "x")] pub(crate) data: &'a [T],
}"""
    found = module(code).structs[0]
    assert (found.name, found.generics, found.doc, found.is_tuple) == (
        "Range",
        "<'a, T>",
        "A range.",
        False,
    )
    period, data = found.fields
    assert (period.name, period.visibility, period.doc) == ("period", "pub", "Periods.")
    assert period.attrs[0].path == "pyo3"
    assert period.type.kind == "tuple"
    assert slice_of(code, period.span).startswith("/// Periods.")
    assert (data.visibility, str(data.cfg[0])) == ("pub(crate)", 'feature = "x"')


def test_tuple_unit_and_union_structs() -> None:
    found = module("struct A(#[x] pub f64, u8); struct B; union C { a: u8, b: f32 }")
    first, second, third = found.structs
    assert first.is_tuple
    assert [(f.name, f.visibility, f.type.name, len(f.attrs)) for f in first.fields] == [
        ("0", "pub", "f64", 1),
        ("1", "", "u8", 0),
    ]
    assert (second.fields, second.is_tuple) == ((), False)
    assert [f.name for f in third.fields] == ["a", "b"]


def test_enums() -> None:
    code = """
#[derive(Error)]
enum E<'a> {
    #[error("bad: {0}")] Bad(#[from] io::Error, &'a str),
    /// Later.
    Worse { at: usize },
    Last = 3,
}"""
    found = module(code).enums[0]
    assert found.generics == "<'a>"
    assert [(v.name, v.is_tuple, len(v.fields)) for v in found.variants] == [
        ("Bad", True, 2),
        ("Worse", False, 1),
        ("Last", False, 0),
    ]
    assert found.variants[0].attrs[0].tokens == '"bad: {0}"'
    assert found.variants[0].fields[0].attrs[0].path == "from"


def test_impls_name_their_functions() -> None:
    code = """
fn free() {}
#[pymethods]
impl<'a> Foo<'a> { const N: usize = 3; fn a(&self) {} fn b() {} }
impl<T> fmt::Display for crate::x::Bar<T> where T: Copy { type Out = u8; fn fmt(&self) {} }
impl Trait for &[f64] { fn c() {} }
"""
    found = module(code)
    first, second, third = found.impls
    assert (first.name, first.trait, first.generics, first.functions) == ("Foo", "", "<'a>", (1, 2))
    assert first.attrs[0].path == "pymethods"
    assert (second.name, second.trait, second.functions) == ("Bar", "fmt::Display", (3,))
    assert (third.name, third.functions) == ("[f64]", (4,))
    assert [f.path for f in found.functions] == ["free", "Foo::a", "Foo::b", "Bar::fmt", "[f64]::c"]
    assert found.functions[3].trait == "fmt::Display"
    assert [(c.name, c.scope, c.value) for c in found.consts] == [("N", ("Foo",), "3")]
    assert [(a.name, a.scope) for a in found.aliases] == [("Out", ("Bar",))]


def test_constants_and_aliases() -> None:
    found = module("pub const A: f64 = 1.0 / 3.0; static mut B: u8 = 1; type C<T> = Vec<T>;")
    assert [(c.name, c.value, c.is_static) for c in found.consts] == [
        ("A", "1.0 / 3.0", False),
        ("B", "1", True),
    ]
    assert found.aliases[0].target.name == "Vec"


def test_use_trees_become_leaves() -> None:
    code = "pub use a::{self, b as c, d::*, e::{f, g as _}}; use ::x::y; use super::z; use w;"
    found = module(code).uses
    assert [(u.name, u.path) for u in found] == [
        ("a", ("a",)),
        ("c", ("a", "b")),
        ("*", ("a", "d")),
        ("f", ("a", "e", "f")),
        ("_", ("a", "e", "g")),
        ("y", ("x", "y")),
        ("z", ("super", "z")),
        ("w", ("w",)),
    ]
    assert {u.visibility for u in found[:5]} == {"pub"}
    assert slice_of(code, found[1].span) == "b as c"
    assert slice_of(code, found[1].name_span) == "c"
    assert slice_of(code, found[5].name_span) == "y"
    assert slice_of(code, found[1].statement).startswith("pub use a::{self")


def test_extern_crate_is_a_use() -> None:
    found = module("extern crate numpy as np; extern crate rayon;").uses
    assert [(u.name, u.path) for u in found] == [("np", ("numpy",)), ("rayon", ("rayon",))]


def test_modules_inline_and_in_files() -> None:
    code = '#[path = "other/file.rs"] pub mod a; mod b { pub mod c { fn f() {} } } mod d;'
    found = module(code)
    assert [(m.name, m.scope, m.inline, m.path_attr) for m in found.mods] == [
        ("a", (), False, "other/file.rs"),
        ("b", (), True, None),
        ("c", ("b",), True, None),
        ("d", (), False, None),
    ]
    assert found.functions[0].scope == ("b", "c")
    assert found.functions[0].path == "b::c::f"


TESTS = """\
fn before() {}

#[cfg(test)]
#[allow(unused)]
mod tests {
    use super::*;
    const OPEN: &str = "{{{"; // }
    const BRACE: char = '{';
    fn hidden<'a>(x: &'a str) {
        assert!(x == "\\"}");
    }
}

fn after() {}
"""


@pytest.mark.parametrize(
    "code",
    [
        TESTS,
        TESTS.replace("\n", "\r\n"),
        TESTS.replace("mod tests {\n", "mod tests { "),
        TESTS.replace('"{{{"', 'r#"{" {"#'),
        TESTS.replace("// }", "/* } */"),
        TESTS.replace("cfg(test)", "cfg(all(test, unix))"),
        TESTS.replace("    }\n}", "    } }"),
        "mod outer {\n" + TESTS.replace("\n", "\n    ") + "\n}\n",
    ],
    ids=["rustfmt", "crlf", "one-line", "raw", "comment", "all", "unusual", "nested"],
)
def test_contents_of_test_modules_are_left_out(code: str) -> None:
    found = module(code)
    assert [f.name for f in found.functions] == ["before", "after"]
    tests = next(m for m in found.mods if m.name == "tests")
    assert slice_of(code, tests.body_span).endswith("}")
    assert slice_of(code, tests.span).count("mod tests") == 1
    assert (found.uses, found.consts) == ((), ())


def test_a_broken_test_module_does_not_hide_what_follows() -> None:
    code = TESTS.replace("fn hidden<'a>(x: &'a str) {", "fn hidden(x: &str) {{")
    found = parse_module("src/lib.rs", code.encode())
    assert "before" in [f.name for f in found.functions]
    assert found.problems


def test_a_test_module_in_a_string_is_text() -> None:
    code = 'const T: &str = "\n#[cfg(test)]\nmod tests {\n    x\n}\n";\nfn f() {}'
    found = module(code)
    assert [f.name for f in found.functions] == ["f"]
    assert found.mods == ()


def test_modules_under_other_predicates_are_read() -> None:
    found = module(
        "#[cfg(not(test))]\nmod a {\n    fn f() {}\n}\n#[cfg(any(test, x))] mod b { fn g() {} }"
    )
    assert [f.name for f in found.functions] == ["f", "g"]


def test_macros_at_item_level() -> None:
    code = """
macro_rules! make {
    ($n:ident) => { #[pyfunction] fn $n() { /* pyclass */ let s = "pymethods"; } };
}
make!(a);
create_exception!(module, MyError, PyException);
thread_local! { static X: u8 = 1; }
"""
    found = module(code).macros
    assert [(m.name, m.defines, m.hints) for m in found] == [
        ("make", True, ("pyfunction",)),
        ("make", False, ()),
        ("create_exception", False, ()),
        ("thread_local", False, ()),
    ]
    assert found[1].tokens == "a"
    assert found[3].tokens == " static X: u8 = 1; "


# --- which bodies are read -----------------------------------------------------------------------


def test_bodies_that_python_reaches_are_lowered_at_once() -> None:
    code = """
fn helper() { 1; }
#[pyo3::pyfunction] fn a() { 1; }
#[cfg_attr(feature = "python", pyfunction)] fn b() { 1; }
#[pymethods] impl S { fn c(&self) { 1; } }
impl S { fn d(&self) { 1; } }
#[pymodule] fn m() { 1; }
#[pymodule] mod n { fn e() { 1; } mod inner { fn g() { 1; } } }
"""
    found = module(code)
    assert [found.functions[i].name for i in sorted(found.bodies)] == ["a", "b", "c", "m", "e", "g"]


def test_bound_functions_inside_bodies_are_functions_of_the_file() -> None:
    code = """
#[pymodule]
fn m(py: Python) { #[pyfn(m)] fn a() { 1; } fn b() {} }
fn helper() { #[pyfunction] fn c() { #[pyfn(m)] fn d() {} } }
"""
    found = module(code)
    assert [f.path for f in found.functions] == ["m", "m::a", "helper", "helper::c", "helper::c::d"]
    assert sorted(found.bodies) == [0, 1, 3, 4]


def test_identity_of_a_module() -> None:
    found = module("fn f() {}")
    assert found.path == "src/lib.rs"
    assert found.digest == hashlib.blake2b(b"fn f() {}").hexdigest()


def test_positions_count_characters() -> None:
    code = 'const A: &str = "äö"; fn f() {}'
    found = module(code)
    assert found.lines.position(found.functions[0].span.start) == (1, 23)


@pytest.mark.parametrize(
    ("code", "plain"),
    [
        ("use a;", True),
        ("use a::b::c;", True),
        ("use crate::a::b;", True),
        ("use super::super::a_1;", True),
        ("use a::b::{c, d};", True),
        ("use a::{\n    b,\n    c,\n};", True),
        ("use a :: b;", False),
        ("use ::a::b;", False),
        ("use a::*;", False),
        ("use a::{self, b};", False),
        ("use a::b as c;", False),
        ("use a::{b, c::d};", False),
        ("use a::{b /* x */, c};", False),
        ("use r#a::b;", False),
        ("use {a, b};", False),
        ("use a::{};", False),
        ("use a::{b c};", False),
        ("use a::{,b};", False),
        ("use a::crate::b;", True),
        ("use a::fn;", False),
        ("use a::fn::b;", False),
        ("use self;", False),
    ],
)
def test_plain_uses_are_read_as_by_the_grammar(code: str, plain: bool) -> None:
    read = plain_uses(code.encode())
    assert (read is not None) is plain
    if read is not None:
        whole = parse_module("lib.rs", code.encode())
        assert read == whole.uses
        assert not whole.problems
