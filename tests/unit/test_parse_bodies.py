"""Function bodies: every statement and expression has a form, and every node a place."""

from __future__ import annotations

import pickle
from typing import TypeVar

import pytest

from bindcheck import model as m
from bindcheck.parse import inner_scope, lower_body, lower_span, parse_module

N = TypeVar("N", bound=m.Node)


def body(code: str, head: str = "fn f()") -> m.Block:
    source = f"{head} {{ {code} }}".encode()
    module = parse_module("x.rs", source)
    assert module.problems == ()
    block = lower_body(source, module, 0)
    assert block is not None
    for node in block.walk():
        assert block.span.contains(node.span)
        if isinstance(node, m.Path):
            assert node.last in source[node.span.start : node.span.end].decode()
        if isinstance(node, m.MethodCall):
            name = source[node.name_span.start : node.name_span.end].decode()
            assert name == node.method
    return block


def only(code: str, kind: type[N]) -> N:
    (node,) = body(code).statements
    assert isinstance(node, kind)
    return node


def first(code: str, kind: type[N]) -> N:
    return next(node for node in body(code).walk() if isinstance(node, kind))


def words(node: m.Node | None) -> str:
    """The last segments of the paths and the texts of the literals below a node."""
    if node is None:
        return ""
    found = [
        n.last if isinstance(n, m.Path) else n.text
        for n in node.walk()
        if isinstance(n, (m.Path, m.Literal))
    ]
    return " ".join(found)


# --- statements ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "names", "pattern", "mutable"),
    [
        ("let x = 1;", ("x",), "x", False),
        ("let mut x = 1;", ("x",), "x", True),
        ("let (a, mut b) = x;", ("a", "b"), "(a, mut b)", False),
        ("let Point { x, y: z, .. } = p;", ("x", "z"), "Point { x, y: z, .. }", False),
        ("let [a, .., b @ 3] = x;", ("a", "b"), "[a, .., b @ 3]", False),
        ("let _ = x;", (), "_", False),
        ("let &(ref a, _) = x;", ("a",), "&(ref a, _)", False),
        ("let N = 1;", ("N",), "N", False),
        ("const LIMIT: usize = 1;", ("LIMIT",), "LIMIT", False),
    ],
)
def test_let(code: str, names: tuple[str, ...], pattern: str, mutable: bool) -> None:
    found = only(code, m.Let)
    assert (found.names, found.pattern, found.mutable) == (names, pattern, mutable)


def test_let_with_type_and_else() -> None:
    found = only("let Some(x): Option<f64> = y else { return Err(z) };", m.Let)
    assert found.names == ("x",)
    assert found.type is not None
    assert found.type.text == "Option<f64>"
    assert isinstance(found.otherwise, m.Block)
    assert words(found.otherwise) == "Err z"


@pytest.mark.parametrize(
    ("code", "count", "tail"),
    [
        ("a(); b()", 2, True),
        ("a(); b();", 2, False),
        ("if x { 1 } else { 2 }", 1, True),
        ("if x { 1 } else { 2 };", 1, False),
        ("for i in x {}", 1, False),
        ("match x { _ => 1 }", 1, True),
        ("m!(x)", 1, True),
        ("m!(x);", 1, False),
        ("m! { x }", 1, True),
        ("let x = 1;", 1, False),
        ("x; fn g() {}", 1, False),
        ("unsafe { x }", 1, True),
        ("// nothing\n", 0, False),
    ],
)
def test_the_last_statement_may_be_the_value(code: str, count: int, tail: bool) -> None:
    found = body(code)
    assert (len(found.statements), found.tail) == (count, tail)


def test_items_inside_a_body_are_not_statements() -> None:
    code = "use a::{b, c}; struct S; impl S { fn m(&self) {} } fn g(x: u8) { fn h() {} } g(1)"
    found = body(code)
    assert len(found.statements) == 1
    assert [u.path for u in found.uses] == [("a", "b"), ("a", "c")]
    assert [(f.name, f.owner, f.scope) for f in found.functions] == [
        ("m", "S", ("f",)),
        ("g", "", ("f",)),
    ]


def test_bodies_of_inner_functions_are_read_by_their_span() -> None:
    source = b"impl S { fn f() { fn g() { deep(1); fn h() {} } } }"
    module = parse_module("x.rs", source)
    outer = lower_body(source, module, 0)
    assert outer is not None
    (inner,) = outer.functions
    assert inner.path == "S::f::g"
    assert inner.body_span is not None
    found = lower_span(source, inner.body_span, inner_scope(inner))
    assert found is not None
    assert words(found) == "deep 1"
    assert found.functions[0].path == "S::f::g::h"
    assert found.span == inner.body_span


