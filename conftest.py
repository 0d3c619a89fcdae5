"""Spreads the tests over the cores: pytest-xdist asks how many processes, and what goes where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

MEASURING = "tests/e2e/test_bench_"
"""How the files begin whose tests time code. One process runs them all: two would disturb both."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """None where single files or tests are named: they begin sooner, and print what they print."""
    return 0 if _names_files(config.args) else None


def _names_files(arguments: Sequence[str]) -> bool:
    return any(not Path(one).is_dir() for one in arguments)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One process runs all tests of a file: what they share is made once.

    Nothing but `loadfile` is changed.
    """
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return MEASURING if nodeid.startswith(MEASURING) else super()._split_scope(nodeid)

    return ByFile(config, log)
