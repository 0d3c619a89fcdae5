"""Text that is added to the end of a file."""

from __future__ import annotations

import os
from pathlib import Path

from bindcheck.errors import BindcheckError
from bindcheck.write.change import Change, detect_newlines

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]


def append_line(path: Path, line: str) -> None:
    """Add one line to a file that several runs may add to at once, and that any may die over.

    The line is written and synced under a lock, where the system has one. What an earlier run left
    without its end becomes a line of its own; what this run cannot write whole is taken back.
    """
    data = line.removesuffix("\n").encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            _lock(handle)
            _append(handle, data)
        finally:
            os.close(handle)
    except OSError as error:
        raise BindcheckError(f"cannot be written: {error.strerror}", path) from error


def _lock(handle: int) -> None:
    """Wait for other writers; closing the file lets the next one in."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX)


def _append(handle: int, data: bytes) -> None:
    size = os.lseek(handle, 0, os.SEEK_END)
    if size:
        os.lseek(handle, size - 1, os.SEEK_SET)
        if os.read(handle, 1) != b"\n":
            data = b"\n" + data
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    except BaseException:
        os.ftruncate(handle, size)
        raise


def appended(path: Path, text: str) -> Change:
    """The change that adds a paragraph to the end of a file that is there."""
    try:
        old = path.read_bytes()
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
    layout = detect_newlines(old)
    gap = "\n" if old.endswith(b"\n") or not old else "\n\n"
    return Change(path, old, old + layout.fragment(gap + text))
