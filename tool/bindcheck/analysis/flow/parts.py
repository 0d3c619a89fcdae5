"""What is put together from parts: structs, variants of enums, tuples and arrays."""

from __future__ import annotations

from collections.abc import Sequence as Items

from bindcheck.analysis.flow.limits import passed_of
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.raw import note_wrapped
from bindcheck.analysis.flow.values import NOTHING, Shape, Size, Source, Value, join_all, largest
from bindcheck.analysis.flow.watch import arrays
from bindcheck.analysis.flow.wrapped import ask
from bindcheck.model import ItemRef, Node, Path, Sequence, Span, StructLiteral, TypeRef


def variant(node: Path, frame: Frame) -> Value:
    """The variant of an enum of the crate that a path names; NOTHING if it names none."""
    if len(node.segments) < 2 or not node.last[:1].isupper():
        return NOTHING
    return _variant_of("::".join(node.segments[:-1]), node.last, frame)


def _variant_of(owner: str, name: str, frame: Frame) -> Value:
    if not frame.world.is_enum(owner, frame.ref.path):
        return NOTHING
    type_ = TypeRef(owner, "path", owner.rsplit("::", 1)[-1], owner)
    return Value(Shape.STRUCT, Size.CONST, type_, variants=frozenset({name}))


@evaluate.register
def _sequence(node: Sequence, frame: Frame) -> Value:
    parts = [frame.expr(item) for item in node.items]
    if node.kind == "tuple":
        fields = tuple((str(i), part) for i, part in enumerate(parts))
        caller = any(part.caller for part in parts)
        return Value(Shape.STRUCT, largest(parts), fields=fields, caller=caller)
    if node.kind == "repeat":
        length = parts[-1] if parts else NOTHING
        ask(length, node.span, frame)
        return Value(
            Shape.SEQ,
            length.size,
            source=Source.FRESH,
            element=parts[0] if parts else None,
            root=frame.root(node.span),
            product=length.product or _checked_by(length),
            lengths=length.lengths,
            owned=True,
            nested=bool(parts) and parts[0].shape is Shape.SEQ,
        )
    return listed(parts, node, frame)


def listed(parts: Items[Value], node: Node, frame: Frame) -> Value:
    """An array or vector whose items are written out."""
    if frame.watch is not None:
        # Most likely to ask all of them for their lengths.
        frame.watch.compare(arrays(parts))
    item = join_all(parts)
    return Value(
        Shape.SEQ,
        Size.CONST,
        source=Source.FRESH,
        element=item,
        root=frame.root(node.span),
        owned=True,
        caller=item.caller,
        truth=True if parts else None,
        nested=item.shape is Shape.SEQ,
    )


def _checked_by(length: Value) -> tuple[ItemRef, Span] | None:
    """The sum or product, which may wrap, by which a length was checked."""
    passed = passed_of(length)
    return None if passed is None else passed.passed


@evaluate.register
def _struct(node: StructLiteral, frame: Frame) -> Value:
    fields = tuple((one.name, frame.expr(one.value)) for one in node.inits)
    base = frame.expr(node.base)
    name = node.path.rsplit("::", 1)[-1]
    note_wrapped(name, (part for _, part in fields), node.span, frame)
    type_: TypeRef | None = TypeRef(node.path, "path", name, node.path)
    owner, _, _ = node.path.rpartition("::")
    chosen = _variant_of(owner, name, frame) if owner else NOTHING
    if chosen.variants:
        type_ = chosen.type
    if name == "Self":
        owner = frame.world.program.function(frame.ref).owner
        type_ = TypeRef(owner, "path", owner, owner)
    parts = [part for _, part in fields]
    own = [name for name, _ in fields]
    rest = tuple((name, part) for name, part in base.fields if name not in own)
    caller = any(part.caller for part in parts) or base.caller
    return Value(
        Shape.STRUCT,
        largest([*parts, base]) if node.base else largest(parts),
        type_,
        fields=(*fields, *rest),
        caller=caller,
        owned=True,
        variants=chosen.variants,
    )
