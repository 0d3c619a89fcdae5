"""Helpers for tests and for authors of rules: audit sources given as text, no file needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bindcheck.analysis.link import link
from bindcheck.analysis.linking.tree import CRATE, Root
from bindcheck.analysis.program import Program
from bindcheck.audit import audit
from bindcheck.config import Config
from bindcheck.crate import Configuration, Crate, Dependency, Version, crate_from
from bindcheck.discover import display
from bindcheck.load import Inputs
from bindcheck.model import Block
from bindcheck.parse import lower_body, skim_module
from bindcheck.python_side.files import GivenFiles
from bindcheck.python_side.side import PythonSide
from bindcheck.results import AuditReport
from bindcheck.rules import RULES, Example, Rule

_ROOT = Path("/crate")
_PYTHON = (".py", ".pyi", "pyproject.toml")


def crate_of(pyo3: str | None = "0.25.0", features: Sequence[str] = ("python",)) -> Crate:
    """A crate that depends on PyO3 and NumPy in this version (None: on neither)."""
    wanted = [] if pyo3 is None else [("pyo3", pyo3), ("numpy", pyo3)]
    found = {
        name: Dependency(name, Version.parse(version), "lock", version, 1, name)
        for name, version in wanted
    }
    return Crate(
        root=_ROOT,
        manifest=_ROOT / "Cargo.toml",
        name="example",
        lib_path=_ROOT / "src/lib.rs",
        lib_name="example",
        crate_types=("cdylib",),
        pyo3=found.get("pyo3"),
        numpy=found.get("numpy"),
        features=dict.fromkeys(features, ()),
        active_features=frozenset(features),
        module_name="example",
        dependencies=tuple(found.values()),
    )


def _crate(
    files: Mapping[str, str], pyo3: str | None, features: Sequence[str] = ("python",)
) -> Crate:
    if "Cargo.toml" not in files:
        return crate_of(pyo3, features)
    crate = crate_from(_ROOT / "Cargo.toml", files["Cargo.toml"])
    return replace(crate, lib_path=_ROOT / "src/lib.rs")


def program_from(
    files: Mapping[str, str],
    pyo3: str | None = "0.25.0",
    features: Sequence[str] = ("python",),
    target_pyo3: str | None = None,
) -> Program:
    """A linked crate from sources by path; `src/lib.rs` is its root.

    A `Cargo.toml` among them tells what the crate is; else it depends on `pyo3` and has `features`.
    `target_pyo3` is the release of a planned upgrade.
    """
    crate = _crate(files, pyo3, features)
    configuration = Configuration.of(crate)
    modules = {
        path: skim_module(path, text.encode())
        for path, text in files.items()
        if path.endswith(".rs")
    }

    def lower(path: str, index: int) -> Block | None:
        return lower_body(files[path].encode(), modules[path], index)

    roots = [(Root(CRATE, "src/lib.rs"), configuration)]
    return link(
        crate,
        configuration,
        modules,
        lambda _: None,
        lambda _: True,
        lower,
        roots,
        None if target_pyo3 is None else Version.parse(target_pyo3),
        source=lambda path: files[path].encode(),
        python=lambda: _python_side(crate, files),
    )


def _python_side(crate: Crate, files: Mapping[str, str]) -> PythonSide | None:
    """Nothing is known about the Python side of a crate that is given without Python files."""
    python = {path: text for path, text in files.items() if path.endswith(_PYTHON)}
    return PythonSide(crate, _ROOT, GivenFiles(python)) if python else None


def inputs_from(
    files: Mapping[str, str], pyo3: str | None = "0.25.0", target_pyo3: str | None = None
) -> Inputs:
    """What `load` would have read of a crate with these files by path from its root."""
    program = program_from(files, pyo3, target_pyo3=target_pyo3)
    # Findings at a manifest name it as `load` does: by its place on the disk.
    data = {
        path if path.endswith((".rs", *_PYTHON)) else display(_ROOT / path): text.encode()
        for path, text in files.items()
    }
    return Inputs(program, _crate(files, pyo3), data, ())


def config_of(*select: str, target_pyo3: str | None = None) -> Config:
    """The configuration of such a crate; everything is selected unless codes are given."""
    target = None if target_pyo3 is None else Version.parse(target_pyo3)
    return Config(root=_ROOT, select=select or ("ALL",), target_pyo3=target)


def audit_source(
    code: str,
    rules: Sequence[Rule] = RULES,
    *,
    files: Mapping[str, str] | None = None,
    pyo3: str | None = "0.25.0",
    select: tuple[str, ...] = ("ALL",),
    target_pyo3: str | None = None,
) -> AuditReport:
    """Audit `code` as `src/lib.rs` of a crate, with further `files` by path from the crate root."""
    sources = dict(files or {}) | {"src/lib.rs": code}
    inputs = inputs_from(sources, pyo3, target_pyo3)
    return audit(inputs, config_of(*select, target_pyo3=target_pyo3), rules)


def audit_example(example: Example, rules: Sequence[Rule] = RULES) -> AuditReport:
    """Audit an example of a rule, suspects and advice included."""
    return audit_source(example.code, rules, files=dict(example.files), pyo3=example.pyo3)
