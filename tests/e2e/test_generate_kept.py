"""Bindings that keep their interface: their stub entry, and their test against the core."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from synthetic_cores import SAMPLE, write_reference

OLD = "(high, low, close, period, factor, shift, kernel=None)"
NEW = "(high, *, low, close, span=9, factor=2.5, shift=None, kernel=None)"


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate whose single binding is by hand, with names and an order of its own."""
    write_reference(tmp_path, [one for one in SAMPLE if one.name == "bars_two"])
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--all", "--piece", "single,register"]) == 0
    path = tmp_path / "src/bars_two.rs"
    text = re.sub(r"(?m)^// bindcheck: .*\n", "", path.read_text())
    head = text.index("#[pyo3::pyfunction")
    core, binding = text[:head], text[head:]
    assert OLD in binding
    binding = binding.replace(OLD, NEW).replace("shift: i32", "shift: Option<i32>")
    binding = re.sub(r"\bperiod: usize", "span: usize", binding)
    binding = binding.replace("period: Some(period)", "period: Some(span)")
    binding = binding.replace("shift: Some(shift)", "shift: Some(shift.unwrap_or(-3))")
    path.write_text(core + binding)
    shutil.rmtree(tmp_path / ".bindcheck")
    return tmp_path


def test_a_kept_binding_has_its_stub_and_its_test(crate: Path) -> None:
    assert main(["generate", "--all", "--replace"]) == 0
    assert "interface=kept" in (crate / "src/bars_two.rs").read_text()
    stub = (crate / "python/made_up/_core.pyi").read_text()
    declared = """def bars_two(
    high: NDArray[np.float64],
    *,
    low: NDArray[np.float64],
    close: NDArray[np.float64],
    span: int = 9,
    factor: float = 2.5,
    shift: int | None = None,
    kernel: str | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:"""
    assert declared in stub
    assert "Any" not in stub
    assert "def bars_two_batch(" in stub
    test = (crate / "tests/test_bars_two_binding.py").read_text()
    assert 'ARGUMENTS = {"period": "span", "factor": "factor", "shift": "shift"}' in test
    assert main(["generate", "--check"]) == 0


def test_a_fact_that_a_test_lacks_is_told(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = crate / "src/bars_two.rs"
    path.write_text(path.read_text().replace("period: Some(span)", "period: Some(span * 2)"))
    main(["generate", "--all", "--replace", "--piece", "single,test"])
    said = capsys.readouterr().out
    assert "not known: the argument of `bars_two` for `period`, and its default" in said
    assert not (crate / "tests/test_bars_two_binding.py").exists()


@pytest.mark.cargo
@pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does")
def test_the_test_of_a_kept_binding_passes(crate: Path) -> None:
    assert main(["generate", "--all", "--replace", "--values"]) == 0
    environment = os.environ | {"PYO3_BUILD_EXTENSION_MODULE": "1", "PYO3_PYTHON": sys.executable}
    command = ["cargo", "build", "--quiet", "--features", "python"]
    subprocess.run(command, cwd=crate, env=environment, check=True, capture_output=True)
    shutil.copy(crate / "target/debug/libmade_up.so", crate / "python/made_up/_core.so")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=crate,
        env={**os.environ, "PYTHONPATH": str(crate / "python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert (
        "test_values_are_those_of_the_core"
        in (crate / "tests/test_bars_two_binding.py").read_text()
    )
