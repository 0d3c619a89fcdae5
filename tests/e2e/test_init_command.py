"""`bindcheck init`: a configuration to start from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.config import KEYS, Options, resolve, starter

MANIFEST = '[package]\nname = "one"\nversion = "0.1.0"\n\n[dependencies]\npyo3 = "0.30"\n'


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("")
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path / "src")
    return tmp_path


def uncommented(text: str) -> str:
    """The examples in force: comments in whole sentences stay comments."""
    return re.sub(r'^# (?=[a-z0-9-]+ = |\[|BC|"src)', "", text, flags=re.MULTILINE)


def test_it_is_written_beside_the_manifest_and_changes_nothing(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = resolve(Options(), crate)
    assert main(["init"]) == 0
    path = crate / "bindcheck.toml"
    assert capsys.readouterr().out.startswith(f"{path} written: ")
    assert tomllib.loads(path.read_text()) == {}
    after = resolve(Options(), crate)
    assert after.path == path
    assert (after.select, after.fail_on, after.baseline) == (
        before.select,
        before.fail_on,
        before.baseline,
    )


def test_it_is_not_overwritten(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (crate / "bindcheck.toml").write_text('ignore = ["BC110"]\n')
    for args in ([], ["--pyproject"]):
        assert main(["init", *args]) == 2
        assert "bindcheck.toml: is there already" in capsys.readouterr().err
    assert (crate / "bindcheck.toml").read_text() == 'ignore = ["BC110"]\n'


def test_a_table_is_added_to_pyproject(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--pyproject"]) == 2
    assert "pyproject.toml: cannot be read" in capsys.readouterr().err
    path = crate / "pyproject.toml"
    path.write_bytes(b'[build-system]\r\nrequires = ["maturin"]')
    assert main(["init", "--pyproject"]) == 0
    assert path.read_bytes().startswith(b'[build-system]\r\nrequires = ["maturin"]\r\n\r\n[tool.')
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
    assert tomllib.loads(path.read_text())["tool"]["bindcheck"] == {}
    assert main(["init", "--pyproject"]) == 2


def test_a_folder_that_is_not_there_is_an_error(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "gone"]) == 2
    assert "gone: no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("prefix", ["", "tool.bindcheck"])
def test_every_key_is_explained_and_every_example_is_valid(crate: Path, prefix: str) -> None:
    (crate / "bindcheck").mkdir()
    name = "pyproject.toml" if prefix else "bindcheck.toml"
    (crate / name).write_text(uncommented(starter(prefix)))
    config = resolve(Options(), crate)
    read = tomllib.loads((crate / name).read_text())
    keys = set(read["tool"]["bindcheck"] if prefix else read)
    assert config.path == crate / name
    assert keys == set(KEYS)
