"""Bindings and loops."""

from __future__ import annotations

from bindcheck.analysis.flow.by_value import note_clones
from bindcheck.analysis.flow.events import Events, Kind, Taken
from bindcheck.analysis.flow.guards import (
    asks_for_slice,
    check_all,
    check_rows,
    is_error,
    proved,
    rejects,
)
from bindcheck.analysis.flow.handles import is_light
from bindcheck.analysis.flow.keeping import SETS, needed
from bindcheck.analysis.flow.machine import Frame, bind_names, evaluate
from bindcheck.analysis.flow.patterns import spread
from bindcheck.analysis.flow.values import CONSTANT, NOTHING, Shape, Size, Source, Value
from bindcheck.model import Assign, Binary, Call, Let, Loop, MethodCall, Node, Path, Range, Return
from bindcheck.model.fact import replace


@evaluate.register
def _return(node: Return, frame: Frame) -> Value:
    value = frame.expr(node.value)
    frame.returns.append(value if is_error(node.value) else proved(value, frame))
    return NOTHING


@evaluate.register
def _let(node: Let, frame: Frame) -> Value:
    value = frame.expr(node.value)
    if node.type is not None:
        value = refine(value, node, frame)
        if node.value is not None and node.type.peel().name in SETS:
            needed(node.value.span, frame)
    if node.otherwise is not None:
        fallback = node.value is not None and asks_for_slice(node.value, frame)
        with frame.inside(fallback=fallback):
            frame.expr(node.otherwise)
    bind_names(node.pattern, node.names, value, frame)
    _note_property(node, value, frame)
    if node.otherwise is not None:
        frame.learn(value.proof)
    return CONSTANT


def _note_property(node: Let, value: Value, frame: Frame) -> None:
    """Remember whose property a name stands for: a check of it checks its owner."""
    for name in node.names:
        frame.asked_of.pop(name, None)
    asked = node.value
    wrapped = _wrapped_number(asked, frame) if len(node.names) == 1 else ""
    if wrapped and value.shape is Shape.STRUCT:
        frame.asked_of[node.names[0]] = wrapped
    if not isinstance(asked, MethodCall) or not isinstance(asked.receiver, Path):
        return
    owner = frame.names.get(asked.receiver.last)
    whole = (Shape.STRUCT, Shape.UNKNOWN)
    plain = value.shape in whole and not value.wrap and not asked.args and len(node.names) == 1
    if plain and owner is not None and owner.shape in whole:
        frame.asked_of[node.names[0]] = asked.receiver.last


def _wrapped_number(node: Node | None, frame: Frame) -> str:
    """The number in `Index::new(number)`, where the type is of another crate: it is the number."""
    made = node.function if isinstance(node, Call) and len(node.args) == 1 else None
    given = node.args[0] if isinstance(node, Call) and node.args else None
    if not isinstance(made, Path) or not isinstance(given, Path) or node is None:
        return ""
    foreign = made.last in ("new", "from") and len(made.segments) > 1
    known = frame.names.get(given.last)
    number = known is not None and known.shape is Shape.SCALAR
    return given.last if foreign and number and node.span not in frame.callees else ""


def refine(value: Value, node: Let, frame: Frame) -> Value:
    """The value with what the written type adds."""
    if node.type is None or node.type.kind == "infer":
        return value
    plain = frame.world.signatures.type(node.type, frame.ref)
    node = node if plain is node.type else replace(node, type=plain)
    typed = frame.world.typed(node.type, replace(value, size=value.size))
    if value.shape is Shape.UNKNOWN:
        return _typed_now(value, typed, node, frame)
    if value.type is None:
        element = value.element or typed.element
        return replace(value, type=typed.type, element=element, nested=typed.nested)
    return value


def _typed_now(value: Value, typed: Value, node: Let, frame: Frame) -> Value:
    root = value.root or frame.root(node.span)
    if value.source is Source.EXTRACTED and node.value is not None:
        note_clones(node.type, node.value.span, frame)
    if value.few:
        typed = replace(typed, size=Size.CONST)
    elif value.source is Source.EXTRACTED and typed.shape is Shape.SEQ and node.value is not None:
        typed = frame.world.typed(node.type, replace(value, size=Size.DATA))
        taken = Taken("extract", frame.place(node.value.span), typed, frame.fallback > 0)
        frame.events.taken.append(taken)
    return replace(typed, root=root, source=value.source, caller=value.caller)


