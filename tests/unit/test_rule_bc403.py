"""BC403: which profiles count, and where the finding stands."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.findings import Finding
from bindcheck.load import load
from bindcheck.rules.manifest_findings import example_manifest

CODE = "use pyo3::prelude::*;\n\n#[pyfunction]\nfn one() -> u8 {\n    1\n}\n"
ABORT = 'panic = "abort"\n'


def crate(root: Path, profiles: str = "", maturin: str = "") -> Path:
    (root / "src").mkdir(parents=True)
    (root / "src/lib.rs").write_text(CODE)
    (root / "Cargo.toml").write_text(example_manifest('"0.29"', profiles))
    if maturin:
        (root / "pyproject.toml").write_text(f"[tool.maturin]\n{maturin}\n")
    return root


def reported(root: Path) -> list[Finding]:
    with chdir(root):
        inputs, config = load(Options(paths=(root,), select=("BC403",)))
        return list(audit(inputs, config).findings)


@pytest.mark.parametrize(
    ("profiles", "maturin", "named"),
    [
        (f"[profile.release]\n{ABORT}", "", "release"),
        (f"[profile.release]\n{ABORT}", 'features = ["x"]', "release"),
        (f"[profile.dev]\n{ABORT}", 'features = ["x"]', "dev"),
        (f"[profile.dist]\ninherits = 'release'\n{ABORT}", 'profile = "dist"', "dist"),
        (
            f"[profile.release]\n{ABORT}[profile.dist]\ninherits = 'release'",
            'profile="dist"',
            "dist",
        ),
        (f"[profile.slim]\ninherits='dev'\n{ABORT}", 'editable-profile = "slim"', "slim"),
    ],
)
def test_a_profile_that_builds_the_extension_is_reported(
    tmp_path: Path, profiles: str, maturin: str, named: str
) -> None:
    [finding] = reported(crate(tmp_path, profiles, maturin))
    assert finding.item == f"profile.{named}"
    line = (tmp_path / "Cargo.toml").read_text().splitlines()[finding.location.line - 1]
    assert line == 'panic = "abort"'
    assert (finding.location.column, finding.location.end_column) == (1, 16)


@pytest.mark.parametrize(
    ("profiles", "maturin"),
    [
        ('[profile.release]\npanic = "unwind"\n', ""),
        (f"[profile.dev]\n{ABORT}", ""),
        (f"[profile.bench]\n{ABORT}", ""),
        (f"[profile.dist]\ninherits = 'release'\n{ABORT}", ""),
        (
            f"[profile.release]\n{ABORT}[profile.dist]\ninherits = 'release'\npanic = 'unwind'",
            'profile = "dist"',
        ),
    ],
)
def test_other_profiles_are_silent(tmp_path: Path, profiles: str, maturin: str) -> None:
    assert not reported(crate(tmp_path, profiles, maturin))


def test_once_for_a_crate_with_several_such_profiles(tmp_path: Path) -> None:
    both = f"[profile.dev]\n{ABORT}[profile.release]\n{ABORT}"
    [finding] = reported(crate(tmp_path, both, 'features = ["x"]'))
    assert finding.item == "profile.release"


def test_the_profile_of_the_workspace_counts_and_that_of_the_member_does_not(
    tmp_path: Path,
) -> None:
    crate(tmp_path / "a", f"[profile.release]\n{ABORT}")
    crate(tmp_path / "b")
    workspace = '[workspace]\nmembers = ["a", "b"]\n'
    (tmp_path / "Cargo.toml").write_text(workspace)
    assert not reported(tmp_path / "a")
    (tmp_path / "Cargo.toml").write_text(f"{workspace}[profile.release]\n{ABORT}")
    [finding] = reported(tmp_path / "b")
    assert (Path(finding.location.path).resolve(), finding.location.line) == (
        (tmp_path / "Cargo.toml").resolve(),
        4,
    )


def configured(root: Path, config: str, name: str = "config.toml") -> None:
    (root / ".cargo").mkdir(exist_ok=True)
    (root / ".cargo" / name).write_text(config)


@pytest.mark.parametrize(
    ("config", "item", "line"),
    [
        ('[build]\nrustflags = ["-C", "panic=abort"]\n', "build", 2),
        ('[build]\nrustflags = ["-Ctarget-cpu=native", "-Cpanic=abort"]\n', "build", 2),
        ('[build]\nrustflags = "--codegen panic=abort"\n', "build", 2),
        (
            "[target.x86_64-pc-windows-msvc]\nrustflags = ['-Cpanic=abort']\n",
            "target.x86_64-pc-windows-msvc",
            2,
        ),
        ("[target.'cfg(unix)']\nrustflags = ['-Cpanic=abort']\n", "target.cfg(unix)", 2),
        (f"[profile.release]\n{ABORT}", "profile.release", 2),
    ],
)
def test_what_cargo_is_configured_with_counts(
    tmp_path: Path, config: str, item: str, line: int
) -> None:
    crate(tmp_path)
    configured(tmp_path, config)
    [finding] = reported(tmp_path)
    assert (finding.item, finding.location.line) == (item, line)
    assert finding.location.path.endswith("config.toml")


@pytest.mark.parametrize(
    ("config", "profiles"),
    [
        ('[build]\nrustflags = ["-C", "target-cpu=native"]\n', ""),
        ('[build]\nrustflags = ["-Cpanic=abort", "-Cpanic=unwind"]\n', ""),
        ('[env]\nRUSTFLAGS = "-C panic=abort"\n', ""),
        ("[target.wasm32-unknown-unknown]\nrustflags = ['-Cpanic=abort']\n", ""),
        ("[profile.release]\npanic = 'unwind'\n", f"[profile.release]\n{ABORT}"),
        ('[build]\nrustflags = ["-Cpanic=unwind"]\n', f"[profile.release]\n{ABORT}"),
    ],
)
def test_what_builds_no_aborting_extension_is_silent(
    tmp_path: Path, config: str, profiles: str
) -> None:
    crate(tmp_path, profiles)
    configured(tmp_path, config)
    assert not reported(tmp_path)


def test_configurations_above_count_up_to_the_repository(tmp_path: Path) -> None:
    flags = '[build]\nrustflags = ["-Cpanic=abort"]\n'
    root = crate(tmp_path / "repository" / "bindings")
    (root.parent / ".git").mkdir()
    configured(tmp_path, flags)
    assert not reported(root)
    configured(root.parent, flags)
    [finding] = reported(root)
    assert Path(finding.location.path).resolve().parent.parent == root.parent.resolve()
    configured(root, '[build]\nrustflags = ["-Cpanic=unwind"]\n')
    assert not reported(root)


def test_of_two_files_in_one_folder_cargo_reads_the_one_without_an_extension(
    tmp_path: Path,
) -> None:
    crate(tmp_path)
    configured(tmp_path, '[build]\nrustflags = ["-Cpanic=abort"]\n')
    assert reported(tmp_path)
    configured(tmp_path, "", "config")
    assert not reported(tmp_path)
