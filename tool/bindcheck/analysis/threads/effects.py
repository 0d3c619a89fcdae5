"""What a function may come to, wherever its calls lead: attaching, detaching, waiting, Python code.

Unlike the evaluation of entry points this follows every call, also of methods that a trait of the
crate declares and a type of unknown identity implements. It says what may happen, not that it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property

from bindcheck.analysis.flow.iterators import PARALLEL
from bindcheck.analysis.keeping.reads import Memo, once
from bindcheck.analysis.linking.foreign import FOREIGN_METHODS
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.flags import NO_FLAGS, Flags, closed, flags_of
from bindcheck.model import (
    Call,
    Closure,
    Function,
    Gated,
    ItemRef,
    MacroCall,
    MethodCall,
    Node,
    Path,
)
from bindcheck.model.fact import fact

_ATTACHES = frozenset({"with_gil", "attach", "try_attach"})
_DETACHES = frozenset({"allow_threads", "detach"})
_SPAWNS = frozenset({"spawn", "spawn_blocking", "spawn_local", "spawn_fifo", "spawn_scoped"})
_PYTHON = frozenset({"call0", "call1", "call_method0", "call_method1", "call_method"})
_BLOCKS = frozenset(
    {"recv", "recv_timeout", "blocking_recv", "block_on", "blocking_send", "park", "recv_deadline"}
)
_BLOCKS_BARE = frozenset({"join", "wait", "recv"})
_FILES = frozenset({"read", "read_to_string", "write", "copy", "read_dir"})
_SLEEPS = frozenset({("thread", "sleep"), ("thread", "park"), ("thread", "sleep_ms")})


class Act(StrEnum):
    """What matters to another thread that waits."""

    ATTACH = "attaches"
    DETACH = "detaches"
    PYTHON = "calls Python"
    WAIT = "waits"
    IO = "reads or writes a file"
    PARALLEL = "runs a parallel section"


@fact
class Step:
    """A node of a body that does something by itself or leads to crate functions."""

    node: Node
    act: Act | None
    targets: tuple[ItemRef, ...]
    detached: bool


_Given = tuple[ItemRef, Flags]
"""A function, and what it is called with."""
_Onward = tuple[tuple[bool, frozenset[Act], frozenset[_Given]], ...]
"""Acts and calls, in a release or not."""


class Effects:
    """The acts of all functions of a program, worked out when first asked for."""

    def __init__(self, program: Program):
        self._program = program
        self._known_acts: Memo[tuple[ItemRef, Flags], frozenset[Act]] = Memo()
        self._known_onward: Memo[_Given, _Onward] = Memo()
        self._known_steps: Memo[ItemRef, tuple[Step, ...]] = Memo()

    def acts(self, ref: ItemRef, flags: Flags = NO_FLAGS) -> frozenset[Act]:
        """All that a call of a function may do on the thread that calls it, for these flags."""
        return self._known_acts.of((ref, flags), self._reached, ref, flags)

    def runs_parallel(self, ref: ItemRef) -> bool:
        """Whether a function certainly leads to a parallel section on the thread that calls it."""
        seen = {ref}
        todo = [ref] if Act.PARALLEL in self.acts(ref) else []
        while todo:
            one = todo.pop()
            callees = self._program.callees(one)
            for step in self._steps(one):
                if step.act is Act.PARALLEL and not step.detached:
                    return True
                # A function that is only named is run by somebody else.
                away = step.detached or isinstance(step.node, Path)
                named = callees.get(step.node.span, ()) if not away else ()
                found = [target for target in named if target not in seen]
                seen.update(found)
                todo += found
        return False

    def within(self, ref: ItemRef, node: Node) -> Iterator[Step]:
        """The steps of a part of a body, in source order."""
        yield from self._walk(ref, node, detached=False)

    def of_step(self, step: Step) -> frozenset[Act]:
        """All that a step may do."""
        own = {step.act} if step.act is not None else set()
        for target in step.targets:
            own |= self.acts(target, flags_of(self._program, target, step.node))
        return frozenset(own - _quiet(step))

    def node_acts(self, ref: ItemRef, node: Node) -> frozenset[Act]:
        """All that a single call may do, what its arguments do left out."""
        targets = self.targets(ref, node)
        act = direct_act(node) if not targets else None
        return self.of_step(Step(node, act, targets, False))

    def _reached(self, ref: ItemRef, flags: Flags) -> frozenset[Act]:
        found: set[Act] = set()
        away: set[Act] = set()
        start = (ref, flags)
        attached, detached = {start}, set[_Given]()
        todo = [(start, attached)]
        while todo:
            one, seen = todo.pop()
            onward = self._known_onward.of(one, self._onward, *one)
            for is_away, acts, targets in onward:
                among = detached if is_away or seen is detached else attached
                (away if among is detached else found).update(acts)
                new = targets - among
                among |= new
                todo += [(each, among) for each in new]
        return frozenset(found | (away - _AWAY))

    def _onward(self, ref: ItemRef, flags: Flags) -> _Onward:
        """What a function does itself and calls for these flags, attached and in releases."""
        acts: dict[bool, set[Act]] = {False: set(), True: set()}
        targets: dict[bool, set[_Given]] = {False: set(), True: set()}
        away_from = closed(self._program, ref, flags)
        for step in self._steps(ref):
            if any(span.contains(step.node.span) for span in away_from):
                continue
            acts[step.detached].update([step.act] if step.act is not None else [])
            targets[step.detached].update(
                (target, flags_of(self._program, target, step.node, flags))
                for target in step.targets
            )
        return tuple(
            (away, frozenset(acts[away]), frozenset(targets[away]))
            for away in (False, True)
            if acts[away] or targets[away]
        )

    def _steps(self, ref: ItemRef) -> tuple[Step, ...]:
        return self._known_steps.of(ref, self._steps_in, ref)

    def _steps_in(self, ref: ItemRef) -> tuple[Step, ...]:
        body = self._program.body(ref)
        return tuple(self._walk(ref, body, detached=False)) if body is not None else ()

    def _walk(self, ref: ItemRef, node: Node, *, detached: bool) -> Iterator[Step]:
        if isinstance(node, Gated) and not self._program.active(node.cfg, ref.path):
            return
        targets = self.targets(ref, node)
        act = direct_act(node) if not targets else None
        if act is not None or targets:
            yield Step(node, act, targets, detached)
        spawns = not targets and spawned(node)
        releases = act is Act.DETACH
        for child in children_of(self._program, ref, node):
            if not (spawns and isinstance(child, Closure)):
                inside = isinstance(child, Closure) and releases
                yield from self._walk(ref, child, detached=detached or inside)

    def targets(self, ref: ItemRef, node: Node) -> tuple[ItemRef, ...]:
        """The functions that a node of a body may reach."""
        found = self._program.callees(ref).get(node.span, ())
        if not isinstance(node, MethodCall):
            return found if isinstance(node, (Call, Path)) else ()
        # A method that was found by its name alone is another one if it takes other arguments.
        found = found or self._dispatched.get(node.method, ())
        return tuple(one for one in found if self._takes(one, len(node.args)))

    def _takes(self, ref: ItemRef, count: int) -> bool:
        return len(self._program.function(ref).params) == count

    @cached_property
    def _dispatched(self) -> dict[str, tuple[ItemRef, ...]]:
        """Implementations of the crate's own traits by the name of the method."""
        return self._program.keep("dispatched", self._all_dispatched)

    def _all_dispatched(self) -> dict[str, tuple[ItemRef, ...]]:
        modules = self._program.modules
        declared = {
            _trait(one) for module in modules.values() for one in module.functions if _declares(one)
        }
        found: dict[str, tuple[ItemRef, ...]] = {}
        for path, module in modules.items() if declared else ():
            for index, one in enumerate(module.functions):
                given = one.receiver and _trait(one) in declared and one.body_span is not None
                if given and one.name not in FOREIGN_METHODS:
                    found[one.name] = (*found.get(one.name, ()), ItemRef(path, index))
        return found


