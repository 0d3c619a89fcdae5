"""What holds for every test: a cache of its own, and Ctrl-C that ends what it is sent to."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiled import Compiler


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
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Compiler:
    """Compiles crates of tests, for all processes that run tests into one folder."""
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    if given := os.environ.get("CARGO_TARGET_DIR"):
        return Compiler(Path(given))
    folder = tmp_path_factory.getbasetemp()
    return Compiler((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "target")
