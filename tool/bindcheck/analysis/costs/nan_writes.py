"""Whether a function surely writes NaN into the beginning of memory that it is handed."""

from __future__ import annotations

from dataclasses import field

from bindcheck.analysis.costs.aliases import aliases, derives
from bindcheck.analysis.flow.guards import diverges, is_error
from bindcheck.analysis.keeping.reads import UNFINISHED, Memo, note, once
from bindcheck.analysis.program import Program
from bindcheck.fact import record
from bindcheck.model import (
    Arm,
    Assign,
    Binary,
    Call,
    Cast,
    Closure,
    Gated,
    If,
    Index,
    ItemRef,
    Let,
    Literal,
    Loop,
    Match,
    MethodCall,
    Node,
    Path,
    Range,
    Return,
    Unary,
)

_DEEPEST = 8
_FILLS = frozenset({"fill", "write", "set"})


def is_nan(node: Node | None, lets: dict[str, Node]) -> bool:
    """Whether an expression is NaN: `f64::NAN`, its bits, or a name for one of these."""
    if isinstance(node, Path):
        named = lets.get(node.text)
        return node.last == "NAN" or (named is not None and is_nan(named, {}))
    if isinstance(node, Call) and isinstance(node.function, Path):
        return node.function.last == "from_bits" or (
            node.function.last == "new" and any(is_nan(arg, lets) for arg in node.args)
        )
    return isinstance(node, (Cast, Unary)) and is_nan(node.value, lets)


def named_values(body: Node) -> dict[str, Node]:
    """The values of the names that a body binds one by one and never changes."""
    return {
        one.names[0]: one.value
        for one in body.walk()
        if isinstance(one, Let)
        and len(one.names) == 1
        and one.value is not None
        and not one.mutable
    }


def stored(node: Node) -> tuple[Node, Node] | None:
    """The cells that a node puts a value into, and the value: `x = v`, `fill(v)`, `write(v)`."""
    if isinstance(node, Assign) and node.op == "=":
        return node.target, node.value
    if isinstance(node, MethodCall) and node.method in _FILLS and node.args:
        return node.receiver, node.args[-1]
    if isinstance(node, Call) and isinstance(node.function, Path) and len(node.args) > 1:
        return (node.args[0], node.args[1]) if node.function.last == "write" else None
    return None


class NanWriters:
    """What is known of the functions of a program, worked out once for each parameter."""

    def __init__(self, program: Program):
        self.program = program
        self._known: Memo[tuple[ItemRef, int], bool] = Memo()
        self._depth = 0

    def writes(self, ref: ItemRef, index: int) -> bool:
        """Whether every successful call of `ref` writes NaN into what argument `index` refers to.

        Where a function is too deep to be followed, or calls itself, the answer is no.
        """
        return self._known.cyclic((ref, index), False, self._followed, ref, index)

    def _followed(self, ref: ItemRef, index: int) -> bool:
        if self._depth == _DEEPEST:
            note(UNFINISHED)
            return False
        self._depth += 1
        found = self._find(ref, index)
        self._depth -= 1
        return found

    def _find(self, ref: ItemRef, index: int) -> bool:
        function = self.program.function(ref)
        body = self.program.body(ref)
        at = index - (1 if function.receiver else 0)
        if body is None or not 0 <= at < len(function.params):
            return False
        walk = _Paths(self, ref, aliases(body, function.params[at].name), named_values(body))
        return walk.run(body, False) and walk.safe


