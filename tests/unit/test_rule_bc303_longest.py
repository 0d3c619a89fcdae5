"""BC303: memory as long as the longest of some texts that is cut at the lengths of others."""

from __future__ import annotations

from typing import Any

import pytest

from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

struct Book { words: Vec<String>, rules: Vec<(String, String)> }
impl Book {
    fn join(self) -> usize {
        let mut most = 0;
        FINDS
        let mut line: Vec<u8> = MEMORY;
        CHECK
        self.RULES.iter().map(|RULE| {
            line[0..left.len()].copy_from_slice(left.as_bytes());
            line.len()
        }).sum()
    }
}
#[pyfunction]
fn joined(words: Vec<String>, rules: Vec<(String, String)>) -> usize {
    Book { words, rules }.join()
}
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_function(wrap_pyfunction!(joined, m)?) }
"""
LOOP = "for word in self.words.iter() { if most < word.len() { most = word.len(); } }"
CLOSURE = "self.words.iter().for_each(|word| if most < word.len() { most = word.len() });"


def said(
    finds: str = LOOP,
    memory: str = "vec![0; most]",
    check: str = "",
    rules: tuple[str, str] = ("rules", "(left, _)"),
) -> list[str]:
    code = CODE.replace("FINDS", finds).replace("MEMORY", memory).replace("CHECK", check)
    code = code.replace("RULES", rules[0]).replace("RULE", rules[1])
    found = audit_source(code, [PanicPath()]).findings
    said = [f"{one.item}: {one.message}, {one.confidence}" for one in found]
    return [one for one in said if "longest" in one]


@pytest.mark.parametrize("finds", [LOOP, CLOSURE])
def test_others_may_be_longer_than_the_longest(finds: str) -> None:
    assert said(finds) == [
        "Book::join: this slice panics: `line`, which is as long as the longest of `words`, is cut "
        "at the lengths of `rules`; reached from `joined`, likely"
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"rules": ("words", "left")},
        {"check": "if self.rules.iter().any(|(left, _)| left.len() > most) { return 0; }"},
        {"check": "assert!(line.len() > 9);"},
        {"memory": "Vec::new()"},
        {"memory": "vec![0; 64]"},
        {"finds": "most = self.words.len();"},
    ],
    ids=["the same ones", "asked", "asserted", "empty", "fixed", "a number of words"],
)
def test_the_same_texts_and_lengths_that_are_asked_for_are_silent(
    arguments: dict[str, Any],
) -> None:
    assert said(**arguments) == []
