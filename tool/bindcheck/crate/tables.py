"""TOML files with the line of each key, which `tomllib` does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bindcheck.crate.types import ManifestPlace
from bindcheck.errors import BindcheckError

Table = Mapping[str, object]

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*")
_PARTS = re.compile(_PART)
_COMMENT = re.compile(r"""(?<=[\s\]}"'])#[^"']*$""")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True)
class TomlFile:
    """A parsed TOML file."""

    path: Path
    text: str = field(repr=False)
    data: Table = field(repr=False)

    @cached_property
    def _lines(self) -> dict[tuple[str, ...], int]:
        return _index(self.text)

    def line(self, *keys: str) -> int | None:
        """Line of a key, or of the nearest enclosing table or inline table that has one."""
        for length in range(len(keys), 0, -1):
            found = self._lines.get(keys[:length])
            if found is not None:
                return found
        return None

    def place(self, *keys: str) -> ManifestPlace | None:
        """The line of a key as a range, without indentation and comment."""
        number = self.line(*keys)
        if number is None:
            return None
        written = self.text.splitlines()[number - 1]
        bare = _COMMENT.sub("", written).rstrip()
        start = len(bare) - len(bare.lstrip())
        return ManifestPlace(self.path, number, start + 1, len(bare) + 1)


def parse_toml(path: Path, text: str) -> TomlFile:
    """The TOML `text` that `path` holds; what is wrong with it is a BindcheckError."""
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _broken(path, text, str(error)) from error


def read_toml(path: Path) -> TomlFile:
    """Read and parse `path`; what is wrong with it is a BindcheckError with its line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BindcheckError("is not UTF-8", path, line) from error
    return parse_toml(path, text)


def _broken(path: Path, text: str, message: str) -> BindcheckError:
    place = _PLACE.search(message)
    if place is None:
        return BindcheckError(message, path)
    last = max(1, len(text.splitlines()))
    line = min(int(place[1]), last) if place[1] else last
    return BindcheckError(f"is not valid TOML: {message[: place.start()]}", path, line)


def table(data: Table, *keys: str) -> Table:
    """The table at `keys`, empty when there is none."""
    for key in keys:
        inner = data.get(key)
        if not isinstance(inner, dict):
            return {}
        data = inner
    return data


def text(data: Table, key: str) -> str | None:
    """The string at `key`, or None."""
    value = data.get(key)
    return value if isinstance(value, str) else None


def texts(data: Table, *keys: str) -> tuple[str, ...]:
    """The strings in the array at the first of `keys` that is there, other elements left out."""
    for key in keys:
        value = data.get(key)
        if isinstance(value, list):
            return tuple(item for item in value if isinstance(item, str))
    return ()


def _index(source: str) -> dict[tuple[str, ...], int]:
    """Line of each table header and key. Values over several lines are stepped over whole."""
    found: dict[tuple[str, ...], int] = {}
    lines = source.splitlines()
    prefix: tuple[str, ...] = ()
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at]
        at += 1
        header = line.lstrip()
        if header.startswith("["):
            prefix = _key(header.lstrip("["))
            found.setdefault(prefix, number)
            continue
        match = _DOTTED.match(line)
        if match is None or line[match.end() : match.end() + 1] != "=":
            continue
        key = prefix + _key(line)
        for length in range(len(prefix) + 1, len(key) + 1):
            found.setdefault(key[:length], number)
        at = _after_value(lines, at, line[match.end() + 1 :])
    return found


def _key(line: str) -> tuple[str, ...]:
    match = _DOTTED.match(line)
    return tuple(part.strip("\"'") for part in _PARTS.findall(match[1])) if match else ()


def _after_value(lines: list[str], at: int, value: str) -> int:
    while at < len(lines) and not _complete(value):
        value += "\n" + lines[at]
        at += 1
    return at


def _complete(value: str) -> bool:
    try:
        tomllib.loads(f"x = {value}")
    except tomllib.TOMLDecodeError:
        return False
    return True
