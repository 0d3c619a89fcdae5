"""Count the bindings of a crate that stand in generated regions, and those written by hand.

    python benchmarks/count_regenerated.py PATH [--before PATH] [--list]

PATH is a crate. A binding counts as regenerated when a region `<indicator>/single`, `/batch` or
`/stream` holds it and no item of its name is left outside of them. With `--before`, which is the
crate as it was, its old body must be gone as well: the text between the braces of the old function
is nowhere in the new file, white space aside. Of a stream that is the body of `new`; what a class
hands on to the core in one expression is the same whoever writes it.

The script reads text alone and shares no code with the generator that it counts.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PIECES = ("single", "batch", "stream")
REGION = re.compile(
    r"^// bindcheck: begin (?P<key>\S+)/(?P<piece>single|batch|stream) (?P<told>.*)\n"
    r"(?P<body>(?s:.*?))"
    r"^// bindcheck: end (?P=key)/(?P=piece)$",
    re.MULTILINE,
)
FUNCTION = re.compile(r"#\[(?:pyo3::)?pyfunction\b(?s:.*?)\bfn\s+(\w+)")
CLASS = re.compile(r"#\[(?:pyo3::)?pyclass\b(?s:.*?)\bstruct\s+(\w+)")
LITERALS = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|\'(?:[^\'\\]|\\.)\'')


@dataclass(frozen=True, slots=True)
class Region:
    """A generated binding: where it is, what it is called, and whether its old body is gone."""

    path: Path
    key: str
    piece: str
    name: str
    kept: bool
    alone: bool
    changed: bool


def main() -> None:
    """Count, and say what is wrong with regions that do not count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--list", action="store_true", help="name the bindings by hand")
    given = parser.parse_args()
    regions = [one for path in sources(given.path) for one in read(path, given.path, given.before)]
    good = Counter(one.piece for one in regions if one.alone and one.changed)
    left = {path: by_hand(path.read_text("utf-8")) for path in sources(given.path)}
    for piece in PIECES:
        of = [one for one in regions if one.piece == piece]
        kept = sum(one.kept for one in of)
        print(
            f"{piece:<8}{good[piece]:>5} regenerated of {len(of)} regions, {kept} keep an interface"
        )
    print(
        f"{'by hand':<8}{sum(map(len, left.values())):>5} functions and classes outside of regions"
    )
    for one in regions:
        if not (one.alone and one.changed):
            why = "stands outside of it as well" if not one.alone else "has its old body"
            print(f"{one.path}: {one.key}/{one.piece}: {one.name} {why}")
    if given.list:
        for path, names in left.items():
            for name in names:
                print(f"{path}: {name}")


def sources(root: Path) -> Iterator[Path]:
    """The Rust files of a crate."""
    yield from sorted((root / "src").rglob("*.rs"))


def read(path: Path, root: Path, before: Path | None) -> Iterator[Region]:
    """The regions of a file."""
    text = path.read_text("utf-8")
    if "// bindcheck: begin" not in text:
        return
    rest = REGION.sub("", text)
    old = before / path.relative_to(root) if before is not None else None
    old_text = old.read_text("utf-8") if old is not None and old.is_file() else ""
    for match in REGION.finditer(text):
        item = (CLASS if match["piece"] == "stream" else FUNCTION).search(match["body"])
        name = item[1] if item is not None else "?"
        defined = rf"\b(?:fn|struct)\s+{name}\b"
        inner = body_of(old_text, name, match["piece"] == "stream")
        yield Region(
            path=path,
            key=match["key"],
            piece=match["piece"],
            name=name,
            kept="interface=kept" in match["told"],
            alone=item is not None and re.search(defined, rest) is None,
            changed=not inner or packed(inner) not in packed(text),
        )


def by_hand(text: str) -> list[str]:
    """Functions and classes for Python outside of regions."""
    rest = REGION.sub("", text)
    return [match[1] for kind in (FUNCTION, CLASS) for match in kind.finditer(rest)]


def body_of(text: str, name: str, is_class: bool) -> str:
    """The body of a function, or that of `new` in the methods of a class; empty: there is none."""
    head = rf"\bimpl\s+{name}\s*\{{(?s:.*?)\bfn\s+new\b" if is_class else rf"\bfn\s+{name}\b"
    match = re.search(head, text)
    if match is None:
        return ""
    rest = text[match.end() :]
    bare = LITERALS.sub(lambda one: " " * len(one[0]), rest)
    start = bare.find("{")
    depth = 0
    for at in range(max(start, 0), len(bare)):
        depth += (bare[at] == "{") - (bare[at] == "}")
        if depth == 0:
            return rest[start + 1 : at]
    return ""


def packed(text: str) -> str:
    """A text without white space."""
    return "".join(text.split())


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough; what is left must not be flushed again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
