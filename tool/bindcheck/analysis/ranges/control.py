"""Blocks, branches and loops of a replay."""

from __future__ import annotations

from bindcheck.analysis.flow.guards import diverges
from bindcheck.analysis.ranges.replay import (
    ROUNDS,
    Leaves,
    Reached,
    Replay,
    evaluate,
    returned,
)
from bindcheck.analysis.ranges.truth import truth
from bindcheck.analysis.ranges.values import UNKNOWN, Value
from bindcheck.model import (
    Assign,
    Block,
    FieldAccess,
    Gated,
    If,
    Jump,
    Let,
    Loop,
    Match,
    Node,
    Path,
    Return,
    Try,
    Unary,
)

_OTHERS = 64


@evaluate.register
def _block(node: Block, replay: Replay) -> Value:
    if node.kind == "async":
        return returned(lambda: _statements(node, replay))
    return _statements(node, replay)


def _statements(node: Block, replay: Replay) -> Value:
    shadowed = {
        name: replay.names[name]
        for one in node.statements
        if isinstance(one, Let)
        for name in one.names
        if name in replay.names
    }
    replay.nested.update({one.name: one for one in node.functions if not one.owner})
    value: Value = UNKNOWN
    for one in node.statements:
        value = replay.expr(one)
    replay.names.update(shadowed)
    return value if node.tail else ()


@evaluate.register
def _gated(node: Gated, replay: Replay) -> Value:
    return replay.expr(node.inner) if replay.program.active(node.cfg, replay.ref.path) else UNKNOWN


@evaluate.register
def _return(node: Return, replay: Replay) -> Value:
    raise Leaves("return", replay.expr(node.value))


@evaluate.register
def _jump(node: Jump, replay: Replay) -> Value:
    raise Leaves(node.kind, replay.expr(node.value))


@evaluate.register
def _let(node: Let, replay: Replay) -> Value:
    value = replay.expr(node.value)
    if node.names == (node.pattern,):
        replay.names[node.pattern] = value
        return UNKNOWN
    answer = replay.bind(node.pattern, value)
    fails = answer is False or (answer is None and node.otherwise is not None)
    if fails and (answer is False or replay.script.choose(0)):
        replay.expr(node.otherwise)
    return UNKNOWN


@evaluate.register
def _if(node: If, replay: Replay) -> Value:
    answer = truth(node.condition, replay)
    if answer is None:
        answer = not replay.script.choose(int(diverges(node.then)))
    return replay.expr(node.then) if answer else (replay.expr(node.otherwise))


@evaluate.register
def _match(node: Match, replay: Replay) -> Value:
    subject = replay.expr(node.subject)
    for arm in node.arms:
        if not replay.program.active(arm.cfg, replay.ref.path):
            continue
        answer = replay.bind(arm.pattern, subject)
        if answer is not False and arm.guard is not None:
            guard = truth(arm.guard, replay)
            answer = guard if answer else (False if guard is False else None)
        if answer is None and arm is not node.arms[-1]:
            answer = not replay.script.choose(int(diverges(arm.body)))
        if answer is not False:
            return replay.expr(arm.body)
    return UNKNOWN


@evaluate.register
def _loop(node: Loop, replay: Replay) -> Value:
    if replay.is_target(node):
        return _watched(node, replay)
    if node.kind == "for":
        return _for(node, replay)
    rounds = _OTHERS if replay.holds_target(node) or _decided(node, replay) else 0
    for _ in range(rounds):
        if node.over is not None and truth(node.over, replay) is not True:
            break
        if _round(node, replay):
            break
    _forget(node.body, replay)
    return UNKNOWN


def _decided(node: Loop, replay: Replay) -> bool:
    """Whether the condition of a loop is known at its start; without one it is not worth while."""
    return node.over is not None and truth(node.over, replay) is True


def _watched(node: Loop, replay: Replay) -> Value:
    """The loop that the replay is about: it ends in a few rounds or not at all.

    An unknown condition in it may end it.
    """
    for _ in range(ROUNDS):
        replay.script.visits += 1
        if node.over is not None:
            answer = truth(node.over, replay)
            if answer is None:
                raise Reached("over")
            if not answer:
                return UNKNOWN
        asked = len(replay.script.asked)
        left = _round(node, replay)
        if len(replay.script.asked) > asked:
            raise Reached("over")
        if left:
            return UNKNOWN
    raise Reached("endless")


def _round(node: Loop, replay: Replay) -> bool:
    """Run the body of a loop once; whether it breaks."""
    try:
        replay.expr(node.body)
    except Leaves as leaves:
        if leaves.kind == "return":
            raise
        return leaves.kind == "break"
    return False


def _for(node: Loop, replay: Replay) -> Value:
    replay.expr(node.over)
    if replay.holds_target(node):
        with replay.scope(dict.fromkeys(node.names, UNKNOWN)):
            _round(node, replay)
    _forget(node.body, replay)
    return UNKNOWN


def _forget(body: Node, replay: Replay) -> None:
    """What a loop has assigned is not known any more."""
    for one in body.walk():
        if isinstance(one, Assign) and isinstance(one.target, Path):
            replay.names[one.target.last] = UNKNOWN


@evaluate.register
def _assign(node: Assign, replay: Replay) -> Value:
    value = replay.expr(node.value)
    target = node.target
    if isinstance(target, Unary):
        target = target.value
    if isinstance(target, Path) and len(target.segments) == 1:
        before = replay.names.get(target.last, UNKNOWN)
        op = node.op.removesuffix("=")
        replay.names[target.last] = replay.apply(op, before, value) if op else value
    elif isinstance(target, FieldAccess) and isinstance(target.base, Path):
        replay.names[target.base.last] = UNKNOWN
    return ()


@evaluate.register
def _try(node: Try, replay: Replay) -> Value:
    value = replay.expr(node.value)
    if replay.is_absent(value):
        raise Leaves("return", value)
    return value