def test_eager_and_later_reading_agree() -> None:
    source = b"#[pyfunction]\nfn f(x: &[f64]) -> f64 { vec![0.0; x.len()]; fn g() {} x[0] }"
    module = parse_module("x.rs", source)
    span = module.functions[0].body_span
    assert span is not None
    assert lower_span(source, span, ("f",)) == module.bodies[0]


def test_a_declaration_has_no_body() -> None:
    source = b"trait T { fn f(&self); }"
    assert lower_body(source, parse_module("x.rs", source), 0) is None


# --- cfg -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "#[cfg(a)] let x = 1;",
        "#[cfg(a)] x();",
        "#[cfg(a)] { x() }",
        "f(#[cfg(a)] x);",
        "[#[cfg(a)] x];",
        "S { #[cfg(a)] x: 1 };",
        "#[allow(b)] #[cfg(a)] return x;",
    ],
)
def test_what_stands_under_cfg_is_gated(code: str) -> None:
    gated = first(code, m.Gated)
    assert [str(c) for c in gated.cfg] == ["a"]


def test_other_attributes_do_not_gate() -> None:
    assert not any(isinstance(n, m.Gated) for n in body("#[allow(x)] let y = 1;").walk())


# --- control -------------------------------------------------------------------------------------


def test_if_let_chains() -> None:
    found = only(
        "if let Some(x) = a && x > 1 && let Ok(y) = b { c } else if d { e } else { g }", m.If
    )
    lets = [n for n in found.condition.walk() if isinstance(n, m.Let)]
    assert [(n.names, n.pattern) for n in lets] == [(("x",), "Some(x)"), (("y",), "Ok(y)")]
    assert isinstance(found.otherwise, m.If)
    assert words(found.otherwise) == "d e g"
    assert words(found) == "a x 1 b c d e g"


def test_match_arms() -> None:
    found = only(
        "match k { Kernel::Auto | None => a, Some(x @ 1..=3) if x > b => c,"
        " #[cfg(z)] y => {}, _ => d }",
        m.Match,
    )
    assert [(a.pattern, a.names, words(a.guard), words(a.body)) for a in found.arms] == [
        ("Kernel::Auto | None", (), "", "a"),
        ("Some(x @ 1..=3)", ("x",), "x b", "c"),
        ("y", ("y",), "", ""),
        ("_", (), "", "d"),
    ]
    assert [str(c) for c in found.arms[2].cfg] == ["z"]


def test_loops_and_jumps() -> None:
    code = (
        "'a: for (i, x) in y.iter().enumerate() { break 'a x; }"
        " while let Some(z) = w { continue; } loop {}"
    )
    loops = [n for n in body(code).statements if isinstance(n, m.Loop)]
    assert [(n.kind, n.names) for n in loops] == [("for", ("i", "x")), ("while", ()), ("loop", ())]
    assert isinstance(loops[1].over, m.Let)
    assert loops[2].over is None
    jumps = [n for n in body(code).walk() if isinstance(n, m.Jump)]
    assert [(n.kind, words(n.value)) for n in jumps] == [("break", "x"), ("continue", "")]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unsafe { x }", "unsafe"),
        ("async move { x }", "async"),
        ("const { x }", "const"),
        ("'a: { x }", "plain"),
    ],
)
def test_kinds_of_blocks(code: str, kind: str) -> None:
    found = only(code, m.Block)
    assert (found.kind, words(found), found.tail) == (kind, "x", True)


# --- expressions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "text", "types"),
    [
        ("x", "x", []),
        ("Kernel::Auto", "Kernel::Auto", []),
        ("crate::a::b::<f64>", "crate::a::b", ["f64"]),
        ("Vec::<f64>::with_capacity", "Vec::with_capacity", ["f64"]),
        ("<T as X>::f", "<T as X>::f", []),
        ("Self::N", "Self::N", []),
    ],
)
def test_paths(code: str, text: str, types: list[str]) -> None:
    found = only(code, m.Path)
    assert (found.text, [t.text for t in found.turbofish]) == (text, types)


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("1_000usize", "int", "1_000usize"),
        ("1.5e3", "float", "1.5e3"),
        ("true", "bool", "true"),
        (r'"a\"b"', "str", r"a\"b"),
        ('r#"a"b"#', "str", 'a"b'),
        ('b"ab"', "str", "ab"),
        ('br"ab"', "str", "ab"),
        ("'a'", "char", "a"),
        (r"b'\n'", "char", r"\n"),
        ('""', "str", ""),
    ],
)
def test_literals(code: str, kind: str, text: str) -> None:
    found = only(code, m.Literal)
    assert (found.kind, found.text) == (kind, text)


