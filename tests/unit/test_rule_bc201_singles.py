"""BC201: work for one item, which another method of the class releases for many."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use rayon::prelude::*;

struct Encoder { words: Vec<String> }

impl Encoder {
    fn encode(&self, text: &str) -> Vec<u32> {
        text.split(' ').filter_map(|one| self.code(one)).collect()
    }
    fn code(&self, word: &str) -> Option<u32> {
        self.words.iter().position(|one| one == word).map(|at| at as u32)
    }
    fn encode_all(&self, texts: Vec<String>) -> Vec<Vec<u32>> {
        MANY
    }
}

#[pyclass]
struct PyEncoder { encoder: Encoder }

#[pymethods]
impl PyEncoder {
    fn encode(&self, py: Python<'_>, text: &str) -> Vec<u32> {
        ONE
    }
    fn code(&self, word: &str) -> Option<u32> {
        self.encoder.code(word)
    }
    fn encode_all(&self, py: Python<'_>, texts: Vec<String>) -> Vec<Vec<u32>> {
        ALL
    }
}
"""
MANY = "texts.into_par_iter().map(|text| self.encode(&text)).collect()"
ONE = "self.encoder.encode(text)"
ALL = "py.allow_threads(|| self.encoder.encode_all(texts))"


def reported(many: str = MANY, one: str = ONE, every: str = ALL) -> list[tuple[str, str]]:
    code = CODE.replace("MANY", many).replace("ONE", one).replace("ALL", every)
    found = audit_source(code, [GilHeld()]).findings
    assert all(one.confidence is Confidence.LIKELY for one in found)
    return [(one.item, one.message) for one in found if one.item == "PyEncoder::encode"]


def test_one_item_is_worth_a_release_where_each_of_many_is_worth_a_thread() -> None:
    [(_, message)] = reported()
    assert message == (
        "`encode` runs while the GIL is held; `PyEncoder::encode_all` lets go for many of it"
    )


@pytest.mark.parametrize(
    ("many", "one", "every"),
    [
        (MANY, "py.allow_threads(|| self.encoder.encode(text))", ALL),
        ("texts.iter().map(|text| self.encode(text)).collect()", ONE, ALL),
        (MANY, ONE, "let _ = py; texts.iter().map(|one| vec![one.len() as u32]).collect()"),
        (MANY, "let _ = py; self.encoder.code(text).into_iter().collect()", ALL),
    ],
)
def test_released_or_not_known_to_be_long(many: str, one: str, every: str) -> None:
    assert reported(many, one, every) == []


def test_a_lock_in_the_same_call_does_not_take_the_place_of_the_work() -> None:
    code = """
use pyo3::prelude::*;
use rayon::prelude::*;
use std::sync::RwLock;

struct Decoder { words: Vec<String> }

impl Decoder {
    fn decode(&self, ids: &[u32]) -> String {
        ids.iter().map(|id| self.words[*id as usize].clone()).collect()
    }
    fn decode_all(&self, lists: &[Vec<u32>]) -> Vec<String> {
        lists.par_iter().map(|ids| self.decode(ids)).collect()
    }
}

#[pyclass]
struct PyDecoder { decoder: RwLock<Decoder> }

#[pymethods]
impl PyDecoder {
    fn decode(&self, ids: Vec<u32>) -> String {
        self.decoder.read().unwrap().decode(&ids)
    }
    fn decode_all(&self, py: Python<'_>, lists: Vec<Vec<u32>>) -> Vec<String> {
        py.allow_threads(|| self.decoder.read().unwrap().decode_all(&lists))
    }
    fn learn(&self, py: Python<'_>, words: Py<PyAny>) -> PyResult<()> {
        py.allow_threads(|| {
            let mut decoder = self.decoder.write().unwrap();
            decoder.words = Python::with_gil(|py| words.extract(py))?;
            Ok(())
        })
    }
}
"""
    found = audit_source(code).findings
    said = [(one.code, one.message.split(";")[0]) for one in found if one.item.endswith("::decode")]
    assert ("BC201", "`decode` runs while the GIL is held") in said
    assert any(code == "BC211" for code, _ in said)
