"""Copies of files of the crate with changes in them, for the tree of a build alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.fact import fact


@fact
class Change:
    """The bytes `start..end` of a file become `text`."""

    start: int
    end: int
    text: bytes


@fact
class Copy:
    """A file (its absolute path), its bytes, and what is changed in them."""

    path: Path
    source: bytes
    changes: tuple[Change, ...]

    @property
    def content(self) -> bytes:
        """The file with all changes, those at one place in the order given."""
        parts: list[bytes] = []
        last = 0
        for one in sorted(self.changes, key=lambda change: (change.start, change.end)):
            parts += [self.source[last : one.start], one.text]
            last = one.end
        return b"".join((*parts, self.source[last:]))


def copy_of(program: Program, path: str, changes: Iterable[Change]) -> Copy:
    """The copy of a file of the program, by its display path."""
    return Copy(Path(os.path.abspath(path)), program.source(path), tuple(changes))


def contents(copies: Iterable[Copy]) -> dict[Path, bytes]:
    """What files hold in a tree; changes of one file go together."""
    found: dict[Path, Copy] = {}
    for one in copies:
        before = found.get(one.path)
        changes = one.changes if before is None else (*before.changes, *one.changes)
        found[one.path] = Copy(one.path, one.source, changes)
    return {path: one.content for path, one in found.items()}
