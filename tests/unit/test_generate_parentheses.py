"""What takes the place of a variable has parentheses where it needs them, and nowhere else.

The compiler warns of others, which ends the build of a crate that denies warnings.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tides import SINGLE
from tidings import packed, replaced

CHOSEN = "    let chosen = span.unwrap_or(7);\n"

# The piece, the text that is replaced, the text in its place, and what becomes of it.
WRITTEN = {
    "argument": ("single", CHOSEN, "    let chosen = h.len() + 1;\n", "Some(high_slice.len() + 1)"),
    "argument of a method": (
        "single",
        CHOSEN,
        "    let least = h.len() + 1;\n    let chosen = span.unwrap_or(least);\n",
        "Some(span.unwrap_or(high_slice.len() + 1))",
    ),
    "operand": (
        "single",
        CHOSEN,
        "    let least = h.len() + 1;\n    let chosen = least * 2;\n",
        "Some((high_slice.len() + 1) * 2)",
    ),
    "receiver": (
        "single",
        CHOSEN,
        "    let least = h.len() + 1;\n    let chosen = least.min(9);\n",
        "Some((high_slice.len() + 1).min(9))",
    ),
    "number": (
        "single",
        CHOSEN,
        "    let least = 3;\n    let chosen = h.len() * least;\n",
        "Some(high_slice.len() * 3)",
    ),
    "condition": (
        "single",
        CHOSEN,
        "    let long = h.len() > 9;\n    let chosen = if long { 9 } else { 7 };\n",
        "Some(if high_slice.len() > 9 { 9 } else { 7 })",
    ),
    "condition with braces": (
        "single",
        CHOSEN,
        "    let long = { h.len() } > 9;\n    let chosen = if long { 9 } else { 7 };\n",
        "Some(if ({ high_slice.len() } > 9) { 9 } else { 7 })",
    ),
    "end of a block": (
        "single",
        CHOSEN,
        "    let many = h.len() + 1;\n    let chosen = if many > 9 { many } else { 7 };\n",
        "Some(if (high_slice.len() + 1) > 9 { high_slice.len() + 1 } else { 7 })",
    ),
    "arm": (
        "single",
        CHOSEN,
        "    let many = h.len() + 1;\n    let chosen = match l.len() { 1 => many, n => n };\n",
        "Some(match low_slice.len() { 1 => high_slice.len() + 1, n => n })",
    ),
    "arm with braces": (
        "single",
        CHOSEN,
        "    let many = { h.len() } + 1;\n    let chosen = match l.len() { 1 => many, n => n };\n",
        "Some(match low_slice.len() { 1 => ({ high_slice.len() } + 1), n => n })",
    ),
    "subject": (
        "single",
        CHOSEN,
        "    let many = h.len() + 1;\n    let chosen = match many { 1 => 7, n => n };\n",
        "Some(match high_slice.len() + 1 { 1 => 7, n => n })",
    ),
    "field": (
        "stream",
        "        let params = TideParams { length: Some(span),",
        "        let length = if span > 1 { Some(span) } else { None };\n"
        "        let params = TideParams { length,",
        "TideParams { length: if span > 1 { Some(span) } else { None }, ..TideParams::default() }",
    ),
    "range": (
        "batch",
        "    let sweep = TideBatchRange { length: spans };\n",
        "    let last = spans.1 + 1;\n"
        "    let sweep = TideBatchRange { length: (spans.0, last, spans.2) };\n",
        "TideBatchRange { length: (spans.0, spans.1 + 1, spans.2) }",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_parentheses(tmp_path: Path, name: str) -> None:
    piece, old, new, wanted = WRITTEN[name]
    told = replaced(tmp_path, piece, old, new)
    assert not told.lacking
    assert packed(wanted) in told.body


LISTED = SINGLE[SINGLE.index("    high: Py") : SINGLE.index("    let kern")]
COMPARED = LISTED[LISTED.index("    if ") :]
READ = "    let h = high.as_slice()?;\n"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("&list", "let high_values = {LIST}; let params"),
        ("&list[..]", "let high_array = {LIST}; let high_values = &high_array[..];"),
        ("list.as_ref()", "let high_array = {LIST}; let high_values = high_array.as_ref();"),
        ("list.as_slice()", "let high_array = {LIST}; let high_values = high_array.as_slice();"),
    ],
)
def test_a_list_has_a_statement_without_parentheses(
    tmp_path: Path, given: str, wanted: str
) -> None:
    """Of its own, too: what is asked of it may not outlive it."""
    changed = LISTED.replace("PyReadonlyArray1<'py, f64>", "Bound<'py, PyAny>", 1)
    read = f"    let list: Vec<f64> = high.extract()?;\n    let h = {given};\n"
    changed = changed.replace(COMPARED, "").replace(READ, read)
    told = replaced(tmp_path, "single", LISTED, changed)
    assert not told.lacking
    typed = "{ let typed: Vec<f64> = high.extract()?; typed }"
    assert packed(wanted.replace("{LIST}", typed)) in told.body
