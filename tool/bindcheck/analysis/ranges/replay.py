"""Replays a body for given numbers, as far as they decide what happens.

Whatever does not depend on them is unknown. Where an unknown condition decides, a script says which
way to go, and `explore` tries the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from functools import singledispatch

from bindcheck.analysis.linking.constants import constants
from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.patterns import matches, part_of
from bindcheck.analysis.ranges.values import (
    UNKNOWN,
    Absent,
    Code,
    Leaf,
    Number,
    Panics,
    Value,
    binary,
    literal,
)
from bindcheck.model import Block, Closure, Function, ItemRef, Node, Param
from bindcheck.model.fact import fact, record

ROUNDS = 10
"""A loop that a harmless range ends after a few rounds, and this one after so many not, runs on."""
_RUNS = 24
_STEPS = 20_000
_DEEPEST = 5
_NESTED = 150
"""Bounds Python's recursion: nodes of nested calls lie in each other."""


@fact
class Target:
    """The loop or the call that a replay is about, and its file."""

    path: str
    node: Node


@fact
class Outcome:
    """How a replay ended: `endless`, `reached` (the call, with its arguments), `over` or `tired`.

    `sure` if nothing unknown decided on the way; `visits` counts the rounds of the loop.
    """

    how: str
    sure: bool
    args: tuple[Value, ...] = ()
    visits: int = 0


class Leaves(Exception):
    """Control leaves: `return`, `break` or `continue`."""

    def __init__(self, kind: str, value: Value):
        super().__init__(kind)
        self.kind = kind
        self.value = value


class Reached(Exception):
    """The target is decided."""

    def __init__(self, how: str, args: tuple[Value, ...] = ()):
        super().__init__(how)
        self.how = how
        self.args_given = args


class Tired(Exception):
    """The replay has taken too long."""


@record
class Script:
    """Answers to unknown conditions, in the order in which they are asked.

    `left` counts the steps that the replay may still take, `visits` the rounds of the loop it is
    about, `open` the answers before that: once the loop has ended, what follows does not matter.
    `nesting` counts the nodes under evaluation.
    """

    answers: list[int]
    asked: list[int] = field(default_factory=list)
    left: int = _STEPS
    visits: int = 0
    open: int = 0
    nesting: int = 0

    def choose(self, first: int) -> int:
        """Which of two ways to go; `first` unless the script says otherwise."""
        at = len(self.asked)
        answer = self.answers[at] if at < len(self.answers) else first
        self.asked.append(answer)
        self.open += not self.visits
        return answer


