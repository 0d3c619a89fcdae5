"""`.bindcheck/generated.json`: the text of each region as it was generated, by file and region.

Of regions that keep an interface also the order in which the core took its arguments then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bindcheck.errors import BindcheckError
from bindcheck.generate.held.orders import Orders
from bindcheck.generate.jsonfile import JsonFile, changed, written
from bindcheck.write import Change

NAME = Path(".bindcheck") / "generated.json"
_VERSION = 1
_Kept = TypeVar("_Kept")
_ITEM = re.compile(r"^pub (?:fn|struct) (\w+)", re.MULTILINE)
_EXPORTED = re.compile(
    r"#\[(?:\w+::)*py(?:function|class)\b(.*?)\b(?:fn|struct)\s+(\w+)", re.DOTALL
)
_NAMED = re.compile(r'\bname\s*=\s*"(\w+)"')


@dataclass(slots=True)
class Store:
    """Base texts by path from the crate root, then by region; orders of arguments likewise."""

    path: Path
    old: bytes | None = None
    bases: dict[str, dict[str, str]] = field(default_factory=dict)
    orders: dict[str, dict[str, Orders]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Store:
        """The store of a crate; a missing file is an empty store."""
        file = JsonFile.read(root / NAME, _VERSION, "files")
        bases = {str(name): _regions(regions, file.path) for name, regions in file.part.items()}
        more = file.whole.get("orders", {})
        if not isinstance(more, Mapping):
            raise BindcheckError("`orders` must hold files", file.path)
        orders = {str(name): _orders(regions, file.path) for name, regions in more.items()}
        return cls(file.path, file.old, bases, orders)

    def base(self, file: str, key: str) -> str | None:
        """The text of a region as it was generated, be it in a file that is gone by now."""
        return self.bases.get(self._noted(file, key), {}).get(key)

    def keep(self, file: str, key: str, text: str) -> None:
        """Remember what was generated."""
        self.bases.setdefault(file, {})[key] = text

    def order(self, file: str, key: str) -> Orders:
        """The order of arguments when a region was written; empty where it was not noted."""
        return self.orders.get(self._noted(file, key), {}).get(key, {})

    def _noted(self, file: str, key: str) -> str:
        """The file under which a region is noted: its own, else one that it was moved from."""
        if key in self.bases.get(file, {}):
            return file
        root = self.path.parent.parent
        others = [one for one, regions in self.bases.items() if key in regions]
        gone = [one for one in others if one != file and not (root / one).exists()]
        return gone[0] if len(gone) == 1 else file

    def keep_order(self, file: str, key: str, orders: Orders) -> None:
        """Remember the order of arguments."""
        if orders:
            self.orders.setdefault(file, {})[key] = orders

    def drop(self, file: str, keys: set[str]) -> None:
        """Forget the regions of a file other than `keys`."""
        _only(self.bases, file, keys)
        _only(self.orders, file, keys)

    def items(self, file: str) -> frozenset[str]:
        """Names of the functions and classes that were generated into a file."""
        return items_of("".join(self.bases.get(file, {}).values()))

    def exported(self, file: str) -> frozenset[str]:
        """What Python calls the functions and classes that were generated into a file."""
        return exported_by("".join(self.bases.get(file, {}).values()))

    def keys_with(self, file: str, items: frozenset[str], names: frozenset[str]) -> set[str]:
        """The regions of a file that `items`, or what has one of `names`, were generated into."""
        regions = self.bases.get(file, {})
        return {
            key
            for key, text in regions.items()
            if (items and items_of(text) & items) or (names and exported_by(text) & names)
        }

    def forget(self, file: str) -> None:
        """Forget a file that is gone."""
        self.bases.pop(file, None)
        self.orders.pop(file, None)

    def content(self) -> bytes:
        """The file as it should be: sorted, one line of text per line, so that diffs stay small."""
        files = {
            file: {key: text.splitlines() for key, text in sorted(regions.items())}
            for file, regions in sorted(self.bases.items())
        }
        orders = {
            file: {
                key: {name: ", ".join(order) for name, order in sorted(of.items())}
                for key, of in sorted(regions.items())
            }
            for file, regions in sorted(self.orders.items())
        }
        return written(_VERSION, "files", files, {"orders": orders} if orders else None)

    def change(self) -> Change | None:
        """The change to the file; None when it is as it should be, or nothing was generated."""
        if not self.bases and self.old is None:
            return None
        return changed(self.path, self.old, self.content())


def items_of(text: str) -> frozenset[str]:
    """Names of the functions and classes in a text that was generated."""
    return frozenset(_ITEM.findall(text))


def exported_by(text: str) -> frozenset[str]:
    """What Python calls the functions and classes in a text that was generated."""
    found = _EXPORTED.findall(text)
    named = ((_NAMED.search(head), name) for head, name in found)
    return frozenset(name if given is None else given[1] for given, name in named)


def _only(of: dict[str, dict[str, _Kept]], file: str, keys: set[str]) -> None:
    kept = {key: one for key, one in of.get(file, {}).items() if key in keys}
    if kept:
        of[file] = kept
    else:
        of.pop(file, None)


def _orders(regions: object, path: Path) -> dict[str, Orders]:
    if not isinstance(regions, Mapping):
        raise BindcheckError("a file must hold regions", path)
    found: dict[str, Orders] = {}
    for key, of in regions.items():
        if not isinstance(of, Mapping) or not all(isinstance(one, str) for one in of.values()):
            raise BindcheckError(f"region {key}: no orders of arguments", path)
        found[str(key)] = {str(name): tuple(one.split(", ")) for name, one in of.items()}
    return found


def _regions(regions: object, path: Path) -> dict[str, str]:
    if not isinstance(regions, Mapping):
        raise BindcheckError("a file must hold regions", path)
    found: dict[str, str] = {}
    for key, lines in regions.items():
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise BindcheckError(f"region {key}: not a list of lines", path)
        found[str(key)] = "".join(f"{line}\n" for line in lines)
    return found
