"""Which files are tests: the habits of pytest, and what a repository tells it."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from bindcheck.fact import fact
from bindcheck.python_side.files import PythonFiles

_USUAL = ("test_*.py", "*_test.py", "conftest.py", "tests.py", "test.py")
_FOLDERS = frozenset({"test", "tests", "python_tests"})


@fact
class TestSettings:
    """Patterns of file names, and folders in which everything belongs to the tests.

    `read` are the files that say so.
    """

    patterns: tuple[str, ...] = _USUAL
    folders: tuple[str, ...] = ()
    read: tuple[str, ...] = ()

    def is_test(self, path: str) -> bool:
        """Whether a file is a test or stands beside tests."""
        return self.is_habitual(path) or any(path.startswith(f"{one}/") for one in self.folders)

    def is_habitual(self, path: str) -> bool:
        """Whether its name, or that of a folder above it, says so."""
        folder, _, name = path.rpartition("/")
        if not _FOLDERS.isdisjoint(folder.split("/")):
            return True
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


def read_settings(files: PythonFiles) -> TestSettings:
    """Join the settings of all projects in the repository."""
    patterns = list(_USUAL)
    folders = []
    read = tuple(path for path in sorted(files.paths) if path.endswith((".toml", ".ini")))
    for path in read:
        folder, _, name = path.rpartition("/")
        for options in _options(name, files.read(path)):
            patterns.extend(_words(options.get("python_files")))
            for one in _folders(options):
                place = "/".join(part for part in (folder, one) if part not in ("", "."))
                if place:
                    folders.append(place)
    return TestSettings(tuple(dict.fromkeys(patterns)), tuple(dict.fromkeys(folders)), read)


def folders_named(name: str, source: bytes) -> tuple[str, ...]:
    """The folders of tests that a file of settings names, relative to its own."""
    return tuple(one for options in _options(name, source) for one in _folders(options))


def _folders(options: Mapping[str, object]) -> Iterator[str]:
    """What pytest looks for tests in, patterns left out."""
    for one in _words(options.get("testpaths")):
        if "*" not in one:
            yield one.strip("/")


def _options(name: str, source: bytes) -> Iterator[Mapping[str, object]]:
    """The table with pytest's options; a file that does not parse has none."""
    text = source.decode("utf-8-sig", errors="replace")
    if name.endswith(".ini"):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(text)
        except configparser.Error:
            return
        if parser.has_section("pytest"):
            yield dict(parser.items("pytest"))
        return
    if "pytest" not in text:
        return
    try:
        data: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for keys in (("tool", "pytest", "ini_options"), ("tool", "pytest"), ("pytest",)):
        inner = data
        for key in keys:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            yield inner


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
