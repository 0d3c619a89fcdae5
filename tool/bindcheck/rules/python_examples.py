"""Small crates with a Python side, for rules about stubs and tests."""

from __future__ import annotations

SCALED = """\
use pyo3::prelude::*;

#[pyfunction(name = "scaled")]
#[pyo3(signature = (x, factor=2.0, *, offset=0))]
fn scaled_py(x: f64, factor: f64, offset: i64) -> f64 {
    x * factor + offset as f64
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled_py, m)?)?;
    Ok(())
}
"""

SCALED_STUB = "def scaled(x: float, factor: float = 2.0, *, offset: int = 0) -> float: ...\n"

SCALED_TEST = """\
import example


def test_the_factor_is_two() -> None:
    assert example.scaled(1.0) == 2.0
"""

GAIN = """\
use pyo3::prelude::*;

#[pyclass(name = "Gain")]
struct GainPy {
    factor: f64,
}

#[pymethods]
impl GainPy {
    #[new]
    #[pyo3(signature = (factor=2.0))]
    fn new(factor: f64) -> Self {
        Self { factor }
    }

    fn update(&self, value: f64) -> Option<f64> {
        value.is_finite().then_some(value * self.factor)
    }

    fn reset(&mut self, factor: f64) {
        self.factor = factor;
    }

    #[staticmethod]
    fn unit() -> Self {
        Self { factor: 1.0 }
    }

    #[getter]
    fn factor(&self) -> f64 {
        self.factor
    }

    fn __len__(&self) -> usize {
        1
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<GainPy>()?;
    Ok(())
}
"""

GAIN_STUB = """\
from typing import final

@final
class Gain:
    def __new__(cls, factor: float = 2.0) -> Gain: ...
    def __len__(self) -> int: ...
    @property
    def factor(self) -> float: ...
    def reset(self, factor: float) -> None: ...
    @staticmethod
    def unit() -> Gain: ...
    def update(self, value: float) -> float | None: ...
"""

GAIN_TEST = """\
from example import Gain


def test_gain() -> None:
    gain = Gain()
    assert gain.update(1.0) == 2.0
    gain.reset(3.0)
    assert Gain.unit().update(1.0) == 1.0
"""

KERNEL = """\
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyfunction(name = "scaled")]
#[pyo3(signature = (x, factor=2.0, kernel=None))]
fn scaled_py(x: f64, factor: f64, kernel: Option<&str>) -> PyResult<f64> {
    match kernel {
        None | Some("auto" | "scalar") => Ok(x * factor),
        Some(other) => Err(PyValueError::new_err(format!("unknown kernel {other}"))),
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled_py, m)?)?;
    Ok(())
}
"""

KERNEL_STUB = "def scaled(x: float, factor: float = 2.0, kernel: str | None = None) -> float: ...\n"

Files = tuple[tuple[str, str], ...]


def python_files(stub: str, test: str) -> Files:
    """`example.pyi` beside the manifest, and a test."""
    return (("example.pyi", stub), ("tests/test_example.py", test))


def package_files(init: str, stub: str, test: str, *more: tuple[str, str]) -> Files:
    """A package `example` around the extension `example.example`, its stub, and a test."""
    return (
        ("python/example/__init__.py", init),
        ("python/example/example.pyi", stub),
        ("tests/test_example.py", test),
        *more,
    )
