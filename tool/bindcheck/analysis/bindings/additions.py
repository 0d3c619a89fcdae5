"""What one function on the way from a `#[pymodule]` adds to the Python module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.tokens import split_top
from bindcheck.fact import fact
from bindcheck.model import (
    Arm,
    Block,
    Call,
    EntryKind,
    EntryPoint,
    Gated,
    ItemRef,
    Let,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Registration,
    Span,
    Try,
    Unary,
    Use,
)
from bindcheck.parse import written_out
from bindcheck.parse.bodies import inner_scope

_WRAPPERS = ("wrap_pyfunction", "wrap_pyfunction_bound")
_ADDERS = ("add_function", "add_wrapped", "add_class", "add")
_CLASS_METHODS = ("add_class", "get_type", "get_type_bound")
_CLASS_FUNCTIONS = ("type_object", "type_object_bound")
_MACRO_HINTS = frozenset({*_WRAPPERS, *_ADDERS})
_WRAPPED = re.compile(r"wrap_pyfunction(?:_bound)?\s*!\s*\(\s*(\w+(?:\s*::\s*\w+)*)")
_ADDED_CLASS = re.compile(r"add_class\s*::\s*<\s*(\w+(?:\s*::\s*\w+)*)")
_PATHS = re.compile(r"(?<![\w$:])(?:(?:\$crate|\w+)\s*::\s*)*[A-Za-z_]\w*")


@fact
class Context:
    """A function reached from the module `module`.

    `receivers` maps its variables to the names of the Python module objects they hold.
    """

    ref: ItemRef
    module: str
    receivers: tuple[tuple[str, str], ...] = ()


class Additions:
    """Reads one body; `registrations` and the functions `reached` from it are the result."""

    def __init__(
        self,
        linked: Linked,
        context: Context,
        functions: Mapping[ItemRef, EntryPoint],
        classes: Mapping[ItemRef, EntryPoint],
    ):
        self.registrations: list[Registration] = []
        self.reached: list[Context] = []
        self._linked = linked
        self._context = context
        self._functions = functions
        self._classes = classes
        self._path = context.ref.path
        self._scope = linked.function(context.ref).scope
        self._receivers = dict(context.receivers)
        self._callees = linked.callees(context.ref)
        self._inside = _functions_inside(linked, context.ref)

    def read(self, body: Block) -> None:
        """Collect what `body` adds; branches of other configurations are left out."""
        self._visit(body, (), "")

    def _visit(self, node: Node, uses: Sequence[Use], receiver: str) -> None:
        if isinstance(node, (Gated, Arm)) and not self._linked.active(node.cfg, self._path):
            return
        if isinstance(node, Block):
            uses = (*uses, *node.uses)
        elif isinstance(node, MacroCall):
            self._macro(node, uses, receiver)
        elif isinstance(node, MethodCall):
            receiver = self._method(node, uses, receiver)
        elif isinstance(node, Call):
            self._call(node, uses, receiver)
        elif isinstance(node, Let):
            self._let(node)
        if not self._is_wrapper(node):
            for child in node.children():
                self._visit(child, uses, receiver)

    def _is_wrapper(self, node: Node) -> bool:
        return isinstance(node, MacroCall) and _last(node.path) in _WRAPPERS

    # --- what adds -----------------------------------------------------------------------------

    def _macro(self, node: MacroCall, uses: Sequence[Use], receiver: str) -> None:
        if self._is_wrapper(node):
            parts = split_top(node.tokens)
            for ref in self._named(_segments(parts[0]), uses) if parts else ():
                self._add(self._functions.get(ref), node.span, "wrap_pyfunction", receiver)
            return
        known = self._linked.parts.calls.macro(_last(node.path))
        if known is not None and _MACRO_HINTS.intersection(known[1].hints):
            self._own_macro(node, known[0], known[1].tokens, uses)

    def _own_macro(self, node: MacroCall, path: str, rules: str, uses: Sequence[Use]) -> None:
        """A macro of the crate that adds what it is given, or what its rules name."""
        for name in _PATHS.findall(node.tokens):
            segments = _segments(name)
            for ref in self._named(segments, uses):
                self._add(self._functions.get(ref), node.span, "macro", "")
            type_ref = self._linked.resolve_type(segments, self._path, self._scope, uses)
            if type_ref is not None:
                self._add(self._classes.get(type_ref), node.span, "macro", "")
        text = written_out(rules, node.tokens) or rules
        for name in _WRAPPED.findall(text):
            segments = _segments(name)
            refs = self._named(segments, uses) or self._linked.resolve(segments, path)
            for ref in refs:
                self._add(self._functions.get(ref), node.span, "macro", "")
        for name in _ADDED_CLASS.findall(text):
            self._add_class(_segments(name), node.span, uses, "")

    def _method(self, node: MethodCall, uses: Sequence[Use], receiver: str) -> str:
        if node.method in _ADDERS:
            receiver = self._receiver(node.receiver)
        if node.method in _CLASS_METHODS:
            for type_ in node.turbofish:
                self._add_class(_segments(type_.path), node.span, uses, receiver)
        self._follow(node, node.args)
        self._hand_on(node.args, uses)
        return receiver

    def _call(self, node: Call, uses: Sequence[Use], receiver: str) -> None:
        if isinstance(node.function, Path) and node.function.last in _CLASS_FUNCTIONS:
            self._add_class(node.function.segments[:-1], node.span, uses, receiver)
        self._follow(node, node.args)
        self._hand_on(node.args, uses)

    def _add_class(
        self, segments: tuple[str, ...], span: Span, uses: Sequence[Use], receiver: str
    ) -> None:
        ref = self._linked.resolve_type(segments, self._path, self._scope, uses)
        if ref is not None:
            self._add(self._classes.get(ref), span, "add_class", receiver)

    def _add(self, entry: EntryPoint | None, span: Span, via: str, receiver: str) -> None:
        if entry is None:
            return
        self.registrations.append(
            Registration(
                entry=entry.rust_name,
                target=entry.ref,
                module=self._context.module,
                location=(self._path, span),
                via=via,
                kind=EntryKind.CLASS if entry.kind is EntryKind.CLASS else EntryKind.FUNCTION,
                receiver=receiver,
            )
        )

    def _named(self, segments: tuple[str, ...], uses: Sequence[Use]) -> tuple[ItemRef, ...]:
        if len(segments) == 1 and segments[0] in self._inside:
            return self._inside[segments[0]]
        return self._linked.resolve(segments, self._path, self._scope, uses)

    # --- module objects ------------------------------------------------------------------------

    def _let(self, node: Let) -> None:
        """A variable holds the module object it is made from, or one of its own."""
        if len(node.names) != 1 or node.value is None:
            return
        origin = self._receiver(node.value)
        own = f"{self._context.module}:{self._path}:{node.span.start}"
        self._receivers[node.names[0]] = origin or own

    def _receiver(self, node: Node) -> str:
        """The module object an expression is; empty when it cannot be told."""
        while isinstance(node, (Unary, Try)):
            node = node.value
        if isinstance(node, Path) and len(node.segments) == 1:
            return self._receivers.get(node.segments[0], "")
        if isinstance(node, MethodCall) and node.method in ("as_ref", "clone", "bind", "borrow"):
            return self._receiver(node.receiver)
        return ""

    def _follow(self, node: Node, args: Sequence[Node]) -> None:
        for ref in self._callees.get(node.span, ()):
            self.reached.append(Context(ref, self._context.module, tuple(self._handed(ref, args))))

    def _hand_on(self, args: Sequence[Node], uses: Sequence[Use]) -> None:
        """A function over a module, handed to another one that calls it with some module."""
        for arg in args:
            for ref in self._named(arg.segments, uses) if isinstance(arg, Path) else ():
                params = self._linked.function(ref).params
                if any(one.type is not None and "PyModule" in one.type.text for one in params):
                    self.reached.append(Context(ref, self._context.module))

    def _handed(self, ref: ItemRef, args: Sequence[Node]) -> Iterator[tuple[str, str]]:
        params = self._linked.function(ref).params
        for param, arg in zip(params, args, strict=False):
            held = self._receiver(arg)
            if held and param.name:
                yield param.name, held


def _functions_inside(linked: Linked, ref: ItemRef) -> Mapping[str, tuple[ItemRef, ...]]:
    """Bindings that are declared in the body of a function, by name: they hide those outside."""
    outer = linked.function(ref)
    scope = inner_scope(outer)
    found: dict[str, tuple[ItemRef, ...]] = {}
    for index, one in enumerate(linked.modules[ref.path].functions):
        if one.scope == scope and not one.owner and outer.span.contains(one.span):
            found[one.name] = (*found.get(one.name, ()), ItemRef(ref.path, index))
    return {name: linked.names.preferred(refs) for name, refs in found.items()}


def _last(path: str) -> str:
    return path.rsplit("::", 1)[-1]


def _segments(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("::"))
