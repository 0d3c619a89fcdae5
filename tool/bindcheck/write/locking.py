"""Locks between processes, which the system gives up with the process that holds them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bindcheck.errors import BindcheckError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(path: Path, taken: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a file, which is made and stays.

    If another process holds it, `taken` is called; unless that raises, its end is awaited. Where
    the system has no locks there is none.
    """
    handle = _opened(path)
    try:
        _lock(handle, path, taken)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise BindcheckError(f"cannot be written: {error.strerror}", path) from error


def _lock(handle: int, path: Path, taken: Callable[[], None]) -> None:
    try:
        if fcntl is not None and not _try(handle):
            taken()
            fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:
        raise BindcheckError(f"cannot be locked: {error.strerror}", path) from error


def _try(handle: int) -> bool:
    """Whether nobody else holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
