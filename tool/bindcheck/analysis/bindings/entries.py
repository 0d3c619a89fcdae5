"""Entry points: the functions, methods, classes and modules that PyO3 exposes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.bindings.signature import parse_signature
from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.tokens import options, unquoted
from bindcheck.fact import fact
from bindcheck.model import (
    Attribute,
    Cfg,
    EntryKind,
    EntryPoint,
    Function,
    Impl,
    Item,
    ItemRef,
    Module,
    Role,
    SignatureArg,
)

FUNCTION_ATTRS = ("pyfunction", "pyfn")
_PREFIXES = {"getter": "get_", "setter": "set_", "deleter": "delete_"}


def find_entries(linked: Linked) -> tuple[EntryPoint, ...]:
    """All entry points of the crate's files, in source order, other configurations included.

    Indicator and role are still unknown (`None`, `OTHER`). Files that no `mod` reaches have none.
    """
    found: list[EntryPoint] = []
    for path, module in linked.modules.items():
        if path not in linked.unreached:
            in_file = [*_Finder(linked, path, module).all()]
            found += sorted(in_file, key=lambda entry: entry.attribute.span)
    return tuple(found)


@fact
class _Finder:
    linked: Linked
    path: str
    module: Module

    def all(self) -> Iterator[EntryPoint]:
        yield from self._functions()
        yield from self._classes()
        yield from self._methods()
        yield from self._modules()

    def _functions(self) -> Iterator[EntryPoint]:
        for index, function in enumerate(self.module.functions):
            attribute = function.attr(*FUNCTION_ATTRS)
            if attribute is not None and not function.owner:
                ref = ItemRef(self.path, index)
                yield self._callable(EntryKind.FUNCTION, ref, function, attribute)

    def _classes(self) -> Iterator[EntryPoint]:
        for index, item in enumerate((*self.module.structs, *self.module.enums)):
            attribute = item.attr("pyclass")
            if attribute is not None:
                ref = ItemRef(self.path, index)
                yield self._entry(EntryKind.CLASS, ref, item, attribute, class_ref=ref)

    def _modules(self) -> Iterator[EntryPoint]:
        for index, item in enumerate(self.module.functions):
            attribute = item.attr("pymodule")
            if attribute is not None:
                yield self._entry(EntryKind.MODULE, ItemRef(self.path, index), item, attribute)
        for index, mod in enumerate(self.module.mods):
            attribute = mod.attr("pymodule")
            if attribute is not None:
                yield self._entry(EntryKind.MODULE, ItemRef(self.path, index), mod, attribute)

    def _methods(self) -> Iterator[EntryPoint]:
        for impl in self.module.impls:
            attribute = impl.attr("pymethods")
            if attribute is not None:
                yield from self._methods_of(impl, attribute)

    def _methods_of(self, impl: Impl, attribute: Attribute) -> Iterator[EntryPoint]:
        type_name = impl.type.path or impl.name
        class_ref = self.linked.resolve_type(type_name, self.path, impl.scope)
        for index in impl.functions:
            function = self.module.functions[index]
            if self._is_exposed(function):
                ref = ItemRef(self.path, index)
                yield self._callable(EntryKind.METHOD, ref, function, attribute, class_ref)

    def _is_exposed(self, function: Function) -> bool:
        return not function.trait

    def _callable(
        self,
        kind: EntryKind,
        ref: ItemRef,
        function: Function,
        attribute: Attribute,
        class_ref: ItemRef | None = None,
    ) -> EntryPoint:
        own = function.attr(*FUNCTION_ATTRS) if kind is EntryKind.FUNCTION else None
        signature_attr, signature = written_signature(function, own)
        return self._entry(
            kind,
            ref,
            function,
            attribute,
            class_ref=class_ref,
            signature=signature,
            signature_attr=signature_attr,
            constructor=function.attr("new", "__new__") is not None,
        )

    def _entry(
        self,
        kind: EntryKind,
        ref: ItemRef,
        item: Item,
        attribute: Attribute,
        *,
        class_ref: ItemRef | None = None,
        signature: tuple[SignatureArg, ...] | None = None,
        signature_attr: Attribute | None = None,
        constructor: bool = False,
    ) -> EntryPoint:
        owner = item.owner if isinstance(item, Function) else ""
        cfg: tuple[Cfg, ...] = (*self.linked.inherited_cfg(self.path), *item.cfg, *attribute.cfg)
        return EntryPoint(
            kind=kind,
            ref=ref,
            rust_name=f"{owner}::{item.name}" if owner else item.name,
            python_name=python_name(item, attribute),
            attribute=attribute,
            signature=signature,
            signature_attr=signature_attr,
            class_ref=class_ref,
            indicator=None,
            role=Role.OTHER,
            active=self.linked.active(cfg, self.path),
            constructor=constructor,
        )


def python_name(item: Item, attribute: Attribute) -> str:
    """The name Python knows an item by.

    `#[pyfunction(name = "..")]`, `#[pyo3(name = "..")]`, `#[getter(name)]`; a getter or setter
    without a name loses its prefix, a constructor is `__new__`.
    """
    for one in item.attrs:
        if one.path.rsplit("::", 1)[-1] in ("pyo3", attribute.path.rsplit("::", 1)[-1]):
            given = options(one.tokens).get("name")
            if given:
                return unquoted(given)
    name = item.name.removeprefix("r#")
    if item.attr("new") is not None:
        return "__new__"
    accessor = item.attr(*_PREFIXES)
    if accessor is None:
        return name
    if accessor.tokens.strip():
        return unquoted(accessor.tokens.strip())
    return name.removeprefix(_PREFIXES[accessor.path.rsplit("::", 1)[-1]])


def has_given_name(item: Item) -> bool:
    """Whether an attribute of the item gives it a name for Python."""
    paths = ("pyo3", "pyclass", *FUNCTION_ATTRS)
    return any(
        "name" in options(one.tokens) for one in item.attrs if one.path.rsplit("::", 1)[-1] in paths
    )


def written_signature(
    function: Function, own: Attribute | None
) -> tuple[Attribute | None, tuple[SignatureArg, ...] | None]:
    """The attribute that carries the signature, and the signature.

    `own` is the attribute of a function itself; a method has none.
    """
    candidates: Iterable[Attribute] = [
        one for one in function.attrs if one is own or one.path.rsplit("::", 1)[-1] == "pyo3"
    ]
    for one in candidates:
        text = options(one.tokens).get("signature")
        if text is not None:
            return one, parse_signature(text)
    old = function.attr("args")
    return (None, None) if old is None else (old, parse_signature(old.tokens))
