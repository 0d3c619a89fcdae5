"""JSON files that the generator keeps: read with their version, written when they change."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.write import Change


@fact
class JsonFile:
    """A file as it was read (None: there is none), its part under one key, and the whole."""

    path: Path
    old: bytes | None
    part: Mapping[str, Any]
    whole: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, version: int, key: str) -> JsonFile:
        """Read a file; one that is missing has an empty part, one of another form is an error."""
        try:
            old = path.read_bytes()
        except FileNotFoundError:
            return cls(path, None, {}, {})
        except OSError as error:
            raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
        whole = _whole(old, path, version)
        part = whole.get(key)
        if not isinstance(part, Mapping):
            raise BindcheckError(f"has no `{key}`", path)
        return cls(path, old, part, whole)


def changed(path: Path, old: bytes | None, content: bytes) -> Change | None:
    """The change to a file; None when it is as it should be."""
    return None if content == old else Change(path, old, content)


def written(
    version: int, key: str, part: Mapping[str, object], more: Mapping[str, object] | None = None
) -> bytes:
    """The text of a file, one line for each value, so that differences stay small.

    `more` are further parts by their keys.
    """
    data = {"version": version, key: part, **(more or {})}
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _whole(source: bytes, path: Path, version: int) -> Mapping[str, Any]:
    try:
        data: object = json.loads(source)
    except ValueError as error:
        marks = re.search(rb"^<{7} ", source, re.MULTILINE)
        if marks is not None:
            line = source.count(b"\n", 0, marks.start()) + 1
            said = (
                "has marks of a merge in conflict: take the file of either side "
                f"(`git checkout --ours -- {path.name}`), and run the generator again"
            )
            raise BindcheckError(said, path, line) from error
        raise BindcheckError(f"is not JSON: {error}", path) from error
    if not isinstance(data, Mapping) or data.get("version") != version:
        raise BindcheckError(f"is not version {version} of the format", path)
    return data
