"""BC303: what a `match`, a wrapper or a list has settled, and panics of one chain of calls."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

HEAD = """
use engine::{Mesh, Place};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

#[pyclass]
struct Surface {
    mesh: Mesh<f64>,
}

#[derive(Clone, Copy)]
enum Phase {
    Idle,
    Open,
    Done,
}

"""
BODY = """
#[pyfunction]
fn asked(ARGS) -> PyResult<usize> {
    BODY
}
"""


def told(args: str, body: str) -> list[str]:
    text = HEAD + BODY.replace("ARGS", args).replace("BODY", body)
    found = audit_source(text, [PanicPath()]).findings
    return [one.message for one in found if one.confidence is not Confidence.SUSPECT]


FIRST = """let bits = match mode {
        "gray" => 8,
        "wide" | "deep" => 16,
        other => return Err(PyValueError::new_err(other.to_string())),
    };
    """


@pytest.mark.parametrize(
    "second",
    [
        'Ok(match mode { "gray" => 1, "wide" => bits, "deep" => 3, _ => unreachable!() })',
        'Ok(match mode { "gray" => 1, "wide" | "deep" => bits, _ => unreachable!() })',
        "let name = mode.to_string();\n"
        '    Ok(match name.as_str() { "gray" => 1, "wide" | "deep" => 2, _ => unreachable!() })',
    ],
)
def test_texts_that_have_got_past_a_match_are_known(second: str) -> None:
    assert told("mode: &str", FIRST + second) == []


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (FIRST, 'match mode { "gray" => 1, "wide" => 2, _ => unreachable!() }', '`"deep"` may'),
        (
            FIRST,
            'match mode.to_uppercase().as_str() { "gray" => 1, "wide" | "deep" => 2,'
            " _ => unreachable!() }",
            "any other value of the caller",
        ),
        ("", 'match mode { "gray" => 1, _ => unreachable!() }', "any other value of the caller"),
        (
            'if let Some(x) = match mode { "gray" => Some(8), _ => None } { return Ok(x); }\n    ',
            'match mode { "gray" => 1, _ => unreachable!() }',
            "any other value of the caller",
        ),
    ],
)
def test_texts_that_may_still_come_are_told(first: str, second: str, why: str) -> None:
    (message,) = told("mode: &str", f"{first}Ok({second})")
    assert why in message


STATE = """let phase = if at == 0 { Phase::Idle } else { Phase::Done };
    match phase {
        PAST => {}
        _ => return Err(PyValueError::new_err("not now")),
    }
    Ok(match phase { Phase::Idle => 1, _ => unreachable!() })"""


def test_variants_that_have_got_past_a_match_are_known() -> None:
    assert told("at: usize", STATE.replace("PAST", "Phase::Idle")) == []
    (message,) = told("at: usize", STATE.replace("PAST", "Phase::Idle | Phase::Done"))
    assert "`Done` may reach it" in message


INDEX = """let mut found = vec![0; surface.mesh.bound()];
    let place = Place::new(at);
    CHECK
    found[at] = 1;
    Ok(found.len())"""


def test_who_asks_for_a_wrapped_number_asks_for_the_number() -> None:
    check = "if !surface.mesh.has(place) { return Err(PyValueError::new_err(at)); }"
    args = "surface: &Surface, at: usize"
    assert told(args, INDEX.replace("CHECK", check)) == []
    assert len(told(args, INDEX.replace("CHECK", "surface.mesh.visit(place);"))) == 1


NOT_EMPTY = "if items.is_empty() { return Ok(0); }\n    "


@pytest.mark.parametrize(
    ("check", "at", "count"),
    [
        (NOT_EMPTY, "0", 0),
        (NOT_EMPTY, "items.len() - 1", 0),
        (NOT_EMPTY, "1", 1),
        (NOT_EMPTY, "others.len() - 1", 1),
        ("", "0", 1),
    ],
)
def test_the_ends_of_a_list_that_is_not_empty_are_there(check: str, at: str, count: int) -> None:
    args = "items: &Bound<'_, PyList>, others: &Bound<'_, PyList>"
    body = f"{check}let one = items.get_item({at}).unwrap();\n    Ok(one.is_none() as usize)"
    assert len(told(args, body)) == count


def test_items_of_a_list_that_is_not_empty_may_be_empty() -> None:
    body = (
        f"{NOT_EMPTY}for item in items {{\n"
        "        let pair = item.cast::<PyTuple>()?;\n"
        "        let first = pair.get_item(0).unwrap();\n"
        "        if first.is_none() { return Ok(1); }\n"
        "    }\n    Ok(0)"
    )
    assert told("items: Bound<'_, PyList>", body) == ["`unwrap` panics: `get_item` fails"]


def test_one_chain_of_calls_is_one_finding() -> None:
    body = (
        "let size: usize = item.cast::<PyTuple>().unwrap().get_item(1).unwrap()"
        ".extract().unwrap();\n    Ok(size)"
    )
    assert told("item: &Bound<'_, PyAny>", body) == [
        "`unwrap` panics: `cast`, `get_item` or `extract` fails"
    ]


def test_one_object_that_may_be_borrowed_is_one_finding() -> None:
    body = "let first = one.borrow().mesh.bound();\n    Ok(first + one.borrow().mesh.SECOND)"
    args = "one: Bound<'_, Surface>, other: Bound<'_, Surface>"
    assert len(told(args, body.replace("SECOND", "cells()"))) == 1
    more = body.replace("one.borrow().mesh.SECOND", "other.borrow().mesh.cells()")
    assert len(told(args, more)) == 2