def test_method_calls() -> None:
    found = only("py.allow_threads(move || a).collect::<Result<Vec<_>, E>>()?", m.Try).value
    assert isinstance(found, m.MethodCall)
    assert (found.method, [t.text for t in found.turbofish]) == ("collect", ["Result<Vec<_>, E>"])
    assert isinstance(found.receiver, m.MethodCall)
    (closure,) = found.receiver.args
    assert isinstance(closure, m.Closure)
    assert closure.move


def test_calling_a_field_is_not_a_method_call() -> None:
    for code in ("x.0(1)", "(x.f)(1)"):
        found = only(code, m.Call)
        assert isinstance(found.function, m.FieldAccess)


def test_closures() -> None:
    found = only("|(i, x), mut y, z: f64, _| -> f64 { x }", m.Closure)
    assert [(p.name, p.names, p.mutable) for p in found.params] == [
        ("", ("i", "x"), False),
        ("y", ("y",), True),
        ("z", ("z",), False),
        ("_", (), False),
    ]
    assert found.params[2].type is not None
    assert not found.move


@pytest.mark.parametrize(
    ("code", "op", "value"),
    [
        ("-x", "-", "x"),
        ("!x", "!", "x"),
        ("*x", "*", "x"),
        ("&x", "&", "x"),
        ("&mut x", "&mut", "x"),
        ("&raw const x", "&raw const", "x"),
        ("&raw mut x", "&raw mut", "x"),
        ("&/* c */ mut x", "&mut", "x"),
    ],
)
def test_unary_operators(code: str, op: str, value: str) -> None:
    found = only(code, m.Unary)
    assert (found.op, words(found.value)) == (op, value)


@pytest.mark.parametrize(
    ("code", "start", "end", "inclusive"),
    [
        ("a..b", "a", "b", False),
        ("a..=b", "a", "b", True),
        ("a..", "a", "", False),
        ("..b", "", "b", False),
        ("..=b", "", "b", True),
        ("..", "", "", False),
    ],
)
def test_ranges(code: str, start: str, end: str, inclusive: bool) -> None:
    found = first(f"x[{code}]", m.Range)
    assert (words(found.start), words(found.end), found.inclusive) == (start, end, inclusive)


def test_index_field_cast_await_and_assignment() -> None:
    found = only("self.a.0[i as usize] += b.await", m.Assign)
    assert (found.op, words(found.value)) == ("+=", "b")
    assert isinstance(found.value, m.Await)
    assert isinstance(found.target, m.Index)
    base = found.target.base
    assert isinstance(base, m.FieldAccess)
    assert base.name == "0"
    assert isinstance(found.target.index, m.Cast)
    assert found.target.index.type.name == "usize"
    assert only("a = b", m.Assign).op == "="


def test_struct_literals() -> None:
    found = only("a::S::<f64> { x, y: 1 + z, ..Default::default() }", m.StructLiteral)
    assert found.path == "a::S::<f64>"
    assert [(i.name, words(i.value)) for i in found.inits] == [("x", "x"), ("y", "1 z")]
    assert words(found.base) == "default"


def test_sequences() -> None:
    assert only("(a, b)", m.Sequence).kind == "tuple"
    assert only("()", m.Sequence).items == ()
    assert only("[a, b]", m.Sequence).kind == "array"
    found = only("[a; n]", m.Sequence)
    assert (found.kind, [words(i) for i in found.items]) == ("repeat", ["a", "n"])


def test_parentheses_leave_no_node() -> None:
    found = only("((a + b)) * c", m.Binary)
    assert (found.op, words(found)) == ("*", "a b c")
    assert isinstance(found.left, m.Binary)


def test_comments_are_nowhere_in_the_way() -> None:
    code = "f(/* a */ x, // b\n y)\n// c\n.g(/* d */)\n /* e */ ?"
    found = only(code, m.Try)
    assert words(found) == "f x y"


def test_what_has_no_form_keeps_its_readable_parts() -> None:
    found = only("yield f(x);", m.Opaque)
    assert (found.kind, words(found)) == ("yield_expression", "f x")


