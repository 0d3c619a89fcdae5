"""Stubs and tests of a crate on disk, as the command line sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.rules.python_examples import SCALED, SCALED_STUB, SCALED_TEST

MANIFEST = """\
[package]
name = "example"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
"""
PYPROJECT = '[tool.maturin]\nmodule-name = "pkg._core"\npython-source = "python"\n'


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in {
        "Cargo.toml": MANIFEST,
        "pyproject.toml": PYPROJECT,
        "src/lib.rs": SCALED.replace("fn example", "fn _core"),
        "python/pkg/__init__.py": "from pkg._core import *\n",
        "python/pkg/_core.pyi": f"{SCALED_STUB}\ndef gone() -> None: ...\n",
        "tests/test_it.py": SCALED_TEST.replace("example", "pkg"),
    }.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_finding_in_a_stub_shows_its_line(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del crate
    assert main(["audit", "--select", "BC108,BC109"]) == 1
    shown = capsys.readouterr().out
    assert "python/pkg/_core.pyi:3:5: warning[BC108] stub-mismatch" in shown
    assert "3 | def gone() -> None: ..." in shown
    assert "BC109" not in shown


def test_the_configured_module_name_says_whose_stub_it_is(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "bindcheck.toml").write_text('python-module = "other._core"\n')
    main(["audit", "--select", "BC108", "--output-format", "json"])
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["message"].startswith("no stub describes `other._core`")
    assert found["path"] == "src/lib.rs"


def test_the_fingerprint_of_a_finding_in_a_stub_survives_moved_lines(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["audit", "--select", "BC108", "--output-format", "json"]
    main(command)
    before = json.loads(capsys.readouterr().out)["findings"][0]
    stub = crate / "python/pkg/_core.pyi"
    stub.write_text("import this\n" + stub.read_text())
    main(command)
    after = json.loads(capsys.readouterr().out)["findings"][0]
    assert (before["line"], after["line"]) == (3, 4)
    assert before["fingerprint"] == after["fingerprint"]


def test_reading_stubs_and_tests_does_not_load_libcst(crate: Path) -> None:
    del crate
    code = (
        "import sys\nfrom bindcheck.cli import main\nmain(['audit', '--select', 'ALL'])\n"
        "sys.exit('libcst' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