@record
class Replay:
    """One replay of a function or closure.

    `given` are the numbers of the leaves; `nested` the functions of the bodies around.
    """

    program: Program
    ref: ItemRef
    target: Target
    given: Mapping[str, Number]
    script: Script
    names: dict[str, Value]
    nested: dict[str, Function] = field(default_factory=dict)
    depth: int = 0

    def expr(self, node: Node | None) -> Value:
        """The value of a node."""
        if node is None:
            return UNKNOWN
        script = self.script
        script.left -= 1
        if script.left < 0 or script.nesting > _NESTED:
            raise Tired
        script.nesting += 1
        try:
            value = _HANDLERS[type(node)](node, self)
        finally:
            script.nesting -= 1
        return self.given.get(value.path, value) if type(value) is Leaf else value

    def known(self, value: Value) -> Value:
        """The number that is given for a leaf."""
        return self.given.get(value.path, value) if isinstance(value, Leaf) else value

    def apply(self, op: str, left: Value, right: Value) -> Value:
        """The result of an operator. Numbers are only compared where both are known."""
        return binary(op, left, right)

    def is_absent(self, value: Value) -> bool:
        """Whether a value is `None` or an error."""
        return isinstance(value, Absent)

    def constant(self, name: str) -> Value:
        """The number that a constant of the crate stands for."""
        found = constants(self.program).get(name, ())
        for one in sorted(found, key=lambda one: one.path != self.ref.path)[:1]:
            return literal(one.value, one.type.replace("f", "float"))
        return UNKNOWN

    def is_target(self, node: Node) -> bool:
        """Whether this very node is the target."""
        return node is self.target.node or (
            node.span == self.target.node.span
            and type(node) is type(self.target.node)
            and self.ref.path == self.target.path
        )

    def holds_target(self, node: Node) -> bool:
        """Whether the target lies within a node."""
        return self.ref.path == self.target.path and node.span.contains(self.target.node.span)

    def part(self, value: Value, name: str) -> Value:
        """A field of a value."""
        return self.known(part_of(value, name))

    def bind(self, pattern: str, value: Value) -> bool | None:
        """Bind the names of a pattern; whether the value matches it."""
        answer, names = matches(pattern, value)
        self.names.update({name: self.known(one) for name, one in names.items()})
        return answer

    @contextmanager
    def scope(self, shadowed: Mapping[str, Value]) -> Iterator[None]:
        """Evaluate a part in which some names mean something else."""
        before = {name: self.names[name] for name in shadowed if name in self.names}
        self.names.update(shadowed)
        try:
            yield
        finally:
            for name in shadowed:
                self.names.pop(name, None)
            self.names.update(before)

    def closure(self, code: Closure, args: tuple[Value, ...]) -> Value:
        """Run a closure here."""
        with self.scope(bound(code.params, args)):
            return returned(lambda: self.expr(code.body))

    def function(
        self, ref: ItemRef, function: Function, body: Block, args: tuple[Value, ...]
    ) -> Value:
        """Run a function of the crate, or one inside this body."""
        if self.depth >= _DEEPEST:
            return UNKNOWN
        names = bound(function.params, args[1:] if function.receiver else args)
        if function.receiver and args:
            names["self"] = args[0]
        inside = Replay(
            self.program,
            ref,
            self.target,
            self.given,
            self.script,
            {name: self.known(value) for name, value in names.items()},
            dict(self.nested) if ref == self.ref else {},
            self.depth + 1,
        )
        return returned(lambda: inside.expr(body))


def bound(params: tuple[Param, ...], args: tuple[Value, ...]) -> dict[str, Value]:
    """The names of parameters with the values of a call."""
    names: dict[str, Value] = {}
    for i, param in enumerate(params):
        value = args[i] if i < len(args) else UNKNOWN
        if param.name:
            names[param.name] = value
        else:
            names.update({name: part_of(value, str(j)) for j, name in enumerate(param.names)})
    return names


def returned(run: Callable[[], Value]) -> Value:
    """What a function or closure gives back."""
    try:
        return run()
    except Leaves as leaves:
        if leaves.kind == "return":
            return leaves.value
        raise


@singledispatch
def evaluate(node: Node, replay: Replay) -> Value:
    """The value of a node that nothing special is known about."""
    for child in node.children():
        replay.expr(child)
    return UNKNOWN


class _Handlers(dict[type, Callable[[Node, Replay], Value]]):
    """What `evaluate` does with each kind of node, looked up faster than it does itself."""

    def __missing__(self, kind: type) -> Callable[[Node, Replay], Value]:
        self[kind] = evaluate.dispatch(kind)
        return self[kind]


_HANDLERS = _Handlers()


def explore(make: Callable[[Script], Replay], body: Node) -> Iterator[Outcome]:
    """The outcomes of a body, one for each way that unknown conditions may go."""
    todo: list[list[int]] = [[]]
    for _ in range(_RUNS):
        if not todo:
            return
        script = Script(todo.pop(0))
        outcome = _run(make(script), body)
        yield outcome
        for at in range(len(script.answers), script.open):
            todo.append([*script.asked[:at], 1 - script.asked[at]])
    if todo:
        yield Outcome("tired", sure=False)


def _run(replay: Replay, body: Node) -> Outcome:
    how = "over"
    args: tuple[Value, ...] = ()
    try:
        replay.expr(body)
    except Reached as reached:
        how, args = reached.how, reached.args_given
    except (Leaves, Panics):
        pass
    except (Tired, OverflowError):
        how = "tired"
    script = replay.script
    return Outcome(how, not script.asked and how != "tired", args, script.visits)


__all__ = ["Code", "Leaves", "Outcome", "Reached", "Replay", "Script", "Target", "evaluate"]
