"""Fields of structs, and what is assigned."""

from __future__ import annotations

from bindcheck.analysis.flow.events import Write
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.types import FLOATS
from bindcheck.analysis.flow.values import NOTHING, Shape, Value, join
from bindcheck.model import Assign, FieldAccess, Path
from bindcheck.model.fact import replace


@evaluate.register
def _field(node: FieldAccess, frame: Frame) -> Value:
    base = frame.expr(node.base).held()
    known = base.field(node.name)
    if known is not None:
        return known
    if node.name.isdigit() and base.element is not None:
        # A list has no numbered fields: it has been made a struct of, by `into` for example.
        return base if _is_list(base) and node.name == "0" else base.element
    scope = frame.world.program.function(frame.ref).scope
    return frame.world.field(base, node.name, frame.ref.path, scope)


def _is_list(value: Value) -> bool:
    named = value.type is None or value.type.peel().kind != "tuple"
    return named and value.shape in (Shape.SEQ, Shape.NUMPY)


@evaluate.register
def _assign(node: Assign, frame: Frame) -> Value:
    value = frame.expr(node.value)
    target = node.target
    if isinstance(target, Path) and len(target.segments) == 1:
        old = frame.names.get(target.last, NOTHING)
        again = frame.cycles > 0 and old is not NOTHING
        if again or node.op != "=":
            value = replace(value, bits=None)
        frame.names[target.last] = join(old, value) if again else value
        return NOTHING
    if isinstance(target, FieldAccess) and isinstance(target.base, Path):
        _assign_field(target.base.last, target.name, value, frame)
        return NOTHING
    place = frame.expr(target)
    if place.root is not None:
        how = "loop" if value.identity and node.op == "=" and frame.loops else "store"
        frame.events.writes.append(Write(how, frame.place(node.span), place, value, frame.region))
    return NOTHING


def _assign_field(owner: str, name: str, value: Value, frame: Frame) -> None:
    base = frame.names.get(owner)
    if base is None:
        return
    kept = tuple((one, part) for one, part in base.fields if one != name)
    # A float among its fields makes no index, length or divisor of the others.
    chosen = value.caller and not _is_float(value)
    caller = base.caller or (chosen and owner != "self")
    frame.names[owner] = replace(base, fields=(*kept, (name, value)), caller=caller)


def _is_float(value: Value) -> bool:
    return value.type is not None and value.type.peel().name in FLOATS
