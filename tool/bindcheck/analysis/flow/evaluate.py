"""Evaluation of entry points: everything that `regions`, `provenance` and `writers` report."""

from __future__ import annotations

from bindcheck.analysis.depth import deep
from bindcheck.analysis.flow import (
    blocks,
    branches,
    control,
    fields,
    macros,
    methods,
    parts,
    simple,
)
from bindcheck.analysis.flow.by_value import note_clones
from bindcheck.analysis.flow.events import Called, Events, Handed, Region
from bindcheck.analysis.flow.guards import proved
from bindcheck.analysis.flow.limits import argued
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.parameters import arguments
from bindcheck.analysis.flow.patterns import spread
from bindcheck.analysis.flow.types import FLOATS, RESULTS
from bindcheck.analysis.flow.values import (
    NOTHING,
    Shape,
    Size,
    Source,
    Value,
    join,
    unchosen,
)
from bindcheck.analysis.flow.watch import Beyond, Decided, Watch, arrays
from bindcheck.analysis.flow.watched import watched
from bindcheck.analysis.flow.world import World
from bindcheck.analysis.keeping.reads import Memo, once
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint, Function, ItemRef, Node, Path, TypeRef

HANDLERS = (blocks, branches, control, fields, macros, methods, parts, simple)
"""Importing these registers what is done with each kind of node."""


_Run = tuple[Value, Events, int]


class _Asked:
    """What a function is called with, and where; it takes long to hash, and is hashed once."""

    __slots__ = ("_hash", "_what")

    def __init__(self, ref: ItemRef, region: Region, args: tuple[Value, ...]):
        self._what = (ref, region, args)
        self._hash = hash(self._what)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._what == other._what


