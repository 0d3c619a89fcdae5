"""Crates of made-up cores."""

from __future__ import annotations

import shutil
from pathlib import Path

from synthetic_cores.description import Core, bare
from synthetic_cores.functions import source

MANIFEST = """
[package]
name = "made_up"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = {{ version = "{pyo3}", optional = true }}
numpy = {{ version = "{pyo3}", optional = true }}

[features]
python = ["pyo3", "numpy"]

[profile.dev]
debug = 0

[workspace]
"""

PYPROJECT = """
[build-system]
requires = ["maturin"]
build-backend = "maturin"

[tool.maturin]
features = ["python"]
python-source = "python"
module-name = "made_up._core"
"""

LIB = """
pub mod kernels {
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Kernel { Auto, Scalar, Avx2, ScalarBatch, Avx2Batch }

    #[cfg(feature = "python")]
    pub fn read_kernel(name: Option<&str>, batch: bool) -> pyo3::PyResult<Kernel> {
        match (name, batch) {
            (None | Some("auto"), _) => Ok(Kernel::Auto),
            (Some("scalar"), false) => Ok(Kernel::Scalar),
            (Some("scalar"), true) => Ok(Kernel::ScalarBatch),
            _ => Err(pyo3::exceptions::PyValueError::new_err("unknown kernel")),
        }
    }

    pub fn new_matrix(rows: usize, cols: usize) -> Vec<std::mem::MaybeUninit<f64>> {
        (0..rows * cols).map(|_| std::mem::MaybeUninit::new(f64::NAN)).collect()
    }
}

#[cfg(feature = "python")]
mod python {
    use pyo3::prelude::*;

    #[pymodule]
    #[pyo3(name = "_core")]
    fn made_up(m: &Bound<'_, PyModule>) -> PyResult<()> {
        let _ = m;
        Ok(())
    }
}
"""


def write_reference(root: Path, cores: tuple[Core, ...], pyo3: str = "0.30") -> None:
    """A crate of its own with these cores, a Python package and a folder of tests."""
    for folder in ("src", "python/made_up", "tests"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    mods = "".join(f"pub mod {core.name};\n" for core in cores)
    (root / "Cargo.toml").write_text(MANIFEST.format(pyo3=pyo3))
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "src/lib.rs").write_text(mods + LIB)
    (root / "python/made_up/__init__.py").write_text("from made_up._core import *\n")
    (root / "python/made_up/_core.pyi").write_text("__all__: list[str] = []\n")
    (root / "tests/conftest.py").write_text("")
    for core in cores:
        (root / "src" / f"{bare(core.name)}.rs").write_text(source(core))


def write_strict(root: Path, cores: tuple[Core, ...], repository: Path) -> None:
    """A copy of the bundled crate with these cores beside its own."""
    for name in ("Cargo.toml", "Cargo.lock", "rustfmt.toml"):
        shutil.copy(repository / name, root / name)
    ignored = shutil.ignore_patterns("target", "__pycache__", "*.so", "test_*.py", ".bindcheck")
    shutil.copytree(repository / "indicators", root / "indicators", ignore=ignored)
    lib = root / "indicators/src/lib.rs"
    mods = "".join(f"pub mod {core.name};\n" for core in cores)
    lib.write_text(lib.read_text().replace("pub mod alma;\n", f"pub mod alma;\n{mods}"))
    for core in cores:
        file = f"{bare(core.name)}.rs"
        (root / "indicators/src" / file).write_text(source(core))
