"""BC303: numbers that an object keeps as they are, and of which a method later takes the rest."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

trait Split {
    fn split(&self, data: &[f64]) -> Vec<f64>;
}

struct Blocks { size: usize, scale: f64 }

impl Blocks {
    fn new(size: usize) -> Self {
        NEW
    }
}

impl Split for Blocks {
    fn split(&self, data: &[f64]) -> Vec<f64> {
        SPLIT
    }
}

struct Chain { parts: Vec<Box<dyn Split + Send + Sync>> }

impl Split for Chain {
    fn split(&self, data: &[f64]) -> Vec<f64> {
        self.parts.iter().flat_map(|one| one.split(data)).collect()
    }
}

#[pyclass]
struct PyBlocks { blocks: Blocks }

#[pymethods]
impl PyBlocks {
    #[new]
    fn new(size: usize) -> PyResult<Self> {
        MADE
    }
    fn split(&self, data: Vec<f64>) -> Vec<f64> {
        self.blocks.split(&data)
    }
}
"""
NEW = "Self { size, scale: 1.0 }"
SPLIT = "data.chunks(self.size).map(|one| one.iter().sum()).collect()"
MADE = "Ok(Self { blocks: Blocks::new(size) })"


def kept(new: str = NEW, split: str = SPLIT, made: str = MADE) -> list[Finding]:
    code = CODE.replace("NEW", new).replace("SPLIT", split).replace("MADE", made)
    found = audit_source(code, [PanicPath()]).findings
    return [one for one in found if one.message.startswith("this is kept")]


@pytest.mark.parametrize(
    ("split", "how"),
    [
        (SPLIT, "chunks"),
        ("data.iter().step_by(self.size).copied().collect()", "step_by"),
        ("data[..data.len() / self.size].to_vec()", "/"),
        ("data[..data.len() % self.size].to_vec()", "%"),
    ],
)
def test_a_number_that_nobody_looks_at_makes_a_method_panic(split: str, how: str) -> None:
    [finding] = kept(split=split)
    assert finding.message == f"this is kept as it is: `Blocks::split` panics for 0 (`{how}`)"
    assert (finding.item, finding.confidence) == ("PyBlocks::new", Confidence.LIKELY)
    line = CODE.replace("NEW", NEW).splitlines().index("        MADE") + 1
    assert finding.location.line == line


@pytest.mark.parametrize(
    "new",
    [
        "assert!(size > 0); Self { size, scale: 1.0 }",
        "Self { size: size.max(1), scale: 1.0 }",
        "let size = if size == 0 { 1 } else { size }; Self { size, scale: 1.0 }",
        "Self { size: 16, scale: size as f64 }",
    ],
)
def test_the_object_takes_care_of_0_when_it_is_made(new: str) -> None:
    assert kept(new=new) == []


@pytest.mark.parametrize(
    "split",
    [
        "if self.size == 0 { return Vec::new(); } data.chunks(self.size).map(|c| c[0]).collect()",
        "data.chunks(self.size.max(1)).map(|one| one[0]).collect()",
        "data.iter().map(|x| x / self.scale).collect()",
        "data.iter().map(|x| x / self.size as f64).collect()",
    ],
)
def test_the_method_takes_care_of_0_or_does_not_mind(split: str) -> None:
    assert kept(split=split) == []


@pytest.mark.parametrize(
    "made",
    [
        "if size == 0 { return Err(pyo3::exceptions::PyValueError::new_err(size)); }"
        " Ok(Self { blocks: Blocks::new(size) })",
        "Ok(Self { blocks: Blocks::new(size + 1) })",
        "Ok(Self { blocks: Blocks::new(size.max(1)) })",
        "Ok(Self { blocks: Blocks::new(8) })",
    ],
)
def test_the_binding_takes_care_of_0(made: str) -> None:
    assert kept(made=made) == []


def test_an_entry_point_that_keeps_it_itself() -> None:
    found = audit_source(
        """
use pyo3::prelude::*;

#[pyclass]
struct Ring { at: usize, size: usize }

#[pymethods]
impl Ring {
    #[new]
    fn new(size: usize) -> Self {
        Self { at: 0, size }
    }
    fn step(&mut self) -> usize {
        self.at = (self.at + 1) % self.size;
        self.at
    }
}
""",
        [PanicPath()],
    ).findings
    assert [(one.item, one.location.line) for one in found] == [("Ring::new", 11)]


def test_a_method_that_no_binding_comes_to_panics_for_nobody() -> None:
    code = CODE.replace("NEW", NEW).replace("SPLIT", SPLIT).replace("MADE", MADE)
    alone = code.replace("self.blocks.split(&data)", "data")
    assert audit_source(alone, [PanicPath()]).findings == ()