class Flow(World):
    """A program whose bodies can be evaluated."""

    def __init__(self, program: Program):
        super().__init__(program)
        self._entries: Memo[ItemRef, tuple[Value, Events]] = Memo()
        self._followed: dict[ItemRef, Memo[_Asked, _Run]] = {}

    def forget(self, path: str) -> None:
        """Let go of what happens in the functions of a file."""
        self._entries.forget(lambda ref: ref.path == path)
        for ref in [one for one in self._followed if one.path == path]:
            del self._followed[ref]

    def entry(self, entry: EntryPoint) -> Events:
        """What happens when Python calls an entry point."""
        return self._entry(entry.ref)[1]

    def extraction(self, ref: ItemRef) -> Events:
        """What happens when PyO3 makes an argument by a function of the crate."""
        return self._entry(ref)[1]

    def result_of(self, entry: EntryPoint) -> Value:
        """What an entry point gives back."""
        return self._entry(entry.ref)[0]

    def _entry(self, ref: ItemRef) -> tuple[Value, Events]:
        return self._entries.of(ref, self._evaluated, ref)

    def _evaluated(self, ref: ItemRef) -> tuple[Value, Events]:
        with deep():
            return self._outcome(ref)

    def _outcome(self, ref: ItemRef) -> tuple[Value, Events]:
        frame = self.frame(ref, self._arguments(ref), Region.ATTACHED, ())
        for param in self.signatures.of(ref).params:
            note_clones(param.type, param.span, frame)
        value = frame.expr(self.program.body(ref))
        for returned in frame.returns:
            value = join(value, returned)
        return value, frame.events

    def _arguments(self, ref: ItemRef) -> dict[str, Value]:
        function = self.signatures.of(ref)
        values = [(param, self.argument(ref, param, arrays=False)) for param in function.params]
        arrays = any(_is_array(value) for _, value in values)
        names: dict[str, Value] = {}
        if function.receiver:
            names["self"] = _self(function)
        for param, value in values:
            value = argued(self.argument(ref, param, arrays=arrays))
            if len(param.names) <= 1:
                names[param.name] = value
            else:
                names.update(spread(param.names, value))
        return names

    def frame(
        self, ref: ItemRef, names: dict[str, Value], region: Region, stack: tuple[ItemRef, ...]
    ) -> Frame:
        """A new frame for a function."""
        return Frame(self, ref, names, Events(), region, self.program.callees(ref), (*stack, ref))

    def quiet(self, frame: Frame) -> Frame:
        """A frame like `frame` whose events nobody sees."""
        quiet = self.frame(frame.ref, dict(frame.names), frame.region, frame.stack)
        quiet.uses = frame.uses
        quiet.nesting = frame.nesting
        quiet.cut = frame.cut
        return quiet

    def run(self, ref: ItemRef, args: list[Value], caller: Frame) -> _Run:
        """Evaluate a crate function for the arguments of a call; remembered without closures.

        What was cut short because of what is under evaluation is so for this entry point only.
        """
        if any(arg.closure is not None for arg in args):
            return self._run(ref, args, caller, closures=True)
        known = self._followed.get(ref)
        if known is None:
            known = self._followed[ref] = Memo()
        asked = _Asked(ref, caller.region, tuple(args))
        if asked in known:
            return known.of(asked, self._run)
        before, again = self.cuts, asked in caller.cut
        found: _Run = caller.cut.of(asked, self._run, ref, args, caller)
        if again:
            self.cuts += 1
        elif self.cuts == before:
            caller.cut.hand_over(asked, known)
        return found

    def _run(
        self, ref: ItemRef, args: list[Value], caller: Frame, *, closures: bool = False
    ) -> _Run:
        function = self.signatures.of(ref)
        frame = self.frame(ref, {}, caller.region, caller.stack)
        frame.cut = caller.cut
        if closures:
            frame.runs, frame.nesting = caller.runs, caller.nesting
        frame.names = arguments(function, args, frame)
        value = proved(frame.expr(self.program.body(ref)), frame)
        for returned in frame.returns:
            value = join(value, returned)
        return value, frame.events, frame.touches

    def differing(self, handed: Handed) -> Beyond | None:
        """Where a function panics that is handed arrays whose lengths nobody compares."""
        watch = Watch.of(arrays(handed.args), handed.alike)
        caller = self.frame(handed.place.ref, {}, handed.region, ())
        caller.watch = watch
        try:
            with deep():
                watched(caller, watch, handed.target, handed.args, NOTHING)
        except Decided:
            return watch.beyond
        return None

    def _only_validates(self, call: Called) -> bool:
        """Whether a call gives nothing but an error: it is there to look at its arguments."""
        returns = self.signatures.of(call.targets[0]).returns
        held = returns.args[0] if returns.name in RESULTS and returns.args else None
        return held is not None and held.kind == "tuple" and not held.args

    def settle(self, node: Node, frame: Frame) -> bool:
        """After `call(..)?` of a crate function that looked at them, its arguments are checked."""
        seen = any(
            node.span.contains(call.place.span)
            and (any(arg.size is Size.DATA for arg in call.args) or self._only_validates(call))
            for call in frame.events.calls
            if call.place.ref == frame.ref
        )
        if not seen:
            return False
        for part in node.walk():
            if isinstance(part, Path) and len(part.segments) == 1 and part.last in frame.names:
                value = frame.names[part.last]
                if value.closure is None:
                    frame.names[part.last] = unchosen(value)
                if value.root is not None and value.source in (Source.ARGUMENT, Source.EXTRACTED):
                    frame.nonempty.add(value.root)
        return True


def _is_array(value: Value) -> bool:
    item = value.element
    floats = item is not None and item.type is not None and item.type.peel().name in FLOATS
    return value.shape is Shape.NUMPY or (value.shape is Shape.SEQ and (floats or value.nested))


def _self(function: Function) -> Value:
    type_ = TypeRef(function.owner, "path", function.owner, function.owner)
    return Value(Shape.STRUCT, Size.UNKNOWN, type_, Source.FIELD)


@once
def flow_of(program: Program) -> Flow:
    """The evaluation of a program; one per program, made when a rule first asks."""
    return Flow(program)


__all__ = ["HANDLERS", "NOTHING", "Flow", "flow_of"]
