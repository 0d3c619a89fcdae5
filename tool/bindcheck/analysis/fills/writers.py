"""Whether a body, or what it calls, gives the first cells of a piece of memory a value."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from bindcheck.analysis.fills.aliases import Alias, Aliases, Reach, is_zero
from bindcheck.analysis.fills.reading import Reading
from bindcheck.analysis.keeping.reads import UNFINISHED, Memo, note, once
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Assign,
    Call,
    Closure,
    Index,
    ItemRef,
    MethodCall,
    Node,
    Path,
    Range,
    Unary,
)

_WHOLE = frozenset(
    {
        *("fill", "fill_with", "copy_from_slice", "clone_from_slice", "assign", "copy_from"),
        *("resize", "write_bytes", "copy_from_nonoverlapping", "copy_within", "collect_into_vec"),
        *("swap_with_slice", "write_copy_of_slice", "extend", "extend_from_slice", "push"),
    }
)
_STEPS = frozenset({"add", "offset", "get_unchecked_mut", "get_mut", "uget_mut"})
_CELL = frozenset({"write", "write_unaligned", "set"})
_COPIES = frozenset({"copy_nonoverlapping", "copy", "write_bytes", "write", "swap", "replace"})
_HANDS_ON = frozenset({"zip", "chain", "set_item", "append", "get", "eq", "add_class"})
_PLAIN = frozenset({"Ok", "Some", "drop", "size_of_val", "swap_remove"})
_DEEPEST = 8


class Writes(StrEnum):
    """The answer for a body. `unknown` if other code is handed the memory."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class FirstWriters:
    """Answers for all functions of a program."""

    def __init__(self, program: Program):
        self._program = program
        self._known: Memo[tuple[ItemRef, int], Writes] = Memo()
        self._readings: Memo[ItemRef, Reading | None] = Memo()

    def forget(self, path: str) -> None:
        """Let go of the bodies of a file; the answers stay."""
        self._readings.forget(lambda ref: ref.path == path)

    def body(
        self, ref: ItemRef, reading: Reading, seeds: dict[str, Alias], depth: int = 0
    ) -> Writes:
        """Whether a body writes to the first cells of what `seeds` name."""
        aliases = Aliases(seeds)
        aliases.spread(reading)
        if any(_writes(node, reading, aliases) for node in (*reading.calls, *reading.assigns)):
            return Writes.YES
        answer = Writes.NO
        for node in reading.calls:
            for one in self._called(ref, node, aliases, reading, depth):
                if one is Writes.YES:
                    return one
                answer = one if one is Writes.UNKNOWN else answer
        return answer

    def parameter(self, ref: ItemRef, index: int, depth: int) -> Writes:
        """Whether a function writes to the first cells of what it gets as a parameter."""
        made = self._parameter
        return self._known.cyclic((ref, index), Writes.NO, made, ref, index, depth)

    def _parameter(self, ref: ItemRef, index: int, depth: int) -> Writes:
        function = self._program.function(ref)
        if depth >= _DEEPEST:
            note(UNFINISHED)
            return Writes.UNKNOWN
        if index >= len(function.params):
            return Writes.UNKNOWN
        reading = self._readings.of(ref, self._reading, ref)
        if reading is None:
            return Writes.UNKNOWN
        names = function.params[index].names
        return self.body(ref, reading, dict.fromkeys(names, Alias(Reach.FIRST)), depth + 1)

    def _reading(self, ref: ItemRef) -> Reading | None:
        body = self._program.body(ref)
        return Reading([body]) if body is not None else None

    # --- calls ----------------------------------------------------------------------------------

    def _called(
        self,
        ref: ItemRef,
        node: Call | MethodCall,
        aliases: Aliases,
        reading: Reading,
        depth: int,
    ) -> Iterator[Writes]:
        handed = [i for i, arg in enumerate(node.args) if _whole(aliases.of(arg))]
        if not handed:
            return
        targets = self._program.callees(ref).get(node.span, ())
        for target in targets[:2]:
            function = self._program.function(target)
            shift = 1 if function.receiver and isinstance(node, Call) else 0
            for i in handed:
                yield self.parameter(target, i - shift, depth)
        if not targets and _is_foreign(node, aliases, reading):
            yield Writes.UNKNOWN


