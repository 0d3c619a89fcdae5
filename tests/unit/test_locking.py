"""Locks between processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bindcheck.bench import side
from bindcheck.bench.side import _shim
from bindcheck.bench.tree import bench_folder, measuring_alone
from bindcheck.crate import Crate, read_crate
from bindcheck.errors import NothingToDoError
from bindcheck.prepare import no_step
from bindcheck.write import locked

HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of a file until its input ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


def ended(other: subprocess.Popen[str]) -> None:
    assert other.stdin is not None
    other.stdin.close()


@pytest.fixture
def crate(tmp_path: Path) -> Crate:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").write_text("")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "waves"\nversion = "1.0.0"\n')
    return read_crate(tmp_path / "Cargo.toml")


def test_a_lock_that_another_process_holds_is_awaited(tmp_path: Path) -> None:
    told: list[str] = []
    with held(tmp_path / "lock") as other:

        def taken() -> None:
            told.append("taken")
            ended(other)

        with locked(tmp_path / "lock", taken):
            assert other.wait(5) == 0
    assert told == ["taken"]


def test_a_process_that_was_killed_holds_no_lock(tmp_path: Path) -> None:
    with held(tmp_path / "lock") as other:
        other.kill()
        other.wait(5)
        with locked(tmp_path / "lock", lambda: pytest.fail("the lock is stale")):
            pass


def test_a_second_run_in_a_workspace_is_refused(crate: Crate) -> None:
    with (
        held(bench_folder(crate) / "measuring.lock"),
        pytest.raises(NothingToDoError, match="another run of bindcheck measures in"),
        measuring_alone(crate),
    ):
        pytest.fail("two at once")
    with measuring_alone(crate):
        pass


def test_a_tree_is_not_written_while_another_run_builds_it(
    crate: Crate, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bench_folder(crate) / "tree"
    there: list[bool] = []

    with held(folder.with_name("building.lock")) as other:

        def step(what: str, done: int, total: int) -> None:
            assert (what, done, total) == ("waiting for the build of another run", 0, 0)
            there.append(folder.exists())
            ended(other)

        monkeypatch.setattr(side, "build", lambda *_, **_kept: folder / "built.so")
        assert (
            _shim(crate, "", folder, sys.executable, step, {}, capped=False) == folder / "built.so"
        )
    assert there == [False]
    assert (
        _shim(crate, "", folder, sys.executable, no_step, {}, capped=False) == folder / "built.so"
    )
