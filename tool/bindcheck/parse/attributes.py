"""Attributes, `cfg` predicates and doc comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import field
from functools import lru_cache

from tree_sitter import Node

from bindcheck.fact import record
from bindcheck.model import Attribute, Cfg
from bindcheck.parse import lexer
from bindcheck.parse.tree import COMMENTS, Text

UNREADABLE = Cfg("flag", "?")
_PYO3 = frozenset({"pyfunction", "pyfn", "pymodule", "pymodule_init", "pymethods"})
_HEAD = re.compile(r"\s*((?:::)?\s*[\w#]+(?:\s*::\s*[\w#]+)*)\s*", re.UNICODE)
_DEEPEST = 50
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


BEFORE = COMMENTS | {"attribute_item"}
"""Nodes that say something of the one after them."""


@record
class Pending:
    """Attributes and doc comments that stand before an item; `start` is the first byte of them."""

    attrs: list[Attribute] = field(default_factory=list)
    docs: list[str] = field(default_factory=list)
    start: int | None = None

    def take(self, text: Text, node: Node) -> bool:
        """Collect `node` if it is an attribute or a comment; false for anything else."""
        kind = node.type
        if kind == "attribute_item":
            self._attribute(text, node)
        elif kind in COMMENTS:
            self._comment(text, node)
        else:
            return False
        return True

    def _attribute(self, text: Text, node: Node) -> None:
        if self.start is None:
            self.start = node.start_byte
        for attribute in attributes_of(text, node):
            self.attrs.append(attribute)
            if attribute.path == "doc":
                value = lexer.unquote(attribute.tokens.strip())
                self.docs += [value] if value is not None else []

    def _comment(self, text: Text, node: Node) -> None:
        if node.child_count == 0:
            return
        doc = doc_text(text.bytes_of(node))
        if doc is not None:
            if self.start is None:
                self.start = node.start_byte
            self.docs.append(doc)

    @property
    def doc(self) -> str:
        """The documentation, one line per comment line."""
        return "\n".join(self.docs)

    @property
    def cfg(self) -> tuple[Cfg, ...]:
        """The predicates that must hold for the item to exist."""
        return cfg_of(self.attrs) if self.attrs else ()


def doc_text(comment: bytes) -> str | None:
    """The text of an outer doc comment, None for any other comment."""
    text = comment.decode("utf-8", "replace")
    if text.startswith("///"):
        line = text[3:].strip("\r\n").removeprefix(" ").rstrip()
        return None if text.startswith("////") else line
    if not text.startswith("/**") or text.startswith(("/***", "/**/")):
        return None
    lines = [line.strip() for line in text[3:].removesuffix("*/").split("\n")]
    return "\n".join(line.removeprefix("*").strip() for line in lines).strip()


Parsed = tuple[str, str, tuple[Cfg, ...]]
"""Path, tokens and condition of an attribute."""


def attributes_of(text: Text, node: Node) -> tuple[Attribute, ...]:
    """The attributes in one `#[..]` or `#![..]`; `cfg_attr` may hold none or several."""
    span = text.span(node)
    return tuple(
        Attribute(path, tokens, span, cfg) for path, tokens, cfg in read_attributes(text.of(node))
    )


@lru_cache(maxsize=2048)
def read_attributes(whole: str) -> tuple[Parsed, ...]:
    """What `#[..]` says, by its text: a crate repeats few attributes thousands of times."""
    opening, closing = whole.find("["), whole.rfind("]")
    return _read(whole[opening + 1 : closing], ()) if closing > opening else ()


def _read(source: str, cfg: tuple[Cfg, ...], depth: int = 0) -> tuple[Parsed, ...]:
    head = _HEAD.match(source)
    if head is None or depth > _DEEPEST:
        return ()
    path = "".join(head.group(1).split())
    tokens = _tokens(source[head.end() :].strip())
    if path == "unsafe":
        return _read(tokens, cfg, depth + 1)
    if path != "cfg_attr":
        return ((path, tokens, cfg),)
    pieces = lexer.split(lexer.tokens(tokens.encode()))
    if not pieces:
        return ()
    holds = (*cfg, _predicate(pieces[0]))
    texts = _cut(tokens)[1:]
    return tuple(found for piece in texts for found in _read(piece, holds, depth + 1))


def _tokens(rest: str) -> str:
    if rest[:1] == "=" and rest[:2] != "==":
        return rest[1:].strip()
    if rest and _BRACKETS.get(rest[0]) == rest[-1]:
        return rest[1:-1].strip()
    return rest


def _cut(source: str) -> list[str]:
    """Like `lexer.split`, but gives the text of the pieces as written."""
    data = source.encode()
    pieces, start, depth = [], 0, 0
    for begin, end in lexer.spans(data):
        token = data[begin:end]
        depth += (token in (b"(", b"[", b"{")) - (token in (b")", b"]", b"}"))
        if token == b"," and depth == 0:
            pieces.append(data[start:begin])
            start = end
    pieces.append(data[start:])
    return [piece.decode("utf-8", "replace") for piece in pieces if piece.strip()]


@lru_cache(maxsize=2048)
def parse_cfg(source: str) -> Cfg:
    """The predicate inside `cfg(..)`; one that cannot be read is the flag `?`."""
    pieces = lexer.split(lexer.tokens(source.encode()))
    return _predicate(pieces[0]) if len(pieces) == 1 else UNREADABLE


def _predicate(parts: Sequence[str], depth: int = 0) -> Cfg:
    if not parts or not (parts[0][:1].isalpha() or parts[0][:1] == "_") or depth > _DEEPEST:
        return UNREADABLE
    name, rest = parts[0], parts[1:]
    if not rest:
        return Cfg("flag", name)
    if rest[0] == "=" and len(rest) == 2:
        value = lexer.unquote(rest[1])
        return UNREADABLE if value is None else Cfg("flag", name, value)
    within = lexer.inside(rest)
    if within is None or name not in ("all", "any", "not"):
        return UNREADABLE
    return Cfg(name, args=tuple(_predicate(piece, depth + 1) for piece in lexer.split(within)))


def cfg_of(attributes: Iterable[Attribute]) -> tuple[Cfg, ...]:
    """What `#[cfg]` demands; a conditional `cfg` holds also where its condition does not."""
    found = []
    for attribute in attributes:
        if attribute.path != "cfg":
            continue
        wanted = parse_cfg(attribute.tokens)
        unless = tuple(Cfg("not", args=(condition,)) for condition in attribute.cfg)
        found.append(Cfg("any", args=(*unless, wanted)) if unless else wanted)
    return tuple(found)


def needs_test(cfg: Iterable[Cfg]) -> bool:
    """Whether the item exists in test builds only."""
    return any(
        (one.op == "flag" and one.name == "test") or (one.op == "all" and needs_test(one.args))
        for one in cfg
    )


def inner_cfg(text: Text, nodes: Iterable[Node]) -> tuple[Cfg, ...]:
    """What `#![cfg(..)]` among `nodes` demands of the module around them."""
    inner = (node for node in nodes if node.type == "inner_attribute_item")
    return cfg_of([one for node in inner for one in attributes_of(text, node)])


def is_pyo3(attributes: Iterable[Attribute]) -> bool:
    """Whether one of the attributes makes Python reach the function or block."""
    return any(attribute.path.rsplit("::", 1)[-1] in _PYO3 for attribute in attributes)
