"""BC303: `unreachable!` on a variant that another function may put behind the lock."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use std::sync::{Arc, RwLock};

#[derive(Clone)]
enum Filter {
    Low { cutoff: f64 },
    Notch { width: f64 },
}

macro_rules! part {
    ($self:ident, $variant:ident, $name:ident) => {{
        let guard = $self.filter.read().unwrap();
        if let Filter::$variant { $name } = &*guard {
            *$name
        } else {
            unreachable!()
        }
    }};
}

#[pyclass]
struct LowPass {
    filter: Arc<RwLock<Filter>>,
}

#[pymethods]
impl LowPass {
    #[getter]
    fn cutoff(&self) -> f64 {
        GETTER
    }
}

#[pyclass]
struct Band;

#[pyclass]
struct Comb;

#[pyclass]
struct Chain {
    filters: Vec<Arc<RwLock<Filter>>>,
}

#[pymethods]
impl Chain {
    fn __setitem__(&self, index: usize, value: PyRef<'_, LowPass>) {
        if let Some(item) = self.filters.get(index) {
            WRITE
        }
    }
}
"""
GETTER = "part!(self, Low, cutoff)"
WRITE = "*item.write().unwrap() = value.filter.read().unwrap().clone();"


def messages(getter: str = GETTER, write: str = WRITE, code: str = CODE) -> list[str]:
    text = code.replace("GETTER", getter).replace("WRITE", write)
    found = audit_source(text, [PanicPath()]).findings
    kept = [one for one in found if one.confidence is not Confidence.SUSPECT]
    return [one.message for one in kept if "unreachable" in one.message]


@pytest.mark.parametrize(
    "getter",
    [
        GETTER,
        "match &*self.filter.read().unwrap() {\n"
        "            Filter::Low { cutoff } => *cutoff,\n"
        "            _ => unreachable!(),\n        }",
        "if let Filter::Low { cutoff } = *self.filter.read().unwrap() {\n"
        "            cutoff\n        } else {\n            unreachable!()\n        }",
    ],
)
def test_another_function_puts_a_whole_new_value_behind_the_lock(getter: str) -> None:
    said = "`unreachable!` is reached: `Chain::__setitem__` puts other values behind the lock"
    assert messages(getter) == [said]


@pytest.mark.parametrize(
    "write",
    [
        "if let Filter::Low { cutoff } = &mut *item.write().unwrap() { *cutoff = 1.0; }",
        "*item.write().unwrap() = Filter::Low { cutoff: 1.0 };",
        "let _ = item.read().unwrap();",
    ],
)
def test_silent_where_nobody_puts_another_variant_there(write: str) -> None:
    assert messages(write=write) == []


def test_silent_where_other_variants_are_an_error() -> None:
    getter = (
        "match &*self.filter.read().unwrap() {\n"
        "            Filter::Low { cutoff } => *cutoff,\n"
        "            _ => f64::NAN,\n        }"
    )
    assert messages(getter) == []


def test_a_lock_that_is_not_shared_is_changed_by_its_own_class_only() -> None:
    alone = CODE.replace("Arc<RwLock<Filter>>", "RwLock<Filter>")
    assert messages(code=alone) == []
    setter = "#[setter]\n    fn set_filter(&self, value: PyRef<'_, Chain>) {\n        "
    own = f"{setter}*self.filter.write().unwrap() = value.chosen();\n    }}\n\n    #[getter]"
    assert messages(code=alone.replace("#[getter]", own, 1))
