"""`.bindcheck/generated.json`: the text of each region as it was generated, by file and region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bindcheck.errors import BindcheckError
from bindcheck.generate.jsonfile import JsonFile, changed, written
from bindcheck.write import Change

NAME = Path(".bindcheck") / "generated.json"
_VERSION = 1
_ITEM = re.compile(r"^pub (?:fn|struct) (\w+)", re.MULTILINE)


@dataclass(slots=True)
class Store:
    """Base texts by path from the crate root, then by region."""

    path: Path
    old: bytes | None = None
    bases: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Store:
        """The store of a crate; a missing file is an empty store."""
        file = JsonFile.read(root / NAME, _VERSION, "files")
        bases = {str(name): _regions(regions, file.path) for name, regions in file.part.items()}
        return cls(file.path, file.old, bases)

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

    def items(self, file: str) -> frozenset[str]:
        """Names of the functions and classes that were generated into a file."""
        texts = "".join(self.bases.get(file, {}).values())
        return frozenset(_ITEM.findall(texts))

    def forget(self, file: str) -> None:
        """Forget a file that is gone."""
        self.bases.pop(file, None)

    def content(self) -> bytes:
        """The file as it should be: sorted, one line of text per line, so that diffs stay small."""
        files = {
            file: {key: text.splitlines() for key, text in sorted(regions.items())}
            for file, regions in sorted(self.bases.items())
        }
        return written(_VERSION, "files", files)

    def change(self) -> Change | None:
        """The change to the file; None when it is as it should be, or nothing was generated."""
        if not self.bases and self.old is None:
            return None
        return changed(self.path, self.old, self.content())


def _regions(regions: object, path: Path) -> dict[str, str]:
    if not isinstance(regions, Mapping):
        raise BindcheckError("a file must hold regions", path)
    found: dict[str, str] = {}
    for key, lines in regions.items():
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise BindcheckError(f"region {key}: not a list of lines", path)
        found[str(key)] = "".join(f"{line}\n" for line in lines)
    return found
