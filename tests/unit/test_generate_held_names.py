"""What takes the place of a variable means the same there, or the binding stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidings import packed, replaced

CHOSEN = "    let chosen = span.unwrap_or(7);\n"
BOUND = "    let bound = span;\n"
SWEEP = "    let sweep ="
FIRST = "    let spans: Vec<u32>"

# The piece, the text that is replaced, and the text in its place.
CAPTURED = {
    "closure": (
        "single",
        CHOSEN,
        BOUND + "    let chosen = Some(h.len()).map_or(7, |span| span + bound.unwrap_or(7));\n",
    ),
    "arm": (
        "single",
        CHOSEN,
        BOUND
        + "    let chosen = match kernel {\n"
        + "        Some(span) => span.len() + bound.unwrap_or(7),\n        None => 7,\n    };\n",
    ),
    "guard of an arm": (
        "single",
        CHOSEN,
        BOUND
        + "    let chosen = match h.len() {\n"
        + "        span if Some(span) > bound => 3,\n        _ => 7,\n    };\n",
    ),
    "if": (
        "single",
        CHOSEN,
        BOUND
        + "    let chosen = if let Some(span) = kernel {\n"
        + "        span.len() + bound.unwrap_or(7)\n    } else {\n        7\n    };\n",
    ),
    "rest of a condition": (
        "single",
        CHOSEN,
        BOUND
        + "    let chosen = if let Some(span) = kernel && Some(span.len()) > bound {\n"
        + "        3\n    } else {\n        7\n    };\n",
    ),
    "block": (
        "single",
        CHOSEN,
        BOUND + "    let chosen = 1 + { let span = h.len(); span + bound.unwrap_or(7) };\n",
    ),
    "check": (
        "single",
        CHOSEN,
        "    let bound = span.unwrap_or(7);\n"
        "    if kind.bytes().any(|span| span as usize > bound) {\n"
        '        return Err(PyValueError::new_err("beyond"));\n    }\n' + CHOSEN,
    ),
    "slice of an array": (
        "single",
        CHOSEN,
        "    let chosen = kind.bytes().map(|high_slice| h.len() + high_slice as usize).sum();\n",
    ),
    "check of a grid": (
        "batch",
        SWEEP,
        "    let bound = spans;\n    if h.iter().any(|spans| *spans > bound.2 as f64) {\n"
        '        return Err(PyValueError::new_err("beyond"));\n    }\n' + SWEEP,
    ),
    "entry of a grid": (
        "batch",
        FIRST,
        "    let bound = spans.2;\n    let rest: Vec<usize> = combos.iter()"
        ".map(|spans| spans.length.unwrap_or(5) + bound).collect();\n"
        '    dict.set_item("rest", rest.into_pyarray(py))?;\n' + FIRST,
    ),
    "result of a stream": (
        "stream",
        "self.inner.update(high, low).unwrap_or(f64::NAN)",
        "{\n            let result = low;\n"
        "            self.inner.update(high, low).unwrap_or(result)\n        }.abs()",
    ),
}
KEPT = {
    "closure with another name": (
        "single",
        CHOSEN,
        BOUND + "    let chosen = Some(h.len()).map_or(7, |one| one + bound.unwrap_or(7));\n",
        "Some(high_slice.len()).map_or(7, |one| one + span.unwrap_or(7))",
    ),
    "closure beside it": (
        "single",
        CHOSEN,
        BOUND + "    let chosen = bound.unwrap_or(7).max(kind.chars().map(|span| 1).sum());\n",
        "span.unwrap_or(7).max(kind.chars().map(|span| 1).sum())",
    ),
    "what an arm is chosen by": (
        "single",
        CHOSEN,
        BOUND
        + "    let chosen = match bound {\n        Some(span) => span,\n"
        + "        None => 7,\n    };\n",
        "match span { Some(span) => span, None => 7 }",
    ),
    "what a condition asks": (
        "single",
        CHOSEN,
        BOUND
        + "    let chosen = if let Some(span) = bound { span } else { bound.unwrap_or(7) };\n",
        "if let Some(span) = span { span } else { span.unwrap_or(7) }",
    ),
    "what has another value of its name": (
        "single",
        CHOSEN,
        "    let span = span.map(|given| given + 1);\n"
        "    let chosen = match span {\n        Some(span) => span,\n        None => 7,\n    };\n",
        "match span.map(|given| given + 1) { Some(span) => span, None => 7 }",
    ),
    "value before its name in a block": (
        "single",
        CHOSEN,
        BOUND + "    let chosen = 1 + { let span = bound.unwrap_or(7); span * span };\n",
        "1 + { let span = span.unwrap_or(7); span * span }",
    ),
    "check of a grid": (
        "batch",
        SWEEP,
        "    let bound = spans;\n    if h.iter().any(|one| *one > bound.2 as f64) {\n"
        '        return Err(PyValueError::new_err("beyond"));\n    }\n' + SWEEP,
        "if high_slice.iter().any(|one| *one > spans.2 as f64) {",
    ),
}


@pytest.mark.parametrize("name", CAPTURED)
def test_a_name_that_would_mean_another_value_keeps_the_binding(tmp_path: Path, name: str) -> None:
    assert replaced(tmp_path, *CAPTURED[name]).lacking.startswith("not known: ")


@pytest.mark.parametrize("name", KEPT)
def test_a_name_that_means_the_same_is_put_in(tmp_path: Path, name: str) -> None:
    piece, old, new, wanted = KEPT[name]
    told = replaced(tmp_path, piece, old, new)
    assert not told.lacking
    assert packed(wanted) in told.body
