"""`bindcheck generate --check` without names: what a hook at the root of a repository runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bindcheck.cli import main

REPOSITORY = Path(__file__).parents[2]

MANIFEST = '[package]\nname = "NAME"\nversion = "0.1.0"\n\n[dependencies]\npyo3 = "0.30"\n'
CORE = "pub fn gain(data: &[f64], factor: f64) -> Vec<f64> {\n    data.to_vec()\n}\n"
NOTHING = "bindcheck: nothing was generated here or below: nothing to check\n"


def make_crate(folder: Path, source: str = CORE) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST.replace("NAME", folder.name))
    (folder / "src/lib.rs").write_text(source)


def copy_bundled(folder: Path) -> Path:
    """A copy of the bundled crate, with its workspace."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("Cargo.toml", "Cargo.lock", "rustfmt.toml"):
        shutil.copy(REPOSITORY / name, folder / name)
    ignored = shutil.ignore_patterns("target", "__pycache__", "*.so", ".pytest_cache")
    shutil.copytree(REPOSITORY / "indicators", folder / "indicators", ignore=ignored)
    return folder / "indicators"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "source", [CORE, "", "fn broken( {\n"], ids=["indicator", "empty", "broken"]
)
def test_a_crate_where_nothing_was_generated_passes(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
) -> None:
    make_crate(here / "one", source)
    for folder in (here, here / "one"):
        monkeypatch.chdir(folder)
        assert main(["generate", "--check"]) == 0
        assert capsys.readouterr() == ("", NOTHING)


def test_the_crate_that_a_manifest_names_passes_too(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_crate(here / "one")
    assert main(["generate", "--check", "--manifest-path", "one/Cargo.toml"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "bindcheck: nothing was generated in this crate: nothing to check\n")


def test_a_workspace_with_several_bound_members_passes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "Cargo.toml").write_text('[workspace]\nmembers = ["one", "two"]\n')
    for name in ("one", "two"):
        make_crate(here / name)
    assert main(["generate", "--check"]) == 0
    assert capsys.readouterr() == ("", NOTHING)
    assert main(["generate", "--all"]) == 2
    assert "choose one with --manifest-path" in capsys.readouterr().err


def test_crates_below_are_checked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy_bundled(here / "rust")
    assert main(["generate", "--check"]) == 0
    assert capsys.readouterr() == ("2 indicators, 16 pieces up to date\n", "")
    make_crate(here / "plain")
    crate = copy_bundled(here / "second")
    (crate / "tests/test_kama_binding.py").unlink()
    assert main(["generate", "--check"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == [
        "rust/indicators/Cargo.toml:",
        "2 indicators, 16 pieces up to date",
        "second/indicators/Cargo.toml:",
    ]
    assert out[3].split()[:3] == ["kama", "test", "missing"]


def test_a_crate_that_cannot_be_read_does_not_hide_the_next(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        copy_bundled(here / name)
    (here / "first/indicators/src/kama.rs").write_bytes(b"\xff")
    assert main(["generate", "--check"]) == 2
    out, err = capsys.readouterr()
    assert out.endswith("second/indicators/Cargo.toml:\n2 indicators, 16 pieces up to date\n")
    (line,) = err.splitlines()
    assert line.startswith("bindcheck: error: first/indicators/src/kama.rs:1: is not UTF-8")


def test_outside_any_crate_it_says_which_manifests_there_are(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "kama"]) == 3
    assert capsys.readouterr().err == (
        "bindcheck: error: no Cargo.toml here or above: run it in a crate\n"
    )
    make_crate(here / "bindings/python")
    assert main(["generate", "kama"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("choose a crate with --manifest-path, such as bindings/python/Cargo.toml")
