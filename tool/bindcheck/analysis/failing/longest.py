"""Memory as long as the longest of some texts or rows, cut at the lengths of others.

`let mut line = vec![0; most]`, where `most` is that of the words, does for `line[..rule.len()]`
only if no rule is longer than the longest word.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Assign,
    Closure,
    FieldAccess,
    If,
    Index,
    ItemRef,
    Let,
    Loop,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Range,
    Sequence,
    Span,
    Try,
    Unary,
)

_CUTS = (b".len()]",)
_MAKES = (b"vec![",)


@fact
class Cut:
    """Memory as long as the longest of `longest` is cut at the lengths of `others`."""

    ref: ItemRef
    span: Span
    memory: str
    longest: str
    others: str


@fact
class LongPart:
    """Where the crate itself cuts memory so, or calls what does."""

    ref: ItemRef
    span: Span
    cut: Cut


def too_long(program: Program) -> tuple[LongPart, ...]:
    """Such cuts in functions that entry points come to."""
    return program.keep("long parts", lambda: tuple(_all_too_long(program)))


def _all_too_long(program: Program) -> Iterator[LongPart]:
    reach = reach_of(program)
    for ref in reach.functions():
        for cut in _cuts(program, ref)[:1]:
            if program.in_crate(ref.path):
                yield LongPart(ref, cut.span, cut)
                continue
            for way in reach.ways.get(ref, ()):
                if program.in_crate(way.caller.path):
                    yield LongPart(way.caller, way.span, cut)


@answered("memory cut at other lengths")
def _cuts(program: Program, ref: ItemRef) -> tuple[Cut, ...]:
    """Such cuts of one function."""
    asked = program.mentions(ref, _CUTS) and program.mentions(ref, _MAKES)
    anatomy = anatomy_of(program, ref) if asked else None
    found: list[Cut] = []
    for let in anatomy.all(Let) if anatomy is not None else ():
        size = _size(let)
        longest = _longest(anatomy, size) if size and anatomy is not None else ""
        if anatomy is None or not longest or _is_asked(anatomy, {size, let.names[0]}, size):
            continue
        for index in anatomy.all(Index):
            others = _others(anatomy, index) if _is_cut(index, let.names[0]) else ""
            if others and others != longest:
                found.append(Cut(ref, index.span, let.names[0], longest, others))
    return tuple(found)


def _size(let: Let) -> str:
    """The variable that says how long the memory is which a statement makes."""
    made = let.value
    if isinstance(made, MacroCall) and len(made.args) == 1:
        made = made.args[0]
    size = made.items[-1] if isinstance(made, Sequence) and made.kind == "repeat" else None
    return size.last if isinstance(size, Path) and len(let.names) == 1 else ""


def _longest(anatomy: Anatomy, size: str) -> str:
    """What a number is the largest length of: `if n < word.len() { n = word.len() }` for each."""
    for one in anatomy.all(Assign):
        named = isinstance(one.target, Path) and one.target.segments == (size,)
        if named and _is_length(one.value):
            return _gone_through(anatomy, one)
    return ""


def _is_length(node: Node | None) -> bool:
    return isinstance(node, MethodCall) and node.method == "len"


def _gone_through(anatomy: Anatomy, node: Node) -> str:
    """The collection that the closure or the loop around a node goes through."""
    for outer in anatomy.above(node):
        if isinstance(outer, Loop) and outer.over is not None:
            return _collection(outer.over)
        if isinstance(outer, Closure):
            run = anatomy.parent(outer)
            return _collection(run.receiver) if isinstance(run, MethodCall) else ""
    return ""


def _collection(node: Node) -> str:
    """`self.words.iter().enumerate()` by the name of the words."""
    while isinstance(node, (MethodCall, Unary, Try)):
        node = node.receiver if isinstance(node, MethodCall) else node.value
    if isinstance(node, FieldAccess):
        return node.name
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""


def _is_cut(index: Index, memory: str) -> bool:
    base = index.base
    return isinstance(index.index, Range) and isinstance(base, Path) and base.last == memory


def _others(anatomy: Anatomy, index: Index) -> str:
    """The collection of which an item's length is a bound of a slice."""
    bounds = (index.index.start, index.index.end) if isinstance(index.index, Range) else ()
    if not any(_is_length(one) and _is_item(anatomy, one) for one in bounds):
        return ""
    return _gone_through(anatomy, index)


def _is_item(anatomy: Anatomy, length: Node | None) -> bool:
    """Whether the length is that of what the nearest closure or loop is given."""
    name = length.receiver if isinstance(length, MethodCall) else None
    if not isinstance(name, Path) or len(name.segments) > 1:
        return False
    for outer in anatomy.above(name):
        if isinstance(outer, Closure):
            return any(name.last in one.names for one in outer.params)
        if isinstance(outer, Loop):
            return name.last in outer.names
    return False


def _is_asked(anatomy: Anatomy, names: set[str], size: str) -> bool:
    """Whether a condition looks at the memory or its size, but to find the largest length."""
    finding = [
        one.span
        for one in anatomy.all(Assign)
        if isinstance(one.target, Path) and one.target.segments == (size,)
    ]
    asked: list[Node | None] = [
        one.condition
        for one in anatomy.all(If)
        if not any(one.span.contains(span) for span in finding)
    ]
    asked += [arg for one in anatomy.all(MacroCall) if "assert" in one.path for arg in one.args]
    asked += [one for one in anatomy.all(MethodCall) if one.method in ("min", "resize", "reserve")]
    return any(
        isinstance(part, Path) and part.last in names
        for one in asked
        if one is not None
        for part in one.walk()
    )
