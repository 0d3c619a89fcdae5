"""Names, literals, operators and indexing."""

from __future__ import annotations

from bindcheck.analysis.flow.bounds import cast_bits, combined, overflows
from bindcheck.analysis.flow.events import Panic
from bindcheck.analysis.flow.guards import establish
from bindcheck.analysis.flow.limits import after, is_wide, learn_floors, may_be_less, passed_of
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.parts import variant
from bindcheck.analysis.flow.pointers import function_value
from bindcheck.analysis.flow.shapes import of_one_shape
from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.types import FLOATS, INTEGERS, SCALARS
from bindcheck.analysis.flow.values import (
    ABSENT,
    CONSTANT,
    NOTHING,
    TEXT,
    Fails,
    Limits,
    Root,
    Shape,
    Size,
    Source,
    Value,
    unchosen,
)
from bindcheck.model import (
    Binary,
    Cast,
    Index,
    Literal,
    MethodCall,
    Node,
    Path,
    Range,
    Span,
    Try,
    TypeRef,
    Unary,
)
from bindcheck.model.fact import replace

COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||"})
UNSIGNED = frozenset({"usize", "u64", "u32", "u16", "u8"})
AT_CHARACTERS = (b"char_boundary", b"char_indices", b"is_ascii", b"find(", b"with(", b"split")
"""How a body asks where the characters of a text begin, or whether all are of one byte."""
_SUFFIXES = tuple(sorted(SCALARS, key=len, reverse=True))
_WRAPPED = "the sum or product that was compared before may wrap"
ARGUMENTS = (Source.ARGUMENT, Source.EXTRACTED)


@evaluate.register
def _path(node: Path, frame: Frame) -> Value:
    if len(node.segments) == 1:
        known = frame.names.get(node.last)
        if known is not None:
            frame.touches += known.shape is Shape.TOKEN
            return known
        if node.last == "None":
            return ABSENT
    if node.last.isupper():
        return CONSTANT
    targets = frame.callees.get(node.span)
    return function_value(node, targets[0], frame) if targets else variant(node, frame)


@evaluate.register
def _literal(node: Literal, frame: Frame) -> Value:
    del frame
    if node.kind == "str":
        return TEXT
    if node.kind == "bool":
        return replace(CONSTANT, type=TypeRef("bool", name="bool"), truth=node.text == "true")
    name = next((one for one in _SUFFIXES if node.text.endswith(one)), "")
    if not name and node.kind == "float":
        name = "f64"
    return replace(CONSTANT, type=TypeRef(name, name=name)) if name else CONSTANT


@evaluate.register
def _binary(node: Binary, frame: Frame) -> Value:
    left = frame.expr(node.left)
    if node.op in ("&&", "||"):
        return _answer(left, _after(node.left, node.right, frame))
    right = frame.expr(node.right)
    if node.op in COMPARISONS:
        if frame.watch is not None:
            frame.watch.compare(left.lengths | right.lengths)
        answer = _answer(left, right)
        return replace(answer, caller=answer.caller or may_be_less(node, left, right, frame))
    return _arithmetic(node, left, right, frame)


def _answer(left: Value, right: Value) -> Value:
    caller, lowered = left.caller or right.caller, left.lowered or right.lowered
    return replace(CONSTANT, caller=caller, lowered=lowered)


def _after(first: Node, second: Node, frame: Frame) -> Value:
    """The second condition of two, of which the first has decided whether it is asked."""
    before, facts = dict(frame.names), frame.learned()
    establish(first, frame)
    value = frame.expr(second)
    # A `let` of the condition binds for what follows; the rest is only known here.
    frame.names.update(before)
    frame.forget(facts)
    return value


def _arithmetic(node: Binary, left: Value, right: Value, frame: Frame) -> Value:
    limits = after(node, left, right, frame)
    value = Value(
        Shape.SCALAR,
        max(left.size, right.size),
        left.type or right.type,
        caller=left.caller or right.caller,
        lengths=right.lengths if node.op == "%" else left.lengths | right.lengths,
        product=left.product or right.product,
        wraps=left.wraps or right.wraps,
        lowered=left.lowered or right.lowered or _lowers(node, left, right, limits),
        limits=limits,
    )
    more = node.op == "+" and (positive(node.left, left) or positive(node.right, right))
    value = replace(value, bits=combined(node, left, right, frame), positive=more)
    # What operators do with a reference to something unknown is for the type of that to say.
    number = left.shape is Shape.SCALAR or not (
        isinstance(node.left, Unary) and node.left.op.startswith("&")
    )
    if node.op in ("/", "%") and number and _is_integer(right):
        check_zero(node.right, right, node.span, frame)
    checked = frozenset({spelling(node.left), spelling(node.right)}) in frame.multiplied
    if of_one_shape(node, left, right):
        return replace(value, entry=True)
    sizes = node.op == "*" and _multiplies_sizes(left, right)
    sums = node.op == "+" and (is_wide(left) or is_wide(right))
    if (sizes or sums) and not checked and overflows(node, left, right, frame):
        inner = None if sizes else left.product or right.product
        return replace(value, product=inner or (frame.ref, node.span))
    if node.op == "-" and number and _may_wrap(node, left, right):
        why = "the smallest value of the caller is not ruled out"
        _panic(frame, "wrap", node.span, why, f"{spelling(node.left)} - {spelling(node.right)}")
        return replace(value, wraps=node.span, limits=Limits(below=True))
    if node.op in ("%", "/", ">>", "&"):
        return replace(value, product=None)
    return value


