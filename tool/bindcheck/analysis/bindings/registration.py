"""Exports: what the `#[pymodule]`s of a crate add, in the audited configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bindcheck.analysis.bindings.additions import Additions, Context
from bindcheck.analysis.bindings.arguments import deals_with_python
from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.tokens import options, unquoted
from bindcheck.model import (
    EntryKind,
    EntryPoint,
    Function,
    If,
    Item,
    ItemRef,
    Match,
    Mod,
    Node,
    Registration,
    Span,
    Use,
)


def find_registrations(linked: Linked, entries: tuple[EntryPoint, ...]) -> tuple[Registration, ...]:
    """All exports, those by wrappers last; a file that no `mod` reaches exports nothing."""
    exports = _Exports(linked, entries)
    direct = tuple(exports.direct())
    return (*direct, *exports.wrapped(direct))


class _Exports:
    def __init__(self, linked: Linked, entries: tuple[EntryPoint, ...]):
        self._linked = linked
        self._entries = entries
        self._functions = {e.ref: e for e in entries if e.kind is EntryKind.FUNCTION}
        self._classes = {e.ref: e for e in entries if e.kind is EntryKind.CLASS}

    def direct(self) -> Iterator[Registration]:
        """What the modules themselves and the functions they call add."""
        for path, module in self._linked.modules.items():
            if path in self._linked.unreached:
                continue
            for index, function in enumerate(module.functions):
                if self._is_module(function, path):
                    yield from self._function_module(ItemRef(path, index), function)
            for mod in module.mods:
                if self._is_module(mod, path):
                    yield from self._inline_module(path, mod)

    def _is_module(self, item: Item, path: str) -> bool:
        attribute = item.attr("pymodule")
        if attribute is None:
            return False
        cfg = (*self._linked.inherited_cfg(path), *item.cfg, *attribute.cfg)
        return self._linked.active(cfg, path)

    # --- `#[pymodule] fn` ----------------------------------------------------------------------

    def _function_module(self, ref: ItemRef, function: Function) -> Iterator[Registration]:
        name = _module_name(function)
        receivers = tuple((bound, name) for param in function.params for bound in param.names)
        yield from self._followed(Context(ref, name, receivers))
        yield from self._pyfn(ref, function, name)

    def _followed(self, start: Context) -> Iterator[Registration]:
        todo = [start]
        done: set[Context] = set()
        while todo:
            context = todo.pop(0)
            body = None if context in done else self._linked.body(context.ref)
            done.add(context)
            if body is not None:
                found = Additions(self._linked, context, self._functions, self._classes)
                found.read(body)
                yield from found.registrations
                todo.extend(found.reached)

    def _pyfn(self, ref: ItemRef, function: Function, name: str) -> Iterator[Registration]:
        """`#[pyfn(m)]` inside the body of the module's function adds itself."""
        for target, entry in self._functions.items():
            item = self._linked.function(target)
            inside = target.path == ref.path and function.span.contains(item.span)
            if inside and entry.active and item.attr("pyfn"):
                yield _registration(entry, name, (target.path, item.name_span), "pyfn")

    # --- `#[pymodule] mod` ---------------------------------------------------------------------

    def _inline_module(self, path: str, mod: Mod) -> Iterator[Registration]:
        name = _module_name(mod)
        inside = (*mod.scope, mod.name)
        module = self._linked.modules[path]
        for index, function in enumerate(module.functions):
            if function.scope == inside and function.attr("pymodule_init"):
                receivers = tuple((b, name) for param in function.params for b in param.names)
                yield from self._followed(Context(ItemRef(path, index), name, receivers))
        for entry in (*self._functions.values(), *self._classes.values()):
            item = _item(self._linked, entry)
            if entry.ref.path == path and item.scope == inside and entry.active:
                yield _registration(entry, name, (path, item.name_span), "pymodule")
        for use in module.uses:
            if use.scope == inside and use.attr("pymodule_export"):
                yield from self._exported_use(use, name, path, inside)

    def _exported_use(
        self, use: Use, name: str, path: str, inside: tuple[str, ...]
    ) -> Iterator[Registration]:
        if not self._linked.active(use.cfg, path):
            return
        place = (path, use.span)
        for ref in self._linked.resolve(use.path, path, inside):
            if ref in self._functions:
                yield _registration(self._functions[ref], name, place, "pymodule_export")
        type_ref = self._linked.resolve_type(use.path, path, inside)
        if type_ref in self._classes:
            yield _registration(self._classes[type_ref], name, place, "pymodule_export")

    # --- wrappers ------------------------------------------------------------------------------

    def wrapped(self, direct: Iterable[Registration]) -> Iterator[Registration]:
        """Bindings that exported code calls: Python reaches them through it.

        Only helpers that deal with Python are looked through; the core of an indicator never calls
        a binding, and its bodies are most of a crate.
        """
        exported = {one.target: one for one in direct if one.kind is EntryKind.FUNCTION}
        origins = {**dict(self._exported_methods(direct)), **exported}
        missing = {r for r, e in self._functions.items() if e.active and r not in exported}
        todo = list(origins.items())
        seen = set(origins)
        while todo and missing:
            ref, origin = todo.pop(0)
            for span, callees in self._linked.callees(ref).items():
                for callee in callees:
                    if callee in missing:
                        missing.discard(callee)
                        yield replace(
                            _registration(
                                self._functions[callee], origin.module, (ref.path, span), "wrapper"
                            ),
                            receiver="",
                        )
                    if callee not in seen and deals_with_python(self._linked.function(callee)):
                        seen.add(callee)
                        todo.append((callee, origin))

    def _exported_methods(
        self, direct: Iterable[Registration]
    ) -> Iterator[tuple[ItemRef, Registration]]:
        classes = {one.target: one for one in direct if one.kind is EntryKind.CLASS}
        for entry in self._entries:
            if entry.kind is EntryKind.METHOD and entry.class_ref in classes:
                yield entry.ref, classes[entry.class_ref]


