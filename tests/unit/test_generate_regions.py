"""Marked regions: found, hashed, replaced, inserted."""

from __future__ import annotations

import pytest

from bindcheck.errors import BindcheckError
from bindcheck.generate.regions import (
    PYTHON,
    RUST,
    digest,
    find_regions,
    insert_block,
    replace_region,
    wrap,
)

BODY = "fn a(x: usize, y: usize) -> usize {\n    x + y\n}\n"


def test_a_wrapped_region_is_found_again_and_unedited() -> None:
    text = f"use x;\n\n{wrap('wave/single', 3, digest(BODY), BODY)}\nfn b() {{}}\n"
    (region,) = find_regions(text, "wave.rs")
    assert (region.key, region.template, region.body) == ("wave/single", 3, BODY)
    assert not region.edited
    assert text[region.start : region.end] == wrap("wave/single", 3, digest(BODY), BODY)


def test_formatting_rust_is_no_edit_but_changing_it_is() -> None:
    formatted = "fn a(\n    x: usize,\n    y: usize,\n) -> usize {\n    x + y\n}\n"
    assert digest(formatted) == digest(BODY)
    assert digest(BODY.replace("x + y", "x - y")) != digest(BODY)
    assert digest(BODY + "// note\n") != digest(BODY)


def test_white_space_inside_a_string_counts() -> None:
    assert digest('let a = "b c";') != digest('let a = "bc";')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/// Two  words.\nfn", "/// Two words.\nfn"),
        ("// a\nb();", "// a b();"),
        ("a(); // b\nc();", "a();\n// b\nc();"),
        ("/* a  b */ c", "/* a b */ c"),
        ("f(' ')", "f('  ')"),
        ("f('\"', ' ', '\"')", "f('\"', '', '\"')"),
        ('f(r#"a "b  c"#)', 'f(r#"a "b c"#)'),
        ('f(b"a  b")', 'f(b"a b")'),
        ('f("a,)")', 'f("a)")'),
        ("let ab", "let a b"),
    ],
)
def test_comments_and_literals_count_as_they_are_written(before: str, after: str) -> None:
    assert digest(before) != digest(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/// a\nfn b() {}\n", "    /// a  \r\n\r\n    fn b() {}\r\n"),
        ("f(\n    a,\n    b, // c\n)", "f(\n  a,\n  b // c\n)"),
        ("/* a /* b */\n   c */ d", "/* a /* b */\n c */ d"),
        ("fn a<'b>(c: &'b str, d: char) {}", "fn a<'b>(\n  c: &'b str,\n  d: char,\n) {\n}"),
    ],
)
def test_what_a_formatter_changes_around_comments_is_no_edit(before: str, after: str) -> None:
    assert digest(before) == digest(after)


def test_indentation_counts_in_python() -> None:
    before = "if a:\n    b()\nc()\n"
    after = "if a:\n    b()\n    c()\n"
    assert digest(before, RUST) == digest(after, RUST)
    assert digest(before, PYTHON) != digest(after, PYTHON)
    (region,) = find_regions(
        wrap("wave/test", 1, digest(before, PYTHON), after, PYTHON), "test_wave.py"
    )
    assert region.edited


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("x\n// bindcheck: begin a/single template=1 hash=0f\nfn\n", "a/single has no end", 2),
        ("// bindcheck: end a/single\n", "a/single without its begin", 1),
        (
            "// bindcheck: begin a/single template=1 hash=0f\n"
            "// bindcheck: begin a/batch template=1 hash=0f\n",
            "a/single has no end",
            1,
        ),
        (
            "// bindcheck: begin a/single template=1 hash=0f\n// bindcheck: end a/batch\n",
            "a/batch without its begin",
            2,
        ),
        (
            "fn f() {}\r\n\x0c// bindcheck: end a/batch\r\n",
            "a/batch without its begin",
            3,
        ),
        (
            "// bindcheck: nothing\n\n// bindcheck: begin a/single template=1 hash=0f",
            "a/single has no end",
            3,
        ),
    ],
)
def test_broken_markers_are_errors_with_their_line(text: str, message: str, line: int) -> None:
    with pytest.raises(BindcheckError, match=message) as caught:
        find_regions(text, "wave.rs")
    assert caught.value.line == line


def test_what_only_mentions_a_marker_is_none() -> None:
    block = wrap("a/single", 1, digest(BODY), BODY)
    text = (
        f"// as bindcheck: begin a/b\nlet x = 1; // bindcheck: end a/b\n{block}//! bindcheck: end\n"
    )
    (region,) = find_regions(text, "wave.rs")
    assert text[region.start : region.end] == block


def test_a_region_that_occurs_twice_is_an_error() -> None:
    with pytest.raises(BindcheckError, match="twice"):
        find_regions(wrap("a/single", 1, digest(BODY), BODY) * 2, "wave.rs")


def test_insertion_leaves_one_blank_line_on_either_side() -> None:
    block = wrap("a/single", 1, digest(BODY), BODY)
    for before, after in [("a\n", "b\n"), ("a\n\n\n", "\n\nb\n"), ("a", "b\n")]:
        assert insert_block(before + after, len(before), block) == f"a\n\n{block}\nb\n"
    assert insert_block("", 0, block) == block
    assert insert_block("a\n", 2, block) == f"a\n\n{block}"


def test_removing_and_inserting_restores_the_text() -> None:
    block = wrap("a/single", 1, digest(BODY), BODY)
    text = f"a\n\n{block}\nb\n"
    (region,) = find_regions(text, "wave.rs")
    assert insert_block(replace_region(text, region, ""), region.start, block) == text
