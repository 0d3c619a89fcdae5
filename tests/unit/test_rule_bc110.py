"""Names of the binding layer behind a package: whether its users meet them."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Safety
from bindcheck.rules.bc110_exported_name import ExportedName
from bindcheck.testing import audit_source

CODE = """\
use pyo3::prelude::*;

#[pyfunction]
fn double_py(x: f64) -> f64 {
    2.0 * x
}

#[pymodule]
fn MODULE(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    Ok(())
}
"""
MANIFEST = """\
[package]
name = "example"
version = "0.1.0"
edition = "2021"

[lib]
name = "MODULE"
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25.0"
"""
PYPROJECT = '[[tool.setuptools-rust.ext-modules]]\ntarget = "example.MODULE"\n'
WRAPPER = "def double(x):\n    return {name}(x)\n"


def judged(module: str, files: dict[str, str]) -> tuple[Confidence, Safety] | None:
    """How sure the finding is, and how safe its fix; None for no finding."""
    given = {"Cargo.toml": MANIFEST, "pyproject.toml": PYPROJECT, **files}
    given = {path: text.replace("MODULE", module) for path, text in given.items()}
    code = CODE.replace("MODULE", module)
    found = audit_source(code, (ExportedName(),), files=given).findings
    assert len(found) < 2
    if not found:
        return None
    assert found[0].fix is not None
    return found[0].confidence, found[0].fix.safety


@pytest.mark.parametrize(
    "init",
    [
        f"from .MODULE import double_py\n\n\n{WRAPPER.format(name='double_py')}",
        f"from . import MODULE\n\n\n{WRAPPER.format(name='MODULE.double_py')}",
        "from .MODULE import *\n\n__all__ = ['double']\n\n\n" + WRAPPER.format(name="double_py"),
        "from .MODULE import double_py as double\n",
        "from . import MODULE\n\ndouble = MODULE.double_py\n",
        "from .MODULE import double_py\n\ndouble = double_py\n",
        "from .MODULE import double_py, other\n\n__all__ = ['other']\n",
    ],
)
def test_a_package_that_gives_it_to_users_otherwise_hides_the_name(init: str) -> None:
    files = {"example/__init__.py": init}
    assert judged("_core", files) is None
    assert judged("core", files) == (Confidence.SUSPECT, Safety.UNSAFE)


@pytest.mark.parametrize(
    "init",
    [
        "from .MODULE import double_py\n",
        f"from .MODULE import *\n\n\n{WRAPPER.format(name='double_py')}",
        "from . import MODULE\n\ndouble_py = MODULE.double_py\n",
        "from .MODULE import double_py\n\n__all__ = ['double', 'double_py']\n\n\n"
        + WRAPPER.format(name="double_py"),
    ],
)
@pytest.mark.parametrize("module", ["_core", "core"])
def test_a_package_that_passes_the_name_on_shows_it(module: str, init: str) -> None:
    files = {"example/__init__.py": init}
    assert judged(module, files) == (Confidence.CERTAIN, Safety.UNSAFE)


def test_a_name_goes_through_private_modules_of_the_package() -> None:
    inner = {"example/_inner.py": "from .MODULE import double_py\n"}
    shown = inner | {"example/__init__.py": "from ._inner import double_py\n"}
    hidden = inner | {"example/__init__.py": "from ._inner import double_py as double\n"}
    assert judged("_core", shown) == (Confidence.CERTAIN, Safety.UNSAFE)
    assert judged("_core", hidden) is None


def test_what_no_python_code_names_is_certain_in_a_public_module_only() -> None:
    files = {"example/__init__.py": "from . import MODULE\n"}
    assert judged("core", files) == (Confidence.CERTAIN, Safety.SAFE)
    assert judged("_core", files) == (Confidence.SUSPECT, Safety.SAFE)
