"""Docstrings that somebody wrote into the entries of a stub, which stay when these change."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from bindcheck.fact import fact
from bindcheck.generate.merge import merge

Documented = ast.FunctionDef | ast.ClassDef


def merge_entries(base: str, ours: str, theirs: str, *, keep: bool = False) -> str | None:
    """`merge` of the text of a stub's region, in which docstrings stay with their entries.

    An entry that has another name now is told by its place among those that are gone and new.
    """
    try:
        before, after, there = map(_Entries.of, (base, theirs, ours))
    except SyntaxError:  # Whatever somebody has written; lines can be merged all the same.
        return merge(base, ours, theirs, keep=keep)
    written = {
        name: said
        for name, said in there.docstrings.items()
        if name in before.found and said != before.docstrings.get(name, "")
    }
    renamed = before.renamed(after)
    moved = {_named(name, renamed): said for name, said in written.items()}
    old, new = before.documented(written), after.documented(moved)
    return merge(old, ours, new, keep=keep)


def _named(name: str, renamed: Mapping[str, str]) -> str:
    """An entry, or a method of one, by its name now."""
    owner, dot, method = name.partition(".")
    return f"{renamed.get(owner, owner)}{dot}{method}"


@fact
class _Entries:
    """The functions, classes and methods of a text, by `name` and `Class.name`."""

    text: str
    found: Mapping[str, Documented]

    @classmethod
    def of(cls, text: str) -> _Entries:
        """Read a text."""
        return cls(text, dict(_walk(ast.parse(text).body, "")))

    @property
    def docstrings(self) -> dict[str, str]:
        """Each docstring as it is written, with its quotes."""
        pairs = ((name, _docstring(one)) for name, one in self.found.items())
        return {name: _source(self.text, said) for name, said in pairs if said is not None}

    def renamed(self, other: _Entries) -> dict[str, str]:
        """Entries that the other text does not have, with those in their places."""
        made: dict[str, str] = {}
        for kind in (ast.FunctionDef, ast.ClassDef):
            gone = [name for name in self._named(kind) if name not in other.found]
            new = [name for name in other._named(kind) if name not in self.found]
            if len(gone) == len(new):
                made |= dict(zip(gone, new, strict=True))
        return made

    def _named(self, kind: type[Documented]) -> list[str]:
        return [n for n, one in self.found.items() if isinstance(one, kind) and "." not in n]

    def documented(self, said: Mapping[str, str]) -> str:
        """The text with other docstrings."""
        lines = self.text.splitlines(keepends=True)
        wanted = [(self.found[name], text) for name, text in said.items() if name in self.found]
        for one, text in sorted(wanted, key=lambda pair: -pair[0].lineno):
            _put(lines, one, text)
        return "".join(lines)


def _walk(body: list[ast.stmt], owner: str) -> Iterator[tuple[str, Documented]]:
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            yield f"{owner}{one.name}", one
        if isinstance(one, ast.ClassDef):
            yield from _walk(one.body, f"{one.name}.")


def _docstring(one: Documented) -> ast.expr | None:
    first = one.body[0]
    value = first.value if isinstance(first, ast.Expr) else None
    text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return value if text else None


def _source(text: str, node: ast.expr) -> str:
    return ast.get_source_segment(text, node) or ""


def _put(lines: list[str], one: Documented, said: str) -> None:
    """A docstring in the place of the old one, of `...`, or before the first line of a class."""
    first, old = one.body[0], _docstring(one)
    indent = " " * (one.col_offset + 4)
    start, end = first.lineno - 1, (first.end_lineno or first.lineno) - 1
    value = first.value if isinstance(first, ast.Expr) else None
    blank = isinstance(value, ast.Constant) and value.value is ...
    if old is None and not blank:
        lines.insert(start, f"{indent}{said}\n")
        return
    before = lines[start][: first.col_offset].rstrip()
    behind = lines[end][first.end_col_offset :]
    head = f"{before}\n" if before else ""
    lines[start : end + 1] = f"{head}{indent}{said}{behind}".splitlines(keepends=True)
