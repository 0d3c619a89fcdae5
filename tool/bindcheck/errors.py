"""Errors a user can cause. Anything else that escapes is a bug and shows a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BindcheckError(Exception):
    """Wrong usage or input: one line, with path and line where they are known. Exit status 2."""

    exit_code = 2

    def __init__(self, message: str, path: Path | str | None = None, line: int | None = None):
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        if self.path is None:
            return self.message
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class ConfigError(BindcheckError):
    """A configuration file or option that cannot be understood."""


class NoSingleCrateError(BindcheckError):
    """A workspace that does not say which of its members is meant."""


class Terminated(KeyboardInterrupt):
    """A request to end (SIGTERM), which is taken like Ctrl-C."""


@contextmanager
def doing(what: str) -> Iterator[None]:
    """An interrupt from inside says what it ended, as its only argument."""
    try:
        yield
    except KeyboardInterrupt as end:
        if end.args:
            raise
        raise type(end)(what) from end


class NothingToDoError(BindcheckError):
    """The run would look at nothing, or could not run. Exit status 3."""

    exit_code = 3
