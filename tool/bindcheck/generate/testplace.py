"""Where the Python tests of a crate are, or how it gets a place for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bindcheck.crate import Crate
from bindcheck.discover import display
from bindcheck.generate.stub import python_root
from bindcheck.python_side.settings import folders_named

_USUAL = ("tests", "python/tests", "tests/python")
_SETTINGS = ("pytest.ini", "pyproject.toml")


def test_folder(crate: Crate) -> Path | None:
    """The folder of Python tests, if there is one, beside the pyproject.toml.

    One with pytest files: first those that `testpaths` names, then the usual ones. Else the first
    that `testpaths` names, which need not exist yet.
    """
    home = _home(crate)
    named = [one for one in _named(home) if not _package(crate).is_relative_to(one)]
    places = (*named, *(home / one for one in _USUAL))
    return next(filter(_has_tests, places), named[0] if named else None)


def no_test_folder(crate: Crate) -> str:
    """What to do where there is no such folder."""
    first = display(_home(crate) / _USUAL[0] / "conftest.py")
    ways = f"an empty {first} makes one, or name one as `testpaths` of pytest"
    return f"no folder of Python tests: {ways}"


def _home(crate: Crate) -> Path:
    crate = crate.extension
    return crate.maturin.pyproject.parent if crate.maturin is not None else crate.root


def _package(crate: Crate) -> Path:
    """The Python package: a folder around it is searched for tests, and holds other things too."""
    return python_root(crate) / crate.extension.module_name.partition(".")[0]


def _named(home: Path) -> Iterator[Path]:
    for name in _SETTINGS:
        path = home / name
        for one in folders_named(name, path.read_bytes()) if path.is_file() else ():
            if not (home / one).is_file():
                yield home / one


def _has_tests(folder: Path) -> bool:
    return (folder / "conftest.py").is_file() or any(folder.glob("test_*.py"))
