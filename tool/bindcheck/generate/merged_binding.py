"""Edits of a binding taken over into a new text, as long as a binding comes out of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.bindings.entries import FUNCTION_ATTRS, written_signature
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.parsed import Held, held_of
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.merge import merge
from bindcheck.model import Arm, Block, Closure, EntryKind, Function, Let, Loop

_INTO = re.compile(r"(?<![\w.])(\w+)\s*\.into_pyarray\(")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|//.*')


def merge_binding(base: str, ours: str, theirs: str, *, keep: bool = False) -> str | None:
    """The same as `merge`; None also where head and body of what comes out do not go together."""
    merged = merge(base, ours, theirs, keep=keep)
    if merged is None:
        return None
    known = {*_known(ours), *_known(theirs)}
    if not _goes_together(ours, known):
        return merged
    again = _moved(merged) - (_moved(ours) | _moved(theirs))
    return merged if _goes_together(merged, known) and not again else None


def _known(text: str) -> Iterator[str]:
    """The names of all arguments and variables in the text of a region."""
    for function, body in _functions(text):
        yield from (name for one in function.params for name in one.names)
        yield from _bound(body)


def _bound(body: Block) -> Iterator[str]:
    """The names that something in a body gives to values."""
    for one in body.walk():
        if isinstance(one, Let | Loop | Arm):
            yield from one.names
        elif isinstance(one, Closure):
            yield from (name for param in one.params for name in param.names)


def _moved(text: str) -> Counter[str]:
    """How often what a name stands for is moved into an array."""
    return Counter(_INTO.findall(text))


def _goes_together(text: str, known: set[str]) -> bool:
    """Whether the signature has the arguments of the function, and the body asks for nothing else.

    `known` are names of arguments and variables, here or in another text of the same binding.
    """
    functions = _functions(text)
    return bool(functions) and all(
        _has_signature(function) and not _asks_for(text, function, body, known)
        for function, body in functions
    )


def _functions(text: str) -> list[tuple[Function, Block]]:
    """The functions that Python calls, with their bodies; none where nothing is understood."""
    try:
        held: Held = held_of(text, "")
    except Lacking:
        return []
    if isinstance(held, HeldFunction):
        return [(held.function, held.body)]
    return [(one, held.body(one)) for one in held.methods]


def _has_signature(function: Function) -> bool:
    own = function.attr(*FUNCTION_ATTRS)
    signature = written_signature(function, own)[1]
    kind = EntryKind.FUNCTION if function.attr("pyfunction") is not None else EntryKind.METHOD
    taken = {(one.name or "_").removeprefix("r#") for one in python_params(function, kind)}
    return signature is None or {one.name for one in signature} == taken


def _asks_for(text: str, function: Function, body: Block, known: set[str]) -> bool:
    """Whether a body has a name that neither the function nor the body binds."""
    taken = {name for one in function.params for name in one.names}
    missing = known - taken - {*_bound(body)}
    written = text.encode()[body.span.start : body.span.end].decode()
    bare = _TEXT.sub(lambda one: " ".join(_shown(one[0])), written)
    return any(re.search(rf"(?<![\w.:]){one}\b(?!\s*:(?!:))", bare) for one in missing)


def _shown(text: str) -> list[str]:
    """The variables that a text for Rust's `format!` names; none in a comment."""
    return re.findall(r"\{(\w+)", text) if text.startswith('"') else []
