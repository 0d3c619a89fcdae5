"""Suppressions, problems and tokens."""

from __future__ import annotations

import pytest

from bindcheck.parse import parse_module, parse_snippet, tokens


def ignores(code: str) -> list[tuple[tuple[str, ...], str, int]]:
    found = parse_module("x.rs", code.encode()).ignores
    return [(i.codes, i.reason, i.line) for i in found]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("fn f() {} // bindcheck: ignore[BC201] tiny", [(("BC201",), "tiny", 1)]),
        ("fn f() {} /* bindcheck: ignore[BC201] tiny */", [(("BC201",), "tiny", 1)]),
        ("// bindcheck: ignore[BC201, BC3] two\nfn f() {}", [(("BC201", "BC3"), "two", 2)]),
        ("//bindcheck:ignore[BC1]\n\n// note\n/* a\nb */\nfn f() {}", [(("BC1",), "", 6)]),
        ("// bindcheck: ignore[] why\nfn f() {}", [((), "why", 2)]),
        ("// bindcheck: ignore why\nfn f() {}", [((), "why", 2)]),
        ("fn f() {} // bindcheck: ignore[BC201]: why", [(("BC201",), "why", 1)]),
        ("fn f() {} // sound // bindcheck: ignore[BC2] why", [(("BC2",), "why", 1)]),
        ("fn f() {}\n// bindcheck: ignore[BC2] last", [(("BC2",), "last", 2)]),
        (
            "// bindcheck: ignore[A1] a\n// bindcheck: ignore[B2] b\nfn f() {}",
            [(("A1",), "a", 3), (("B2",), "b", 3)],
        ),
        ("fn f() {\n    g(1, // bindcheck: ignore[BC2] x\n    2)\n}", [(("BC2",), "x", 2)]),
        ("fn f() {\n    m!(1, // bindcheck: ignore[BC2] x\n    2)\n}", [(("BC2",), "x", 2)]),
        ('const A: &str = "// bindcheck: ignore[BC2] x";', []),
        ('const A: &str = r#"\n// bindcheck: ignore[BC2] x\n"#;', []),
        ("// see bindcheck: ignore[BC2] in the manual\nfn f() {}", []),
        ("// bindcheck: ignored[BC2]\nfn f() {}", []),
        ("// bindcheck: hello\nfn f() {}", []),
        ("fn f() {} // bindcheck: ignore[BC2] ä – ö\r\n", [(("BC2",), "ä – ö", 1)]),
    ],
)
def test_suppressions(code: str, expected: list[tuple[tuple[str, ...], str, int]]) -> None:
    assert ignores(code) == expected


def test_the_span_of_a_suppression_is_its_comment() -> None:
    code = "fn f() {} // bindcheck: ignore[BC1] x\nfn g() {}"
    (found,) = parse_module("x.rs", code.encode()).ignores
    assert code[found.span.start : found.span.end] == "// bindcheck: ignore[BC1] x"


@pytest.mark.parametrize(
    ("code", "message", "extent"),
    [
        ("fn f() { let x = 1 }", "missing `;`", "fn f() { let x = 1 }"),
        ("struct S; fn f( { }", "missing `)`", "fn f( { }"),
        ("fn a() {}\nfn b() { x = = 3; }\nfn c() {}", "syntax error near `=`", "fn b()"),
        ("impl A { fn a() {} fn b() { let = 1; } }", "syntax error near `=`", "fn b()"),
        ("@@@ fn f() {}", "syntax error near `@@@`", "@@@"),
    ],
)
def test_problems_say_where_and_what_is_lost(code: str, message: str, extent: str) -> None:
    problem = parse_module("x.rs", code.encode()).problems[0]
    assert problem.message.startswith(message)
    assert code[problem.extent.start : problem.extent.end].startswith(extent)
    assert problem.extent.contains(problem.span)


def test_one_problem_for_each_item() -> None:
    code = "fn a() { x = = 1; y = = 2; z = = 3; }\nfn b() { x = = 1; }"
    found = parse_module("x.rs", code.encode())
    assert len(found.problems) == 2
    assert [f.name for f in found.functions] == ["a", "b"]


def test_items_around_an_unfinished_one_are_kept() -> None:
    code = "fn a() {}\n#[pyfunction]\nfn b() { g(1); }\nfn c( {\n    if x {\n"
    found = parse_module("x.rs", code.encode())
    assert [f.name for f in found.functions][:2] == ["a", "b"]
    assert found.functions[1].attrs[0].path == "pyfunction"
    assert found.problems


def test_snippets_are_checked() -> None:
    assert parse_snippet(b"#[pyfunction]\npub fn f() -> u8 { 1 }\n") == ()
    assert parse_snippet(b"pub fn f() -> u8 { 1 \n") != ()


def test_tokens_leave_out_comments_and_layout() -> None:
    code = b"""/// doc
fn f<'a>(x: &'a str) -> f64 { // why
    /* a /* nested */ b */ x . len()==1.0e-3 && 'x' != '\\'' ; r#"a "b" // c"#;
    "d\\" // e" 1..=2 }"""
    words = "fn f < 'a > ( x : & 'a str ) -> f64 { x . len ( ) == 1.0e-3 && 'x' != '\\''"
    assert tokens(code) == (
        *words.split(" "),
        ";",
        'r#"a "b" // c"#',
        ";",
        '"d\\" // e"',
        "1",
        "..=",
        "2",
        "}",
    )


def test_tokens_of_other_layout_are_equal() -> None:
    left = b"fn f(a:f64,b:&'static str)->Vec<Vec<f64>>{g(a,b)}"
    right = (
        b"fn f(\n    a: f64,\n    b: &'static str) -> Vec<Vec<f64>> {\n    // x\n    g(a, b)\n}\n"
    )
    assert tokens(left) == tokens(right)
    assert tokens(left) != tokens(left.replace(b"g(a,b)", b"g(b,a)"))


@pytest.mark.parametrize("code", [b"", b"/* open", b'"open', b"'", b"\xff\xfe", b'r#"open'])
def test_tokens_of_what_does_not_lex(code: bytes) -> None:
    assert isinstance(tokens(code), tuple)
