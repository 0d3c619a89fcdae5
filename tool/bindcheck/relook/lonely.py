"""Whether functions that have come or gone are named where nothing else has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bindcheck.carry import Anew, Moves
from bindcheck.model import Span

Places = Mapping[str, Sequence[Span]]


def refuse_named(changes: Mapping[str, Moves], texts: Mapping[str, bytes]) -> None:
    """Raises Anew if the name of a function that has come or gone stands where nothing has changed.

    Nobody means the function then but those who are looked at again, and nobody meant another one
    for want of it. `texts` are all sources as they are now.
    """
    known = {path: one.functions for path, one in changes.items() if one.functions is not None}
    come = {path: [new for _, new in one.bodies] for path, one in changes.items()}
    gone = {path: [old for old, _ in one.bodies] for path, one in changes.items()}
    for path, one in known.items():
        come[path] += [span for _, span in one.come]
        gone[path] += [span for _, span in one.gone]
    before = {path: one.old for path, one in changes.items()}
    names = {name for one in known.values() for name, _ in (*one.come, *one.gone)}
    for name in sorted(names):
        if _stands(name, texts, come) or _stands(name, before, gone):
            raise Anew("a function that has come or gone is named elsewhere")


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
