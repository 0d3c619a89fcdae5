"""Owned names of a function, the copies made of them, and the closures they go into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.methods import RELEASES
from bindcheck.fact import fact, record
from bindcheck.model import (
    Block,
    Call,
    Closure,
    Function,
    Index,
    Let,
    Loop,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Sequence,
    Span,
    Try,
    TypeRef,
    Unary,
)

_OWNED = (
    ft.SEQUENCES
    | ft.NDARRAYS
    | {"String", "PathBuf", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "IndexMap"}
)
_CLONES = frozenset({"clone", "to_owned", "to_vec"})
_MAKES = frozenset({"to_vec", "to_owned", "collect", "into_vec", "to_string", "into_owned"})
_READS = frozenset(
    {
        *("len", "is_empty", "iter", "as_slice", "as_ref", "as_str", "get", "first", "last"),
        *("chunks", "windows", "par_iter", "par_chunks", "contains", "contains_key", "view"),
        *("to_vec", "clone", "as_ptr", "keys", "values"),
    }
)
_THREADS = frozenset({"thread", "rayon", "tokio", "task", "Builder"})


@fact
class Target:
    """Code that is handed over. `borrows`: it may borrow, because who hands it over waits."""

    span: Span
    borrows: bool


@fact
class Copy:
    """A copy of an owned name.

    `name` is what the copy is called in the block `home`; empty for one that is used in place.
    """

    node: MethodCall
    of: str
    name: str
    home: Span


@record
class Moves:
    """What a body does with the owned names of its function.

    `owned` are the names with their types where these are written, `declared` the places of those
    that are no parameters. `again` is what may run more than once, `reads` where a name is only
    looked at.
    """

    owned: dict[str, TypeRef | None]
    declared: dict[str, Span] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    again: list[Span] = field(default_factory=list)
    uses: list[Path] = field(default_factory=list)
    reads: set[Span] = field(default_factory=set)
    texts: list[MacroCall] = field(default_factory=list)

    def target_of(self, copy: Copy) -> Target | None:
        """The innermost code that a copy is made for: around it, or all that knows its name."""
        spans = [one.span for one in self.uses_of(copy)] if copy.name else [copy.node.span]
        around = [
            one for one in self.targets if spans and all(one.span.contains(span) for span in spans)
        ]
        return min(around, key=lambda one: one.span.end - one.span.start, default=None)

    def uses_of(self, copy: Copy) -> list[Path]:
        """Where the name of a copy is used."""
        after = self._named(copy.name, copy.node.span.end)
        return [one for one in after if copy.home.contains(one.span)]

    def repeated(self, copy: Copy) -> bool:
        """Whether a loop, or a closure that may run often, needs a copy each time."""
        declared = self.declared.get(copy.of)
        return any(
            one.contains(copy.node.span) and not (declared is not None and one.contains(declared))
            for one in self.again
        )

    def used_after(self, copy: Copy) -> bool:
        """Whether the original is needed once it has been copied."""
        start = copy.home.end if copy.name == copy.of else copy.node.span.end
        word = re.compile(rf"\b{re.escape(copy.of)}\b")
        told = (one for one in self.texts if one.span.start >= start)
        return bool(self._named(copy.of, start)) or any(word.search(one.tokens) for one in told)

    def only_read(self, copy: Copy) -> bool:
        """Whether the name of a copy is only looked at."""
        return bool(copy.name) and all(one.span in self.reads for one in self.uses_of(copy))

    def _named(self, name: str, start: int) -> list[Path]:
        return [one for one in self.uses if one.text == name and one.span.start >= start]


def moves_of(function: Function, body: Block, releasing: Iterable[str]) -> Moves:
    """What a function does with its owned names; `releasing` are macros that release."""
    moves = Moves({one.name: one.type for one in function.params if _is_owned(one.type)})
    nodes = list(body.walk())
    lets = {one.names[0]: one for one in nodes if isinstance(one, Let) and len(one.names) == 1}
    for name, let in lets.items():
        if _makes(let) and name not in moves.owned:
            moves.owned[name] = let.type
            moves.declared[name] = let.span
        elif not (_makes(let) or isinstance(let.value, MethodCall)):
            # The name now stands for something else, such as a part of what it was.
            moves.owned.pop(name, None)
    for node in nodes:
        _note(node, moves)
        handed = tuple(_handed(node, frozenset(releasing)))
        moves.targets += (_target(part, borrows, lets) for part, borrows in handed)
    _find_copies(nodes, moves)
    taken = {one.span for one in moves.targets}
    moves.again += (one.span for one in nodes if isinstance(one, Closure) and one.span not in taken)
    return moves


def _is_owned(type_: TypeRef | None) -> bool:
    if type_ is None or type_.kind != "path":
        return False
    if type_.name == "Option" and type_.args:
        return _is_owned(type_.args[0])
    return type_.name in _OWNED


def _makes(let: Let) -> bool:
    """Whether a `let` makes a collection or a text of its own."""
    if let.type is not None and let.type.kind != "infer":
        return _is_owned(let.type)
    value = let.value.value if isinstance(let.value, Try) else let.value
    if isinstance(value, MacroCall):
        return value.path in ("vec", "format")
    return isinstance(value, MethodCall) and value.method in _MAKES


def _note(node: Node, moves: Moves) -> None:
    if isinstance(node, Path) and len(node.segments) == 1:
        moves.uses.append(node)
    elif isinstance(node, MacroCall):
        moves.texts.append(node)
    elif isinstance(node, Loop):
        moves.again.append(node.body.span)
    elif isinstance(node, Unary) and node.op == "&":
        moves.reads.add(node.value.span)
    elif isinstance(node, Index):
        moves.reads.add(node.base.span)
    elif isinstance(node, MethodCall) and node.method in _READS:
        moves.reads.add(node.receiver.span)


def _handed(node: Node, releasing: frozenset[str]) -> Iterator[tuple[Node, bool]]:
    """Code that a call hands over, and whether it may borrow."""
    if isinstance(node, MethodCall):
        if node.method in RELEASES or node.method.startswith("spawn"):
            yield from ((arg, node.method in RELEASES) for arg in node.args)
    elif isinstance(node, Call) and isinstance(node.function, Path):
        owner, name = ("", *node.function.segments)[-2:]
        if owner == "Python" and name in RELEASES:
            yield from ((arg, True) for arg in node.args[1:])
        elif owner in _THREADS and name.startswith("spawn"):
            yield from ((arg, False) for arg in node.args)
    elif isinstance(node, MacroCall) and node.path.rsplit("::", 1)[-1] in releasing:
        yield from ((arg, True) for arg in node.args[1:])


def _target(part: Node, borrows: bool, lets: dict[str, Let]) -> Target:
    """What is handed over, also by the name that it has been given."""
    let = lets.get(part.text) if isinstance(part, Path) else None
    value = let.value if let is not None and isinstance(let.value, Closure) else part
    return Target(value.span, borrows)


def _find_copies(nodes: list[Node], moves: Moves) -> None:
    for block in (node for node in nodes if isinstance(node, Block)):
        for let in (one for one in block.statements if isinstance(one, Let)):
            for name, value in _bound(let):
                moves.copies += _copies(value, name, block.span, moves)
    named = {one.node.span for one in moves.copies}
    for node in nodes:
        if node.span not in named:
            moves.copies += _copies(node, "", node.span, moves)


def _bound(let: Let) -> Iterator[tuple[str, Node]]:
    """The names of a `let` with their values, those of a tuple one by one."""
    value = let.value
    if isinstance(value, Sequence) and value.kind == "tuple":
        if len(value.items) == len(let.names):
            yield from zip(let.names, value.items, strict=True)
    elif value is not None and len(let.names) == 1:
        yield let.names[0], value


def _copies(node: Node, name: str, home: Span, moves: Moves) -> Iterator[Copy]:
    """The copy that a node is, if it copies an owned name."""
    if isinstance(node, MethodCall) and node.method in _CLONES and not node.args:
        owner = node.receiver.value if isinstance(node.receiver, Unary) else node.receiver
        if isinstance(owner, Path) and owner.text in moves.owned:
            yield Copy(node, owner.text, name, home)
