"""`.bindcheck/generated.json`: the text of each region as it was generated, by file and region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bindcheck.errors import BindcheckError

NAME = Path(".bindcheck") / "generated.json"
_VERSION = 1


@dataclass(slots=True)
class Store:
    """Base texts by path from the crate root, then by region."""

    path: Path
    old: bytes | None = None
    bases: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Store:
        """The store of a crate; a missing file is an empty store."""
        path = root / NAME
        try:
            old = path.read_bytes()
        except FileNotFoundError:
            return cls(path)
        except OSError as error:
            raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
        return cls(path, old, _bases(old, path))

    def base(self, file: str, key: str) -> str | None:
        """The text of a region as it was generated."""
        return self.bases.get(file, {}).get(key)

    def keep(self, file: str, key: str, text: str) -> None:
        """Remember what was generated."""
        self.bases.setdefault(file, {})[key] = text

    def drop(self, file: str, keys: set[str]) -> None:
        """Forget the regions of a file other than `keys`."""
        held = self.bases.get(file, {})
        kept = {key: text for key, text in held.items() if key in keys}
        if kept:
            self.bases[file] = kept
        else:
            self.bases.pop(file, None)

    def content(self) -> bytes:
        """The file as it should be: sorted, one line of text per line, so that diffs stay small."""
        files = {
            file: {key: text.splitlines() for key, text in sorted(regions.items())}
            for file, regions in sorted(self.bases.items())
        }
        data = {"version": _VERSION, "files": files}
        return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _bases(source: bytes, path: Path) -> dict[str, dict[str, str]]:
    try:
        data: object = json.loads(source)
    except ValueError as error:
        raise BindcheckError(f"is not JSON: {error}", path) from error
    if not isinstance(data, Mapping) or data.get("version") != _VERSION:
        raise BindcheckError(f"is not version {_VERSION} of the format", path)
    files = data.get("files")
    if not isinstance(files, Mapping):
        raise BindcheckError("has no `files`", path)
    return {str(file): _regions(regions, path) for file, regions in files.items()}


def _regions(regions: object, path: Path) -> dict[str, str]:
    if not isinstance(regions, Mapping):
        raise BindcheckError("a file must hold regions", path)
    found: dict[str, str] = {}
    for key, lines in regions.items():
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise BindcheckError(f"region {key}: not a list of lines", path)
        found[str(key)] = "".join(f"{line}\n" for line in lines)
    return found
