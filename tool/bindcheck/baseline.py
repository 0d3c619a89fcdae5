"""The findings that were there when a project began to use the audit, as a file.

Findings are known again by their fingerprints; code, path, item and message are for people, who
review the file like any other. Entries are grouped by the package they were found in, and paths
start from its root.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, field, fields
from json.decoder import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import NoReturn

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.write import Change, detect_newlines

_KIND = "bindcheck-baseline"
_VERSION = 1
_BLANK = " \t\n\r"


@fact
class Entry:
    """A recorded finding; `path` is relative to the root of its crate."""

    path: str
    code: str
    item: str
    message: str
    fingerprint: str


@fact
class Baseline:
    """The entries of a file by package and fingerprint. `old` is None where there is no file yet.

    The name of the package is empty for files outside any crate.
    """

    path: Path
    old: bytes | None = None
    crates: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, *, missing_ok: bool = False) -> Baseline:
        """Read a file; what is not a baseline is a BindcheckError with its line."""
        try:
            old = path.read_bytes()
        except FileNotFoundError:
            if missing_ok:
                return cls(path)
            hint = "no such baseline; `bindcheck baseline write` records one"
            raise BindcheckError(hint, path) from None
        except OSError as error:
            raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
        return cls(path, old, _Reader.of(old, path).crates())

    def entries(self, crate: str) -> Mapping[str, Entry]:
        """The entries of a package by fingerprint."""
        return self.crates.get(crate, {})

    def all_entries(self) -> Iterator[Entry]:
        """The entries of all packages."""
        for entries in self.crates.values():
            yield from entries.values()

    def change_to(self, crates: Mapping[str, Iterable[Entry]]) -> Change:
        """The file with other entries, sorted, so that its changes are easy to review."""
        data = {
            "kind": _KIND,
            "version": _VERSION,
            "crates": {
                name: [asdict(entry) for entry in sorted(entries, key=astuple)]
                for name, entries in sorted((name, list(held)) for name, held in crates.items())
                if entries
            },
        }
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        return Change(self.path, self.old, detect_newlines(self.old or b"").whole(text))


_FIELDS = tuple(one.name for one in fields(Entry))


# --- reading, with the line of what is wrong ---------------------------------------------------


@fact
class _Reader:
    """The text of a baseline. Values are decoded where they stand, so that each has its line."""

    text: str
    path: Path

    @classmethod
    def of(cls, source: bytes, path: Path) -> _Reader:
        try:
            text = source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = source.count(b"\n", 0, error.start) + 1
            raise BindcheckError("is not UTF-8", path, line) from error
        try:
            json.loads(text)
        except JSONDecodeError as error:
            reason = "has the markers of an unfinished merge" if _is_conflict(text, error) else ""
            message = reason or f"is not JSON: {error.msg}"
            raise BindcheckError(message, path, error.lineno) from error
        return cls(text, path)

    def crates(self) -> dict[str, dict[str, Entry]]:
        """All entries."""
        top = dict(self._members(self._start(0)))
        if self._text_at(top.get("kind")) != _KIND:
            raise BindcheckError("is not a baseline of bindcheck", self.path)
        if "version" not in top or self._value(top["version"])[0] != _VERSION:
            line = self._line(top.get("version", 0))
            message = f"is not version {_VERSION} of the format: write it anew"
            raise BindcheckError(message, self.path, line)
        found = {}
        for name, at in self._members(self._required(top, "crates", 0)):
            entries = [self._entry(one) for one in self._elements(at)]
            found[name] = {entry.fingerprint: entry for entry in entries}
        return found

    def _entry(self, at: int) -> Entry:
        held = dict(self._members(at))
        for name in held:
            if name not in _FIELDS:
                self._fail(f"an entry has no {name!r}", held[name])
        values = {}
        for name in _FIELDS:
            value = self._text_at(self._required(held, name, at))
            if value is None:
                self._fail(f"{name!r} must be a string", held[name])
            values[name] = value
        return Entry(**values)

    def _required(self, held: Mapping[str, int], name: str, at: int) -> int:
        if name not in held:
            self._fail(f"has no {name!r}", at)
        return held[name]

    def _members(self, at: int) -> Iterator[tuple[str, int]]:
        """Keys of the object at a place, each with the place of its value."""
        if self.text[at] != "{":
            self._fail("must be an object", at)
        at = self._start(at + 1)
        while self.text[at] != "}":
            key, at = self._value(at)
            value = self._start(self._start(at) + 1)
            yield str(key), value
            at = self._behind(value)

    def _elements(self, at: int) -> Iterator[int]:
        """Places of the elements of the array at a place."""
        if self.text[at] != "[":
            self._fail("must be an array", at)
        at = self._start(at + 1)
        while self.text[at] != "]":
            yield at
            at = self._behind(at)

    def _behind(self, at: int) -> int:
        """The next element or member behind the value at a place, or the bracket that ends them."""
        end = self._start(self._value(at)[1])
        return self._start(end + 1) if self.text[end] == "," else end

    def _value(self, at: int) -> tuple[object, int]:
        found: tuple[object, int] = _DECODER.raw_decode(self.text, at)
        return found

    def _text_at(self, at: int | None) -> str | None:
        value = None if at is None else self._value(at)[0]
        return value if isinstance(value, str) else None

    def _start(self, at: int) -> int:
        while self.text[at] in _BLANK:
            at += 1
        return at

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def _fail(self, message: str, at: int) -> NoReturn:
        raise BindcheckError(f"is not a valid baseline: {message}", self.path, self._line(at))


_DECODER = JSONDecoder()


def _is_conflict(text: str, error: JSONDecodeError) -> bool:
    line = text.splitlines()[error.lineno - 1 : error.lineno]
    return bool(line) and line[0].startswith(("<<<<<<< ", "=======", ">>>>>>> "))
