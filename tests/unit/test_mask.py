"""Literals and comments are blanked, code stays, and what does not lex is refused."""

import pytest

from bindcheck.parse.mask import BLANK, mask


def shown(source: str) -> str | None:
    code = mask(source.encode())
    return None if code is None else code.replace(BLANK, b"_").decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('a("{")', "a(___)"),
        (r'a("\"{")', "a(_____)"),
        (r'a("\\")', "a(____)"),
        ("a // {\nb", "a     \nb"),
        ("a /* { /* } */ { */ b", "a                   b"),
        ('r"{" + 1', "____ + 1"),
        ('r#"{"# + 1', "______ + 1"),
        ('r##"{"#"## + 1', "__________ + 1"),
        ('br#"{"# + b"{" + c"{"', "_______ + b___ + c___"),
        ('bar"{"', "bar___"),
        ("r#type { }", "r#type { }"),
        ("'{' + b'}' + '\\''", "___ + b___ + ____"),
        ("'\\u{7b}' + '\\x7b'", "________ + ______"),
        ("'é' + 'a", "____ + 'a"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ("f('a','b')", "f(___,___)"),
        ("x::<'a,'b>()", "x::<'a,'b>()"),
        ('"multi\nline" {}', "____________ {}"),
    ],
)
def test_only_code_is_left(source: str, expected: str) -> None:
    assert shown(source) == expected
    assert len(mask(source.encode()) or b"") == len(source.encode())


@pytest.mark.parametrize(
    "source",
    [
        '"never closed',
        "/* never closed",
        "/* /* closed once */",
        'r#"never closed"',
        "'",
        "'1",
        "a \0 b",
        "a \x01 b",
        "(",
        "}",
        "([)]",
        "{ ( }",
    ],
)
def test_what_does_not_lex_or_pair_up_is_refused(source: str) -> None:
    assert shown(source) is None