def children_of(program: Program, ref: ItemRef, node: Node) -> tuple[Node, ...]:
    """The sub-nodes of a node; of a macro call what it stands for, where that is known."""
    if isinstance(node, MacroCall):
        expanded = program.expansion(ref, node)
        if expanded is not None:
            return (expanded,)
    return node.children()


def walk(program: Program, ref: ItemRef, node: Node) -> Iterator[Node]:
    """A node and all below it, what macro calls stand for in place of what they are given."""
    yield node
    for child in children_of(program, ref, node):
        yield from walk(program, ref, child)


_AWAY = frozenset({Act.WAIT, Act.IO, Act.PARALLEL})


def _quiet(step: Step) -> frozenset[Act]:
    return _AWAY if step.detached else frozenset()


def _declares(function: Function) -> bool:
    return bool(function.trait) and function.owner == function.trait


def _trait(function: Function) -> str:
    return function.trait.partition("<")[0].rsplit("::", 1)[-1]


def direct_act(node: Node) -> Act | None:
    """What a node does by itself, told by names."""
    if isinstance(node, Call) and isinstance(node.function, Path):
        return _called(node.function, len(node.args))
    if isinstance(node, MethodCall):
        return _method(node)
    return None


def _called(path: Path, args: int) -> Act | None:
    owner = path.segments[-2] if len(path.segments) > 1 else ""
    if owner == "Python" and path.last in _ATTACHES:
        return Act.ATTACH
    if owner == "Python" and path.last in _DETACHES and args > 1:
        return Act.DETACH
    if path.last.startswith("PyObject_Call"):
        return Act.PYTHON
    if (owner, path.last) in _SLEEPS:
        return Act.WAIT
    if opens_file(owner, path.last):
        return Act.IO
    return None


def opens_file(owner: str, name: str) -> bool:
    """Whether a function of the standard library goes to a file or the network."""
    return (owner == "fs" and name in _FILES) or (owner, name) in (
        ("", "read_to_string"),
        ("File", "open"),
        ("File", "create"),
        ("TcpStream", "connect"),
    )


def _method(node: MethodCall) -> Act | None:
    if node.method in _DETACHES and node.args:
        return Act.DETACH
    if node.method in _PYTHON or (node.method == "call" and len(node.args) == 2):
        return Act.PYTHON
    if node.method in PARALLEL:
        return Act.PARALLEL
    bare = node.method in _BLOCKS_BARE and not node.args
    if bare or (node.method in _BLOCKS and len(node.args) <= 1):
        return Act.WAIT
    return None


def spawned(node: Node) -> bool:
    """Whether a call hands its closures to another thread and goes on."""
    if isinstance(node, Call) and isinstance(node.function, Path):
        return node.function.last in _SPAWNS
    return isinstance(node, MethodCall) and node.method in _SPAWNS


@once
def effects_of(program: Program) -> Effects:
    """The effects of a program; one per program, made when a rule first asks."""
    return Effects(program)
