"""No test reads or writes the cache of whoever runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache") / "bindcheck"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BINDCHECK_CACHE_DIR", str(folder))
        yield folder
