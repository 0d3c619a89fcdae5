"""Branches: what a condition or a pattern tells of each, and what is left of it behind them."""

from __future__ import annotations

import re

from bindcheck.analysis.flow.bounds import limit
from bindcheck.analysis.flow.events import Panic
from bindcheck.analysis.flow.guards import (
    DIVERGING,
    asks_for_slice,
    diverges,
    ends,
    establish,
    fallback_side,
    is_error,
    is_size_guard,
    proved,
    tells_apart,
)
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.patterns import bind, excludes, top_level
from bindcheck.analysis.flow.spelling import AS_IT_IS
from bindcheck.analysis.flow.values import NOTHING, Fails, Root, Shape, Value, join, unchosen
from bindcheck.analysis.flow.variants import foreign_variant, maker_of
from bindcheck.model import (
    Arm,
    Block,
    If,
    Let,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
    Unary,
)
from bindcheck.model.fact import replace

_OPENS = re.compile(r"[({]")
_DENIES = frozenset({"unreachable", "panic"})
"""Macros that say a value cannot be; `todo!` and `unimplemented!` admit that it can."""


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
    left = ends(node.then, frame)
    if diverges(node.otherwise):
        frame.names = then_names
    elif not left:
        frame.names = _either(then_names, frame.names)
        if is_error(node.then) != is_error(node.otherwise):
            first, second = _proved_side(node, first, second, frame)
        optional = _of_optional(node, frame) if not frame.watch else []
        frame.forget(facts)
        for group in optional:
            frame.same_length(group)
        _unlearn(frame, before, learned)
    if left or truth is False:
        return second
    return first if diverges(node.otherwise) or truth else join(first, second)


def _of_optional(node: If, frame: Frame) -> list[frozenset[Root]]:
    """What `if let Some(w) = weights { .. }` has found as long as `weights`.

    Where there are none, nothing of them is asked. What it has compared beside is not known then.
    """
    asked = node.condition
    if not isinstance(asked, Let) or asked.value is None or not asked.pattern.startswith("Some"):
        return []
    if node.otherwise is not None or not frame.alike:
        return []
    root = frame.world.quiet(frame).expr(asked.value).held().root
    return [
        frozenset({root, *rest})
        for group in frame.alike
        if root is not None and root in group and len(rest := group - {root}) == 1
    ]


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
    _narrow(node, subject, frame)
    if rejected:
        establish(node.subject, frame)
    elif not any(diverges(arm.body) for arm in node.arms):
        result = proved(result, frame) if any(is_error(arm.body) for arm in node.arms) else result
        frame.forget(facts)
    return result


def _narrow(node: Match, subject: Value, frame: Frame) -> None:
    """Behind a `match` that leaves with some values, its subject is one of the others."""
    asked = node.subject
    while isinstance(asked, Unary) or (isinstance(asked, MethodCall) and asked.method in AS_IT_IS):
        asked = asked.value if isinstance(asked, Unary) else asked.receiver
    known = frame.names.get(asked.last) if isinstance(asked, Path) else None
    past = _past(node, subject, frame) if known is not None else None
    if known is not None and past is not None and isinstance(asked, Path):
        frame.names[asked.last] = replace(known, variants=past)


def _past(node: Match, subject: Value, frame: Frame) -> frozenset[str] | None:
    """The texts or variants that get past a `match`; None if that may be any, or all."""
    arms = [arm for arm in node.arms if frame.active(arm.cfg)]
    if subject.wrap or not any(diverges(arm.body) for arm in arms):
        return None
    left, kept = subject.variants, frozenset[str]()
    for arm in arms:
        here, left = _split(arm, left)
        if diverges(arm.body):
            continue
        taken = here if here is not None else _texts(arm)
        if not taken and here is None:
            return None
        kept |= taken
    return kept


def _texts(arm: Arm) -> frozenset[str]:
    """The texts that an arm names; none where it takes something else, too."""
    parts = [part.strip() for part in top_level(arm.pattern, "|")]
    return frozenset(parts) if all(part.startswith('"') for part in parts) else frozenset()


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
    named = named or _texts(arm)
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
