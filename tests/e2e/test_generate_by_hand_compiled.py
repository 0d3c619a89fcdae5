"""Bindings by hand, however they name PyO3 and NumPy, compile without warnings once replaced."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.generate.run import Mode
from by_hand import LAYOUTS, crate_with, replaced

pytestmark = [
    pytest.mark.cargo,
    pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo"),
]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for what all crates of this file are compiled with."""
    return tmp_path_factory.mktemp("target")


def check(crate: Path, target: Path) -> None:
    environment = {**os.environ, "PYO3_PYTHON": sys.executable, "CARGO_TARGET_DIR": str(target)}
    done = subprocess.run(
        ("cargo", "check", "--quiet"),
        cwd=crate,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]


@pytest.mark.parametrize("keep", [True, False])
def test_replaced_bindings_compile_without_warnings(
    tmp_path: Path, target: Path, *, keep: bool
) -> None:
    crate = crate_with(tmp_path, *LAYOUTS, lints="#![deny(warnings)]\n")
    if keep:
        check(crate, target)
    result = replaced(crate, keep=keep)
    made = [one.state.value for one in result.plans if one.piece in ("single", "batch")]
    assert made == ["replace"] * 2 * len(LAYOUTS)
    check(crate, target)
    assert replaced(crate, mode=Mode.CHECK, keep=keep).status == 0
