"""The module objects that Rust makes: each `#[pymodule]`, and those made by hand inside one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.linking.linked import Linked
from bindcheck.fact import fact
from bindcheck.model import (
    Call,
    EntryKind,
    EntryPoint,
    Function,
    ItemRef,
    Let,
    Literal,
    MacroCall,
    MethodCall,
    Mod,
    Node,
    Path,
    Span,
)

Names = tuple[str, ...]


@fact
class ModuleItem:
    """A `#[pymodule]`: `name` as Python knows it, `item` as Rust does, and the place of its name.

    `function` is None for a `#[pymodule] mod`, `inside` the scope of what stands in such a one.
    """

    name: str
    item: str
    path: str
    name_span: Span
    function: ItemRef | None
    inside: Names


class ModuleObjects:
    """Module objects by the keys of registrations: the name of a `#[pymodule]`, or its `let`."""

    def __init__(self, linked: Linked, modules: tuple[ModuleItem, ...]):
        self._linked = linked
        self._modules = modules
        self._bodies: Memo[ItemRef, tuple[Node, ...]] = Memo()
        self._added: Memo[ItemRef, tuple[tuple[str, Span], ...]] = Memo()
        self.parents = dict(self._parents())

    @property
    def only_one(self) -> bool:
        """Whether the crate makes no other module object than that of its only `#[pymodule]`."""
        if len(self._modules) != 1:
            return False
        function = self._modules[0].function
        nodes = () if function is None else self._walked(function)
        return not any(
            isinstance(node, MethodCall) and node.method == "add_submodule" for node in nodes
        )

    def path(self, key: str) -> Names | None:
        """The names from the outermost module to this one."""
        if ":" in key:
            return self._local(key)
        names = [key]
        while names[0] in self.parents:
            above = self.parents[names[0]]
            if above in names:
                return None
            names.insert(0, above)
        return tuple(names) if any(one.name == key for one in self._modules) else None

    def added(self, path: str, span: Span) -> tuple[tuple[str, Span], ...]:
        """Each `add("name", value)` of the function around a place: the name, and the value's."""
        ref = self._around(path, span.start)
        return () if ref is None else self._added.of(ref, self._added_by, ref)

    def _added_by(self, ref: ItemRef) -> tuple[tuple[str, Span], ...]:
        return tuple(
            (node.args[0].text, node.args[1].span)
            for node in self._walked(ref)
            if isinstance(node, MethodCall) and node.method == "add" and len(node.args) == 2
            if isinstance(node.args[0], Literal)
        )

    def _walked(self, ref: ItemRef) -> tuple[Node, ...]:
        return self._bodies.of(ref, self._nodes_of, ref)

    def _nodes_of(self, ref: ItemRef) -> tuple[Node, ...]:
        body = self._linked.body(ref)
        return () if body is None else tuple(body.walk())

    def _around(self, path: str, at: int) -> ItemRef | None:
        module = self._linked.modules.get(path)
        for index, function in enumerate(module.functions if module is not None else ()):
            if function.span.start <= at < function.span.end and function.body_span is not None:
                return ItemRef(path, index)
        return None

    # --- modules made by hand --------------------------------------------------------------------

    def _local(self, key: str) -> Names | None:
        """`let sub = PyModule::new(py, "sub")?; m.add_submodule(&sub)?`."""
        outer, _, place = key.partition(":")
        path, _, start = place.rpartition(":")
        ref = self._around(path, int(start))
        if ref is None:
            return None
        nodes = self._walked(ref)
        made = next(
            (one for one in nodes if isinstance(one, Let) and one.span.start == int(start)), None
        )
        name = None if made is None else _made_name(made)
        if made is None or name is None:
            return None
        above = self._above(nodes, made, outer, path)
        return None if above is None else (*above, name)

    def _above(self, nodes: tuple[Node, ...], made: Let, outer: str, path: str) -> Names | None:
        for node in nodes:
            if (
                isinstance(node, MethodCall)
                and node.method == "add_submodule"
                and node.span.start > made.span.start
                and made.names[0] in _variables(node.args)
            ):
                held = _variables((node.receiver,))
                lets = [
                    one
                    for one in nodes
                    if isinstance(one, Let) and one is not made and held & set(one.names)
                ]
                above = f"{outer}:{path}:{lets[0].span.start}" if lets else outer
                return self.path(above)
        return None

    # --- modules inside modules ------------------------------------------------------------------

    def _parents(self) -> Iterator[tuple[str, str]]:
        items = {one.item: one for one in self._modules}
        for outer in self._modules:
            for name in self._inner_items(outer):
                inner = items.get(name)
                if inner is not None and inner is not outer:
                    yield inner.name, outer.name

    def _inner_items(self, outer: ModuleItem) -> Iterator[str]:
        """Rust names of the modules that a module takes in."""
        if outer.function is not None:
            for node in self._walked(outer.function):
                if isinstance(node, MacroCall) and node.path.endswith("wrap_pymodule"):
                    yield re.split(r"::|,", node.tokens.partition(",")[0])[-1].strip()
            return
        module = self._linked.modules[outer.path]
        for use in module.uses:
            if use.scope == outer.inside and use.attr("pymodule_export") and use.path:
                yield use.path[-1]
        for mod in module.mods:
            if mod.scope == outer.inside and mod.attr("pymodule"):
                yield mod.name


def module_items(linked: Linked, entries: tuple[EntryPoint, ...]) -> Iterator[ModuleItem]:
    """The `#[pymodule]`s of the audited configuration."""
    for entry in entries:
        if entry.kind is not EntryKind.MODULE or not entry.active:
            continue
        module = linked.modules[entry.ref.path]
        candidates: tuple[Function | Mod, ...] = (
            *module.functions[entry.ref.index : entry.ref.index + 1],
            *module.mods[entry.ref.index : entry.ref.index + 1],
        )
        for item in candidates:
            if item.attr("pymodule") == entry.attribute:
                is_function = isinstance(item, Function)
                yield ModuleItem(
                    name=entry.python_name,
                    item=item.name,
                    path=entry.ref.path,
                    name_span=item.name_span,
                    function=entry.ref if is_function else None,
                    inside=(*item.scope, item.name),
                )


def _made_name(made: Let) -> str | None:
    """The name in `PyModule::new(py, "name")`."""
    for node in made.value.walk() if made.value is not None else ():
        if isinstance(node, Call) and isinstance(node.function, Path):
            segments = node.function.segments
            if segments[-1] in ("new", "new_bound") and "PyModule" in segments:
                texts = [arg.text for arg in node.args if isinstance(arg, Literal)]
                return texts[0] if len(texts) == 1 else None
    return None


def _variables(nodes: tuple[Node, ...]) -> set[str]:
    return {
        inner.segments[0]
        for node in nodes
        for inner in node.walk()
        if isinstance(inner, Path) and len(inner.segments) == 1
    }
