"""What is being done, on a terminal, for work that takes longer than a second."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

_QUIET_SECONDS = 1.0
_SECONDS_BETWEEN = 0.1
_WIDTH = 20


@dataclass(slots=True)
class Progress:
    """One line that is written over and over, and wiped at the end."""

    stream: TextIO
    unicode: bool
    began: float
    last: float = 0.0
    shown: int = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say what is being done, `done` parts of `total` (0: not known) being ready."""
        now = time.monotonic()
        due = done == 0 or now - self.last >= _SECONDS_BETWEEN
        if now - self.began >= _QUIET_SECONDS and due:
            self.last = now
            self._write(f"{self._bar(done, total)}{what}{self._count(done, total)}")

    def wipe(self) -> None:
        """Leave nothing behind."""
        if self.shown:
            self.stream.write(f"\r{' ' * self.shown}\r")
            self.stream.flush()
            self.shown = 0

    def _bar(self, done: int, total: int) -> str:
        if not total:
            return ""
        full = _WIDTH * min(done, total) // total
        on, off = ("━", "─") if self.unicode else ("#", "-")
        return f"{on * full}{off * (_WIDTH - full)} "

    def _count(self, done: int, total: int) -> str:
        return f" {done}/{total}" if total else ""

    def _write(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        self.stream.write(f"\r{text.ljust(self.shown)}")
        self.stream.flush()
        self.shown = max(self.shown, len(text))


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """What tells of progress on stderr, or tells nobody where that is no terminal."""
    stream = sys.stderr
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield _tell_nobody
        return
    line = Progress(stream, (stream.encoding or "").lower().startswith("utf"), time.monotonic())
    try:
        yield line
    finally:
        line.wipe()


def _tell_nobody(what: str, done: int, total: int) -> None:
    del what, done, total
