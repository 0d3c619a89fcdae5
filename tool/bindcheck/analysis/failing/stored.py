"""Numbers of the caller that an object keeps, and of which a method later takes it that they are
not 0.

`Blocks::new(size)` says nothing of `Blocks::split`, which goes through its data by `self.size`: the
call that panics is another one than that which was wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.flow.events import Called, Panic, Place, Region
from bindcheck.analysis.flow.types import INTEGERS
from bindcheck.analysis.flow.values import Fails, Shape, Value
from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable, item_of
from bindcheck.fact import fact
from bindcheck.model import (
    Assign,
    Binary,
    Call,
    EntryPoint,
    FieldAccess,
    Function,
    If,
    ItemRef,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
    Struct,
    StructLiteral,
)

KEPT = "kept"
"""What such a panic is called."""
_COUNTED = frozenset(
    {"chunks", "chunks_exact", "chunks_mut", "chunks_exact_mut", "windows", "step_by"}
)
_DIVIDES = frozenset({"/", "%"})
_BEFORE = (*(f"{name}(" for name in sorted(_COUNTED)), "% ", "/ ", "%= ", "/= ")
_LIMITS = frozenset({"max", "clamp", "checked_div", "checked_rem", "is_power_of_two"})


@fact
class _Use:
    """A method that panics if a field of its object is 0; `what` is how it is written."""

    ref: ItemRef
    what: str


@fact
class _Keeper:
    """A function that puts an argument (`position`) into a field, as it is, at `span`."""

    position: int
    span: Span
    use: _Use


def kept_zeros(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """Where an entry point has a 0 of the caller kept that makes a method panic."""
    if not is_callable(entry):
        return
    for own in _keepers(program, entry.ref):
        yield _panic(program, Place(entry.ref, own.span), own.use)
    for call in events(program, entry).calls:
        if program.in_crate(call.place.ref.path) and any(map(_may_be_zero, call.args)):
            for one in _keepers(program, call.targets[0]):
                if _may_be_zero(_given(call, one)):
                    yield _panic(program, Place(call.place.ref, _span(call, one)), one.use)


def _panic(program: Program, place: Place, use: _Use) -> Panic:
    why = f"`{item_of(program, use.ref)}` panics for 0 (`{use.what}`)"
    return Panic(KEPT, place, Fails.CALLER, why, Region.ATTACHED)


def _given(call: Called, keeper: _Keeper) -> Value | None:
    return call.args[keeper.position] if keeper.position < len(call.args) else None


def _may_be_zero(value: Value | None) -> bool:
    """Whether a number is one that the caller chose, and that nobody has looked at."""
    if value is None or value.shape is not Shape.SCALAR or value.wrap:
        return False
    return value.caller and not value.positive and not value.lengths


def _span(call: Called, keeper: _Keeper) -> Span:
    args = call.node.args if isinstance(call.node, Call) else ()
    return args[keeper.position].span if keeper.position < len(args) else call.place.span


# --- who keeps numbers ----------------------------------------------------------------------------


def _keepers(program: Program, ref: ItemRef) -> tuple[_Keeper, ...]:
    """The arguments that a method of a struct keeps, and nobody looks at them."""
    return _known(program).of(ref, _find, program, ref)


@lru_cache(maxsize=2)
def _known(program: Program) -> Memo[ItemRef, tuple[_Keeper, ...]]:
    del program
    return Memo()


def _find(program: Program, ref: ItemRef) -> tuple[_Keeper, ...]:
    function = program.function(ref)
    params = _numbers(function) if function.owner else {}
    owner = program.resolve_type(function.owner, ref.path, function.scope) if params else None
    return () if owner is None else tuple(_found(program, ref, owner, params))


def _found(
    program: Program, ref: ItemRef, owner: ItemRef, params: dict[str, int]
) -> Iterator[_Keeper]:
    for field, value in _put_by(program, ref, owner):
        position = params.get(value.text)
        if position is not None and not _is_asked(program, owner, {field, value.text}):
            use = _use(program, owner, field)
            if use is not None:
                yield _Keeper(position, value.span, use)


def _put_by(program: Program, ref: ItemRef, owner: ItemRef) -> Iterator[tuple[str, Path]]:
    """The fields for whole numbers into which a function puts a variable."""
    item = program.struct(owner)
    fields = item.fields if isinstance(item, Struct) else ()
    whole = [one.name for one in fields if one.type.name in INTEGERS]
    body = program.body(ref) if whole else None
    for node in body.walk() if body is not None else ():
        for field in whole:
            value = _put(node, field)
            if isinstance(value, Path):
                yield field, value


def _methods(program: Program, owner: ItemRef) -> Iterator[ItemRef]:
    for refs in program.methods(owner).values():
        yield from (one for one in refs if program.active(program.function(one).cfg, one.path))


def _numbers(function: Function) -> dict[str, int]:
    """The parameters that are whole numbers, with their positions among the arguments."""
    first = 1 if function.receiver else 0
    return {
        one.name: index
        for index, one in enumerate(function.params, first)
        if one.type is not None and one.type.peel().name in INTEGERS
    }


def _put(node: Node, field: str) -> Node | None:
    if isinstance(node, StructLiteral):
        return next((one.value for one in node.inits if one.name == field), None)
    if isinstance(node, Assign) and node.op == "=" and _is_own(node.target, field):
        return node.value
    return None


def _is_own(node: Node | None, field: str) -> bool:
    """`self.field`."""
    if not isinstance(node, FieldAccess) or node.name != field:
        return False
    return isinstance(node.base, Path) and node.base.segments == ("self",)


# --- who looks at them ----------------------------------------------------------------------------


def _is_asked(program: Program, owner: ItemRef, names: set[str]) -> bool:
    """Whether a method of the struct looks at a number: then it may as well refuse or replace 0."""
    words = tuple(sorted(name.encode() for name in names))
    for ref in _methods(program, owner):
        body = program.body(ref) if program.mentions(ref, words) else None
        if body is not None and any(_asks(node, names) for node in body.walk()):
            return True
    return False


def _asks(node: Node, names: set[str]) -> bool:
    asked: tuple[Node | None, ...] = ()
    if isinstance(node, If):
        asked = (node.condition,)
    elif isinstance(node, Match):
        asked = (node.subject,)
    elif isinstance(node, Loop) and node.kind == "while":
        asked = (node.over,)
    elif isinstance(node, MacroCall) and "assert" in node.path:
        asked = node.args
    elif isinstance(node, MethodCall) and node.method in _LIMITS:
        asked = (node,)
    return any(
        (isinstance(one, Path) and one.last in names)
        or (isinstance(one, FieldAccess) and one.name in names)
        for part in asked
        if part is not None
        for one in part.walk()
    )


# --- who panics for 0 -----------------------------------------------------------------------------


def _use(program: Program, owner: ItemRef, field: str) -> _Use | None:
    """The first method that takes a field not to be 0, of those that entry points come to."""
    words = tuple(f"{before}self.{field}".encode() for before in _BEFORE)
    for ref in _methods(program, owner):
        body = program.body(ref) if program.mentions(ref, words) else None
        for node in body.walk() if body is not None else ():
            count, what = _counted(node)
            if count is not None and _is_own(count, field) and _is_reached(program, ref):
                return _Use(ref, what)
    return None


def _counted(node: Node) -> tuple[Node | None, str]:
    """What has to be more than 0 in a node, and how that is written."""
    if isinstance(node, MethodCall) and node.method in _COUNTED and len(node.args) == 1:
        return node.args[0], node.method
    if isinstance(node, Binary) and node.op in _DIVIDES:
        return node.right, node.op
    if isinstance(node, Assign) and node.op in ("/=", "%="):
        return node.value, node.op
    return None, ""


def _is_reached(program: Program, ref: ItemRef) -> bool:
    """Whether entry points come to a method, by its trait perhaps."""
    reach = reach_of(program)
    if ref in reach.ways:
        return True
    function = program.function(ref)
    words = (f".{function.name}(".encode(),)
    return bool(function.trait) and any(program.mentions(one, words) for one in reach.functions())
