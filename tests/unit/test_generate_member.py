"""Crates whose extension module another member of the workspace builds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from bindcheck.config import Options
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference

BINDING = """[package]
name = "binding"
version = "0.1.0"
edition = "2021"

[lib]
name = "_core"
crate-type = ["cdylib"]

[dependencies]
made_up = { path = "../core", features = ["python"] }
pyo3 = "0.30"
"""

PYPROJECT = """[project]
name = "shoal"

[tool.maturin]
module-name = "shoal._core"
python-source = "python"
"""


def workspace(root: Path) -> tuple[Path, Path]:
    """The folders of the core, which has bindings, and of the member that makes the extension."""
    core, binding = root / "core", root / "bindings"
    write_reference(core, (Core("tide"),))
    manifest = core / "Cargo.toml"
    text = manifest.read_text().replace('crate-type = ["cdylib", "rlib"]', "")
    manifest.write_text(text.replace("[workspace]", ""))
    (core / "pyproject.toml").unlink()
    shutil.rmtree(core / "python")
    shutil.rmtree(core / "tests")
    lib = core / "src/lib.rs"
    text = lib.read_text().replace("mod python", "pub mod python")
    lib.write_text(text.replace("fn made_up", "pub fn made_up"))
    (root / "Cargo.toml").write_text('[workspace]\nmembers = ["core", "bindings"]\n')
    for name, content in {
        "Cargo.toml": BINDING,
        "pyproject.toml": PYPROJECT,
        "src/lib.rs": "pub use made_up::python::made_up;\n",
        "python/shoal/__init__.py": "from ._core import version\n",
        "python/shoal/_core.pyi": "def version() -> str: ...\n",
        "tests/conftest.py": "",
    }.items():
        path = binding / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return core, binding


def run(core: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(manifest_path=core / "Cargo.toml"), whole_crate=True)
    assert inputs.crate is not None
    request = Request((), mode, everything=True)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def test_stub_tests_and_exports_are_those_of_the_member_that_makes_the_extension(
    tmp_path: Path,
) -> None:
    core, binding = workspace(tmp_path)
    result = run(core)
    assert {one.piece: one.state.value for one in result.plans}["stub"] == "missing"
    assert "def tide(" in (binding / "python/shoal/_core.pyi").read_text()
    assert (binding / "python/shoal/py.typed").is_file()
    assert (binding / "python/shoal/__init__.py").read_text() == (
        "from ._core import TideStream, tide, tide_batch, version\n"
    )
    test = (binding / "tests/test_tide_binding.py").read_text()
    assert "from shoal import TideStream, tide, tide_batch\n" in test
    # What is committed has no path of the machine.
    files = json.loads((core / ".bindcheck/generated.json").read_text())["files"]
    assert set(files) == {
        "../bindings/python/shoal/_core.pyi",
        "../bindings/tests/test_tide_binding.py",
        "src/tide.rs",
    }
    assert run(core).changes == ()
    assert run(core, Mode.CHECK).status == 0