def _lowers(node: Binary, left: Value, right: Value, limits: Limits | None) -> bool:
    below = limits is not None and limits.floor is not None and limits.floor < 0
    less = node.op == "-" and (left.caller or below) and not right.caller
    return less and left.type is not None and left.type.peel().name in FLOATS


def positive(node: Node, value: Value) -> bool:
    """Whether a number is known not to be zero."""
    if isinstance(node, Literal) and node.kind == "int":
        return node.text.strip("0_") != ""
    return value.positive


def check_zero(node: Node, value: Value, span: Span, frame: Frame) -> None:
    """Note the panic of a division or a chunk size by a number that the caller chose."""
    if value.shape is not Shape.SCALAR or positive(node, value):
        return
    if value.caller:
        _panic(frame, "zero", span, "the caller may pass 0", spelling(node))
    elif value.entry and value.source in ARGUMENTS and not value.lengths & frame.nonempty:
        _panic(frame, "zero", span, "the array may be empty in one dimension", spelling(node))


def _is_integer(value: Value, names: frozenset[str] = INTEGERS) -> bool:
    return value.type is not None and value.type.peel().name in names


def _multiplies_sizes(left: Value, right: Value) -> bool:
    sizes = left.size is not Size.CONST and right.size is not Size.CONST
    numbers = all(one.type is None or _is_integer(one) for one in (left, right))
    made = left.source is Source.RESULT and right.source is Source.RESULT
    return sizes and numbers and not made


def _may_wrap(node: Binary, left: Value, right: Value) -> bool:
    if not (_is_integer(left, UNSIGNED) or _is_integer(right, UNSIGNED)) or left.wraps:
        return False
    if left.lengths and not (left.caller or right.caller):
        return False
    zero = isinstance(node.right, Literal) and node.right.text == "0"
    if _is_length(node.left) and not right.caller and not _is_constant(node.right):
        # Less a number that this code has found out, such as where something stands in it.
        return False
    return not zero and (left.caller or right.caller)


def _is_length(node: Node) -> bool:
    return isinstance(node, MethodCall) and node.method == "len"


def _is_constant(node: Node) -> bool:
    return isinstance(node, Literal) or (isinstance(node, Path) and node.last.isupper())


@evaluate.register
def _unary(node: Unary, frame: Frame) -> Value:
    value = frame.expr(node.value)
    if node.op == "!" and value.truth is not None:
        return replace(value, truth=not value.truth)
    return value


@evaluate.register
def _cast(node: Cast, frame: Frame) -> Value:
    value = frame.expr(node.value)
    if node.type.kind == "ptr":
        return value
    if value.shape in (Shape.SCALAR, Shape.UNKNOWN):
        bits = cast_bits(value, node.type.name)
        return replace(value, shape=Shape.SCALAR, type=node.type, identity=False, bits=bits)
    return value


@evaluate.register
def _range(node: Range, frame: Frame) -> Value:
    start, end = frame.expr(node.start), frame.expr(node.end)
    size = max(start.size, end.size) if node.end is not None else Size.UNKNOWN
    caller = end.caller or start.caller
    type_ = end.type or start.type
    item = Value(Shape.SCALAR, size, type_, caller=caller, lengths=end.lengths, wraps=end.wraps)
    return Value(Shape.ITER, size, element=item, caller=caller, lengths=end.lengths)


@evaluate.register
def _index(node: Index, frame: Frame) -> Value:
    base = frame.expr(node.base).held()
    if isinstance(node.index, Range):
        return _slice(node, node.index, base, frame)
    at = frame.expr(node.index)
    if frame.watch is not None:
        frame.watch.reach(_named("an index into", node), base, at.lengths, frame.place(node.span))
    elif base.shape in (Shape.SEQ, Shape.NUMPY, Shape.UNKNOWN):
        _check_index(node, base, at, frame)
    elif base.shape is Shape.TEXT and base.caller and isinstance(node.index, Literal):
        _check_first(node, base, frame)
    if base.shape is Shape.SCALAR and base.lengths:
        return replace(base, entry=True)
    element = base.element or replace(NOTHING, caller=False)
    if element.shape is Shape.SEQ and base.root is not None:
        row = "#row0" if isinstance(node.index, Literal) else "#row"
        return replace(element, root=(base.root[0] + row, base.root[1]))
    return replace(element, source=base.source, root=base.root, identity=True)


