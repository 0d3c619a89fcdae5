"""Which crate functions a body calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from bindcheck.analysis.keeping.kept import Kept
from bindcheck.analysis.keeping.reads import Named, named, note
from bindcheck.analysis.linking.expansions import Expansions
from bindcheck.analysis.linking.foreign import FOREIGN_METHODS
from bindcheck.analysis.linking.names import Names
from bindcheck.analysis.linking.receivers import Receivers, Typed, bound_by, is_foreign
from bindcheck.model import (
    Arm,
    Block,
    Call,
    Closure,
    Function,
    If,
    ItemRef,
    Let,
    Loop,
    MacroCall,
    MacroItem,
    MethodCall,
    Module,
    Node,
    Param,
    Path,
    Span,
    Use,
)

Callees = Mapping[Span, tuple[ItemRef, ...]]

_CALLED_IN_TOKENS = re.compile(r"(?<![\w$.])((?:\$crate::|[A-Za-z_]\w*::)*[A-Za-z_]\w*)\s*\(")


class CallGraph:
    """Calls between the functions of linked modules, computed when first asked for."""

    def __init__(
        self,
        modules: Mapping[str, Module],
        names: Names,
        body: Callable[[ItemRef], Block | None],
        expansions: Expansions,
        kept: Kept,
    ):
        self._modules = modules
        self._kept = kept
        self.names = names
        self._body = body
        self.expansions = expansions
        self._known: dict[ItemRef, tuple[Callees, Named]] = {}
        self._learnt: set[ItemRef] = set()
        self._owners: dict[ItemRef, ItemRef] | None = None
        self._by_method: dict[str, tuple[ItemRef, ...]] = {}
        self._by_default: dict[str, tuple[ItemRef, ...]] = {}
        self._macros: dict[str, tuple[str, MacroItem]] | None = None

    def callees(self, ref: ItemRef) -> Callees:
        """Functions by the span of the Call, MethodCall, MacroCall or Path that reaches them."""
        known = self._known.get(ref)
        if known is None:
            known = self._known[ref] = named(("calls", ref), lambda: self._found(ref))
        note(known[1])
        return known[0]

    def _found(self, ref: ItemRef) -> Callees:
        body = self._body(ref)
        return {} if body is None else _Walk(self, ref).run(body)

    def is_new(self, ref: ItemRef) -> bool:
        """Whether the processes of a crew have not told each other of the calls of a function."""
        return ref not in self._learnt

    def learn(self, found: Mapping[ItemRef, Callees]) -> None:
        """Take over calls that all processes know."""
        self._learnt.update(found)
        for ref, callees in found.items():
            # They were found in this body, elsewhere.
            self._known.setdefault(ref, (callees, Named(("calls", ref), (ref,))))

    def function(self, ref: ItemRef) -> Function:
        """The function behind a reference."""
        return self._modules[ref.path].functions[ref.index]

    def owner_of(self, ref: ItemRef) -> ItemRef | None:
        """The struct or enum whose method a function is."""
        function = self.function(ref)
        if not function.owner:
            return None
        if self._owners is None:
            self._owners = self._kept.of("owners", self.names.implementing)
        owner = self._owners.get(ref)
        counts = owner is not None and ref in self.names.methods(owner).get(function.name, ())
        return owner if counts else None

    def of_argument(self, refs: tuple[ItemRef, ...], name: str) -> tuple[ItemRef, ...]:
        """Of methods of `Wrapper<X>` for several `X`, those for the type of this name, if any."""
        concrete = len(name) > 1
        return tuple(one for one in refs if concrete and self._argument(one) == name) or refs

    def _argument(self, ref: ItemRef) -> str:
        """The name of the only argument of the type in the `impl` of a method."""
        impls = self._modules[ref.path].impls
        home = next((one for one in impls if ref.index in one.functions), None)
        args = home.type.peel().args if home is not None else ()
        return args[0].peel().name if len(args) == 1 else ""

    def only_method(self, name: str) -> tuple[ItemRef, ...]:
        """The method of this name, if the crate has it on one type only and no library has it."""
        if name in FOREIGN_METHODS:
            return ()
        if name not in self._by_method:
            self._by_method[name] = self._only(name)
        return self._by_method[name]

    def default_method(self, type_ref: ItemRef, name: str) -> tuple[ItemRef, ...]:
        """The method of this name that a type has from a trait which gives it a body."""
        given = self._by_default.get(name)
        if given is None:
            given = self._by_default[name] = self._defaults(name)
        traits = self.names.traits(type_ref) if given else frozenset()
        found = tuple(one for one in given if self.function(one).owner in traits)
        return found if len(found) == 1 else ()

    def macro(self, name: str) -> tuple[str, MacroItem] | None:
        """The `macro_rules!` of this name and its file."""
        if self._macros is None:
            self._macros = self._kept.of("macros", self._all_macros)
        return self._macros.get(name)

    def _all_macros(self) -> dict[str, tuple[str, MacroItem]]:
        return {
            item.name: (path, item)
            for path, module in self._modules.items()
            for item in module.macros
            if item.defines
        }

    def has_method(self, name: str) -> bool:
        """Whether any type or trait of the crate has a function of this name."""
        return name in self._of_types

    def may_mean_function(self, name: str) -> bool:
        """Whether a path that ends in `name` can lead to a function of the crate."""
        return name in self._function_names

    @cached_property
    def _function_names(self) -> frozenset[str]:
        """The names of all functions, and those that a `use` gives to something else."""
        return self._kept.of("function names", self._all_function_names)

    def _all_function_names(self) -> frozenset[str]:
        found: set[str] = set()
        for module in self._modules.values():
            found.update([function.name for function in module.functions])
            found.update([use.name for use in module.uses if use.path[-1:] != (use.name,)])
        return frozenset(found)

    def _only(self, name: str) -> tuple[ItemRef, ...]:
        refs = self._of_types.get(name, ())
        methods = [one for one in refs if self.function(one).receiver]
        owners = {self.function(one).owner for one in methods}
        return self.names.preferred(methods) if len(owners) == 1 else ()

    def _defaults(self, name: str) -> tuple[ItemRef, ...]:
        """Methods of this name with a body in the traits of the crate."""
        refs = self._of_types.get(name, ())
        return tuple(one for one in refs if _is_default(self.function(one)))

    @cached_property
    def _of_types(self) -> dict[str, tuple[ItemRef, ...]]:
        return self._kept.of("functions of types", self._all_of_types)

    def _all_of_types(self) -> dict[str, tuple[ItemRef, ...]]:
        found: dict[str, tuple[ItemRef, ...]] = {}
        for path, module in self._modules.items():
            for index, function in enumerate(module.functions):
                if function.owner:
                    found[function.name] = (*found.get(function.name, ()), ItemRef(path, index))
        return found


def _is_default(function: Function) -> bool:
    own = function.owner == function.trait.partition("<")[0].rsplit("::", 1)[-1]
    return bool(function.trait and function.receiver) and own and function.body_span is not None


class _Walk:
    """One pass over a body in source order, with the variables in scope."""

    def __init__(self, graph: CallGraph, ref: ItemRef):
        function = graph.function(ref)
        self._graph = graph
        self._names = graph.names
        self._path = ref.path
        self._scope = function.scope
        self._owner = graph.owner_of(ref)
        self._variables: dict[str, Typed | None] = {}
        self._uses: tuple[Use, ...] = ()
        self._found: dict[Span, tuple[ItemRef, ...]] = {}
        self._receivers = self._with_uses(())
        self._declare_params(function.params)

    def run(self, body: Block) -> Callees:
        """All calls of a body."""
        self._visit(body)
        return self._found

    # --- order of the visit --------------------------------------------------------------------

    def _visit(self, node: Node) -> None:
        visit = _VISITS.get(type(node))
        if visit is not None:
            visit(self, node)
            return
        for child in node.children():
            self._visit(child)

    def _below(self, node: Node) -> None:
        for child in node.children():
            self._visit(child)

    def _framed(self, node: Closure | Arm | Loop | If) -> None:
        """What is declared inside ends with the node."""
        before = self._variables.copy()
        if isinstance(node, Closure):
            self._declare_params(node.params)
            self._visit(node.body)
        elif isinstance(node, Loop):
            if node.over is not None:
                self._visit(node.over)
            self._declare(node.names)
            self._visit(node.body)
        else:
            if isinstance(node, Arm):
                self._declare(node.names)
            self._below(node)
        self._variables = before

    def _block(self, node: Block) -> None:
        before, uses = self._variables.copy(), self._uses
        # Functions inside a block have no ItemRef; their names hide those outside.
        self._declare(one.name for one in node.functions)
        if node.uses:
            self._receivers = self._with_uses((*uses, *node.uses))
        for one in node.statements:
            self._visit(one)
        if node.uses:
            self._receivers = self._with_uses(uses)
        self._variables = before

    def _let(self, node: Let) -> None:
        if node.value is not None:
            self._visit(node.value)
        if node.otherwise is not None:
            self._visit(node.otherwise)
        self._bind(node)

    def _call(self, node: Call) -> None:
        if isinstance(node.function, Path):
            self._record(node.span, self._named(node.function))
        else:
            self._visit(node.function)
        for arg in node.args:
            self._visit(arg)

    def _method(self, node: MethodCall) -> None:
        self._visit(node.receiver)
        for arg in node.args:
            self._visit(arg)
        if self._graph.has_method(node.method):
            self._record_method(node)

    def _macro(self, node: MacroCall) -> None:
        self._record(node.span, self._macro_callees(node))
        self._below(node)
        expanded = self._graph.expansions.of(self._path, node)
        if expanded is not None:
            self._visit(expanded)

    def _value(self, node: Path) -> None:
        self._record(node.span, () if node.segments == ("self",) else self._named(node))

    # --- variables -----------------------------------------------------------------------------

    def _declare(self, names: Iterable[str]) -> None:
        for name in names:
            self._variables[name] = None

    def _declare_params(self, params: Sequence[Param]) -> None:
        for param in params:
            self._declare(param.names)
            if param.name and param.type is not None:
                self._variables[param.name] = self._receivers.written(param.type)

    def _bind(self, node: Let) -> None:
        if len(node.names) != 1:
            self._declare(node.names)
            return
        if node.type is not None and node.type.kind != "infer":
            typed: Typed | None = self._receivers.written(node.type)
        else:
            typed = self._receivers.type_of(node.value) if node.value is not None else None
        self._variables[node.names[0]] = bound_by(node.pattern, typed)

    def _with_uses(self, uses: tuple[Use, ...]) -> Receivers:
        self._uses = uses
        return Receivers(
            names=self._names,
            function=self._graph.function,
            owner_of=self._graph.owner_of,
            path=self._path,
            scope=self._scope,
            owner=self._owner,
            local=lambda name: self._variables.get(name),
            uses=uses,
            called=lambda node: self._found.get(node.span, ()),
        )

    # --- what is called ------------------------------------------------------------------------

    def _record(self, span: Span, refs: tuple[ItemRef, ...]) -> None:
        if refs:
            self._found[span] = refs

    def _named(self, path: Path) -> tuple[ItemRef, ...]:
        if len(path.segments) == 1 and path.segments[0] in self._variables:
            return ()
        if not self._uses and not self._graph.may_mean_function(path.last):
            return ()
        if path.segments[0] == "Self" and len(path.segments) == 2:
            if self._owner is None:
                return ()
            return self._names.methods(self._owner).get(path.last, ())
        return self._names.functions(path.segments, self._path, self._scope, self._uses)

    def _record_method(self, node: MethodCall) -> None:
        typed = self._receivers.type_of(node.receiver)
        owner = self._receivers.resolve(typed)
        if owner is not None:
            found = self._names.methods(owner).get(node.method, ())
            found = found or self._graph.default_method(owner, node.method)
            if len(found) > 1:
                found = self._graph.of_argument(found, self._receivers.argument_of(node.receiver))
        else:
            found = self._graph.only_method(node.method)
            # A type of another crate has the methods that traits of this one give it.
            if found and is_foreign(typed) and not self._graph.function(found[0]).trait:
                found = ()
        self._record(node.span, found)

    def _macro_callees(self, node: MacroCall) -> tuple[ItemRef, ...]:
        """Functions that the rules of a crate's own macro name."""
        known = self._graph.macro(node.path.rsplit("::", 1)[-1])
        if known is None:
            return ()
        path, item = known
        called = dict.fromkeys(match[1] for match in _CALLED_IN_TOKENS.finditer(item.tokens))
        return tuple(
            ref
            for name in called
            for ref in self._names.functions(name.split("::"), path, item.scope)
        )


_VISITS: dict[type[Node], Callable[[_Walk, Any], None]] = {
    Block: _Walk._block,
    Closure: _Walk._framed,
    Arm: _Walk._framed,
    Loop: _Walk._framed,
    If: _Walk._framed,
    Let: _Walk._let,
    Call: _Walk._call,
    MethodCall: _Walk._method,
    MacroCall: _Walk._macro,
    Path: _Walk._value,
}
