"""Brings the body of a grid's binding to its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bindcheck.generate.held.same.base import root_of
from bindcheck.generate.held.same.matrices import Matrices
from bindcheck.generate.held.same.reader import Reader
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.sizes import COLS, ROWS
from bindcheck.generate.held.same.terms import UNIT, Term
from bindcheck.generate.held.same.trace import Trace
from bindcheck.generate.held.scopes import fields
from bindcheck.model import Block, Call, CoreFunction, ItemRef, MethodCall, Node, Path, TypeRef

_VECTOR = frozenset({"as_slice", "to_vec"})
"""Methods of a vector of the core after which there are the same numbers."""

COMBOS: Term = ("combos",)
"""The combinations of a grid, whoever has listed them."""

RETURNED: Term = ("returned combos",)
"""The combinations that the core gives back."""

RETURNED_ROWS: Term = ("returned rows",)

GRID: Term = ("grid",)
"""The result of a function that gives all matrices."""

Run = tuple[CoreFunction, tuple[Term, ...], Node]
"""A function of the core, what it is given, and where."""


@dataclass(slots=True)
class GridForm(Matrices):
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
        if not self.is_listing(ref):
            return self.uninit(ref, args) or self._handed_on(ref, args, node)
        listed = self.settled(("list", *args))
        self.lists.append((listed, node))
        fails = self.naming.fails(ref)
        return ("result", listed, (), COMBOS) if fails else COMBOS

    def is_listing(self, ref: ItemRef) -> bool:
        """Whether a function lists the combinations."""
        return self.expand is not None and self._listing(ref) == self._listing(self.expand)

    def _listing(self, ref: ItemRef) -> ItemRef:
        """The function that one hands everything on to, or itself."""
        program = self.naming.program
        function, body = program.function(ref), program.body(ref)
        call = body.statements[0] if body is not None and len(body.statements) == 1 else None
        path = call.function if isinstance(call, Call) else None
        if not isinstance(call, Call) or not isinstance(path, Path):
            return ref
        given = [one.text if isinstance(one, Path) else "" for one in call.args]
        other = self.naming.elsewhere(ref.path, function.scope).function(path.segments)
        handed = given == [one.name for one in function.params] and all(given)
        return other if handed and other is not None else ref

    def bind_pattern(self, text: str, names: Sequence[str], value: Term, scope: Scope) -> None:
        """The variables of a pattern; fields of a grid's result are known."""
        Matrices.bind_pattern(self, text, names, value, scope)
        for name, variable in fields(text) if value == GRID else ():
            known = self._field_of(name, value)
            if known is not None:
                scope.bind(variable, known)

    def touch(self, node: Node, scope: Scope) -> None:
        """What goes through combinations leaves them as they are."""
        root = root_of(node)
        held = scope.get(root.last) if root is not None else None
        goes = any(isinstance(one, MethodCall) and one.method == "iter" for one in node.walk())
        if held not in (COMBOS, RETURNED) or not goes:
            Matrices.touch(self, node, scope)

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
        scope = Scope(None)
        for param, value in zip(self.naming.program.function(ref).params, args, strict=False):
            scope.bind(param.name, value)
        inner = self.entered(ref, body)
        return inner, inner.value(body, scope)

    def entered(self, ref: ItemRef, body: Block) -> GridForm:
        """A reader of the body of a function."""
        program = self.naming.program
        function = program.function(ref)
        naming = self.naming.elsewhere(ref.path, function.scope)
        uses = [use for one in body.walk() if isinstance(one, Block) for use in one.uses]
        return replace(
            self,
            naming=replace(naming, uses=tuple(uses), moved={}),
            source=program.source(ref.path),
            owner=function.owner,
            trace=Trace(),
            runs=[],
            lists=[],
            pending={},
            seen={},
            inlined=self.inlined + 1,
        )

    def _core(self, name: str, args: tuple[Term, ...], node: Call) -> Term:
        function = self.core[name]
        given = tuple(map(self.settled, args))
        self.runs.append((function, given, node))
        self.event(("core",), node)
        self.running = True
        self._filled(function, args)
        made: Term = GRID
        if any(role.startswith("out:") for role in function.roles):
            made = self._given_back(function.returns)
        return ("result", ("core",), (), made) if function.fallible else made

    def _filled(self, function: CoreFunction, args: tuple[Term, ...]) -> None:
        """What the core leaves in the memory that it is given."""
        taken: set[int] = set()
        for role, one in zip(function.roles, args, strict=False):
            if one[0] not in ("memory", "part of memory"):
                continue
            whole = one[0] == "memory" and role.startswith("out:") and one[1] not in taken
            output: Term = ("output", role.removeprefix("out:"))
            self.memory[one[1]] = output if whole else ("shared", role, self.memory[one[1]])
            taken.add(one[1])

    def _given_back(self, kind: TypeRef) -> Term:
        """What a function gives that fills memory."""
        if kind.kind == "tuple":
            return ("items", "tuple", tuple(map(self._given_back, kind.args)))
        listed = kind.name == "Vec" and kind.args and kind.args[0].name == self.params
        if listed:
            return RETURNED
        # A struct of the crate tells of the grid.
        return GRID if kind.name and self.naming.type((kind.name,)) is not None else UNIT

    def _same(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        if receiver in (COMBOS, RETURNED) and node.method == "len":
            return ROWS if receiver == COMBOS else RETURNED_ROWS
        if node.method == "collect" and receiver[:3] == ("method", "iter", ()):
            copied: Term = receiver[3]
            return copied if copied[0] == "slice" else None
        if receiver[0] == "output" and node.method in _VECTOR:
            return receiver
        return Matrices._same(self, node, receiver, scope)

    def _field_of(self, name: str, base: Term) -> Term | None:
        """A field of a grid's result."""
        if base != GRID:
            return None
        output = self.fields.get(name)
        if output is not None:
            return ("output", output)
        return {"combos": RETURNED, "rows": RETURNED_ROWS, "cols": COLS}.get(name)
