"""Expressions of a trial: names, operators, memory, structs and macros."""

from __future__ import annotations

from bindcheck.analysis.linking.tokens import split_top
from bindcheck.analysis.ranges.truth import truth
from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN, literal, special
from bindcheck.analysis.trials.machine import SAYS, Frame, evaluate
from bindcheck.analysis.trials.patterns import matches, part_of
from bindcheck.analysis.trials.storing import computed
from bindcheck.analysis.trials.values import (
    LONG,
    SIGNED,
    Code,
    Fields,
    Items,
    Panicked,
    Pointer,
    Row,
    Signed,
    Tag,
    Value,
    cast,
    is_whole,
    plain,
    repeated,
    row_of,
)
from bindcheck.model import (
    Await,
    Binary,
    Cast,
    Closure,
    FieldAccess,
    Index,
    Literal,
    MacroCall,
    Path,
    Range,
    Sequence,
    StructLiteral,
    Unary,
)

_GIVES_UP = frozenset({"panic", "unreachable", "todo", "unimplemented"})
_ASSERTS = {"assert_eq": "==", "assert_ne": "!="}
_SUFFIXES = tuple(sorted(SIGNED))
_SHOWN = 60


@evaluate.register
def _literal(node: Literal, frame: Frame) -> Value:
    del frame
    if node.text.isdecimal() and node.kind == "int":
        return int(node.text)
    if node.kind == "bool":
        return node.text == "true"
    if node.kind == "str":
        return node.text
    if node.kind not in ("int", "float"):
        return UNKNOWN
    value = plain(literal(node.text, node.kind))
    signed = type(value) is int and node.text.endswith(_SUFFIXES)
    return Signed(value) if signed and isinstance(value, int) else value


@evaluate.register
def _path(node: Path, frame: Frame) -> Value:
    segments = node.segments
    last = segments[-1]
    if len(segments) == 1:
        known = frame.names.get(last)
        if known is not None:
            return known
        if last == "None":
            return ABSENT
    elif last[:1].isupper() and not last.isupper():
        return Tag(last)
    found = plain(special(segments[-2] if len(segments) > 1 else "", last))
    return frame.constant(last) if found is UNKNOWN and last.isupper() else found


@evaluate.register
def _unary(node: Unary, frame: Frame) -> Value:
    if node.op == "&mut" and frame.course.blank and isinstance(node.value, Index):
        return _place(node.value, frame)
    value = frame.expr(node.value)
    if node.op == "-":
        if isinstance(value, bool) or not isinstance(value, (float, int)):
            return UNKNOWN
        return Signed(-value) if isinstance(value, int) else -value
    if node.op == "!":
        if isinstance(value, bool):
            return not value
        return cast(~value, "usize") if is_whole(value) and isinstance(value, int) else UNKNOWN
    if node.op != "*" or not isinstance(value, Pointer):
        return value
    try:
        return value.read()
    except Panicked as panicked:
        raise frame.panics(node, panicked.how) from None


def _place(node: Index, frame: Frame) -> Value:
    """`&mut memory[at]`: what is behind it may be written to later."""
    value = frame.expr(node)
    base = UNKNOWN if isinstance(node.index, Range) else frame.expr(node.base)
    if not isinstance(base, Row) or not base.fresh:
        return value
    at = frame.expr(node.index)
    if isinstance(at, int) and is_whole(at):
        return Pointer(base, at)
    base.blur()
    return value


@evaluate.register
def _binary(node: Binary, frame: Frame) -> Value:
    if node.op in ("&&", "||"):
        answer = truth(node, frame)
        return UNKNOWN if answer is None else answer
    left = frame.expr(node.left)
    return computed(node, node.op, left, frame.expr(node.right), frame)


@evaluate.register
def _cast(node: Cast, frame: Frame) -> Value:
    value = frame.expr(node.value)
    return value if node.type.kind == "ptr" else cast(value, node.type.name)


@evaluate.register
def _await(node: Await, frame: Frame) -> Value:
    return frame.expr(node.value)


@evaluate.register
def _field(node: FieldAccess, frame: Frame) -> Value:
    return part_of(frame.expr(node.base), node.name)


@evaluate.register
def _closure(node: Closure, frame: Frame) -> Value:
    return Code(node, frame)


@evaluate.register
def _struct(node: StructLiteral, frame: Frame) -> Value:
    base = frame.expr(node.base) if node.base is not None else None
    found = Fields(base) if isinstance(base, dict) else Fields()
    for one in node.inits:
        found[one.name] = frame.expr(one.value)
    name = node.path.rsplit("::", 1)[-1]
    found.name = frame.program.function(frame.ref).owner if name == "Self" else name
    found.path = frame.ref.path
    return found


