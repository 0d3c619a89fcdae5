"""BC303: what an object of another crate, kept in one of Python, says of itself."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use engine::{Mesh, Cell};
use pyo3::prelude::*;
use std::collections::{HashMap, HashSet};

#[pyclass]
struct Surface {
    mesh: Mesh<f64>,
    #[pyo3(get, set)]
    levels: usize,
}

#[pyfunction]
fn heights(surface: &Surface, ARGS) -> Vec<f64> {
    let mut found = vec![0.0; surface.mesh.bound()];
    BODY
    found
}

#[pymodule]
fn relief(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Surface>()?;
    m.add_function(wrap_pyfunction!(heights, m)?)
}
"""


def told(body: str, args: str = "at: usize") -> list[str]:
    found = audit_source(CODE.replace("ARGS", args).replace("BODY", body), [PanicPath()]).findings
    return [one.message for one in found if one.confidence is not Confidence.SUSPECT]


@pytest.mark.parametrize(
    "body",
    [
        "for cell in surface.mesh.cells() { found[cell.index()] = 1.0; }",
        "let all: Vec<usize> = surface.mesh.cells().map(|c| c.index()).collect();\n"
        "    for i in &all { found[*i] = 1.0; }",
        "let mut seen = HashMap::with_capacity(surface.mesh.bound());\n"
        "    for cell in surface.mesh.cells() { seen.insert(cell, 1.0); }\n"
        "    for edge in surface.mesh.edges() {\n"
        "        found.push(*seen.get(&edge.from()).unwrap());\n"
        "    }",
        "let mut room = HashMap::with_capacity(at);\n"
        "    room.insert(1, 1.0);\n"
        "    found.push(*room.get(&1).unwrap());",
    ],
)
def test_what_the_object_says_of_itself_was_not_chosen_by_the_caller(body: str) -> None:
    assert told(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "found[at] = 1.0;",
        "found[surface.levels] = 1.0;",
        "let mut seen = HashMap::with_capacity(surface.mesh.bound());\n"
        "    for cell in surface.mesh.cells() { seen.insert(cell, 1.0); }\n"
        "    found.push(*seen.get(&Cell::new(at)).unwrap());",
    ],
)
def test_numbers_of_the_caller_are_still_followed(body: str) -> None:
    assert len(told(body)) == 1


@pytest.mark.parametrize(
    ("args", "loop"),
    [
        ("given: HashMap<usize, f64>", "for (at, x) in given.into_iter() { found[at] = x; }"),
        ("given: HashMap<usize, f64>", "for (at, x) in given.iter() { found[*at] = *x; }"),
        ("given: HashMap<usize, f64>", "for at in given.keys() { found[*at] = 1.0; }"),
        ("given: HashMap<String, usize>", "for at in given.values() { found[*at] = 1.0; }"),
        ("given: HashSet<usize>", "for at in given.iter() { found[*at] = 1.0; }"),
    ],
)
def test_keys_of_the_caller_index_what_they_were_not_compared_with(args: str, loop: str) -> None:
    assert told(loop, args) == ["this index panics: the index comes from the caller unchecked"]


@pytest.mark.parametrize(
    ("args", "loop"),
    [
        (
            "given: HashMap<usize, f64>",
            "for (at, x) in given { if at < found.len() { found[at] = x; } }",
        ),
        ("given: HashMap<usize, f64>", "for x in given.values() { found.push(*x); }"),
        ("given: HashMap<String, f64>", "for (_, x) in given { found.push(x); }"),
    ],
)
def test_keys_that_are_compared_or_left_alone_are_fine(args: str, loop: str) -> None:
    assert told(loop, args) == []
