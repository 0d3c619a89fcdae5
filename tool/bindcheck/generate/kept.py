"""Bindings that a run leaves as they are, and what they use of our imports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.generate.context import Facts
from bindcheck.generate.keys import region_key
from bindcheck.generate.workspace import region_spans
from bindcheck.model import EntryKind, EntryPoint, Span

_COMMENT = re.compile(r"//[^\n]*")
_METHOD = {"IntoPyArray": "into_pyarray", "MutexExt": "lock_py_attached"}
"""The method that tells of a trait."""


def kept_text(
    facts: Facts, source: bytes, handmade: Iterable[EntryPoint], lacking: Iterable[str]
) -> str:
    """Bindings by hand in the core's file, and regions of the pieces that cannot be made."""
    core = facts.core
    by_hand = [entry for entry in handmade if entry.ref.path == core.path]
    spans = [span for entry in by_hand for span in _spans(facts, entry)]
    keys = {region_key(facts.program, core, piece) for piece in lacking}
    spans += [span for region, span in region_spans(source, core.path) if region.key in keys]
    texts = [source[span.start : span.end].decode("utf-8") for span in spans]
    return _COMMENT.sub("", "\n".join(texts))


def _spans(facts: Facts, entry: EntryPoint) -> Iterator[Span]:
    """The function, or the class with its methods."""
    if entry.kind is EntryKind.FUNCTION:
        yield facts.program.function(entry.ref).span
        return
    name = facts.program.struct(entry.ref).name
    yield facts.program.struct(entry.ref).span
    for function in facts.program.modules[entry.ref.path].functions:
        if function.owner == name:
            yield function.span


def names_used(facts: Facts, text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Those of the importable names `known` that `text` uses without a path."""
    module = facts.program.modules[facts.core.path]
    items = (*module.structs, *module.enums, *module.functions, *module.consts)
    defined = {item.name for item in items if not item.scope}
    return tuple(full for full in known if _uses(text, full.rsplit("::", 1)[-1], defined))


def _uses(text: str, name: str, defined: set[str]) -> bool:
    if name in defined:
        return False
    if name in _METHOD:
        return re.search(rf"\.\s*{_METHOD[name]}\b", text) is not None
    if name[:1].isupper():
        return re.search(rf"(?<!::)\b{name}\b", text) is not None
    return re.search(rf"from_py_with = {name}\b|(?<![:.\w]){name}\(", text) is not None
