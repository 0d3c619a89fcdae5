"""Notes what a body refuses, and what a new one would make at another time."""

from __future__ import annotations

from dataclasses import dataclass, field

from bindcheck.generate.held.evidence import COMBOS, Evidence, Known
from bindcheck.generate.held.pure import unsettled
from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.splicing import Splicer
from bindcheck.generate.held.statements import (
    asked,
    is_guard,
    raises,
    read_variable,
)
from bindcheck.generate.held.symbols import (
    UNKNOWN,
    Array,
    Code,
    Symbol,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Assign,
    Let,
    Node,
    Path,
)


@dataclass(slots=True)
class Noting:
    """What is known of a body, and what it has said so far."""

    splicer: Splicer
    released: int = 0
    memories: int = 0
    outermost: bool = False
    handed: frozenset[str] = frozenset()
    raising: set[int] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    whole: Node | None = None

    @property
    def known(self) -> Known:
        """What the body is read with."""
        return self.splicer.known

    @property
    def found(self) -> Evidence:
        """What it has said so far."""
        return self.splicer.found

    def code(self, node: Node, scope: Scope) -> Symbol:
        """The text of an expression over arguments."""
        return self.splicer.code(node, scope, released=self.released > 0)

    def check(self, statement: Node, scope: Scope) -> None:
        """Note what the body refuses: `if .. { return Err(..); }`, or `..ok_or_else(..)?`."""
        if is_guard(statement):
            code = self.code(statement, scope)
            if not isinstance(code, Code):
                raise Lacking(f"what a check is about: `{self.splicer.first_line(statement)}`")
            self.found.guard(code, statement)
            return
        if isinstance(statement, Let) and self.handed & set(statement.names):
            return  # The new body makes what the core is given.
        if isinstance(statement, Let) and raises(statement):
            # What was made of another variable of that name must stand before it.
            if not self.mentioned & set(statement.names):
                self.raising.add(id(statement))
            return
        self.mentioned |= {one.last for one in statement.walk() if isinstance(one, Path)}
        value = asked(statement)
        if value is not None and isinstance(scope.get(read_variable(value)), Array):
            return
        code = self.code(value, scope) if value is not None else UNKNOWN
        # What is asked of another argument makes a value of it, which has its own place.
        if isinstance(code, Code) and code.uses & self._arrays and not code.uses & {COMBOS}:
            self.found.guard(Code(f"{code.text};", code.uses), statement)

    def _raising(self, node: Let, code: Code) -> Symbol:
        """A variable whose value may end the body: the new one has it as well, at its place."""
        name, slices = node.names[0], set(map(self.known.variable, self._arrays))
        if self.found.calls or self.found.made or name in slices:
            return UNKNOWN
        self.found.named.append(name)
        kind = f": {node.type.text}" if node.type is not None else ""
        self.found.guard(Code(f"let {name}{kind} = {code.text};", code.uses), node)
        return Code(name, code.uses, atomic=True)

    @property
    def _arrays(self) -> set[str]:
        return {one for one, kind in self.known.arguments.items() if isinstance(kind, Array)}

    def settle(self, node: Let | Assign, made: Node, value: Symbol) -> None:
        """Note where the new body would make the value of a variable at another time, or again."""
        if unsettled(made, value, self.known, self.whole):
            line = self.splicer.first_line(node)
            fact = f"a place for the variable: `{line}`"
            self.found.doubts.append(Lacking(fact, node.span.start))
