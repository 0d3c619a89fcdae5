"""What holds for every test: a cache of its own, and Ctrl-C that ends what it is sent to."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiled import Compiler

KEPT_CRATES = Path(__file__).with_name("kept_crates.py")


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes the cache of whoever runs it."""
    folder = tmp_path_factory.mktemp("cache") / "bindcheck"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BINDCHECK_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(autouse=True, scope="session")
def heard_interrupts() -> None:
    """What a shell runs in the background ignores SIGINT, and so do its processes."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(autouse=True, scope="session")
def compiled_once(common_folder: Path) -> Iterator[None]:
    """Crates of the registry, whatever folder cargo is told. Who has a cache keeps it."""
    if os.name != "posix" or "RUSTC_WRAPPER" in os.environ:
        yield
        return
    script = common_folder / f"rustc-{os.getpid()}"
    script.write_text(f"#!/bin/sh\nexec '{sys.executable}' -IS '{KEPT_CRATES}' \"$@\"\n")
    script.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUSTC_WRAPPER", str(script))
        patch.setenv("BINDCHECK_KEPT_CRATES", str(common_folder / "crates"))
        yield


@pytest.fixture(scope="session")
def compiler(common_folder: Path) -> Compiler:
    """Compiles crates of tests, for all processes that run tests into one folder."""
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    return Compiler(Path(os.environ.get("CARGO_TARGET_DIR") or common_folder / "target"))
