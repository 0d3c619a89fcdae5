"""Imports of a core that nothing uses once a body of its own is written anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.findings import Edit
from bindcheck.model import Module, Span, Use


def unused_imports(module: Module, source: bytes, gone: Span, new: str) -> Iterator[Edit]:
    """Edits that take names out of `use` declarations.

    `gone` is what is taken out of the file, `new` all that is written into it. Only a name that
    what is gone has, and nothing else, was imported for it: a trait is used without its name.
    """
    by_statement: dict[Span, list[Use]] = {}
    for use in module.uses:
        by_statement.setdefault(use.statement, []).append(use)
    rest = without(source, [gone, *by_statement]) + new
    old = source[gone.start : gone.end].decode("utf-8")
    for statement, leaves in by_statement.items():
        unused = [one for one in leaves if _is_for(one, old) and not _has(rest, one.name)]
        if unused:
            yield taken(module.path, source, statement, leaves, unused)


def _is_for(use: Use, old: str) -> bool:
    """Whether a private import, under its own name, is named in a text."""
    own = bool(use.path) and use.path[-1] == use.name
    return own and not use.visibility and _has(old, use.name)


def _has(text: str, name: str) -> bool:
    return re.search(rf"(?<!::)\b{re.escape(name)}\b", text) is not None


def without(source: bytes, spans: Iterable[Span]) -> str:
    """A source without what stands in some spans."""
    text, at = b"", 0
    for span in sorted(spans):
        text += source[at : max(at, span.start)]
        at = max(at, span.end)
    return (text + source[at:]).decode("utf-8")


def taken(
    path: str, source: bytes, statement: Span, leaves: Sequence[Use], unused: Sequence[Use]
) -> Edit:
    """A declaration without some of its leaves; one alone has no braces."""
    text = source[statement.start : statement.end].decode("utf-8")
    if len(unused) == len(leaves):
        end = statement.end + (source[statement.end : statement.end + 1] == b"\n")
        return Edit(path, statement.start, end, "")
    for use in unused:
        leaf = rf"(?<![\w:])(?:\w+::)*{re.escape(use.name)}(?!\w|\s+as\b|::)"
        text = re.sub(rf"{leaf}\s*,\s*|\s*,\s*{leaf}(?=\s*\}})", "", text, count=1)
    text = re.sub(r"\{\s*(?!self\b)(\w+)\s*,?\s*\}", r"\1", text)
    return Edit(path, statement.start, statement.end, text)
