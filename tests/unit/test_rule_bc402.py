"""BC402: which releases of PyO3 have which advisories, and where that is said."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.findings import Confidence, Finding
from bindcheck.load import load
from bindcheck.report import FORMATS, ReportOptions, Sources
from bindcheck.report.style import Style
from bindcheck.results import AuditReport
from bindcheck.rules.bc402_pyo3_advisory import Pyo3Advisory
from bindcheck.rules.manifest_findings import example_manifest
from bindcheck.testing import audit_source

ALL = ["2020-0074", "2024-0378", "2024-0409", "2025-0020", "2026-0013", "2026-0176", "2026-0177"]
CODE = "use pyo3::prelude::*;\n\n#[pyfunction]\nfn one() -> u8 {\n    1\n}\n"


def reported(requirement: str) -> list[Finding]:
    files = {"Cargo.toml": example_manifest(f'"{requirement}"')}
    return list(audit_source(CODE, [Pyo3Advisory()], files=files).findings)


def crate(root: Path, lock: str = "") -> Path:
    (root / "src").mkdir(parents=True)
    (root / "src/lib.rs").write_text(CODE)
    (root / "Cargo.toml").write_text(example_manifest('">=0.20"'))
    if lock:
        (root / "Cargo.lock").write_text(f'[[package]]\nname = "pyo3"\nversion = "{lock}"\n')
    return root


def audited(root: Path, *paths: Path) -> tuple[AuditReport, dict[str, bytes]]:
    with chdir(root):
        inputs, config = load(Options(paths=paths or (root,), select=("BC402",)))
        return audit(inputs, config), inputs.sources


@pytest.mark.parametrize(
    ("requirement", "names"),
    [
        ("=0.14.5", ["2025-0020"]),
        ("0.20", ["2025-0020", "2026-0177"]),
        ("=0.22.3", ["2024-0378", "2025-0020", "2026-0177"]),
        ("=0.23.2", ["2024-0409", "2025-0020", "2026-0177"]),
        ("0.25", ["2026-0176", "2026-0177"]),
        ("=0.28.1", ["2026-0013", "2026-0176", "2026-0177"]),
        (">=0.27, <0.29", ["2026-0176", "2026-0177"]),
    ],
)
def test_the_advisories_of_a_release_are_named(requirement: str, names: list[str]) -> None:
    [finding] = reported(requirement)
    message = finding.message
    assert [name for name in ALL if name in message] == names
    assert "shuts down" in message
    assert finding.confidence is Confidence.CERTAIN


def test_what_a_later_patch_release_has_fixed_is_not_claimed() -> None:
    [finding] = reported("0.22")
    assert "2024-0378" not in finding.message


@pytest.mark.parametrize("requirement", ["0.29", "0.30", ">=0.20", "*", ">=0.28, <0.30"])
def test_a_requirement_that_admits_a_sound_release_is_silent(requirement: str) -> None:
    assert not reported(requirement)


def test_the_lock_file_decides(tmp_path: Path) -> None:
    old, _ = audited(crate(tmp_path / "old", "0.27.2"))
    assert [one.message[:11] for one in old.findings] == ["PyO3 0.27.2"]
    new, _ = audited(crate(tmp_path / "new", "0.29.1"))
    assert not new.findings


def test_the_finding_stands_in_the_manifest_even_when_one_file_is_asked_for(
    tmp_path: Path,
) -> None:
    root = crate(tmp_path, "0.27.2")
    report, sources = audited(root, root / "src/lib.rs")
    [finding] = report.findings
    assert (finding.location.path, finding.location.line) == ("Cargo.toml", 10)
    look = ReportOptions(style=Style(color=False, unicode=False), width=100)
    text = FORMATS["text"](report, Sources(sources), look)
    assert 'pyo3 = ">=0.20"\n   | ^^^^^^^^^^^^^^^' in text
    assert finding.fingerprint


def test_without_a_manifest_the_rule_is_not_applicable() -> None:
    report = audit_source(CODE, [Pyo3Advisory()], pyo3=None)
    assert [one.code for one in report.not_applicable] == ["BC402"]