@evaluate.register
def _sequence(node: Sequence, frame: Frame) -> Value:
    if node.kind == "repeat":
        return filled(frame.expr(node.items[0]), frame.expr(node.items[-1]), node, frame)
    parts = [frame.expr(item) for item in node.items]
    return tuple(parts) if node.kind == "tuple" else row_of(parts)


def filled(value: Value, count: Value, node: Sequence | MacroCall, frame: Frame) -> Value:
    """`[value; count]`."""
    if not is_whole(count) or not isinstance(count, int) or count < 0:
        return UNKNOWN
    try:
        return repeated(value if not isinstance(value, (Row, dict)) else UNKNOWN, count)
    except Panicked as panicked:
        raise frame.panics(node, panicked.how) from None


@evaluate.register
def _range(node: Range, frame: Frame) -> Value:
    start = frame.expr(node.start) if node.start is not None else 0
    end = frame.expr(node.end)
    if not (is_whole(start) and is_whole(end)):
        return UNKNOWN
    assert isinstance(start, int)
    assert isinstance(end, int)
    end += node.inclusive
    if end - start > LONG:
        return UNKNOWN
    signed = isinstance(start, Signed) or isinstance(node.end, Signed)
    return Items(Signed(one) if signed else one for one in range(start, end))


# --- memory ---------------------------------------------------------------------------------------


@evaluate.register
def _index(node: Index, frame: Frame) -> Value:
    base = frame.expr(node.base)
    if isinstance(node.index, Range):
        return _slice(node, node.index, base, frame)
    at = frame.expr(node.index)
    if not isinstance(base, Row) or not is_whole(at):
        return UNKNOWN
    assert isinstance(at, int)
    if not 0 <= at < base.size:
        raise frame.panics(node, "an index is too large")
    return base.at(at)


def _slice(node: Index, index: Range, base: Value, frame: Frame) -> Value:
    start = frame.expr(index.start) if index.start is not None else 0
    if not isinstance(base, Row):
        return UNKNOWN
    end = frame.expr(index.end) if index.end is not None else base.size
    if not (is_whole(start) and is_whole(end)):
        return UNKNOWN
    assert isinstance(start, int)
    assert isinstance(end, int)
    end += index.inclusive
    if not 0 <= start <= end <= base.size:
        raise frame.panics(node, "a slice is too long")
    return base.part(start, end)


# --- macros ---------------------------------------------------------------------------------------


@evaluate.register
def _macro(node: MacroCall, frame: Frame) -> Value:
    name = node.path.rsplit("::", 1)[-1]
    if name in _GIVES_UP:
        raise frame.panics(node, f"`{name}!` is reached")
    if name == "assert" and node.args:
        if truth(node.args[0], frame) is False:
            raise frame.panics(node, f"`{_shown(node)}` does not hold")
        return ()
    if name in _ASSERTS and len(node.args) > 1:
        return _compared(node, _ASSERTS[name], frame)
    if name == "vec":
        return _vec(node, frame)
    if name == "is_x86_feature_detected":
        return False
    if name == "matches" and node.args:
        return _matched(node, frame)
    expanded = frame.program.expansion(frame.ref, node)
    if expanded is not None:
        return frame.expr(expanded)
    frame.forget(*node.args)
    if name not in SAYS:
        frame.course.written()
    return UNKNOWN


def _compared(node: MacroCall, op: str, frame: Frame) -> Value:
    left, right = frame.expr(node.args[0]), frame.expr(node.args[1])
    if computed(node, op, left, right, frame) is False:
        raise frame.panics(node, f"`{_shown(node, f' {op} ')}` does not hold")
    return ()


def _shown(node: MacroCall, sign: str = "") -> str:
    parts = [" ".join(one.split()) for one in split_top(node.tokens)]
    text = sign.join(parts[:2]) if sign else parts[0]
    return text if len(text) <= _SHOWN else f"{node.path.rsplit('::', 1)[-1]}!"


def _vec(node: MacroCall, frame: Frame) -> Value:
    only = node.args[0] if len(node.args) == 1 else None
    if isinstance(only, Sequence) and only.kind == "repeat":
        return frame.expr(only)
    return row_of([frame.expr(arg) for arg in node.args]) if node.parsed else UNKNOWN


def _matched(node: MacroCall, frame: Frame) -> Value:
    _, _, pattern = node.tokens.partition(",")
    if not pattern.strip() or " if " in pattern:
        return UNKNOWN
    answer, _ = matches(pattern.strip().rstrip(","), frame.expr(node.args[0]))
    return UNKNOWN if answer is None else answer
