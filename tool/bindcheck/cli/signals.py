"""Requests to end a command that has something to write by then."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from bindcheck.errors import Terminated

_FIRST = 128
"""The exit status of a shell for a command that a signal ended is that much more."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM raises `Terminated`, as Ctrl-C raises KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminated(number: int, frame: object) -> NoReturn:
    del number, frame
    raise Terminated


def status_of(end: KeyboardInterrupt) -> int:
    """The exit status of a command that was ended: 130, or 143."""
    return _FIRST + (signal.SIGTERM if isinstance(end, Terminated) else signal.SIGINT)


def told_of(end: KeyboardInterrupt) -> str:
    """That a command was ended, and what it was doing then, if that is known."""
    return f"interrupted while {end}" if end.args else "interrupted"
