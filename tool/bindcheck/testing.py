"""Helpers for tests and for authors of rules: audit sources given as text, no file needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bindcheck.analysis.link import link
from bindcheck.analysis.program import Program
from bindcheck.analysis.tree import CRATE, Root
from bindcheck.audit import audit
from bindcheck.config import Config
from bindcheck.crate import Configuration, Crate, Dependency, Version
from bindcheck.load import Inputs, syntax_errors
from bindcheck.model import Block
from bindcheck.parse import lower_body, parse_module
from bindcheck.results import AuditReport
from bindcheck.rules import RULES, Example, Rule

_ROOT = Path("/crate")


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
        pyo3=found.get("pyo3"),
        numpy=found.get("numpy"),
        features=dict.fromkeys(features, ()),
        active_features=frozenset(features),
        module_name="example",
        dependencies=tuple(found.values()),
    )


def program_from(
    files: Mapping[str, str],
    pyo3: str | None = "0.25.0",
    features: Sequence[str] = ("python",),
) -> Program:
    """A linked crate from sources by path; `src/lib.rs` is its root."""
    crate = crate_of(pyo3, features)
    configuration = Configuration.of(crate)
    modules = {path: parse_module(path, text.encode()) for path, text in files.items()}

    def lower(path: str, index: int) -> Block | None:
        return lower_body(files[path].encode(), modules[path], index)

    roots = [(Root(CRATE, "src/lib.rs"), configuration)]
    return link(crate, configuration, modules, lambda _: None, lambda _: True, lower, roots)


def audit_source(
    code: str,
    rules: Sequence[Rule] = RULES,
    *,
    files: Mapping[str, str] | None = None,
    pyo3: str | None = "0.25.0",
    select: tuple[str, ...] = ("ALL",),
) -> AuditReport:
    """Audit `code` as `src/lib.rs` of a crate, with further `files` by path from the crate root."""
    sources = dict(files or {}) | {"src/lib.rs": code}
    program = program_from(sources, pyo3)
    data = {path: text.encode() for path, text in sources.items()}
    problems = tuple(syntax_errors(program))
    inputs = Inputs(program, crate_of(pyo3), data, problems)
    return audit(inputs, Config(root=_ROOT, select=select), rules)


def audit_example(example: Example, rules: Sequence[Rule] = RULES) -> AuditReport:
    """Audit an example of a rule, suspects and advice included."""
    return audit_source(example.code, rules, files=dict(example.files), pyo3=example.pyo3)
