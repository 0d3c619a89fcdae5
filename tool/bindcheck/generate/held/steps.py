"""Statements of a binding of a grid: which of them a new body may leave out, and which it keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.fact import fact
from bindcheck.generate.held.effects import EFFECTS, MACROS, RELEASES
from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.symbols import Code, Memory
from bindcheck.model import (
    Assign,
    Binary,
    Block,
    Call,
    Closure,
    Gated,
    If,
    Index,
    Jump,
    Let,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Try,
    Unary,
)
from bindcheck.model import Literal as Constant

_QUIET = frozenset({"as_slice", "as_slice_mut", "reshape"})
"""Methods that raise only where the new body does as well."""

_SIZES = frozenset({"as_slice_mut", "checked_mul", "from_shape_vec", "reshape"})
"""What raises where sizes do not fit, whatever is made of the error."""

_NAN_BITS = frozenset({"0x7ff8_0000_0000_0000", "0x7ff8000000000000"})
_NAN = re.compile(r"(?:\w+::)*(?:NAN|from_bits\((?:0x7ff8_0000_0000_0000|0x7ff8000000000000)\))")


def ungated(node: Node) -> Node:
    """A statement without its `#[cfg(..)]`."""
    return node.inner if isinstance(node, Gated) else node


def releases(node: Node) -> bool:
    """`py.detach(|| ..)`."""
    return (
        isinstance(node, MethodCall)
        and node.method in RELEASES
        and bool(node.args)
        and isinstance(node.args[-1], Closure)
    )


def within(node: Node) -> Iterator[Node]:
    """A node and what is below it, but for what runs without the interpreter."""
    yield node
    for child in () if releases(node) else node.children():
        yield from within(child)


def loses(node: Node, scope: Scope) -> Node | None:
    """What Python would notice if the value of a `let` were never made; None: nothing.

    Local variables may be assigned: whoever uses one of them asks what is in it.
    """
    for one in within(node):
        if isinstance(one, Return):
            return one
        if isinstance(one, MacroCall) and one.path.rpartition("::")[2] not in MACROS:
            return one
        if isinstance(one, MethodCall) and (one.method in EFFECTS or _sets(one)):
            return one
        if isinstance(one, Try) and not is_quiet(one.value):
            return one
        if isinstance(one, Assign) and not _is_local(one.target, scope):
            return one
    return None


def is_quiet(node: Node) -> bool:
    """Whether an error is one that the new body raises as well."""
    if isinstance(node, MethodCall) and node.method in _QUIET:
        return True
    return any(
        (isinstance(one, MethodCall) and one.method in _SIZES)
        or (
            isinstance(one, Call) and isinstance(one.function, Path) and one.function.last in _SIZES
        )
        for one in _chain(node)
    )


def _chain(node: Node) -> Iterator[Node]:
    """`a.b().c()`, from the last call to the first receiver."""
    while True:
        yield node
        if not isinstance(node, MethodCall):
            return
        node = node.receiver


def _is_local(target: Node, scope: Scope) -> bool:
    return root(target) in scope


def root(node: Node) -> str:
    """The variable that an expression begins with; empty where there is none."""
    while not isinstance(node, Path):
        below = node.children()
        if isinstance(node, Call) or not below:
            return ""
        node = below[0]
    return node.last if len(node.segments) == 1 else ""


def _sets(node: Node) -> bool:
    return isinstance(node, MethodCall) and node.method == "set_item" and len(node.args) == 2


def asks_memory(node: Node) -> bool:
    """Whether a statement only tries, for matrices of many cells, whether there is memory for them.

    That is how the template of a grid does it, before NumPy panics.
    """
    if not isinstance(node, If) or node.otherwise is not None or not isinstance(node.then, Block):
        return False
    if len(node.then.statements) != 3 or not isinstance(node.condition, Binary):
        return False
    made, tried, dropped = node.then.statements
    methods = [one.method for one in tried.walk() if isinstance(one, MethodCall)]
    calls = [one.function for one in node.then.walk() if isinstance(one, Call)]
    named = [one.text.rpartition("::") for one in calls if isinstance(one, Path)]
    return (
        isinstance(made, Let)
        and isinstance(tried, Try)
        and methods == ["map_err", "try_reserve_exact"]
        and isinstance(dropped, Call)
        and sorted(name for _, _, name in named) == ["black_box", "drop", "new", "new_err"]
        and any(owner.endswith("PyMemoryError") for owner, _, _ in named)
    )


# --- kept as they are ----------------------------------------------------------------------------


def is_kept(node: Node, scope: Scope) -> bool:
    """Whether a statement before the core changes nothing that the binding still uses.

    Then it can stand in the new body as it is, if all its variables are known.
    """
    inner = ungated(node)
    if isinstance(inner, Let):
        return False
    if any(isinstance(one, Assign | Jump) or releases(one) for one in inner.walk()):
        return False
    if any(isinstance(one, Unary) and one.op == "&mut" for one in inner.walk()):
        return False
    call = inner.value if isinstance(inner, Try) else inner
    if isinstance(call, MethodCall):
        return root(call) not in scope or root(call) == "py"
    if isinstance(inner, If | Match | Loop):
        # What happens inside must be a check: other methods may change what they are called on.
        return any(isinstance(one, Return | Try) for one in inner.walk())
    return isinstance(call, Call | MacroCall)


def pushed(loop: Loop) -> tuple[str, ...]:
    """The variables that a loop adds values to."""
    found = (
        one.receiver.last
        for one in loop.walk()
        if isinstance(one, MethodCall) and one.method == "push" and isinstance(one.receiver, Path)
    )
    return tuple(dict.fromkeys(found))


# --- what fills memory with NaN ------------------------------------------------------------------


@fact
class Filling:
    """What writes NaN: `memory` are variables that it may go to, `nans` variables that are NaN, and
    `warmers` functions that write nothing else into memory which they are given.
    """

    memory: frozenset[str]
    nans: frozenset[str]
    warmers: frozenset[str]

    @classmethod
    def of(cls, scope: Scope, warmers: frozenset[str]) -> Filling:
        """With the variables of a scope."""
        return cls(
            frozenset(name for name, symbol in scope.items() if isinstance(symbol, Memory)),
            frozenset(
                name
                for name, symbol in scope.items()
                if isinstance(symbol, Code) and _NAN.fullmatch(symbol.text)
            ),
            warmers,
        )

    def only(self, node: Node) -> bool:
        """Whether a statement does nothing but write NaN into the memory."""
        inner = ungated(node)
        if isinstance(inner, Call):
            named = isinstance(inner.function, Path) and inner.function.last in self.warmers
            return named and bool(_mentioned(inner) & self.memory)
        if isinstance(inner, MethodCall):
            fills = inner.method == "fill" and len(inner.args) == 1 and self._is_nan(inner.args[0])
            return fills and root(inner.receiver) in self.memory
        if isinstance(inner, Assign):
            within = root(inner.target) in self.memory and inner.op == "="
            return within and not isinstance(inner.target, Path) and self._is_nan(inner.value)
        if isinstance(inner, If):
            inside = inner.otherwise is None and _is_calm(inner.condition)
            return inside and self.only(inner.then)
        return self._inside(inner)

    def _inside(self, node: Node) -> bool:
        """A loop or a block of such statements, with variables of its own."""
        if isinstance(node, Loop):
            over = _mentioned(node.over) if node.over is not None else set()
            inner = self._with(node.names) if over & self.memory else self
            return node.kind == "for" and inner.only(node.body)
        if not isinstance(node, Block) or not node.statements:
            return False
        inner = self
        for statement in node.statements:
            if not isinstance(statement, Let):
                if not inner.only(statement):
                    return False
            elif statement.value is None or not _is_calm(statement.value):
                return False
            elif _mentioned(statement.value) & inner.memory:
                inner = inner._with(statement.names)
        return not isinstance(node.statements[-1], Let)

    def _with(self, names: tuple[str, ...]) -> Filling:
        return Filling(self.memory | set(names), self.nans, self.warmers)

    def _is_nan(self, node: Node) -> bool:
        if isinstance(node, Path):
            return node.last == "NAN" or (len(node.segments) == 1 and node.last in self.nans)
        return (
            isinstance(node, Call)
            and isinstance(node.function, Path)
            and node.function.last == "from_bits"
            and len(node.args) == 1
            and isinstance(node.args[0], Constant)
            and node.args[0].text in _NAN_BITS
        )


def _is_calm(node: Node) -> bool:
    """Whether the value of a variable is only read from somewhere."""
    return not any(isinstance(one, Return | Try | Assign | MacroCall) for one in node.walk())


def _mentioned(node: Node) -> set[str]:
    return {one.last for one in node.walk() if isinstance(one, Path) and len(one.segments) == 1}


def is_part(node: Node) -> bool:
    """Whether an expression is a part of something: `&mut out[1..]`."""
    while isinstance(node, Unary):
        node = node.value
    return isinstance(node, Index)
