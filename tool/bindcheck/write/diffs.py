"""Changes as a patch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from bindcheck.write.change import Change

_COLOURS = {"---": "1", "+++": "1", "@@": "36", "+": "32", "-": "31"}


def unified_diff(changes: Iterable[Change], color: bool = False) -> str:
    """The changes as a patch; paths are relative to the working directory if below it."""
    return "".join(line for change in changes for line in _diff(change, color))


def _diff(change: Change, color: bool) -> Iterator[str]:
    shown = _shown(change.path)
    # Loaded only where a patch is shown.
    from difflib import unified_diff

    lines = unified_diff(
        _lines(change.old or b""),
        _lines(change.new),
        "/dev/null" if change.old is None else f"a/{shown}",
        f"b/{shown}",
    )
    for line in lines:
        body = line.removesuffix("\n")
        yield _coloured(body) if color else body
        yield "\n" if body != line else "\n\\ No newline at end of file\n"


def _lines(source: bytes) -> list[str]:
    # str.splitlines would also split at form feeds and other separators inside a line.
    parts = source.decode("utf-8", errors="replace").split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _coloured(line: str) -> str:
    for prefix, code in _COLOURS.items():
        if line.startswith(prefix):
            return f"\x1b[{code}m{line}\x1b[0m"
    return line


def _shown(path: Path) -> str:
    full, here = Path(os.path.abspath(path)), Path.cwd()
    return (full.relative_to(here) if full.is_relative_to(here) else full).as_posix().lstrip("/")
