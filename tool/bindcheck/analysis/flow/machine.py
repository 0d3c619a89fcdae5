"""Evaluation of bodies over abstract values: the frame, the dispatch, closures.

The other modules register with `evaluate` what each kind of node does; `evaluate.py` joins them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from bindcheck.analysis.flow.events import Events, Kind, Panic, Place, Region, Section, Work
from bindcheck.analysis.flow.patterns import bind
from bindcheck.analysis.flow.values import NOTHING, Proof, Root, Scope, Shape, Size, Value
from bindcheck.analysis.keeping.reads import Memo
from bindcheck.model import Cfg, Closure, ItemRef, Node, Span, TypeRef, Use
from bindcheck.model.fact import record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bindcheck.analysis.flow.evaluate import Flow
    from bindcheck.analysis.flow.watch import Watch


Run = tuple[ItemRef, Span, Region]
Facts = tuple[set[Root], list[set[Root]], set[Root]]
_OFTEN = 32
_NESTED = 16


@record
class Frame:
    """The state of one function under evaluation.

    `touches` counts uses of Python objects. Loops around the current node: `loops` those over
    data, `grids` those over the grid, `cycles` all.

    `asked` counts the conditions on the caller's values around it; `condition` is the innermost,
    and whether it looks at a lowered value.

    `nonempty` and `alike` are what conditions have established about lengths, `multiplied` the
    factors of checked products, `contiguous` the arrays that are known to be, `borrowed` those of
    which a borrow has been taken. `asked_of` tells of which name one is a property:
    `let kind = one.kind()`.

    `sections` are the parts run by other threads that the node lies in.

    `runs` counts how often each closure body has been run; `nesting` how many are running.

    `watch` follows arrays of which nobody has compared the lengths; nothing else counts then.
    """

    world: Flow
    ref: ItemRef
    names: dict[str, Value]
    events: Events
    region: Region
    callees: Mapping[Span, tuple[ItemRef, ...]]
    stack: tuple[ItemRef, ...] = ()
    uses: tuple[Use, ...] = ()
    guarded: int = 0
    asked: int = 0
    condition: tuple[Node, bool] | None = None
    fallback: int = 0
    loops: int = 0
    grids: int = 0
    cycles: int = 0
    touches: int = 0
    via: Place | None = None
    returns: list[Value] = field(default_factory=list)
    nonempty: set[Root] = field(default_factory=set)
    alike: list[set[Root]] = field(default_factory=list)
    multiplied: set[frozenset[str]] = field(default_factory=set)
    contiguous: set[Root] = field(default_factory=set)
    borrowed: set[Root] = field(default_factory=set)
    asked_of: dict[str, str] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    runs: dict[Run, tuple[int, Value]] = field(default_factory=dict)
    nesting: int = 0
    watch: Watch | None = None
    cut: Memo[Any, Any] = field(default_factory=Memo)

    def is_running(self, ref: ItemRef) -> bool:
        """Whether a function is under evaluation already."""
        if ref in self.stack:
            self.world.cuts += 1
            return True
        return False

    def is_deep(self, most: int) -> bool:
        """Whether as many functions are under evaluation."""
        if len(self.stack) >= most:
            self.world.cuts += 1
            return True
        return False

    def expr(self, node: Node | None) -> Value:
        """The value of a node; what happens on the way goes to `events`."""
        return NOTHING if node is None else _HANDLERS[type(node)](node, self)

    def root(self, span: Span) -> Root:
        """Identity of what is made at `span`."""
        return (self.ref.path, span)

    def place(self, span: Span) -> Place:
        """`span` in the function under evaluation."""
        return Place(self.ref, span)

    def named(self, types: Sequence[TypeRef]) -> TypeRef | None:
        """The type that a call is told by `::<T>`."""
        return self.world.signatures.type(types[0], self.ref) if types else None

    def active(self, cfg: tuple[Cfg, ...]) -> bool:
        """Whether a part under `cfg` is compiled."""
        return not cfg or self.world.program.active(cfg, self.ref.path)

    def work(
        self,
        kind: Kind,
        span: Span,
        what: str,
        size: Size,
        *,
        python: bool = False,
        part: bool = False,
        light: bool = False,
        again: bool = False,
    ) -> None:
        """Note a piece of work."""
        self.events.works.append(
            Work(
                kind,
                self.place(span),
                what,
                self.region,
                size,
                guarded=self.guarded > 0,
                python=python,
                inner=self.loops > 0,
                via=self.via,
                part=part,
                light=light,
                again=again,
            )
        )

    def same_length(self, roots: frozenset[Root]) -> None:
        """Note that the lengths of `roots` have been compared."""
        joined = set(roots)
        apart = []
        for group in self.alike:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        self.alike[:] = [*apart, joined]

    def learn(self, proof: Proof | None) -> None:
        """Take over what a function that succeeded has made sure of."""
        if proof is not None:
            self.nonempty |= proof.nonempty
            for group in proof.alike:
                self.same_length(group)

    def learned(self) -> Facts:
        """A copy of what is established, to go back to."""
        return (set(self.nonempty), [set(one) for one in self.alike], set(self.contiguous))

    def forget(self, facts: Facts) -> None:
        """Go back to what was established before."""
        self.nonempty, self.alike, self.contiguous = facts

    def compared(self, first: Root, others: frozenset[Root]) -> bool:
        """Whether the length of `first` is known to go with those of `others`."""
        return all(
            one == first or any({one, first} <= group for group in self.alike) for one in others
        )

    def settles(self, panic: Panic) -> bool:
        """Whether what is known here rules out a panic of a helper."""
        if panic.how == "empty":
            return any(panic.cause == f"{root}" for root in self.nonempty)
        first, *others = panic.compares or (None,)
        return first is not None and bool(others) and self.compared(first, frozenset(others))

    @contextmanager
    def inside(
        self,
        names: Mapping[str, Value] | None = None,
        *,
        region: Region | None = None,
        guarded: bool = False,
        fallback: bool = False,
        asked: bool = False,
        condition: tuple[Node, bool] | None = None,
    ) -> Iterator[None]:
        """Evaluate a part under changed circumstances; names bound in it end with it."""
        before, previous = dict(self.names), (self.region, self.condition)
        self.names.update(names or {})
        self.region = region or self.region
        self.guarded += guarded
        self.asked += asked
        self.condition = condition or self.condition
        self.fallback += fallback
        try:
            yield
        finally:
            self.guarded -= guarded
            self.asked -= asked
            self.fallback -= fallback
            self.region, self.condition = previous
            shadowed = names or {}
            self.names = {
                name: old if name in shadowed else self.names.get(name, old)
                for name, old in before.items()
            }

    def call(self, value: Value, args: Sequence[Value] = (), region: Region | None = None) -> Value:
        """Run a closure; something else that is called as a function gives nothing."""
        if value.closure is None or value.scope is None:
            return NOTHING
        if value.scope.ref == self.ref:
            return self._run(value.closure, args, region)
        world = self.world
        child = replace(
            self,
            ref=value.scope.ref,
            names=dict(value.scope.names),
            callees=world.program.callees(value.scope.ref),
            region=region or self.region,
            returns=[],
            touches=0,
        )
        result = child._run(value.closure, args, region)
        self.touches += child.touches
        return result

    def _run(self, closure: Closure, args: Sequence[Value], region: Region | None) -> Value:
        """Run a closure body, unless it has been run often enough to know what it does.

        Closures that call each other twice would be run exponentially often.
        """
        key = (self.ref, closure.span, region or self.region)
        count, last = self.runs.get(key, (0, NOTHING))
        if count >= _OFTEN or self.nesting >= _NESTED:
            return last
        self.runs[key] = (count + 1, last)
        self.nesting += 1
        result = self._body(closure, args, region)
        self.nesting -= 1
        self.runs[key] = (self.runs[key][0], result)
        return result

    def _body(self, closure: Closure, args: Sequence[Value], region: Region | None) -> Value:
        bound: dict[str, Value] = {}
        for i, param in enumerate(closure.params):
            value = args[i] if i < len(args) else NOTHING
            bound.update(self.world.parameter(param, value))
        outer, self.returns = self.returns, []
        with self.inside(bound, region=region):
            result = self.expr(closure.body)
        for returned in self.returns:
            result = self.world.join(result, returned)
        self.returns = outer
        return result


@singledispatch
def evaluate(node: Node, frame: Frame) -> Value:
    """The value of a node of a kind that nothing special is known about."""
    for child in node.children():
        frame.expr(child)
    return NOTHING


class _Handlers(dict[type[Node], Callable[[Any, Frame], Value]]):
    """What is done with each kind of node: what `evaluate` would call, found faster."""

    def __missing__(self, kind: type[Node]) -> Callable[[Any, Frame], Value]:
        self[kind] = evaluate.dispatch(kind)
        return self[kind]


_HANDLERS = _Handlers()


@evaluate.register
def _closure(node: Closure, frame: Frame) -> Value:
    scope = Scope(frame.ref, tuple(frame.names.items()))
    return Value(Shape.CLOSURE, Size.CONST, closure=node, scope=scope)


def bind_names(pattern: str, names: Sequence[str], value: Value, frame: Frame) -> None:
    """Bind the names of a pattern in the frame."""
    frame.names.update(bind(pattern, names, value))
