"""Crates whose reference imports in ways of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from bindcheck.config import Options
from bindcheck.generate.run import GenerateResult, Request, generate
from bindcheck.load import load
from odd_reference import ARRAYS, BOUND, COMMON, CORE, FROM, named

MANIFEST = """
[package]
name = "imported"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib", "rlib"]
[features]
python = {python}
cuda = []
[dependencies]
pyo3 = { version = "0.23", features = ["abi3-py311"]{optional} }
numpy = { version = "0.23"{optional} }
[workspace]
"""
LIB = """
pub mod alma;
pub mod common;
pub mod wave;
"""
MODULE = """
#[pyo3::pymodule]
fn imported(m: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
    use pyo3::prelude::PyModuleMethods;
    m.add_function(pyo3::wrap_pyfunction!({place}::py_alma, m)?)?;
    Ok(())
}
"""


class Style(NamedTuple):
    """What a reference imports, what it calls things then, and what new bindings import."""

    head: str
    called: dict[str, str]
    made: str


_NUMPY = ("PyArray1", "PyReadonlyArray1")
_PYO3 = ("Bound", "PyResult", "Python", "pyclass", "pyfunction", "pymethods")

IMPORTED = {
    "names": Style(
        "use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};\n"
        "use pyo3::prelude::*;\nuse pyo3::types::PyDict;\n",
        {},
        "use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};\n"
        "use pyo3::prelude::*;\nuse pyo3::types::PyDict;\n",
    ),
    "alias": Style(
        "use numpy as np;\nuse numpy::{IntoPyArray as _, PyArrayMethods};\n"
        "use pyo3::prelude::*;\nuse pyo3::types::PyDict as Dict;\n",
        {**{one: f"np::{one}" for one in _NUMPY}, "PyDict": "Dict"},
        "use numpy as np;\nuse numpy::{IntoPyArray as _, PyArrayMethods};\n"
        "use pyo3::prelude::*;\nuse pyo3::types::PyDict as Dict;\n",
    ),
    "modules": Style(
        "use numpy::{self, IntoPyArray, PyArrayMethods};\nuse pyo3::{prelude::*, types};\n",
        {**{one: f"numpy::{one}" for one in _NUMPY}, "PyDict": "types::PyDict"},
        "use numpy::{IntoPyArray, PyArrayMethods};\nuse pyo3::prelude::*;\nuse pyo3::types;\n",
    ),
    "globs": Style(
        "use numpy::*;\nuse pyo3::prelude::*;\nuse pyo3::types::*;\n",
        {},
        "use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};\n"
        "use pyo3::prelude::*;\nuse pyo3::types::PyDict;\n",
    ),
    "single names": Style(
        "use numpy::PyArray1;\nuse pyo3::{pyfunction, Bound, PyResult};\n",
        {
            "PyReadonlyArray1": "numpy::PyReadonlyArray1",
            "PyDict": "pyo3::types::PyDict",
            **{one: f"pyo3::{one}" for one in ("Python", "pyclass", "pymethods")},
        },
        "use numpy::PyArray1;\nuse pyo3::{pyfunction, Bound, PyResult};\n",
    ),
    "whole": Style(
        "",
        {
            **{one: f"numpy::{one}" for one in _NUMPY},
            **{one: f"pyo3::{one}" for one in _PYO3},
            "PyDict": "pyo3::types::PyDict",
        },
        "",
    ),
}
_LOCAL = "    use numpy::{IntoPyArray, PyArrayMethods};\n    use pyo3::prelude::*;\n"


def bound(raise_: str = "", rows: str = ARRAYS) -> str:
    """The reference's bindings."""
    text = BOUND.replace("{rows}", rows).replace("{raise}", raise_)
    for word, key in (("values", "values"), ("length", "lengths"), ("gain", "gains")):
        text = text.replace(f"{{{word}}}", key)
    return text


def restyled(kind: str, text: str = "") -> str:
    """The same bindings with imports of a kind, traits beside where those lack them."""
    style = IMPORTED[kind]
    items = (text or bound()).partition("\n#[pyfunction")
    body = items[1] + items[2]
    for name, called in style.called.items():
        body = re.sub(rf"(?<![\w:.]){name}\b", called, body)
    if "IntoPyArray" not in style.head and "numpy::*" not in style.head:
        body = re.sub(r"(?<=\{\n)(?=    let slice)", _LOCAL, body)
    return style.head + body


INLINE = "pub mod python {\nuse super::*;\n" + restyled("names") + "}\n"


def crate_with(
    folder: Path,
    kind: str,
    *,
    alma: str = "",
    wave: str = "",
    core: str = "",
    lib: str = LIB,
    gated: bool = False,
) -> Path:
    """A crate with a reference that imports so, and a core `wave` without bindings."""
    (folder / "src").mkdir(parents=True)
    gate = '#[cfg(feature = "python")]\n' if gated else ""
    manifest = MANIFEST.replace("{optional}", ", optional = true" if gated else "")
    brought = '["dep:numpy", "dep:pyo3"]' if gated else "[]"
    (folder / "Cargo.toml").write_text(manifest.replace("{python}", brought))
    place = "alma::python" if "pub mod python" in alma else "alma"
    (folder / "src/lib.rs").write_text(lib + gate + MODULE.replace("{place}", place))
    (folder / "src/common.rs").write_text(COMMON + gate + FROM.lstrip())
    made = re.sub(r"(?m)^(?=use |#\[py(?!o3))", gate, alma or restyled(kind))
    (folder / "src/alma.rs").write_text((core or named(CORE, "alma")) + made)
    (folder / "src/wave.rs").write_text(wave or named(CORE, "wave"))
    return folder


def asked(crate: Path, request: Request) -> GenerateResult:
    """What becomes of a request."""
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def texts(crate: Path) -> dict[str, bytes]:
    """All files of a crate."""
    return {str(path): path.read_bytes() for path in sorted(crate.rglob("*")) if path.is_file()}
