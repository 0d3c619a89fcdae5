"""What a binding writes into memory of its own before the core fills it: the new body writes it
too, into the vector that it makes in place of that memory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bindcheck.generate.held.evidence import STARTED
from bindcheck.generate.held.reading import Reader
from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.symbols import Array, Code, Memory, Output, Symbol
from bindcheck.model import (
    Assign,
    Await,
    Block,
    Call,
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
    Opaque,
    Path,
    Return,
    Try,
    Unary,
)
from bindcheck.model import Sequence as Items

_ENDING = (Await, Gated, Jump, Opaque, Return, Try)
"""What may leave a statement before its end, or not be there."""

_PLAIN = re.compile(r"\w+(?:\.len\(\))?")
"""What needs no parentheses in another expression."""


@dataclass(slots=True)
class CallReader(Reader):
    """Reads the binding of one call, or of a stream. `arrays` is memory that NumPy has."""

    arrays: set[int] = field(default_factory=set)

    def check(self, statement: Node, scope: Scope) -> None:
        """Note what the body refuses, and what it writes before the core does."""
        Reader.check(self, statement, scope)
        self._start(statement, scope)

    def _start(self, statement: Node, scope: Scope) -> None:
        """Note what a statement writes before the core does."""
        name = written(statement)
        memory = scope.get(name)
        if not isinstance(memory, Memory) or not self._is_fresh(memory):
            return
        if STARTED in scope and name != STARTED:
            return
        given = {**scope, name: Code(STARTED, atomic=True)}
        code = self.splicer.code(statement, given, released=True)
        if isinstance(code, Code) and _is_plain(code):
            self.found.started.setdefault(memory.number, []).append(code)

    def _let(self, node: Let, scope: Scope) -> None:
        """A variable; `{ let mut memory = vec![..]; memory[..2].fill(1.0); memory }` for one."""
        block = node.value
        if not isinstance(block, Block) or not _is_vector(block):
            Reader._let(self, node, scope)
            return
        inner = dict(scope)
        for statement in block.statements[:-1]:
            self._start(statement, inner)
            self.statement(statement, inner)
        self._bind(node, self.value(block.statements[-1], inner), scope)

    def chosen(
        self, node: If | Match, subject: Symbol, values: Sequence[Symbol], scope: Scope
    ) -> Symbol | None:
        """Note which array a choice asks for."""
        if isinstance(node, Match) and isinstance(subject, Array):
            self.found.asked[node.span.start] = subject.argument
        return Reader.chosen(self, node, subject, values, scope)

    def _is_fresh(self, memory: Memory) -> bool:
        """Whether memory is as long as the vector in its place, and nothing has filled it."""
        told = memory.number in self.arrays or memory.made is not None
        return told and not self.found.calls and memory.number not in self.found.filled

    def plain_call(self, node: Call, name: str, args: Sequence[Symbol], scope: Scope) -> Symbol:
        """The call of a function that is not of the core."""
        made = Reader.plain_call(self, node, name, args, scope)
        path = node.function.segments if isinstance(node.function, Path) else ()
        if not isinstance(made, Memory) or path[-2:-1] not in (("PyArray1",), ("PyArray2",)):
            return made
        if path[-2] == "PyArray2":
            made = self._matrix(made, node.args, scope)
        if path[-1] in ("new", "zeros"):
            self.arrays.add(made.number)
        return replace(made, zeroed=path[-1].startswith("zeros"))

    def _matrix(self, made: Memory, args: Sequence[Node], scope: Scope) -> Memory:
        """Memory of an array of two dimensions, row after row."""
        shape = args[1] if len(args) == 3 else None
        sizes = [self.value(one, scope) for one in shape.items] if isinstance(shape, Items) else []
        codes = [one for one in sizes if isinstance(one, Code)]
        if len(codes) != 2 or len(sizes) != 2:
            return replace(made, size=None, shape="?")
        whole = Code(" * ".join(one.inner for one in codes), codes[0].uses | codes[1].uses)
        listed = f"[{', '.join(one.text for one in codes)}]"
        return replace(made, size=whole, shape=listed, shaped_by=whole.uses)

    def _reshaped(self, made: Symbol, node: MethodCall, scope: Scope) -> Symbol:
        """What Python gets in another shape."""
        if node.method != "reshape" or not isinstance(made, Memory | Output) or not node.args:
            return made
        shape = self.value(node.args[0], scope)
        if not isinstance(shape, Code):
            return replace(made, shape="?")
        return replace(made, shape=shape.text, shaped_by=shape.uses)

    def method_of(self, receiver: Symbol, node: MethodCall, scope: Scope) -> Symbol:
        """The call of a method; how long an array of NumPy is does not depend on what is in it."""
        sized = isinstance(receiver, Memory) and receiver.number in self.arrays
        if sized and isinstance(receiver, Memory) and node.method == "len" and receiver.size:
            plain = _PLAIN.fullmatch(receiver.size.text) is not None
            return replace(receiver.size, atomic=plain)
        return self._reshaped(Reader.method_of(self, receiver, node, scope), node, scope)


def written(statement: Node) -> str:
    """The one variable whose numbers a statement writes, and does nothing else; else empty."""
    if not isinstance(statement, If | Loop | MethodCall) or not all(map(_fits, statement.walk())):
        return ""
    loops = {name for one in statement.walk() if isinstance(one, Loop) for name in one.names}
    roots = {_root(one) for part in statement.walk() for one in _targets(part)} - loops
    name = roots.pop() if len(roots) == 1 else ""
    return name if name not in loops else ""


def _is_vector(block: Block) -> bool:
    """Whether a block makes a vector, writes it, and does nothing else."""
    if len(block.statements) < 3 or block.uses or block.kind != "plain":
        return False
    made, last = block.statements[0], block.statements[-1]
    if not isinstance(made, Let) or not isinstance(made.value, MacroCall):
        return False
    named = isinstance(last, Path) and [last.text] == list(made.names) and block.tail
    return named and all(written(one) == made.names[0] for one in block.statements[1:-1])


def _fits(node: Node) -> bool:
    """Whether a node may be part of a statement that writes numbers."""
    return node.kind == "for" if isinstance(node, Loop) else not isinstance(node, _ENDING)


def _targets(node: Node) -> tuple[Node, ...]:
    """What a node writes, or lets others write."""
    if isinstance(node, Assign):
        return (node.target,)
    if isinstance(node, MethodCall) and node.method in ("fill", "iter_mut"):
        return (node.receiver,)
    return (node.value,) if isinstance(node, Unary) and node.op == "&mut" else ()


def _root(node: Node) -> str:
    if isinstance(node, Index):
        return _root(node.base)
    if isinstance(node, Unary):
        return _root(node.value)
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else "?"


def _is_plain(code: Code) -> bool:
    """Whether code can neither end the function nor needs the interpreter."""
    return "?" not in code.text and "return" not in code.text and "py" not in code.uses
