"""Which Python files there are around a crate, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Protocol

from bindcheck.discover import MAX_BYTES, display

# A repository of this many folders is no longer one that is searched whole for tests.
_MOST_FOLDERS = 20_000
_SETTINGS = frozenset({"pyproject.toml", "pytest.ini", "pytest.toml"})
_NOT_SOURCES = frozenset({"__pycache__", "node_modules", "site-packages"})


class PythonFiles(Protocol):
    """Python files of a repository by their path from its root, with forward slashes."""

    @property
    def paths(self) -> frozenset[str]:
        """All of them, with the files that hold settings of pytest."""

    @property
    def complete(self) -> bool:
        """Whether all of the repository was searched."""

    def shown(self, path: str) -> str:
        """The path as people see it."""

    def read(self, path: str) -> bytes:
        """The bytes of a file; empty when it cannot be read."""


@dataclass(frozen=True)
class GivenFiles:
    """Files given as text."""

    texts: Mapping[str, str]
    complete: bool = True

    @property
    def paths(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.texts)

    def shown(self, path: str) -> str:
        """The path itself."""
        return path

    def read(self, path: str) -> bytes:
        """The text as UTF-8."""
        return self.texts[path].encode()


@dataclass
class FolderFiles:
    """Files below a folder; `first` are those below it where what matters most lies.

    `keep` is told the bytes of each file that is read, by the path it is shown by.
    """

    root: Path
    keep: Callable[[str, bytes], None]
    first: Sequence[Path] = ()
    paths: frozenset[str] = field(init=False)
    complete: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        self.paths = frozenset(self._walk())

    def shown(self, path: str) -> str:
        """From the working directory if below it, else absolute."""
        return display(self.root / path)

    def read(self, path: str) -> bytes:
        """Empty for a file that has gone, is no file or is larger than any source."""
        full = self.root / path
        try:
            if full.stat().st_size > MAX_BYTES:
                return b""
            source = full.read_bytes()
        except OSError:
            return b""
        self.keep(self.shown(path), source)
        return source

    def _walk(self) -> list[str]:
        found: list[str] = []
        seen: set[str] = set()
        starts = [one for one in self.first if one.is_relative_to(self.root)]
        for folder, inner, names in chain.from_iterable(map(os.walk, (*starts, self.root))):
            if len(seen) == _MOST_FOLDERS:
                self.complete = False
                break
            if folder in seen:
                inner.clear()
                continue
            seen.add(folder)
            base = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            cargo = "Cargo.toml" in names
            inner[:] = sorted(one for one in inner if not _is_foreign(folder, one, cargo))
            found.extend(
                (base / name).as_posix()
                for name in names
                if name.endswith((".py", ".pyi")) or name in _SETTINGS
            )
        return found


def _is_foreign(folder: str, name: str, beside_manifest: bool) -> bool:
    """Whether a folder holds what nobody wrote here: build output, environments, packages."""
    if name.startswith(".") or name in _NOT_SOURCES:
        return True
    if name == "target":
        tag = os.path.join(folder, name, "CACHEDIR.TAG")
        return beside_manifest or os.path.isfile(tag)
    marker = os.path.join(folder, name, "pyvenv.cfg")
    return os.path.isfile(marker)
