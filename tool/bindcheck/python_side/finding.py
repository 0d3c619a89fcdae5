"""The Python side of a crate on disk."""

from __future__ import annotations

from collections.abc import MutableMapping

from bindcheck.crate import Crate
from bindcheck.python_side.layout import files_around
from bindcheck.python_side.side import PythonSide


def python_side(crate: Crate, stubs: MutableMapping[str, bytes]) -> PythonSide:
    """Look for Python files in the repository of a crate.

    The bytes of each stub go into `stubs` by the path it is shown by, for reports. All are read at
    once: rules may run in another process than the report.
    """

    def keep(path: str, source: bytes) -> None:
        if path.endswith(".pyi"):
            stubs[path] = source

    files = files_around(crate, keep)
    side = PythonSide(crate, files.root, files)
    for path in side.stub_paths.values():
        side.source(path)
    return side
