"""What the panics of other crates ask of: what they are handed, or what they have made themselves.

What a crate asserts of its own values is its own affair: nobody could say what to pass to break it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.flow.events import Asked, Panic
from bindcheck.analysis.flow.types import FLOATS
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Arm,
    Binary,
    Call,
    Cast,
    Closure,
    FieldAccess,
    Function,
    If,
    Index,
    ItemRef,
    Let,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Range,
    Sequence,
    Try,
    Unary,
)

_OF_BASES = frozenset({"empty", "text"})
"""Panics that are about what is indexed, not about the index."""
_EQUALS = frozenset({"assert_eq", "assert_ne"})
_CHOOSES = frozenset({"&&", "||"})
_PICKS = frozenset({"value", "get", "get_unchecked", "value_unchecked"})
"""Methods that give one of the values in a list."""
_COMPARES = frozenset({"starts_with", "ends_with", "contains", "contains_key", "eq", "ne", "cmp"})
_ITEMS = frozenset(
    {
        *("iter", "iter_mut", "into_iter", "values", "keys", "chars", "bytes", "lines", "rev"),
        *("zip", "enumerate", "copied", "cloned", "skip", "take", "step_by", "windows", "chunks"),
    }
)
"""Methods that give what a list holds, one after the other."""
_SAME = frozenset(
    {
        *(
            "clone",
            "as_ref",
            "as_mut",
            "to_owned",
            "borrow",
            "borrow_mut",
            "into",
            "deref",
            "as_str",
        ),
        *("as_deref", "as_slice", "to_vec", "to_string", "as_bytes", "unwrap", "into_iter", "iter"),
    }
)
"""Methods that give the value in another form."""
_DEEPEST = 12
_PAYLOAD = re.compile(r"\s*&?\s*[A-Z]\w*(?:::\w+)*\s*[({]")
_SIDES = ("Some", "Ok", "Err")


def lifted_to(program: Program, panic: Panic, ref: ItemRef, home: ItemRef, node: Node) -> Asked:
    """What a panic of the function `ref` asks of, told of the parameters of `home`, which calls it.

    Empty if it asks of nothing that `home` hands on, None if that is not known.
    """
    if program.in_crate(ref.path):
        return None
    asked = panic.asked
    if asked is None and not panic.through and panic.place.ref == ref:
        asked = _asked_in(program, panic)
    if asked is None:
        return None
    given = _given(program.function(ref), node)
    if not given:
        return None
    own = program.in_crate(home.path)
    traces = _Traces(program, home, whole=True)
    found = []
    for names in asked:
        handed = _all_handed(traces, [given.get(name) for name in names], own=own)
        if handed:
            found.append(handed)
    return None if own and found else tuple(found)


def _all_handed(traces: _Traces, args: Iterable[Node | None], *, own: bool) -> frozenset[str]:
    """The parameters that arguments are, if none of them was made on the way."""
    found: frozenset[str] = frozenset()
    for node in args:
        names = _handed(traces, node, own=own) if node is not None else None
        if names is None:
            return frozenset()
        found |= names
    return found


def _handed(traces: _Traces, node: Node, *, own: bool) -> frozenset[str] | None:
    """The parameters that an argument is; none for a constant, None for what was made on the way.

    In the audited crate all that is not a constant counts.
    """
    if not own:
        return traces.of(node)
    while isinstance(node, Unary):
        node = node.value
    constant = isinstance(node, Literal) or (isinstance(node, Path) and _is_constant(node))
    return frozenset() if constant else frozenset({"an argument"})


def _given(function: Function, node: Node) -> dict[str, Node]:
    """The arguments of a call by the names of the parameters."""
    names = [one.name for one in function.params]
    if isinstance(node, MethodCall):
        return {"self": node.receiver, **dict(zip(names, node.args, strict=False))}
    if not isinstance(node, Call):
        return {}
    whole = bool(function.receiver) and len(node.args) == len(names) + 1
    return dict(zip(["self", *names] if whole else names, node.args, strict=False))


# --- where a panic stands ------------------------------------------------------------------------


def _asked_in(program: Program, panic: Panic) -> Asked:
    """The parameters that each part of a condition is about, without parts about other values."""
    ref = panic.place.ref
    anatomy = anatomy_of(program, ref)
    parts = tuple(_parts(anatomy, panic)) if anatomy is not None else ()
    if not parts:
        return None
    traces = _Traces(program, ref)
    found = (traces.of_all(one) for one in parts)
    return tuple(one for one in found if one)


def _parts(anatomy: Anatomy, panic: Panic) -> Iterator[tuple[Node, ...]]:
    """The parts of what decides about a panic: each may be enough for it."""
    span = panic.place.span
    index = anatomy.at(Index, span)
    if index is not None:
        yield (index.base if panic.how in _OF_BASES else index.index,)
        return
    if panic.how == "zero":
        divided, cut = anatomy.at(Binary, span), anatomy.at(MethodCall, span)
        yield from ((divided.right,),) if divided is not None else ()
        yield from (cut.args[:1],) if cut is not None else ()
        return
    inside = (one for one in anatomy.all(MacroCall) if span.contains(one.span))
    macro = next((one for one in inside if one.path.rsplit("::", 1)[-1] == panic.how), None)
    if macro is None:
        return
    if panic.how in _EQUALS:
        yield macro.args[:2]
    elif panic.how == "assert":
        yield from _split(macro.args[0] if macro.args else None)
    else:
        yield from _split(_decides(anatomy, macro))


def _split(condition: Node | None) -> Iterator[tuple[Node, ...]]:
    if isinstance(condition, Binary) and condition.op in _CHOOSES:
        yield from _split(condition.left)
        yield from _split(condition.right)
    elif isinstance(condition, Unary) and condition.op == "!":
        yield from _split(condition.value)
    elif condition is not None:
        yield (condition,)


def _decides(anatomy: Anatomy, node: Node) -> Node | None:
    """The condition or the value that leads to a node, the nearest one."""
    inner = node
    for outer in anatomy.above(node):
        if isinstance(outer, If) and inner is not outer.condition:
            return outer.condition
        if isinstance(outer, Match) and inner is not outer.subject:
            return outer.subject
        if isinstance(outer, Arm) and outer.guard is not None and inner is outer.body:
            return outer.guard
        if isinstance(outer, Let) and inner is outer.otherwise:
            return outer.value
        inner = outer
    return None


# --- where values come from ----------------------------------------------------------------------


class _Traces:
    """Which parameters of a function a value is, is part of, or is a property of.

    `whole`: properties do not count, nor what is computed; the function has made those.
    """

    def __init__(self, program: Program, ref: ItemRef, *, whole: bool = False):
        self._whole = whole
        function = program.function(ref)
        self._program = program
        self._ref = ref
        self._params = {name for one in function.params for name in (one.name, *one.names)}
        self._anatomy = anatomy_of(program, ref)

    def of(self, node: Node, depth: int = 0) -> frozenset[str] | None:
        """The parameters, none for a constant; None for a value that the function has made."""
        if depth > _DEEPEST:
            return None
        inner = _inner(node, whole=self._whole)
        if inner is not None:
            return self.of(inner, depth + 1)
        if isinstance(node, FieldAccess):
            found = self.of(node.base, depth + 1)
            # What an object keeps is up to those that made it.
            return None if found is None else found - {"self"}
        if isinstance(node, Path):
            return self._of_name(node, depth)
        if isinstance(node, Literal):
            return frozenset()
        if isinstance(node, MacroCall):
            return self.of_all(node.args[:1], depth + 1)
        if isinstance(node, Call):
            return self._of_call(node, depth)
        if isinstance(node, Sequence) or (not self._whole and _computes(node)):
            return self.of_all(node.children(), depth + 1)
        return None

    def _of_call(self, node: Call, depth: int) -> frozenset[str] | None:
        """The parameters out of which a function takes a float: that is data, and no count."""
        targets = self._program.callees(self._ref).get(node.span, ())
        returns = {self._program.function(one).returns.name for one in targets}
        if not returns or not returns <= FLOATS:
            return None
        found = [self.of(one, depth + 1) for one in node.args]
        return frozenset().union(*(one for one in found if one)) or None

    def of_all(self, nodes: Iterable[Node], depth: int = 0) -> frozenset[str] | None:
        """The parameters of all of them; None if one is a value that the function has made."""
        found: frozenset[str] = frozenset()
        for node in nodes:
            names = self.of(node, depth)
            if names is None:
                return None
            found |= names
        return found

    def _of_name(self, path: Path, depth: int) -> frozenset[str] | None:
        if path.segments == ("self",):
            return frozenset({"self"})
        if _is_constant(path):
            return frozenset()
        bound = self._bound(path)
        if bound is None:
            return frozenset({path.last} & self._params)
        value, items = bound
        if value is None:
            return None
        return self._items(value, depth) if items else self.of(value, depth + 1)

    def _items(self, node: Node, depth: int) -> frozenset[str] | None:
        """The parameters of what a loop or a closure goes through."""
        if isinstance(node, Range):
            return None
        if isinstance(node, MethodCall) and node.method in _ITEMS:
            others = node.args if node.method == "zip" else ()
            found = [self._items(one, depth + 1) for one in (node.receiver, *others)]
            known = [one for one in found if one is not None]
            return frozenset().union(*known) if len(known) == len(found) else None
        return self.of(node, depth + 1)

    def _bound(self, path: Path) -> tuple[Node | None, bool] | None:
        """What a name stands for here, and whether for each item of it; None for a parameter."""
        found: tuple[Node | None, bool] | None = None
        place = -1
        for start, bound in self._all_bound(path) if self._anatomy is not None else ():
            if place < start <= path.span.start:
                place, found = start, bound
        return found

    def _all_bound(self, path: Path) -> Iterator[tuple[int, tuple[Node | None, bool]]]:
        assert self._anatomy is not None
        name, span = path.last, path.span
        for let in self._anatomy.all(Let):
            if name in let.names:
                parts = (self._whole and len(let.names) > 1) or _is_payload(let.pattern)
                yield (let.value or let).span.end, (None if parts else let.value, False)
        for match in self._anatomy.all(Match):
            for arm in match.arms:
                if name in arm.names and arm.span.contains(span):
                    payload = _is_payload(arm.pattern)
                    yield arm.span.start, (None if payload else match.subject, False)
        for loop in self._anatomy.all(Loop):
            if name in loop.names and loop.body.span.contains(span):
                yield loop.body.span.start, (loop.over, True)
        for closure in self._anatomy.all(Closure):
            if closure.span.contains(span) and any(name in one.names for one in closure.params):
                yield closure.span.start, (self._run_on(closure), True)

    def _run_on(self, closure: Closure) -> Node | None:
        """What the method goes through that a closure is handed to."""
        assert self._anatomy is not None
        outer = self._anatomy.parent(closure)
        return outer.receiver if isinstance(outer, MethodCall) else None


def _inner(node: Node, *, whole: bool) -> Node | None:
    """What a node is another form of, or a property."""
    if isinstance(node, (Unary, Try, Cast, Let)):
        return node.value
    if isinstance(node, Index):
        return node.base
    if isinstance(node, MethodCall) and node.method in _PICKS:
        return node.receiver
    if isinstance(node, MethodCall) and not node.args and (not whole or node.method in _SAME):
        return node.receiver
    return None


def _computes(node: Node) -> bool:
    compares = isinstance(node, MethodCall) and node.method in _COMPARES
    return compares or isinstance(node, (Binary, Range))


def _is_payload(pattern: str) -> bool:
    """Whether names in a pattern are what a variant holds: it was made with what is allowed."""
    return _PAYLOAD.match(pattern) is not None and not pattern.startswith(_SIDES)


def _is_constant(path: Path) -> bool:
    """`LIMIT`, `Kind::Plain`, `f64::NAN`."""
    return len(path.segments) > 1 or path.last[:1].isupper()
