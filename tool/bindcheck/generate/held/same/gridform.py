"""Brings the body of a grid's binding to its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bindcheck.generate.held.same.base import root_of
from bindcheck.generate.held.same.reader import Reader
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import UNIT, Term
from bindcheck.generate.held.same.trace import Trace
from bindcheck.model import Block, Call, CoreFunction, ItemRef, MethodCall, Node, Path, TypeRef

COMBOS: Term = ("combos",)
"""The combinations of a grid, whoever has listed them."""

GRID: Term = ("grid",)
"""The result of a function that gives all matrices."""

ROWS: Term = ("rows",)
COLS: Term = ("cols",)

Run = tuple[CoreFunction, tuple[Term, ...], Node]
"""A function of the core, what it is given, and where."""


@dataclass(slots=True)
class GridForm(Reader):
    """Reads the binding of a grid. `core` are the functions of it by name, `expand` lists the
    combinations of parameters, `params`. `fields` are those of a grid's result that are known.

    `runs` are the calls of the core, and `lists` what has been listed.
    """

    core: Mapping[str, CoreFunction] = field(default_factory=dict)
    expand: ItemRef | None = None
    params: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    lists: list[tuple[Term, Node]] = field(default_factory=list)

    def _named(self, ref: ItemRef | None, args: tuple[Term, ...], node: Call) -> Term | None:
        if ref is None:
            return None
        if ref != self.expand:
            return self._handed_on(ref, args, node)
        listed = self.settled(("list", *args))
        self.lists.append((listed, node))
        fails = self.naming.fails(ref)
        return ("result", listed, (), COMBOS) if fails else COMBOS

    def _core_name(
        self, path: Path, ref: ItemRef | None, args: tuple[Term, ...]
    ) -> tuple[str, tuple[Term, ...]]:
        if ref is None and path.last in self.core and self.naming.is_local(path.segments):
            # It is written along with this body.
            return path.last, args
        named = self.core.get(path.last)
        if named is not None and ref is not None and self._is_function(named, ref):
            return path.last, args
        return Reader._core_name(self, path, ref, args)

    def _is_function(self, named: CoreFunction, ref: ItemRef) -> bool:
        """Whether a function is that of the core; one that is split has no place of its own yet."""
        function = self.naming.program.function(ref)
        beside = ref.path == named.ref.path and function.scope == self.naming.scope
        return ref == named.ref or (beside and not function.owner and function.name == named.name)

    def _handed_on(self, ref: ItemRef, args: tuple[Term, ...], node: Call) -> Term | None:
        """What a function of the crate gives that only calls the core; None for others."""
        body = self.naming.program.body(ref)
        whole = body is not None and body.tail and len(body.statements) == 1
        if body is None or not whole or not isinstance(body.statements[0], Call):
            return None
        inner, value = self.inside(ref, body, args)
        if [step for step, _ in inner.trace.steps] != [("core",)] or inner.trace.work:
            return None
        self.runs += [(function, given, node) for function, given, _ in inner.runs]
        self.event(("core",), node)
        return value

    def inside(self, ref: ItemRef, body: Block, args: tuple[Term, ...]) -> tuple[GridForm, Term]:
        """The body of a function with these arguments, and what it gives."""
        program = self.naming.program
        function = program.function(ref)
        naming = self.naming.elsewhere(ref.path, function.scope)
        uses = [use for one in body.walk() if isinstance(one, Block) for use in one.uses]
        inner = replace(
            self,
            naming=replace(naming, uses=tuple(uses), moved={}),
            source=program.source(ref.path),
            owner=function.owner,
            trace=Trace(),
            runs=[],
            lists=[],
            memory={},
            sizes={},
            pending={},
            seen={},
            inlined=self.inlined + 1,
        )
        scope = Scope(None)
        for param, value in zip(function.params, args, strict=False):
            scope.bind(param.name, value)
        return inner, inner.value(body, scope)

    def _core(self, name: str, args: tuple[Term, ...], node: Call) -> Term:
        function = self.core[name]
        given = tuple(map(self.settled, args))
        self.runs.append((function, given, node))
        self.event(("core",), node)
        for role, one in zip(function.roles, args, strict=False):
            if one[0] in ("memory", "part of memory") and role.startswith("out:"):
                self.memory[one[1]] = ("output", role.removeprefix("out:"))
        made: Term = GRID
        if any(role.startswith("out:") for role in function.roles):
            made = self._given_back(function.returns)
        return ("result", ("core",), (), made) if function.fallible else made

    def _given_back(self, kind: TypeRef) -> Term:
        """What a function gives that fills memory."""
        if kind.kind == "tuple":
            return ("items", "tuple", tuple(map(self._given_back, kind.args)))
        listed = kind.name == "Vec" and kind.args and kind.args[0].name == self.params
        if listed:
            return COMBOS
        # A struct of the crate tells of the grid.
        return GRID if kind.name and self.naming.type((kind.name,)) is not None else UNIT

    def _made(self, path: Path, args: tuple[Term, ...]) -> Term | None:
        owner, name = path.segments[-2:-1], path.last
        if owner == ("PyArray1",) and name == "zeros" and len(args) > 1:
            return self._blank(args)
        if name == "from_raw_parts_mut" and args and args[0][0] == "memory":
            return args[0]
        return Reader._made(self, path, args)

    def _same(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        if receiver == COMBOS and node.method == "len":
            return ROWS
        if node.method == "collect" and receiver[:3] == ("method", "iter", ()):
            copied: Term = receiver[3]
            return copied if copied[0] == "slice" else None
        if receiver[0] == "array" and receiver[1][0] == "memory" and node.method == "data":
            held: Term = receiver[1]
            return held
        if receiver[0] == "memory" and node.method in ("cast", "as_mut_ptr"):
            return receiver
        return Reader._same(self, node, receiver, scope)

    def touch(self, node: Node, scope: Scope) -> None:
        """What is asked of a result, or of combinations, leaves them.

        Whoever reads the statements of such a body refuses what would change them.
        """
        root = root_of(node)
        held = scope.get(root.last) if root is not None else None
        if held not in (COMBOS, GRID):
            Reader.touch(self, node, scope)

    def _field_of(self, name: str, base: Term) -> Term | None:
        """A field of a grid's result."""
        if base != GRID:
            return None
        output = self.fields.get(name)
        if output is not None:
            return ("array", ("output", output))
        return {"combos": COMBOS, "rows": ROWS, "cols": COLS}.get(name)
