"""Functions of which nothing is known are called in the order in which they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidings import packed, replaced

CHOSEN = "    let chosen = span.unwrap_or(7);\n"
NAMED = (
    CHOSEN + "    let params = TideParams { length: Some(chosen), name: Some(kind.to_string()) };\n"
)
LAST = '    dict.set_item("rows", rows)?;\n    dict.set_item("cols", cols)?;\n'
SPAN = '            return Err(PyValueError::new_err("a span beyond the year"));\n        }\n'
MADE = SPAN + "        let params = TideParams { length: Some(span), ..TideParams::default() };\n"


def drawn(fields: str, first: str, second: str) -> str:
    lets = f"    let chosen = {first};\n    let title = {second};\n"
    return f"{lets}    let params = TideParams {{ {fields} }};\n"


REFUSED = {
    "fields the other way round": (
        "single",
        NAMED,
        drawn("name: Some(title), length: Some(chosen)", "draw(span)", "title(kind)"),
    ),
    "of a module": (
        "single",
        NAMED,
        drawn("name: Some(title), length: Some(chosen)", "crate::draw(span)", "crate::title(kind)"),
    ),
    "of a stream": (
        "stream",
        MADE,
        SPAN + drawn("name: Some(title), length: Some(chosen)", "draw(span)", "title(span)"),
    ),
    "entries of a grid": (
        "batch",
        LAST,
        "    let first = stamp(rows);\n    let second = mark(cols);\n"
        '    dict.set_item("second", second)?;\n    dict.set_item("first", first)?;\n' + LAST,
    ),
}
KEPT = {
    "in their order": (
        "single",
        NAMED,
        drawn("length: Some(chosen), name: Some(title)", "draw(span)", "title(kind)"),
        "length: Some(draw(span)), name: Some(title(kind))",
    ),
    "one in the other": (
        "single",
        NAMED,
        drawn(
            "length: Some(chosen), name: Some(title)", "draw(span)", "title(kind, chosen)"
        ).replace("Some(chosen),", "None,"),
        "length: None, name: Some(title(kind, draw(span)))",
    ),
    "one of a type": (
        "single",
        NAMED,
        drawn(
            "name: Some(title), length: Some(chosen)", "usize::from(kind.is_empty())", "title(kind)"
        ),
        "name: Some(title(kind)), length: Some(usize::from(kind.is_empty()))",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_order_keeps_the_binding(tmp_path: Path, name: str) -> None:
    told = replaced(tmp_path, *REFUSED[name])
    assert "in their order" in told.lacking


@pytest.mark.parametrize("name", KEPT)
def test_the_same_order(tmp_path: Path, name: str) -> None:
    piece, old, new, wanted = KEPT[name]
    told = replaced(tmp_path, piece, old, new)
    assert not told.lacking
    assert packed(wanted) in told.body


END = "    let kern = crate::read_kernel(kernel)?;\n    let chosen"


@pytest.mark.parametrize("value", ["Span", "SPAN", "crate::SPAN"])
def test_a_value_that_nobody_uses_may_do_something_at_its_end(tmp_path: Path, value: str) -> None:
    told = replaced(
        tmp_path, "single", END, END.replace("let chosen", f"let _span = {value};\n    let chosen")
    )
    assert f"how to keep `let _span = {value};`" in told.lacking
    (tmp_path / "more").mkdir()
    sweep = "    let sweep ="
    told = replaced(tmp_path / "more", "batch", sweep, f"    let (_a, _b) = ({value}, 1);\n{sweep}")
    assert "a place for the variable" in told.lacking


@pytest.mark.parametrize("value", ["f64::NAN", "usize::MAX", "7"])
def test_a_number_that_nobody_uses_is_left_out(tmp_path: Path, value: str) -> None:
    told = replaced(
        tmp_path, "single", END, END.replace("let chosen", f"let _n = {value};\n    let chosen")
    )
    assert not told.lacking
    assert "let_n" not in told.body