@record
class _Paths:
    """One look at all paths through a function.

    `safe` turns false when the function may return successfully before NaN is written. `loops`
    counts the loops around a node: a single cell is no prefix.
    """

    writers: NanWriters
    ref: ItemRef
    known: frozenset[str]
    lets: dict[str, Node]
    safe: bool = True
    loops: int = 0
    running: list[str] = field(default_factory=list)

    def run(self, node: Node | None, written: bool) -> bool:
        """Whether NaN is written once a node is over, given whether it was before."""
        if node is None or written:
            return written
        cells = stored(node)
        if cells is not None and is_nan(cells[1], self.lets) and derives(cells[0], self.known):
            return not _is_rest(cells[0]) and (self.loops > 0 or _is_fill(node))
        if isinstance(node, Loop):
            return self._loop(node, written)
        if isinstance(node, If) and _is_empty(node.condition):
            return self.run(node.otherwise, written)
        if isinstance(node, If):
            return self._branches([node.then, node.otherwise], self.run(node.condition, written))
        if isinstance(node, Match):
            arms = [arm.body for arm in node.arms if self._exists(arm)]
            return self._branches([*arms], self.run(node.subject, written))
        if isinstance(node, Gated):
            return self._exists(node) and self.run(node.inner, written)
        if isinstance(node, Return):
            return self._return(node, written)
        if isinstance(node, Closure):
            return written
        return self._sequence(node, written)

    def _loop(self, node: Loop, written: bool) -> bool:
        self.loops += 1
        inside = self.run(node.over, written) or self.run(node.body, written)
        self.loops -= 1
        return inside and not self._to_the_end(node.over)

    def _sequence(self, node: Node, written: bool) -> bool:
        for child in node.children():
            written = self.run(child, written)
        if isinstance(node, Call):
            return written or self._called(node)
        if isinstance(node, MethodCall) and derives(node.receiver, self.known):
            return written or any(self._job(arg) for arg in node.args)
        return written

    def _job(self, arg: Node) -> bool:
        """A closure that a chain over the memory runs for each element."""
        if not isinstance(arg, Closure):
            return False
        self.loops += 1
        written = self.run(arg.body, False)
        self.loops -= 1
        return written

    def _to_the_end(self, over: Node | None) -> bool:
        """Whether a loop goes from some index to the length: no warm-up cells."""
        if not isinstance(over, Range) or isinstance(over.start, Literal):
            return False
        end = self.lets.get(over.end.text, over.end) if isinstance(over.end, Path) else over.end
        return isinstance(end, MethodCall) and end.method == "len"

    def _exists(self, node: Arm | Gated) -> bool:
        return self.writers.program.active(node.cfg, self.ref.path)

    def _branches(self, branches: list[Node | None], written: bool) -> bool:
        """All branches that come out at the end have to write; a missing `else` does not."""
        ends = [self.run(one, written) or (one is not None and diverges(one)) for one in branches]
        return all(ends)

    def _return(self, node: Return, written: bool) -> bool:
        if not is_error(node.value) and not self.run(node.value, written):
            self.safe = False
        return written

    def _called(self, node: Call) -> bool:
        """A crate function, or a closure with a name, that is handed the memory."""
        for index, arg in enumerate(node.args):
            if derives(arg, self.known):
                targets = self.writers.program.callees(self.ref).get(node.span, ())
                if targets:
                    return all(self.writers.writes(target, index) for target in targets)
        if isinstance(node.function, Path):
            closure = self.lets.get(node.function.text)
            if isinstance(closure, Closure) and node.function.text not in self.running:
                self.running.append(node.function.text)
                written = self.run(closure.body, False)
                self.running.pop()
                return written
        return False


def _is_rest(cells: Node) -> bool:
    """`out[lag..]`, all but the beginning; `out[0]`, one cell of it."""
    index = cells.index if isinstance(cells, Index) else None
    if isinstance(index, Range):
        return index.start is not None and index.end is None
    return isinstance(index, Literal)


def _is_fill(node: Node) -> bool:
    return isinstance(node, MethodCall) and node.method.startswith("fill")


def _is_empty(condition: Node) -> bool:
    """Whether a condition asks for memory without cells: there is nothing to write."""
    if isinstance(condition, MethodCall):
        return condition.method == "is_empty"
    sides = (condition.left, condition.right) if isinstance(condition, Binary) else ()
    zero = any(isinstance(side, Literal) and side.text == "0" for side in sides)
    return zero and isinstance(condition, Binary) and condition.op == "=="


@once
def nan_writers(program: Program) -> NanWriters:
    """What is known of the functions of a program."""
    return NanWriters(program)
