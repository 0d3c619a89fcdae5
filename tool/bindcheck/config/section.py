"""A table of settings read by type. What does not fit is a ConfigError with file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from os.path import isdir
from pathlib import Path
from typing import NoReturn

from bindcheck.config.codes import code_complaint, nearest
from bindcheck.config.globs import Glob, glob_complaint
from bindcheck.config.versions import version_complaint
from bindcheck.crate import TomlFile, Version
from bindcheck.crate.tables import Table, table
from bindcheck.errors import ConfigError
from bindcheck.fact import fact

_FULL_CODE = re.compile(r"BC\d{3}")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_KINDS: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "a table",
}

SEVERITIES = ("error", "warning", "advice")


@fact
class Section:
    """The table of `file` at `prefix`."""

    file: TomlFile
    prefix: tuple[str, ...]

    @property
    def data(self) -> Table:
        """The table itself."""
        return table(self.file.data, *self.prefix)

    def line(self, *keys: str) -> int | None:
        """Line of a key of this table."""
        return self.file.line(*self.prefix, *keys)

    def fail(self, message: str, *keys: str) -> NoReturn:
        """Raise a ConfigError at a key."""
        raise ConfigError(message, self.file.path, self.line(*keys))

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that are not `known`."""
        for key in self.data:
            if key not in known:
                self.fail(f"unknown key {key!r}{nearest(key, known)}", key)

    def string(self, key: str) -> str | None:
        """A string."""
        value = self.data.get(key)
        if value is None or isinstance(value, str):
            return value
        self.fail(f"{key!r} must be a string, not {_kind(value)}", key)

    def choice(self, key: str, allowed: Collection[str]) -> str | None:
        """One of `allowed`."""
        value = self.string(key)
        if value is not None and value not in allowed:
            self.fail(f"{key!r} must be {' or '.join(allowed)}, not {value!r}", key)
        return value

    def strings(self, key: str) -> tuple[str, ...] | None:
        """An array of strings."""
        return None if key not in self.data else self._strings(self.data[key], key)

    def _strings(self, value: object, *keys: str) -> tuple[str, ...]:
        name = ".".join(keys)
        if not isinstance(value, list):
            self.fail(f"{name!r} must be an array of strings, not {_kind(value)}", *keys)
        for item in value:
            if not isinstance(item, str):
                self.fail(f"{name!r} must hold strings only, not {_kind(item)}", *keys)
        return tuple(value)

    def codes(self, key: str, known: Collection[str] | None) -> tuple[str, ...] | None:
        """An array of rule codes and prefixes."""
        values = self.strings(key)
        self._check(values or (), known, key)
        return values

    def code_table(self, key: str, known: Collection[str] | None) -> dict[str, tuple[str, ...]]:
        """A table of arrays of rule codes and prefixes."""
        found = {name: self._strings(value, key, name) for name, value in self._table(key).items()}
        for name, codes in found.items():
            self._check(codes, known, key, name)
        return found

    def severities(self, key: str, known: Collection[str] | None) -> dict[str, str]:
        """A table of severities by full rule code."""
        found: dict[str, str] = {}
        for code, value in self._table(key).items():
            if not _FULL_CODE.fullmatch(code):
                self.fail(f"{code!r} in {key!r} is not a rule code such as BC201", key, code)
            self._check((code,), known, key, code)
            if not isinstance(value, str) or value not in SEVERITIES:
                allowed = " or ".join(SEVERITIES)
                self.fail(f"severity of {code} must be {allowed}, not {value!r}", key, code)
            found[code] = value
        return found

    def target(self, key: str) -> Version | None:
        """A PyO3 release, written as a string."""
        value = self.string(key)
        if value is None:
            return None
        complaint = version_complaint(value)
        if complaint is not None:
            self.fail(f"{key!r} {complaint}", key)
        return Version.parse(value)

    def globs(self, key: str) -> tuple[Glob, ...]:
        """An array of globs, relative to the folder of the file."""
        return tuple(self._glob(one, key) for one in self.strings(key) or ())

    def glob_table(
        self, key: str, known: Collection[str] | None
    ) -> tuple[tuple[Glob, tuple[str, ...]], ...]:
        """A table of arrays of rule codes and prefixes by glob."""
        found = self.code_table(key, known)
        return tuple((self._glob(one, key, one), codes) for one, codes in found.items())

    def _glob(self, pattern: str, *keys: str) -> Glob:
        complaint = glob_complaint(pattern)
        if complaint is not None:
            self.fail(f"{keys[0]!r}: {complaint}", *keys)
        return Glob(self.file.path.parent, pattern)

    def module(self, key: str) -> str | None:
        """A dotted Python name."""
        value = self.string(key)
        if value is not None and not _MODULE.fullmatch(value):
            self.fail(f"{key!r} must be a Python module such as a.b, not {value!r}", key)
        return value

    def path(self, key: str) -> Path | None:
        """A path relative to the file."""
        value = self.string(key)
        return None if value is None else self.file.path.parent / value

    def folder(self, key: str) -> Path | None:
        """A path to a folder that exists."""
        path = self.path(key)
        if path is not None and not isdir(path):
            self.fail(f"{key!r}: no such folder: {path}", key)
        return path

    def _table(self, key: str) -> Table:
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.fail(f"{key!r} must be a table, not {_kind(value)}", key)
        return value

    def _check(self, codes: Iterable[str], known: Collection[str] | None, *keys: str) -> None:
        complaint = code_complaint(codes, known)
        if complaint is not None:
            self.fail(f"{keys[0]!r}: {complaint}", *keys)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date")
