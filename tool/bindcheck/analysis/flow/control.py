"""Bindings, branches and loops."""

from __future__ import annotations

import re

from bindcheck.analysis.flow.bounds import limit
from bindcheck.analysis.flow.by_value import note_clones
from bindcheck.analysis.flow.events import Events, Kind, Panic, Taken
from bindcheck.analysis.flow.guards import (
    DIVERGING,
    asks_for_slice,
    check_all,
    check_rows,
    diverges,
    establish,
    fallback_side,
    is_error,
    is_size_guard,
    proved,
    rejects,
    tells_apart,
)
from bindcheck.analysis.flow.handles import is_light
from bindcheck.analysis.flow.keeping import SETS, needed
from bindcheck.analysis.flow.machine import Frame, bind_names, evaluate
from bindcheck.analysis.flow.patterns import bind, excludes, spread
from bindcheck.analysis.flow.values import (
    CONSTANT,
    NOTHING,
    Fails,
    Shape,
    Size,
    Source,
    Value,
    join,
    unchosen,
)
from bindcheck.analysis.flow.variants import foreign_variant, maker_of
from bindcheck.model import (
    Arm,
    Assign,
    Binary,
    Block,
    If,
    Let,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Range,
    Return,
    Span,
)
from bindcheck.model.fact import replace

_OPENS = re.compile(r"[({]")
_DENIES = frozenset({"unreachable", "panic"})
"""Macros that say a value cannot be; `todo!` and `unimplemented!` admit that it can."""


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
    if not isinstance(asked, MethodCall) or not isinstance(asked.receiver, Path):
        return
    owner = frame.names.get(asked.receiver.last)
    whole = (Shape.STRUCT, Shape.UNKNOWN)
    plain = value.shape in whole and not value.wrap and not asked.args and len(node.names) == 1
    if plain and owner is not None and owner.shape in whole:
        frame.asked_of[node.names[0]] = asked.receiver.last


def refine(value: Value, node: Let, frame: Frame) -> Value:
    """The value with what the written type adds."""
    if node.type is None or node.type.kind == "infer":
        return value
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
        item = replace(item, shape=Shape.PYTHON)
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


@evaluate.register
def _if(node: If, frame: Frame) -> Value:
    answer = frame.expr(node.condition)
    truth = answer.truth
    bound = {name: frame.names[name] for name in _let_names(node.condition, frame)}
    guarded = is_size_guard(node.condition, frame)
    side = fallback_side(node.condition, frame)
    before = dict(frame.names)
    facts = frame.learned()
    establish(node.condition, frame)
    learned = dict(frame.names)
    limit(node.condition, frame, holds=True)
    condition = (node.condition, answer.lowered) if answer.caller else None
    then = side == "then"
    with frame.inside(
        bound, guarded=guarded, fallback=then, asked=answer.caller, condition=condition
    ):
        first = frame.expr(node.then)
    then_names, frame.names = frame.names, dict(learned)
    limit(node.condition, frame, holds=False)
    with frame.inside(guarded=guarded, fallback=side == "otherwise", asked=answer.caller):
        second = frame.expr(node.otherwise)
    if diverges(node.otherwise):
        frame.names = then_names
    elif not diverges(node.then):
        frame.names = _either(then_names, frame.names)
        if is_error(node.then) != is_error(node.otherwise):
            first, second = _proved_side(node, first, second, frame)
        frame.forget(facts)
        _unlearn(frame, before, learned)
    if diverges(node.then) or truth is False:
        return second
    return first if diverges(node.otherwise) or truth else join(first, second)


def _proved_side(node: If, first: Value, second: Value, frame: Frame) -> tuple[Value, Value]:
    """Of two branches, one of which is an error, the other one tells what the condition did."""
    if is_error(node.then):
        return replace(first, proof=None), proved(second, frame)
    return proved(first, frame), replace(second, proof=None)


