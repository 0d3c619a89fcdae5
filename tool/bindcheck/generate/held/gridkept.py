"""What a new binding of a grid keeps of the statements before the core, as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bindcheck.generate.arguments import free_name
from bindcheck.generate.context import TEMPLATE_NAMES
from bindcheck.generate.held.evidence import LISTED
from bindcheck.generate.held.gridvalues import OWN_FIRST, GridValues
from bindcheck.generate.held.pure import repeated, unsettled
from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.statements import is_guard
from bindcheck.generate.held.steps import (
    is_kept,
    pushed,
)
from bindcheck.generate.held.symbols import (
    UNKNOWN,
    Array,
    Code,
    Kernel,
    Memory,
    Several,
    Symbol,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Block,
    Call,
    If,
    Let,
    Loop,
    MethodCall,
    Node,
    Return,
    Try,
)


@dataclass(slots=True)
class GridKept(GridValues):
    """Keeps statements and variables. `kept_names` are variables of statements that are kept,
    `lists` what mutable variables are made by.
    """

    kept_names: set[str] = field(default_factory=set)
    lists: dict[str, Let] = field(default_factory=dict)

    def _keep(self, statement: Node, scope: Scope) -> None:
        """A statement before the core that the new body has as it is."""
        if self.released and not self.done and is_guard(statement):
            self._keep_inside(statement, scope)
            return
        if isinstance(statement, Loop) and not self.done and not self.released:
            scope = {**scope, **self._keep_lists(statement, scope)}
        if self.done or self.released or not is_kept(statement, scope):
            raise self.lost("the statement", statement)
        code = self.code(statement, scope)
        if not isinstance(code, Code):
            raise self._unclear(statement, scope)
        ends = "" if code.text.endswith(("}", ";")) else ";"
        self.found.guard(Code(code.text + ends, code.uses), statement)

    def _unclear(self, statement: Node, scope: Scope) -> Lacking:
        """What a check is about is not known; a text in it may have variables."""
        line, named = self.splicer.first_line(statement), self.splicer.inlined(statement, scope)
        inside = f", for `{named[0]}` in its text" if named else ""
        return Lacking(f"what a check is about: `{line}`{inside}", statement.span.start)

    def _keep_lists(self, loop: Loop, scope: Scope) -> Scope:
        """Lists that a loop before the core adds to: the new body has them as well."""
        found: Scope = {}
        for name in pushed(loop):
            made = self.lists.pop(name, None)
            if made is not None and isinstance(scope.get(name), Memory):
                code = self.code(made.value, scope) if made.value is not None else UNKNOWN
                if isinstance(code, Code):
                    self._keep_variable(made, code, scope)
                    found[name] = scope[name]
        return found

    def _keep_inside(self, statement: Node, scope: Scope) -> None:
        """A check of what runs without the interpreter: its error is one of the core's."""
        assert isinstance(statement, If)
        assert isinstance(statement.then, Block)
        ends = statement.then.statements[0]
        call = ends.value if isinstance(ends, Return) else None
        error = call.args[0] if isinstance(call, Call) and len(call.args) == 1 else None
        asks = self.splicer.code(statement.condition, scope, released=True)
        made = self.splicer.code(error, scope, released=True) if error is not None else UNKNOWN
        if not isinstance(asks, Code) or not isinstance(made, Code):
            raise self._unclear(statement, scope)
        raised = f"{self.known.error}::new_err(({made.text}).to_string())"
        text = f"if {asks.text} {{ return Err({raised}); }}"
        self.found.guard(Code(text, asks.uses | made.uses), statement)
        self.found.inside = True

    def _stay(self, node: Let, scope: Scope, lost: Node | None) -> None:
        """Keep a variable whose value is another one at another time, where it can be kept."""
        each = tuple(scope.get(name, UNKNOWN) for name in node.names)
        one = each[0] if len(each) == 1 else Several(each)
        if not self._is_unsettled(node, one):
            return
        if self.done or self.released or not isinstance(one, Code):
            raise self.lost("the variable", node)
        if lost is None:
            self._keep_variable(node, one, scope)

    def _is_unsettled(self, node: Let, one: Symbol) -> bool:
        plain = isinstance(one, Code) and one != LISTED and not self.released
        again = plain and repeated(node, self.known, self.whole)
        made = node.value
        return again or (made is not None and unsettled(made, one, self.known, self.whole))

    def _answer(self, node: Let, lost: Node, scopes: tuple[Scope, Scope]) -> None:
        """What a variable would take with it: the new body does it, or has the statement.

        `scopes` are the variables before and after it.
        """
        before, scope = scopes
        one = scope.get(node.names[0], UNKNOWN) if len(node.names) == 1 else UNKNOWN
        if isinstance(one, Kernel) or one == LISTED:
            return
        if isinstance(one, Array) and node.otherwise is not None:
            asks = f"{self.known.variable(one.argument)}.is_none()"
            if any(asks in code.text for code in self.found.guards):
                return
        if isinstance(one, Array) and isinstance(lost, Try) and _reads(lost):
            return
        if isinstance(one, Memory) and one.code is not None:
            one = one.code
        if not isinstance(one, Code) and node.value is not None:
            one = self.code(node.value, before)
        if not isinstance(one, Code) or node.otherwise is not None:
            raise self.lost("the statement", lost)
        if OWN_FIRST.fullmatch(one.text) or (isinstance(lost, Try) and "?" not in one.text):
            return
        if self.done:
            self.found.unless.append((one, lost.span.start))
        else:
            self._keep_variable(node, one, scope)

    def _keep_variable(self, node: Let, code: Code, scope: Scope) -> None:
        """A statement before the core whose variables the new body has as well."""
        taken = {*TEMPLATE_NAMES, *self.known.arguments, *self.known.slices, *self.kept_names}
        pattern = node.pattern
        for name in node.names:
            free = free_name(name, taken)
            self.kept_names.add(free)
            pattern = re.sub(rf"\b{name}\b", free, pattern)
            scope[name] = Code(free, code.uses, atomic=True)
        pattern = f"mut {pattern}" if node.mutable else pattern
        stated = node.type is not None and not code.text.startswith("{ let typed")
        kind = f": {node.type.text}" if stated and node.type is not None else ""
        kept = Code(f"let {pattern}{kind} = {code.text};", code.uses)
        self.found.guard(kept, node)
        calls = node.value is not None and any(isinstance(n, Call) for n in node.value.walk())
        if self.released and calls:
            self.found.apart.add(kept.text)
        self.found.inside = self.found.inside or bool(self.released)


def _reads(node: Node) -> bool:
    """Whether an expression asks arrays for their slices, and says nothing of its own."""
    methods = {one.method for one in node.walk() if isinstance(one, MethodCall)}
    return "as_slice" in methods and not methods & {"map_err", "ok_or", "ok_or_else"}