def _is_foreign(node: Call | MethodCall, aliases: Aliases, reading: Reading) -> bool:
    """Whether other code may write to what it is handed; makers of views do not."""
    if isinstance(node, MethodCall):
        closures = any(isinstance(arg, Closure) for arg in node.args)
        return node.method not in _HANDS_ON and not closures
    path = node.function
    if not isinstance(path, Path) or path.last in _PLAIN or path.text in reading.code:
        return False
    return aliases.of(node) is None


def _writes(node: Call | MethodCall | Assign, reading: Reading, aliases: Aliases) -> bool:
    if isinstance(node, MethodCall):
        return _method(node, reading, aliases)
    if isinstance(node, Call):
        copies = isinstance(node.function, Path) and node.function.last in _COPIES
        return copies and any(_whole(aliases.of(arg)) for arg in node.args)
    return _assigned(node, reading, aliases)


def _method(node: MethodCall, reading: Reading, aliases: Aliases) -> bool:
    cell = node.method in _CELL
    if not cell and node.method not in _WHOLE:
        return False
    alias = aliases.of(_base(node.receiver) if cell else node.receiver)
    if alias is None or alias.reach is not Reach.FIRST:
        return False
    return not cell or _cell(node.receiver, reading, aliases)


def _assigned(node: Assign, reading: Reading, aliases: Aliases) -> bool:
    plain = isinstance(node.target, Path) or node.op != "="
    alias = aliases.of(_base(node.target)) if not plain else None
    if alias is None or alias.reach is not Reach.FIRST:
        return False
    return _cell(node.target, reading, aliases)


def _cell(target: Node, reading: Reading, aliases: Aliases) -> bool:
    """Whether a cell that is written is, in some round, the first one."""
    at = _at(target)
    if at is None:
        return True
    names = _names_in(at, reading, target)
    if not names:
        return is_zero(at)
    around = [one for one in reading.loops if one.span.contains(target.span)]
    for loop in sorted(around, key=lambda one: one.span.start, reverse=True):
        if loop.kind == "for" and names & set(loop.names):
            return _starts(loop.over, aliases)
    return _counted(names, target, reading)


def _names_in(at: Node, reading: Reading, target: Node) -> set[str]:
    """Names of an index, and of what they stand for in the same loop: `let at = offset + i`."""
    names = {part.last for part in at.walk() if isinstance(part, Path)}
    inner = [one for one in reading.loops if one.span.contains(target.span)]
    around = max((one.span for one in inner), key=lambda span: span.start, default=None)
    for one in reading.lets if around is not None else ():
        inside = around is not None and around.contains(one.span)
        if inside and one.value is not None and names & set(one.names):
            names |= {part.last for part in one.value.walk() if isinstance(part, Path)}
    return names


def _counted(names: set[str], target: Node, reading: Reading) -> bool:
    """`let mut i = 0; while i < n { out[i] = .. }`."""
    return any(
        names & set(one.names) and is_zero(one.value)
        for one in reading.lets
        if one.span.start < target.span.start
    )


def _whole(alias: Alias | None) -> bool:
    return alias is not None and alias.reach is Reach.FIRST and not alias.element


def _at(target: Node) -> Node | None:
    """Where a cell lies: `i` of `out[i]`, `*p.add(i)`, `p.add(i)`; None for an element itself."""
    if isinstance(target, Unary):
        return _at(target.value)
    if isinstance(target, Index):
        return target.index
    if isinstance(target, MethodCall):
        if target.method in _STEPS and target.args:
            return target.args[0]
        return _at(target.receiver)
    return None


def _base(target: Node) -> Node:
    """What a cell is a cell of: `out` of `out[i]`, `p` of `*p.add(i)`; the target itself else."""
    if isinstance(target, Unary):
        return _base(target.value)
    if isinstance(target, Index):
        return target.base
    if isinstance(target, MethodCall):
        return target.receiver if target.method in _STEPS else _base(target.receiver)
    return target


def _starts(over: Node | None, aliases: Aliases) -> bool:
    """Whether an iteration begins with the first cell."""
    while isinstance(over, MethodCall):
        if over.method in ("skip", "step_by"):
            return False
        over = over.receiver
    if isinstance(over, Range):
        return aliases.from_start(over.start)
    return True


@once
def first_writers_of(program: Program) -> FirstWriters:
    """The answers for a program; one per program, made when a rule first asks."""
    return FirstWriters(program)