def _either(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    return {
        name: join(value, second[name]) if name in second else value
        for name, value in first.items()
    }


def _unlearn(frame: Frame, before: dict[str, Value], learned: dict[str, Value]) -> None:
    """Forget what only the branches knew; keep what they assigned."""
    for name, old in before.items():
        now, then = frame.names.get(name), learned.get(name)
        if now is then or now == then:
            frame.names[name] = old


def _let_names(condition: Node, frame: Frame) -> tuple[str, ...]:
    return tuple(
        name
        for part in condition.walk()
        if isinstance(part, Let)
        for name in part.names
        if name in frame.names
    )


@evaluate.register
def _match(node: Match, frame: Frame) -> Value:
    subject = frame.expr(node.subject)
    slices = asks_for_slice(node.subject, frame)
    left = subject.variants
    result = NOTHING
    facts = frame.learned()
    frame.learn(subject.proof)
    start = dict(frame.names)
    ends: list[dict[str, Value]] = []
    tested = rejected = empty_gone = False
    for arm in node.arms:
        watched = frame.watch is not None
        if not frame.active(arm.cfg) or (watched and excludes(arm.pattern, subject)):
            continue
        here, left = _split(arm, left)
        seen = replace(subject, variants=here)
        seen = unchosen(seen) if tested else seen
        if here is not None and not here and left is not None and subject.variants is not None:
            continue
        frame.names = dict(start)
        fallback = slices and arm.pattern.startswith(("Err", "None", "_"))
        counted = (subject.lengths if empty_gone or _is_count(arm) else set()) - frame.nonempty
        frame.nonempty |= counted
        value = _arm(arm, seen, frame, fallback=fallback, chosen=subject.caller)
        frame.nonempty -= counted
        empty_gone = empty_gone or (arm.pattern.strip() == "0" and arm.guard is None)
        if not diverges(arm.body):
            result = join(result, value)
            ends.append(frame.names)
        tests = tells_apart(arm)
        tested, rejected = tested or tests, rejected or (tests and diverges(arm.body))
    frame.names = _all_of(start, ends)
    if rejected:
        establish(node.subject, frame)
    elif not any(diverges(arm.body) for arm in node.arms):
        result = proved(result, frame) if any(is_error(arm.body) for arm in node.arms) else result
        frame.forget(facts)
    return result


def _is_count(arm: Arm) -> bool:
    """Whether an arm takes one number, and not 0."""
    return arm.pattern.strip().isdecimal() and arm.pattern.strip("0 ") != ""


def _all_of(start: dict[str, Value], ends: list[dict[str, Value]]) -> dict[str, Value]:
    merged = ends[0] if ends else start
    for one in ends[1:]:
        merged = _either(merged, one)
    return merged


def _arm(arm: Arm, subject: Value, frame: Frame, *, fallback: bool, chosen: bool) -> Value:
    names = bind(arm.pattern, arm.names, subject)
    if _macro_of(arm.body):
        _unreachable(arm, subject, frame, chosen=chosen)
        return NOTHING
    with frame.inside(names, fallback=fallback):
        if arm.guard is not None:
            frame.expr(arm.guard)
            establish(arm.guard, frame)
        return frame.expr(arm.body)


def _split(
    arm: Arm, left: frozenset[str] | None
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """The variants that reach an arm and those that go on past it."""
    if left is None:
        return None, None
    named = frozenset(
        _OPENS.split(part, 1)[0].strip().rsplit("::", 1)[-1]
        for part in arm.pattern.split("|")
        if "::" in part
    )
    if not named:
        wild = arm.guard is None
        return left, frozenset() if wild else left
    return left & named, left if arm.guard is not None else left - named


def _macro_of(body: Node) -> str:
    """The macro by which an arm gives up; empty if it does not."""
    if isinstance(body, Block) and len(body.statements) == 1:
        return _macro_of(body.statements[0])
    name = body.path.rsplit("::", 1)[-1] if isinstance(body, MacroCall) else ""
    return name if name in DIVERGING else ""


def _unreachable(arm: Arm, subject: Value, frame: Frame, *, chosen: bool) -> None:
    fails = Fails.UNKNOWN
    why = "what reaches it is not known"
    if subject.variants:
        fails = Fails.CALLER
        why = ", ".join(f"`{name}`" for name in sorted(subject.variants)) + " may reach it"
    elif subject.shape is Shape.TEXT or (subject.caller and subject.shape is Shape.SCALAR):
        fails = Fails.CALLER
        why = "any other value of the caller reaches it"
    span = Span(arm.body.span.start, arm.body.span.end)
    how = _macro_of(arm.body)
    if fails is Fails.UNKNOWN and how not in _DENIES:
        maker = maker_of(frame.world.program, arm.pattern, frame.ref) if chosen else None
        foreign = foreign_variant(frame.world, arm.pattern, frame.ref)
        if maker is not None:
            fails = Fails.HANDED
            why = f"`{frame.world.program.function(maker).path}` makes such values"
        elif foreign:
            fails = Fails.HANDED
            why = f"another crate makes `{foreign}`"
    if fails is Fails.UNKNOWN and how in _DENIES and not chosen:
        return
    frame.events.panics.append(Panic(how, frame.place(span), fails, why, frame.region))