def _named(what: str, node: Index) -> str:
    name = spelling(node.base)
    return f"{what} `{name}`" if "?" not in name else f"{what} an array"


def _panic(frame: Frame, how: str, span: Span, why: str, cause: str = "") -> None:
    place = frame.place(span)
    frame.events.panics.append(Panic(how, place, Fails.CALLER, why, frame.region, cause))


def _reported(index: Node, frame: Frame) -> None:
    """One cause, one finding: the same value in a further index says nothing new."""
    for part in index.walk():
        if isinstance(part, Path) and part.last in frame.names:
            frame.names[part.last] = unchosen(frame.names[part.last])


def _check_index(node: Index, base: Value, at: Value, frame: Frame) -> None:
    handed = base.source in ARGUMENTS and base.root is not None
    if isinstance(node.index, Literal):
        exposed = handed and base.size is Size.DATA and base.root not in frame.nonempty
        if exposed and not frame.loops:
            _panic(frame, "empty", node.span, "the caller may pass nothing", f"{base.root}")
    elif at.caller and not at.wraps and (base.shape, at.shape) == (Shape.SEQ, Shape.SCALAR):
        cause = f"{spelling(node.base)}[{spelling(node.index)}]"
        _panic(frame, "index", node.span, "the index comes from the caller unchecked", cause)
        _reported(node.index, frame)
    elif passed_of(at) is not None and (base.shape, at.shape) == (Shape.SEQ, Shape.SCALAR):
        _panic(frame, "index", node.span, _WRAPPED, f"{spelling(node.base)}")
        _reported(node.index, frame)
    elif handed and base.root is not None and not frame.compared(base.root, at.lengths):
        if _row_of(base.root, at.lengths, frame):
            _panic(frame, "ragged", node.span, "the rows may differ in length")
        else:
            _panic(frame, "lengths", node.span, "their lengths are never compared")


def _check_first(node: Index, text: Value, frame: Frame) -> None:
    """`text.as_bytes()[0]` of a text that may be empty."""
    if text.root not in frame.nonempty and not frame.loops:
        _panic(frame, "empty", node.span, "the caller may pass an empty text", f"{text.root}")


def _row_of(base: Root, lengths: frozenset[Root], frame: Frame) -> bool:
    """Whether a row is indexed, and the length of the first row has been looked at instead."""
    owner, mark, _ = base[0].partition("#row")
    first = (f"{owner}#row0", base[1])
    return bool(mark) and frame.compared(first, lengths)


def _slice(node: Index, index: Range, base: Value, frame: Frame) -> Value:
    ends = [frame.expr(part) for part in (index.start, index.end) if part is not None]
    for end in ends if frame.watch is not None else ():
        assert frame.watch is not None
        frame.watch.reach(_named("a slice of", node), base, end.lengths, frame.place(node.span))
    chosen = any(end.caller for end in ends) and not any(end.wraps for end in ends)
    wrapped = index.start is not None and passed_of(ends[0]) is not None
    if (chosen or wrapped) and base.shape is Shape.SEQ:
        why = "a bound comes from the caller unchecked"
        _panic(frame, "slice", node.span, why if chosen else _WRAPPED)
        _reported(index, frame)
    if base.shape is Shape.TEXT and base.caller:
        _cut_text(node, index, frame)
    sizes = [end.size for end in ends]
    size = base.size
    if index.end is not None and index.start is None and sizes and sizes[0] < Size.UNKNOWN:
        size = min(size, sizes[0])
    # Of what is cut to a length, that length counts.
    root = None if frame.watch is not None and index.end is not None else base.root
    cut = base.cut or index.end is not None
    return replace(base, size=size, root=root, owned=False, part=base.part or bool(ends), cut=cut)


def _cut_text(node: Index, index: Range, frame: Frame) -> None:
    """A text of the caller is cut at a number of bytes that is written in the source."""
    fixed = [
        end.text
        for end in (index.start, index.end)
        if isinstance(end, Literal) and end.text.strip("0_")
    ]
    if fixed and not frame.world.program.mentions(frame.ref, AT_CHARACTERS):
        _panic(frame, "text", node.span, f"`{fixed[0]}` counts bytes", spelling(node.base))


@evaluate.register
def _try(node: Try, frame: Frame) -> Value:
    value = frame.expr(node.value)
    frame.learn(value.proof)
    settled = frame.world.settle(node.value, frame)
    learn_floors(value.proof, frame)
    return unchosen(value.held()) if settled else value.held()
