"""Whether functions that have come or gone are named by nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bindcheck.carry import Anew, Moves
from bindcheck.model import Span

Places = Mapping[str, tuple[Span, ...]]


def refuse_named(changes: Mapping[str, Moves], texts: Mapping[str, bytes]) -> None:
    """Raises Anew if the name of a function that has come or gone stands anywhere else.

    Nothing means the function then, and nothing meant another one for want of it. `texts` are all
    sources as they are now.
    """
    known = {path: one.functions for path, one in changes.items() if one.functions is not None}
    come = {path: _spans(one.come) for path, one in known.items()}
    gone = {path: _spans(one.gone) for path, one in known.items()}
    before = {path: one.old for path, one in changes.items()}
    names = {name for one in known.values() for name, _ in (*one.come, *one.gone)}
    for name in sorted(names):
        if _stands(name, texts, come) or _stands(name, before, gone):
            raise Anew("a function that has come or gone is named elsewhere")


def _spans(functions: Iterable[tuple[str, Span]]) -> tuple[Span, ...]:
    return tuple(span for _, span in functions)


def _stands(name: str, texts: Mapping[str, bytes], own: Places) -> bool:
    """Whether a name stands as a word in a text, beside these places."""
    word = name.encode()
    pattern = re.compile(rb"(?<!\w)" + re.escape(word) + rb"(?!\w)")
    return any(
        not any(span.contains(Span(*one.span())) for span in own.get(path, ()))
        for path, text in texts.items()
        if word in text
        for one in pattern.finditer(text)
    )
