"""What stands before an item, read without a syntax tree: attributes and doc comments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bindcheck.fact import fact
from bindcheck.model import Attribute, Cfg, Span
from bindcheck.parse import lexer
from bindcheck.parse.attributes import Parsed, cfg_of, doc_text, read_attributes


@fact
class Prelude:
    """Attributes with their places, documentation and predicates; places count from the start.

    `start` is the first byte of an attribute or doc comment, -1 when there is none; `names` are the
    last segments of the paths of the attributes.
    """

    attrs: tuple[tuple[Parsed, int, int], ...]
    doc: str
    cfg: tuple[Cfg, ...]
    start: int
    names: frozenset[str] = frozenset()

    def attributes(self, shift: int) -> tuple[Attribute, ...]:
        """The attributes of a prelude that begins at byte `shift` of its file."""
        return tuple(
            [
                Attribute(path, tokens, Span(start + shift, end + shift), cfg)
                for (path, tokens, cfg), start, end in self.attrs
            ]
        )


NOTHING = Prelude((), "", (), -1)


@lru_cache(maxsize=4096)
def read_prelude(text: bytes) -> Prelude | None:
    """The prelude that `text` is, None if it is none. A crate repeats few of them often."""
    attrs: list[tuple[Parsed, int, int]] = []
    docs: list[str] = []
    first = -1
    for start, end in _parts(text):
        if end < 0:
            return None
        part = text[start:end]
        if part.startswith(b"#"):
            parsed = read_attributes(part.decode("utf-8", "replace"))
            attrs += [(one, start, end) for one in parsed]
            docs += _documented(parsed)
        else:
            doc = doc_text(part)
            if doc is None:
                continue
            docs.append(doc)
        first = start if first < 0 else first
    made = [Attribute(path, tokens, Span(0, 0), cfg) for (path, tokens, cfg), _, _ in attrs]
    names = frozenset(one.path.rsplit("::", 1)[-1] for one in made)
    return Prelude(tuple(attrs), "\n".join(docs), cfg_of(made), first, names)


def _documented(parsed: Sequence[Parsed]) -> list[str]:
    found = [lexer.unquote(tokens.strip()) for path, tokens, _ in parsed if path == "doc"]
    return [one for one in found if one is not None]


def _parts(text: bytes) -> list[tuple[int, int]]:
    """The attributes and comments of a text; an end of -1 where it is something else."""
    found: list[tuple[int, int]] = []
    at = 0
    while True:
        while text[at : at + 1].isspace():
            at += 1
        if at >= len(text):
            return found
        end = _end(text, at)
        found.append((at, end))
        if end < 0:
            return found
        at = end


def _end(text: bytes, at: int) -> int:
    if text.startswith(b"//", at):
        # The line feed is part of a doc comment for the grammar; nobody looks at it.
        end = text.find(b"\n", at)
        return len(text) if end < 0 else end
    if text.startswith(b"/*", at):
        return lexer.comment_end(text, at)
    return _attribute_end(text, at) if text.startswith(b"#[", at) else -1


def _attribute_end(text: bytes, at: int) -> int:
    depth = 0
    for begin, end in lexer.spans(text, at + 1):
        token = text[begin:end]
        depth += (token == b"[") - (token == b"]")
        if depth == 0:
            return end
    return -1
