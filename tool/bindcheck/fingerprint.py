"""The identity of a finding, which moved and reformatted lines leave as it is."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from bindcheck.crate import Crate
from bindcheck.findings import Finding, Location
from bindcheck.parse import tokens

# What rustfmt adds and removes: commas behind the last of a list, braces around one expression.
_LAYOUT = frozenset({",", "{", "}"})


def with_fingerprints(
    findings: Iterable[Finding], sources: Mapping[str, bytes], root: Path
) -> tuple[Finding, ...]:
    """Give each finding its fingerprint.

    It is made of the code, the path from `root`, the item, the tokens of the place, and the ordinal
    among findings that agree in all of these. The findings of a file must be complete and in source
    order, or ordinals would depend on what is shown.
    """
    seen: Counter[str] = Counter()
    texts = _Texts(sources)
    recorded = cache(partial(path_from, root))
    done: list[Finding] = []
    for finding in findings:
        path = recorded(finding.location.path)
        text = " ".join(normalised(texts.at(finding.location)))
        key = "\0".join((finding.code, path, finding.item, text))
        ordinal = seen[key]
        seen[key] += 1
        digest = hashlib.blake2b(f"{key}\0{ordinal}".encode(), digest_size=8).hexdigest()
        done.append(replace(finding, fingerprint=digest))
    return tuple(done)


def normalised(text: str) -> tuple[str, ...]:
    """The tokens of a snippet without comments and what a formatter adds or removes."""
    return tuple(token for token in tokens(text.encode()) if token not in _LAYOUT)


def identity_root(crate: Crate | None, fallback: Path) -> Path:
    """The folder that paths in fingerprints and baselines start from: that of the crate."""
    return Path(os.path.realpath(fallback if crate is None else crate.root))


def path_from(root: Path, path: str | Path) -> str:
    """A path as it is recorded: from `root`, also where it does not lie below."""
    full = os.path.realpath(path)
    try:
        return Path(os.path.relpath(full, root)).as_posix()
    except ValueError:  # on another drive
        return Path(full).as_posix()


class _Texts:
    """The text at a location; files are decoded once."""

    def __init__(self, sources: Mapping[str, bytes]):
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def at(self, place: Location) -> str:
        """What stands there, cut at both ends."""
        if place.path not in self._lines:
            text = self._sources.get(place.path, b"").decode(errors="replace")
            self._lines[place.path] = text.split("\n")
        lines = self._lines[place.path][place.line - 1 : place.end_line]
        if not lines:
            return ""
        if place.end_line == place.line:
            return lines[0][place.column - 1 : place.end_column - 1]
        lines[0] = lines[0][place.column - 1 :]
        if len(lines) == place.end_line - place.line + 1:
            lines[-1] = lines[-1][: place.end_column - 1]
        return "\n".join(lines)
