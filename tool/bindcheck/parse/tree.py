"""Access to tree-sitter: one parser, and what a parsed text and its nodes say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from functools import cache

import tree_sitter_rust
from tree_sitter import Language, Node, Parser, Point, Range, Tree

from bindcheck.fact import record
from bindcheck.model import Span, TypeRef
from bindcheck.model.source import AS_THEY_ARE, Offsets, make_span, offsets_of

COMMENTS = frozenset({"line_comment", "block_comment"})


@cache
def _language() -> Language:
    return Language(tree_sitter_rust.language())


@cache
def _parser() -> Parser:
    return Parser(_language())


class _Fields(dict[str, int]):
    """The numbers of the fields of the grammar: a child is found faster by them than by names."""

    def __missing__(self, name: str) -> int:
        self[name] = _language().field_id_for_name(name) or 0
        return self[name]


FIELDS = _Fields()


class _Words(dict[bytes, str]):
    """Names by their bytes: a crate repeats few of them very often, so each is kept once."""

    def __missing__(self, written: bytes) -> str:
        self[written] = written.decode("utf-8", "replace")
        return self[written]


class _Segments(dict[bytes, tuple[str, ...]]):
    """The same as paths of one segment."""

    def __missing__(self, written: bytes) -> tuple[str, ...]:
        self[written] = (WORDS[written],)
        return self[written]


WORDS = _Words()
SEGMENTS = _Segments()


def kind_numbers(kinds: Iterable[str]) -> frozenset[int]:
    """The numbers of named kinds of nodes: `kind_id` is read six times as fast as `type`."""
    return frozenset(_language().id_for_node_kind(kind, True) or 0 for kind in kinds)


COMMENT_NUMBERS = kind_numbers(COMMENTS)


def parse(source: bytes) -> Tree:
    """The syntax tree of `source`; errors are nodes of it."""
    return _parser().parse(source)


def parse_around(source: bytes, gaps: Sequence[Span]) -> Tree:
    """The syntax tree of `source` as if nothing stood in `gaps`; offsets are those of `source`."""
    edges = [0, *(edge for gap in gaps for edge in (gap.start, gap.end)), len(source)]
    parser = Parser(_language())
    # Rows and columns are not used: only the bytes of a range matter.
    parser.included_ranges = [
        Range(Point(0, 0), Point(0, 0), start, end)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    return parser.parse(source)


@record
class Text:
    """A text that was parsed, and where it stands in its file.

    `shift` is added to byte offsets of the text to give those of the file. `types` shares equal
    types of one file: a file repeats few types often, and they carry no place. `offsets`
    gives the numbers of which spans are made.
    """

    source: bytes
    shift: int = 0
    types: dict[bytes, TypeRef] = field(default_factory=dict)
    offsets: Offsets = AS_THEY_ARE

    @classmethod
    def at(cls, source: bytes, shift: int = 0) -> Text:
        """A text from which many nodes are made."""
        return cls(source, shift, {}, offsets_of(shift, shift + len(source)))

    def beside(self, source: bytes, shift: int) -> Text:
        """Another text of the same file."""
        return Text(source, shift, self.types, offsets_of(shift, shift + len(source)))

    def bytes_of(self, node: Node) -> bytes:
        """The bytes of a node."""
        return self.source[node.start_byte : node.end_byte]

    def of(self, node: Node | None) -> str:
        """The text of a node as written, `""` for None."""
        if node is None:
            return ""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def word(self, node: Node | None) -> str:
        """The text of a name, which is kept once for all places that have it."""
        if node is None:
            return ""
        return WORDS[self.source[node.start_byte : node.end_byte]]

    def folded(self, node: Node | None) -> str:
        """The text of a node with white space folded."""
        return " ".join(self.of(node).split())

    def span(self, node: Node) -> Span:
        """Where a node stands in the file."""
        offsets, shift = self.offsets, self.shift
        return make_span((offsets[node.start_byte + shift], offsets[node.end_byte + shift]))

    def between(self, start: int, end: int) -> Span:
        """The file span of a byte range of this text."""
        return Span(start + self.shift, end + self.shift)


def named(node: Node) -> list[Node]:
    """Named children without comments."""
    return [child for child in node.named_children if child.kind_id not in COMMENT_NUMBERS]


def field_of(node: Node, name: str) -> Node | None:
    """The child in a field of the grammar."""
    return node.child_by_field_id(FIELDS[name])


def child_of(node: Node, *kinds: str) -> Node | None:
    """The first child of one of the kinds."""
    for child in node.children:
        if child.type in kinds:
            return child
    return None


def has_token(node: Node, token: str) -> bool:
    """Whether `token` is a direct child."""
    return child_of(node, token) is not None
