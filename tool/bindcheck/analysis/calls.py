"""Which crate functions a body calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bindcheck.analysis.foreign import FOREIGN_METHODS
from bindcheck.analysis.names import Names
from bindcheck.analysis.receivers import Receivers, Typed, bound_by
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
    ):
        self._modules = modules
        self.names = names
        self._body = body
        self._known: dict[ItemRef, Callees] = {}
        self._owners: dict[ItemRef, ItemRef] | None = None
        self._by_method: dict[str, tuple[ItemRef, ...]] | None = None
        self._macros: dict[str, tuple[str, MacroItem]] | None = None

    def callees(self, ref: ItemRef) -> Callees:
        """Functions by the span of the Call, MethodCall, MacroCall or Path that reaches them."""
        if ref not in self._known:
            body = self._body(ref)
            self._known[ref] = {} if body is None else _Walk(self, ref).run(body)
        return self._known[ref]

    def function(self, ref: ItemRef) -> Function:
        """The function behind a reference."""
        return self._modules[ref.path].functions[ref.index]

    def owner_of(self, ref: ItemRef) -> ItemRef | None:
        """The struct or enum whose method a function is."""
        if self._owners is None:
            self._owners = {
                method: type_ref
                for type_ref in self.names.types()
                for methods in self.names.methods(type_ref).values()
                for method in methods
            }
        return self._owners.get(ref)

    def only_method(self, name: str) -> tuple[ItemRef, ...]:
        """The method of this name, if the crate has it on one type only and no library has it."""
        if name in FOREIGN_METHODS:
            return ()
        if self._by_method is None:
            self._by_method = self._methods_by_name()
        return self._by_method.get(name, ())

    def macro(self, name: str) -> tuple[str, MacroItem] | None:
        """The `macro_rules!` of this name and its file."""
        if self._macros is None:
            self._macros = {
                item.name: (path, item)
                for path, module in self._modules.items()
                for item in module.macros
                if item.defines
            }
        return self._macros.get(name)

    def _methods_by_name(self) -> dict[str, tuple[ItemRef, ...]]:
        found: dict[str, dict[str, list[ItemRef]]] = {}
        for path, module in self._modules.items():
            for index, function in enumerate(module.functions):
                if function.receiver:
                    owners = found.setdefault(function.name, {})
                    owners.setdefault(function.owner, []).append(ItemRef(path, index))
        return {
            name: self.names.preferred(next(iter(owners.values())))
            for name, owners in found.items()
            if len(owners) == 1
        }


@dataclass(slots=True)
class _Frame:
    """Variables and `use` declarations of one block, closure, arm or loop."""

    variables: dict[str, Typed | None]
    uses: Sequence[Use] = ()


def _frame(node: Node) -> _Frame:
    """A new frame. Functions inside a block have no ItemRef; their names hide those outside."""
    if isinstance(node, Block):
        return _Frame({one.name: None for one in node.functions}, node.uses)
    return _Frame({})


class _Walk:
    """One pass over a body in source order, with the variables in scope."""

    def __init__(self, graph: CallGraph, ref: ItemRef):
        function = graph.function(ref)
        self._graph = graph
        self._names = graph.names
        self._path = ref.path
        self._scope = function.scope
        self._owner = graph.owner_of(ref)
        self._frames = [_Frame({})]
        self._found: dict[Span, tuple[ItemRef, ...]] = {}
        self._declare_params(function.params)

    def run(self, body: Block) -> Callees:
        """All calls of a body."""
        todo: list[Node | Callable[[], None]] = [body]
        while todo:
            one = todo.pop()
            if isinstance(one, Node):
                todo.extend(reversed(list(self._visit(one))))
            else:
                one()
        return self._found

    # --- order of the visit --------------------------------------------------------------------

    def _visit(self, node: Node) -> Iterator[Node | Callable[[], None]]:
        """Children and actions, in the order in which they happen."""
        if isinstance(node, Block | Closure | Arm | Loop | If):
            return self._framed(node)
        if isinstance(node, Let):
            return self._let(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, MethodCall):
            return iter((*node.children(), lambda: self._record_method(node)))
        if isinstance(node, MacroCall):
            self._record(node.span, self._macro_callees(node))
        elif isinstance(node, Path):
            self._record(node.span, self._function_value(node))
        return iter(tuple(node.children()))

    def _framed(
        self, node: Block | Closure | Arm | Loop | If
    ) -> Iterator[Node | Callable[[], None]]:
        self._frames.append(_frame(node))
        if isinstance(node, Closure):
            self._declare_params(node.params)
            yield node.body
        elif isinstance(node, Loop):
            if node.over is not None:
                yield node.over
            yield lambda: self._declare(node.names)
            yield node.body
        else:
            if isinstance(node, Arm):
                self._declare(node.names)
            yield from node.children()
        yield self._leave

    def _leave(self) -> None:
        self._frames.pop()

    def _let(self, node: Let) -> Iterator[Node | Callable[[], None]]:
        if node.value is not None:
            yield node.value
        if node.otherwise is not None:
            yield node.otherwise
        yield lambda: self._bind(node)

    def _call(self, node: Call) -> Iterator[Node | Callable[[], None]]:
        if isinstance(node.function, Path):
            self._record(node.span, self._named(node.function))
            return iter(node.args)
        return iter((node.function, *node.args))

    # --- variables -----------------------------------------------------------------------------

    def _declare(self, names: Iterable[str]) -> None:
        self._frames[-1].variables.update(dict.fromkeys(names))

    def _declare_params(self, params: Sequence[Param]) -> None:
        for param in params:
            self._declare(param.names)
            if param.name and param.type is not None:
                typed = self._receivers().written(param.type)
                self._frames[-1].variables[param.name] = typed

    def _bind(self, node: Let) -> None:
        self._declare(node.names)
        if len(node.names) != 1:
            return
        receivers = self._receivers()
        if node.type is not None and node.type.kind != "infer":
            typed: Typed | None = receivers.written(node.type)
        else:
            typed = receivers.type_of(node.value) if node.value is not None else None
        self._frames[-1].variables[node.names[0]] = bound_by(node.pattern, typed)

    def _is_local(self, name: str) -> bool:
        return any(name in frame.variables for frame in self._frames)

    def _local(self, name: str) -> Typed | None:
        for frame in reversed(self._frames):
            if name in frame.variables:
                return frame.variables[name]
        return None

    def _uses(self) -> list[Use]:
        return [use for frame in self._frames for use in frame.uses]

    def _receivers(self) -> Receivers:
        return Receivers(
            names=self._names,
            function=self._graph.function,
            owner_of=self._graph.owner_of,
            path=self._path,
            scope=self._scope,
            owner=self._owner,
            local=self._local,
            uses=self._uses(),
            called=lambda node: self._found.get(node.span, ()),
        )

    # --- what is called ------------------------------------------------------------------------

    def _record(self, span: Span, refs: tuple[ItemRef, ...]) -> None:
        if refs:
            self._found[span] = refs

    def _named(self, path: Path) -> tuple[ItemRef, ...]:
        if len(path.segments) == 1 and self._is_local(path.segments[0]):
            return ()
        if path.segments[0] == "Self" and len(path.segments) == 2:
            if self._owner is None:
                return ()
            return self._names.methods(self._owner).get(path.last, ())
        return self._names.functions(path.segments, self._path, self._scope, self._uses())

    def _function_value(self, path: Path) -> tuple[ItemRef, ...]:
        return () if path.segments == ("self",) else self._named(path)

    def _record_method(self, node: MethodCall) -> None:
        owner = self._receivers().struct_of(node.receiver)
        if owner is not None:
            found = self._names.methods(owner).get(node.method, ())
        else:
            found = self._graph.only_method(node.method)
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