@evaluate.register
def _loop(node: Loop, frame: Frame) -> Value:
    touched = frame.touches
    over = frame.expr(node.over)
    size = _extent(node, over, frame)
    data = size is Size.DATA
    names = _loop_names(node, over, frame)
    inner_before = len(frame.events.works)
    frame.grids += size is Size.GRID
    frame.loops += data
    frame.cycles += 1
    with frame.inside(names):
        if node.kind == "for" and over.lengths and len(over.lengths) == 1:
            frame.nonempty.update(over.lengths)
        frame.expr(node.body)
        _again(node.body, frame)
    frame.loops -= data
    frame.cycles -= 1
    frame.grids -= size is Size.GRID
    if node.over is not None and rejects(node.body, frozenset(node.names)):
        check_all(node.over, frame)
        check_rows(node.over, node.body, frame)
    python = frame.touches > touched or over.is_python
    if size is Size.DATA and not _only_stores(frame, inner_before):
        kind = Kind.PARALLEL if over.parallel else Kind.LOOP
        part = over.part or (isinstance(node.over, Range) and not over.lengths)
        light = kind is Kind.LOOP and is_light(over, node.body, inner_before, frame)
        frame.work(
            kind, node.span, f"`{node.kind}` loop", size, python=python, part=part, light=light
        )
    return NOTHING


def _again(body: Node, frame: Frame) -> None:
    """What the next round does with floats of the caller that this one raises to a number.

    Less than that number may be negative where the value of the first round was not.
    """
    ends = [one for one in body.children() if isinstance(one, Assign) and _raises(one)]
    quiet = frame.world.quiet(frame) if ends else frame
    raised = {}
    for one in ends:
        value = quiet.expr(one.value)
        if isinstance(one.target, Path) and value.limits is not None:
            raised[one.target.last] = value
    if raised:
        quiet.names.update(raised)
        quiet.events = Events()
        quiet.expr(body)
        frame.events.panics += [one for one in quiet.events.panics if one.lowered]


def _raises(node: Assign) -> bool:
    """`x = x.clamp(0.001, 5.0)`."""
    value = node.value
    return node.op == "=" and isinstance(value, MethodCall) and value.method == "clamp"


def _only_stores(frame: Frame, start: int) -> bool:
    """Whether nothing but waiting happened inside: such a loop is a loop of waits."""
    inside = frame.events.works[start:]
    return any(one.kind is Kind.WAIT for one in inside)


def _extent(node: Loop, over: Value, frame: Frame) -> Size:
    if node.kind == "for":
        # A number that is gone through is a shape: a few lengths, however much the array holds.
        few = over.shape is Shape.SCALAR and not isinstance(node.over, Range)
        return Size.CONST if few else over.size
    if node.kind == "while" and node.over is not None:
        quiet = frame.world.quiet(frame)
        sides = [
            quiet.expr(side)
            for part in node.over.walk()
            if isinstance(part, Binary) and part.op in ("<", "<=", ">", ">=", "!=")
            for side in (part.left, part.right)
        ]
        return max((one.size for one in sides if one.lengths), default=Size.UNKNOWN)
    return Size.UNKNOWN


def _loop_names(node: Loop, over: Value, frame: Frame) -> dict[str, Value]:
    if node.kind != "for":
        return _counted(node, frame) if frame.watch is not None else {}
    # An iterator of the crate's own decides what it gives; the caller does not.
    caller = over.caller and over.shape is not Shape.STRUCT
    item = over.element or replace(NOTHING, caller=caller, source=over.source)
    if item.root is None:
        item = replace(item, root=over.root, source=over.source, identity=over.element is not None)
    if over.is_python:
        # A list with something in it may hold empty lists.
        row = (f"{item.root[0]}#row", item.root[1]) if item.root is not None else None
        item = replace(item, shape=Shape.PYTHON, root=row)
    if len(node.names) == 1:
        return {node.names[0]: item}
    return spread(node.names, item)


def _counted(node: Loop, frame: Frame) -> dict[str, Value]:
    """`while i < n`: in the loop `i` goes as far as `n`."""
    asked = node.over
    if not (isinstance(asked, Binary) and asked.op in ("<", "!=") and isinstance(asked.left, Path)):
        return {}
    known = frame.names.get(asked.left.last)
    lengths = frame.world.quiet(frame).expr(asked.right).lengths
    return {} if known is None else {asked.left.last: replace(known, lengths=lengths)}