def test_places_are_those_of_the_file() -> None:
    source = "// ä\nfn f() { g(1); }\nfn h() { let é = vec![x.len(); 2]; }".encode()
    module = parse_module("x.rs", source)
    found = lower_body(source, module, 1)
    assert found is not None
    (call,) = (n for n in found.walk() if isinstance(n, m.MethodCall))
    assert source[call.span.start : call.span.end] == b"x.len()"
    assert source[call.name_span.start : call.name_span.end] == b"len"


def test_bodies_can_be_pickled() -> None:
    found = body("if let Some(x) = y { vec![x; n].iter().map(|a| a + 1) } else { z }")
    assert pickle.loads(pickle.dumps(found)) == found


# --- macros --------------------------------------------------------------------------------------


def macro(code: str) -> m.MacroCall:
    return first(code, m.MacroCall)


@pytest.mark.parametrize(
    ("code", "path", "read"),
    [
        ('format!("{}: {x}", a.b(), c = d)', "format", ["{}: {x}", "a", "c d"]),
        ("assert!(a < b && c > d)", "assert", ["a b c d"]),
        ("vec![a, b,]", "vec", ["a", "b"]),
        ("vec![]", "vec", []),
        ("vec![/* none */]", "vec", []),
        ("pyo3::wrap_pyfunction!(f, m)", "pyo3::wrap_pyfunction", ["f", "m"]),
        ("release_gil!(py, || work(x))", "release_gil", ["py", "work x"]),
        ("run! { let x = a; b(x) }", "run", ["a", "b x"]),
        ("outer!(inner!(a), b) // c\n", "outer", ["a", "b"]),
        ("last!(a // why\n)", "last", ["a"]),
    ],
)
def test_macro_tokens_that_read_as_rust_are_read(code: str, path: str, read: list[str]) -> None:
    found = macro(code)
    assert found.parsed
    assert (found.path, [words(arg) for arg in found.args]) == (path, read)


def test_repetition_in_a_macro_is_one_sequence() -> None:
    (found,) = macro("vec![f64::NAN; rows * cols]").args
    assert isinstance(found, m.Sequence)
    assert (found.kind, [words(i) for i in found.items]) == ("repeat", ["NAN", "rows cols"])


@pytest.mark.parametrize(
    ("code", "pattern", "names", "guard"),
    [
        ("matches!(k.x(), A | B)", "A | B", (), ""),
        ("matches!(k.x(), Some(_))", "Some(_)", (), ""),
        ("matches!(k.x(), Some(n) if n > 1)", "Some(n)", ("n",), "n 1"),
        ("std::matches!(k.x(), A { .. },)", "A { .. }", (), ""),
        ("matches!(k.x(), 'a'..='z' | '_')", "'a'..='z' | '_'", (), ""),
    ],
)
def test_matches_has_a_subject_and_an_arm(
    code: str, pattern: str, names: tuple[str, ...], guard: str
) -> None:
    found = macro(code)
    subject, arm = found.args
    assert isinstance(subject, m.MethodCall)
    assert isinstance(arm, m.Arm)
    assert (arm.pattern, arm.names, words(arm.guard)) == (pattern, names, guard)


@pytest.mark.parametrize(
    "code", ['json!({"a": 1})', "dict!{ a => b }", "sql!(SELECT a FROM b)", "m!(;)x", "m!(a) + "]
)
def test_macro_tokens_that_are_no_rust_are_kept_as_text(code: str) -> None:
    source = f"fn f() {{ {code} }}".encode()
    block = lower_body(source, parse_module("x.rs", source), 0)
    assert block is not None
    found = next(n for n in block.walk() if isinstance(n, m.MacroCall))
    inner = code[code.index("!") + 2 : max(map(code.rfind, ")}"))]
    assert found.tokens == inner
    assert found.parsed == (inner in ("a", ";"))


def test_places_inside_macros_are_those_of_the_file() -> None:
    source = 'fn f() { a!("é", b!(c.d(), vec![e.g(); 3])) }'.encode()
    block = lower_body(source, parse_module("x.rs", source), 0)
    assert block is not None
    calls = [n for n in block.walk() if isinstance(n, m.MethodCall)]
    assert [source[n.span.start : n.span.end] for n in calls] == [b"c.d()", b"e.g()"]
    for node in block.walk():
        assert block.span.contains(node.span)


def test_cfg_inside_macro_arguments_gates() -> None:
    (found,) = macro("vec![#[cfg(a)] b]").args
    assert isinstance(found, m.Gated)
