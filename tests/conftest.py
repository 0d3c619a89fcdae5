"""What holds for every test: a cache of its own, and Ctrl-C that ends what it is sent to."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest


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
