"""Numbers of the caller that an object keeps, and of which a method later takes it that they are
not 0.

`Blocks::new(size)` says nothing of `Blocks::split`, which goes through its data by `self.size`: the
call that panics is another one than that which was wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.flow.events import Called, Panic, Place, Region
from bindcheck.analysis.flow.types import INTEGERS
from bindcheck.analysis.flow.values import Fails, Shape, Value
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, item_of
from bindcheck.fact import fact
from bindcheck.model import (
    Assign,
    Binary,
    Block,
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
_WORDS = (
    *(f"{name}(self.".encode() for name in sorted(_COUNTED)),
    *(b"% self.", b"/ self.", b"%= self.", b"/= self."),
)
_LIMITS = frozenset({"max", "clamp", "checked_div", "checked_rem", "is_power_of_two"})


@fact
class _Use:
    """A method that panics if a field of its object is 0; `what` is how it is written."""

    ref: ItemRef
    what: str


@fact
class _Keeper:
    """A function that puts its parameter `name` (`position`) into a field, as it is, at `span`."""

    name: str
    position: int
    span: Span
    use: _Use


def kept_zeros(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """Where an entry point has a 0 of the caller kept that makes a method panic."""
    keepers = _keepers(program)
    if not keepers:
        return
    for own in keepers.get(entry.ref, ()):
        yield _panic(program, Place(entry.ref, own.span), own.use)
    for call in events(program, entry).calls:
        for one in keepers.get(call.targets[0], ()):
            if program.in_crate(call.place.ref.path) and _may_be_zero(_given(call, one)):
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


@once
def _keepers(program: Program) -> Mapping[ItemRef, tuple[_Keeper, ...]]:
    """The functions that put numbers into such fields, and nobody looks at them."""
    found: dict[ItemRef, tuple[_Keeper, ...]] = {}
    for (owner, field), use in _uses(program).items():
        keepers = list(_keeping(program, owner, field, use))
        names = {field, *(one.name for _, one in keepers)}
        if keepers and not _is_asked_about(program, owner, names) and _is_reached(program, use):
            for ref, one in keepers:
                found[ref] = (*found.get(ref, ()), one)
    return found


def _keeping(
    program: Program, owner: ItemRef, field: str, use: _Use
) -> Iterator[tuple[ItemRef, _Keeper]]:
    """Methods of a struct that put a parameter into one of its fields."""
    for ref in _methods(program, owner):
        params = _numbers(program.function(ref))
        body = program.body(ref) if params else None
        for node in body.walk() if body is not None else ():
            value = _put(node, field)
            if isinstance(value, Path) and value.text in params:
                yield ref, _Keeper(value.text, params[value.text], value.span, use)


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


def _is_own(node: Node, field: str) -> bool:
    """`self.field`."""
    if not isinstance(node, FieldAccess) or node.name != field:
        return False
    return isinstance(node.base, Path) and node.base.segments == ("self",)


# --- who looks at them ----------------------------------------------------------------------------


def _is_asked_about(program: Program, owner: ItemRef, names: set[str]) -> bool:
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


def _uses(program: Program) -> dict[tuple[ItemRef, str], _Use]:
    """For each field that is taken not to be 0 the first method that does so."""
    found: dict[tuple[ItemRef, str], _Use] = {}
    for path in program.modules:
        if path in program.unreached or not program.file_mentions(path, _WORDS):
            continue
        for index, function in enumerate(program.modules[path].functions):
            ref = ItemRef(path, index)
            owner = _owner(program, ref, function) if program.mentions(ref, _WORDS) else None
            body = program.body(ref) if owner is not None else None
            if owner is not None and body is not None:
                for field, use in _in_body(program, ref, owner, body):
                    found.setdefault((owner, field), use)
    return found


def _owner(program: Program, ref: ItemRef, function: Function) -> ItemRef | None:
    if not (function.owner and function.receiver and program.active(function.cfg, ref.path)):
        return None
    return program.resolve_type(function.owner, ref.path, function.scope)


def _in_body(
    program: Program, ref: ItemRef, owner: ItemRef, body: Block
) -> Iterator[tuple[str, _Use]]:
    item = program.struct(owner)
    fields = item.fields if isinstance(item, Struct) else ()
    whole = {one.name for one in fields if one.type.name in INTEGERS}
    for node in body.walk() if whole else ():
        count, what = _counted(node)
        for field in whole:
            if count is not None and _is_own(count, field):
                yield field, _Use(ref, what)


def _counted(node: Node) -> tuple[Node | None, str]:
    """What has to be more than 0 in a node, and how that is written."""
    if isinstance(node, MethodCall) and node.method in _COUNTED and len(node.args) == 1:
        return node.args[0], node.method
    if isinstance(node, Binary) and node.op in _DIVIDES:
        return node.right, node.op
    if isinstance(node, Assign) and node.op in ("/=", "%="):
        return node.value, node.op
    return None, ""


def _is_reached(program: Program, use: _Use) -> bool:
    """Whether entry points come to a method, by its trait perhaps."""
    reach = reach_of(program)
    if use.ref in reach.ways:
        return True
    function = program.function(use.ref)
    words = (f".{function.name}(".encode(),)
    return bool(function.trait) and any(program.mentions(one, words) for one in reach.functions())
