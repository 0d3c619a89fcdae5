"""Whether a run has measured its commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bindcheck.bench.casefile import case_text
from bindcheck.bench.provenance import _hash, provenance
from bindcheck.bench.uncommitted import uncommitted
from bindcheck.crate import Crate, read_crate

PACKAGE = '[package]\nname = "{name}"\nversion = "1.0.0"\n'
FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["binding", "core", "base", "other"]\n',
    "binding/Cargo.toml": PACKAGE.format(name="binding")
    + '[dependencies]\ncore = { path = "../core" }\n',
    "core/Cargo.toml": PACKAGE.format(name="core")
    + '[dependencies]\nbase = { path = "../base" }\n',
    "base/Cargo.toml": PACKAGE.format(name="base"),
    "other/Cargo.toml": PACKAGE.format(name="other"),
    "binding/kept.jsonl": "{}\n",
}


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def crate(tmp_path: Path) -> Crate:
    """A binding whose core is another member of the workspace, committed."""
    for name in ("binding", "core", "base", "other"):
        (tmp_path / name / "src").mkdir(parents=True)
        (tmp_path / name / "src" / "lib.rs").write_text("pub fn one() {}\n")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "all")
    return read_crate(tmp_path / "binding" / "Cargo.toml")


def test_a_commit_is_clean(crate: Crate) -> None:
    assert uncommitted(crate, ()) == ()
    found = provenance(crate, {})
    assert (len(found.commit), found.dirty) == (40, False)


@pytest.mark.parametrize(
    "name",
    [
        "binding/src/lib.rs",
        "core/src/lib.rs",
        "base/src/lib.rs",
        "core/src/new.rs",
        "core/src/new folder/Ü.rs",
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        "binding/kept.jsonl",
    ],
)
def test_what_is_built_in_is_a_change(crate: Crate, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("# changed\n")
    assert uncommitted(crate, ()) == (name,)
    found = provenance(crate, {})
    assert (found.dirty, found.changed) == (True, (name,))


@pytest.mark.parametrize(
    "name", ["other/src/lib.rs", "notes.rs", "binding/report.html", "binding/target/made.rs"]
)
def test_what_is_not_built_in_is_none(crate: Crate, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed\n")
    assert not uncommitted(crate, ())


@pytest.mark.parametrize("name", ["kept.jsonl", "history"])
def test_what_the_run_writes_is_none(crate: Crate, name: str) -> None:
    path = crate.root / name
    path.write_text("a run\n")
    assert uncommitted(crate, ())
    assert not uncommitted(crate, (path,))
    assert not provenance(crate, {}, (path,)).dirty


@pytest.mark.parametrize("committed", [False, True])
def test_a_file_of_cases_is_no_change_of_the_code(crate: Crate, *, committed: bool) -> None:
    path = crate.root / "cases.toml"
    path.write_text(case_text([]))
    if committed:
        git(crate.root, "add", ".")
        git(crate.root, "commit", "-q", "-m", "cases")
        path.write_text(path.read_text() + "# edited\n")
    assert uncommitted(crate, ()) == ()
    path.write_text("[[case]]\n")
    assert uncommitted(crate, ()) == ("binding/cases.toml",), "nothing says what it is"
    assert uncommitted(crate, (path,)) == (), "the run has its cases from it"


def test_a_setting_is_a_change(crate: Crate) -> None:
    (crate.root / "bindcheck.toml").write_text('features = ["fast"]\n')
    assert uncommitted(crate, ()) == ("binding/bindcheck.toml",)


def test_outside_a_repository_there_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("")
    (tmp_path / "Cargo.toml").write_text(PACKAGE.format(name="alone"))
    assert not uncommitted(read_crate(tmp_path / "Cargo.toml"), ())


def test_sources_have_one_digest_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path)
    here = _hash({"src/lib.rs": b"a", "src/b.rs": b"b"}, tmp_path)
    assert _hash({"src/lib.rs": b"a", "src/b.rs": b"c"}, tmp_path) != here
    monkeypatch.chdir(tmp_path / "inside")
    assert _hash({"../src/lib.rs": b"a", "../src/b.rs": b"b"}, tmp_path) == here