def container_of(linked: Linked, one: Registration) -> ItemRef | None:
    """The innermost function whose body has the line of a registration; None: no function's."""
    path, span = one.location
    around = [
        (body.end - body.start, index)
        for index, function in enumerate(linked.modules[path].functions)
        if (body := function.body_span) is not None and body.contains(span)
    ]
    return ItemRef(path, min(around)[1]) if around else None


def are_alternatives(linked: Linked, one: Registration, other: Registration) -> bool:
    """Whether two exports stand in different branches of one `if` or `match`."""
    (path, first), (other_path, second) = one.location, other.location
    if path != other_path:
        return False
    for index, function in enumerate(linked.modules[path].functions):
        if function.span.contains(first) and function.span.contains(second):
            body = linked.body(ItemRef(path, index))
            for node in body.walk() if body is not None else ():
                places = [
                    {n for n, b in enumerate(_branches(node)) if b.span.contains(span)}
                    for span in (first, second)
                ]
                if all(places) and not places[0] & places[1]:
                    return True
    return False


def _branches(node: Node) -> tuple[Node, ...]:
    if isinstance(node, If):
        return (node.then,) if node.otherwise is None else (node.then, node.otherwise)
    return node.arms if isinstance(node, Match) else ()


def _registration(
    entry: EntryPoint, module: str, place: tuple[str, Span], via: str
) -> Registration:
    return Registration(
        entry=entry.rust_name,
        target=entry.ref,
        module=module,
        location=place,
        via=via,
        kind=entry.kind,
        receiver=module,
    )


def _module_name(item: Item) -> str:
    for one in item.attrs:
        if one.path.rsplit("::", 1)[-1] in ("pyo3", "pymodule"):
            given = options(one.tokens).get("name")
            if given:
                return unquoted(given)
    return item.name


def _item(linked: Linked, entry: EntryPoint) -> Item:
    if entry.kind is EntryKind.CLASS:
        return linked.struct(entry.ref)
    return linked.function(entry.ref)
