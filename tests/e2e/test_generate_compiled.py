"""What is generated is compiled, imported and run, together with the tests that are generated."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from synthetic_cores import SAMPLE, STRICT_SAMPLE, write_reference, write_strict

REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.cargo


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of compiled crates, one for both styles: dependencies are compiled once."""
    given = os.environ.get("CARGO_TARGET_DIR")
    return Path(given) if given else tmp_path_factory.mktemp("target")


def run(*command: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def build(crate: Path, target: Path, library: str, module: Path) -> None:
    """Compile the extension, put it into the package and let it be imported."""
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    with contextlib.chdir(crate):
        assert main(["generate", "--all"]) == 0
        assert main(["generate", "--check"]) == 0
    # An extension finds the interpreter that loads it: nothing is linked.
    settings = {"CARGO_TARGET_DIR": str(target), "PYO3_BUILD_EXTENSION_MODULE": "1"}
    settings |= {"PYO3_PYTHON": sys.executable}
    run("cargo", "build", "--quiet", "--features", "python", folder=crate, **settings)
    shutil.copy(target / "debug" / library, module)


def run_tests(crate: Path, count: int) -> None:
    """The generated tests pass as they are; at least so many are collected."""
    said = run(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"),
        folder=crate,
        PYTHONPATH=str(crate / "python"),
    )
    summary = said.strip().splitlines()[-1]
    passed, _, rest = summary.partition(" passed")
    assert int(passed) >= count, summary
    assert not any(word in rest for word in ("fail", "skip", "error", "warning")), summary


@pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does")
def test_generated_tests_pass_in_the_style_of_a_reference(tmp_path: Path, target: Path) -> None:
    write_reference(tmp_path, SAMPLE)
    build(tmp_path, target, "libmade_up.so", tmp_path / "python/made_up/_core.so")
    run_tests(tmp_path, 12 * len(SAMPLE))


@pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does")
def test_generated_tests_pass_in_strict_style(tmp_path: Path, target: Path) -> None:
    write_strict(tmp_path, STRICT_SAMPLE, REPOSITORY)
    crate = tmp_path / "indicators"
    package = crate / "python/bindcheck_indicators"
    build(crate, target, "libbindcheck_indicators.so", package / "_core.so")
    run_tests(crate, 13 * len(STRICT_SAMPLE))
