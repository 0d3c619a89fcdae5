"""Blocks, branches and loops of a trial."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.analysis.flow.guards import DIVERGING
from bindcheck.analysis.ranges.truth import truth
from bindcheck.analysis.ranges.values import UNKNOWN, Absent
from bindcheck.analysis.trials.machine import (
    Frame,
    Leaves,
    Spot,
    Undecided,
    bound_names,
    evaluate,
)
from bindcheck.analysis.trials.values import MOST, Items, Row, Value, is_whole, typed
from bindcheck.model import (
    Arm,
    Block,
    Closure,
    Gated,
    If,
    Jump,
    Let,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Range,
    Return,
    Sequence,
    Try,
    Unary,
)

_ROUNDS = 600
_BEGUN = 64


@evaluate.register
def _block(node: Block, frame: Frame) -> Value:
    names = frame.names
    shadowed = {
        name: names[name]
        for one in node.statements
        if type(one) is Let
        for name in one.names
        if name in names
    }
    if node.functions:
        frame.nested.update({one.name: one for one in node.functions if not one.owner})
    value: Value = UNKNOWN
    for one in node.statements:
        value = frame.expr(one)
    names.update(shadowed)
    return value if node.tail else ()


@evaluate.register
def _gated(node: Gated, frame: Frame) -> Value:
    debugs = any(one.name == "debug_assertions" and not one.args for one in node.cfg)
    active = not debugs and frame.program.active(node.cfg, frame.ref.path)
    return frame.expr(node.inner) if active else UNKNOWN


@evaluate.register
def _return(node: Return, frame: Frame) -> Value:
    raise Leaves("return", frame.expr(node.value))


@evaluate.register
def _jump(node: Jump, frame: Frame) -> Value:
    raise Leaves(node.kind, frame.expr(node.value))


@evaluate.register
def _try(node: Try, frame: Frame) -> Value:
    value = frame.expr(node.value)
    swapped = isinstance(node.value, MethodCall) and node.value.method == "transpose"
    if isinstance(value, Absent) and not swapped:
        raise Leaves("return", value)
    return value


@evaluate.register
def _let(node: Let, frame: Frame) -> Value:
    value = typed(frame.expr(node.value), node.type)
    if node.pattern == "_" and isinstance(value, Absent) and node.value is not None:
        frame.course.discarded.append(Spot(frame.ref, node.value.span))
    if node.names == (node.pattern,):
        frame.names[node.pattern] = value
        return UNKNOWN
    answer = frame.bind(node.pattern, value)
    if node.otherwise is not None:
        if answer is None:
            raise Undecided
        if not answer:
            frame.expr(node.otherwise)
    return UNKNOWN


# --- branches -------------------------------------------------------------------------------------


@evaluate.register
def _if(node: If, frame: Frame) -> Value:
    names = node.condition.names if isinstance(node.condition, Let) else ()
    before = {name: frame.names[name] for name in names if name in frame.names}
    answer = truth(node.condition, frame)
    if answer is None:
        skip((node.then, node.otherwise), frame)
        frame.names.update(before)
        return UNKNOWN
    value = frame.expr(node.then if answer else node.otherwise)
    frame.names.update(before)
    return value


def skip(parts: Iterable[Node | None], frame: Frame) -> None:
    """Pass over parts of which nobody knows whether they run; what they assign is not known."""
    some = [one for one in parts if one is not None]
    if any(map(_leaves, some)):
        raise Undecided
    frame.forget(*some)


def _leaves(part: Node) -> bool:
    """Whether control may leave from within a part."""
    todo = [part]
    while todo:
        node = todo.pop()
        if isinstance(node, (Return, Try, Jump)):
            return True
        if not isinstance(node, Closure):
            todo += node.children()
    return False


@evaluate.register
def _match(node: Match, frame: Frame) -> Value:
    subject = frame.expr(node.subject)
    names = frame.names
    before = {name: names[name] for arm in node.arms for name in arm.names if name in names}
    chosen = _chosen(node, subject, frame)
    if len(chosen) == 1:
        if is_whole(subject) and _does_nothing(chosen[0]):
            frame.course.unmatched.append(Spot(frame.ref, node.span))
        value = frame.expr(chosen[0].body)
        names.update(before)
        return value
    skip((arm.body for arm in chosen), frame)
    names.update(before)
    return UNKNOWN


def _does_nothing(arm: Arm) -> bool:
    """`_ => {}`."""
    body = arm.body
    empty = isinstance(body, Block) and not body.statements
    return arm.pattern.strip() == "_" and (empty or (isinstance(body, Sequence) and not body.items))


def _chosen(node: Match, subject: Value, frame: Frame) -> list[Arm]:
    """The arms that a value may get to, those left out that say nothing gets there."""
    found: list[Arm] = []
    for arm in node.arms:
        if not frame.program.active(arm.cfg, frame.ref.path):
            continue
        answer = frame.bind(arm.pattern, subject)
        if answer is not False and arm.guard is not None:
            guard = truth(arm.guard, frame)
            answer = answer if guard else (False if guard is False else None)
        if answer and not found:
            return [arm]
        if answer is not False and not _gives_up(arm.body):
            found.append(arm)
        if answer:
            break
    return found


def _gives_up(body: Node) -> bool:
    """Whether an arm says that it cannot be reached."""
    if isinstance(body, Block) and len(body.statements) == 1:
        return _gives_up(body.statements[0])
    return isinstance(body, MacroCall) and body.path.rsplit("::", 1)[-1] in DIVERGING


# --- loops ----------------------------------------------------------------------------------------


@evaluate.register
def _loop(node: Loop, frame: Frame) -> Value:
    if node.kind == "for":
        return _for(node, frame)
    for _ in range(_ROUNDS):
        answer = True if node.over is None else truth(node.over, frame)
        if answer is None:
            skip((node.body,), frame)
            return UNKNOWN
        left = _round(node, frame) if answer else None
        if not answer or left is not None:
            return left.value if left is not None else ()
    raise Undecided


def _round(node: Loop, frame: Frame) -> Leaves | None:
    """Run the body of a loop once; how it breaks, if it does."""
    try:
        frame.expr(node.body)
    except Leaves as leaves:
        if leaves.kind == "return":
            raise
        return leaves if leaves.kind == "break" else None
    return None


def _for(node: Loop, frame: Frame) -> Value:
    over = frame.expr(node.over)
    values = items_of(over)
    begun = isinstance(node.over, Range) and (values is None or len(values) > MOST)
    endless = begun and values is None
    if begun and isinstance(node.over, Range):
        values = _begun(node.over, frame)
    if values is None:
        frame.forget(node.body)
        return UNKNOWN
    if isinstance(node.over, Unary) and node.over.op == "&mut" and isinstance(over, Row):
        over.blur()
    before = frame.shadow(dict.fromkeys(node.names, UNKNOWN))
    for value in list(values):
        frame.names.update(bound_names(node.names, value))
        if _round(node, frame) is not None:
            break
    else:
        if endless:
            raise Undecided
        if begun:
            skip((node.body,), frame)
    frame.unshadow(before)
    return ()


def _begun(over: Range, frame: Frame) -> Items | None:
    """The first rounds of a range that is too long to be gone through, as after a wrap."""
    start = frame.expr(over.start) if over.start is not None else 0
    end = frame.expr(over.end)
    if not (is_whole(start) and is_whole(end)):
        return None
    assert isinstance(start, int)
    assert isinstance(end, int)
    return Items(range(start, start + _BEGUN)) if end - start > MOST else None


def items_of(value: Value) -> Items | None:
    """What an iteration over a value gives; None if nobody knows, or it is too much."""
    if isinstance(value, Items):
        return value
    return value.lent() if isinstance(value, Row) else None
