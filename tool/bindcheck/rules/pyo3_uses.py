"""Where a crate uses names of PyO3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bindcheck.analysis.arguments import deals_with_python
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Block,
    Cast,
    EntryKind,
    Function,
    Gated,
    Item,
    ItemRef,
    Let,
    MacroCall,
    MacroItem,
    MethodCall,
    Module,
    Node,
    Path,
    Span,
    TypeRef,
    Use,
)
from bindcheck.rules.pyo3_names import Form, Renamed

# `.method(` and `Owner::function(` in token text.
_CALLED = re.compile(r"(?:\.\s*|(?<![\w:])(\w+::))(\w+)\s*\(")


@dataclass(frozen=True, slots=True)
class Used:
    """One use of a name. `exact` is the name alone, None where its place is not known."""

    renamed: Renamed
    path: str
    span: Span
    item: str
    exact: Span | None = None
    certain: bool = True


def used_names(program: Program, wanted: Sequence[Renamed]) -> Iterator[Used]:
    """Uses of `wanted` in the active items of the crate, in source order within a file."""
    for path, module in program.modules.items():
        if path not in program.unreached and program.in_crate(path) and _speaks_pyo3(module):
            found = [*_File(program, path, module, wanted).all()]
            yield from sorted(set(found), key=lambda used: (used.span, used.renamed.name))


def _speaks_pyo3(module: Module) -> bool:
    if any("pyo3" in use.path for use in module.uses):
        return True
    attributed = (*module.functions, *module.structs, *module.enums, *module.impls)
    return any(one.attr("pyfunction", "pyclass", "pymethods", "pymodule") for one in attributed)


class _File:
    def __init__(self, program: Program, path: str, module: Module, wanted: Sequence[Renamed]):
        self._program = program
        self._path = path
        self._module = module
        self._types = {one.name: one for one in wanted if one.form is Form.TYPE}
        self._methods = {one.name: one for one in wanted if one.form is Form.METHOD}
        self._functions = {one.name: one for one in wanted if one.form is Form.FUNCTION}
        self._macros = {one.name: one for one in wanted if one.form is Form.MACRO}
        self._associated = {
            (owner, one.name): one
            for one in wanted
            if one.form is Form.ASSOCIATED
            for owner in one.owners
        }
        self._is_core = any(core.path == path for core in program.cores)

    def all(self) -> Iterator[Used]:
        """Uses in declarations and in bodies."""
        for use in self._module.uses:
            if self._active(use):
                yield from self._use(use)
        yield from self._declarations()
        for index, function in enumerate(self._module.functions):
            if self._active(function) and self._is_read(function):
                yield from self._signature(function)
                body = self._program.body(ItemRef(self._path, index))
                if body is not None:
                    callees = self._program.callees(ItemRef(self._path, index))
                    yield from self._body(body, function.path, frozenset(callees))

    def _active(self, item: Item) -> bool:
        cfg = (*self._program.inherited_cfg(self._path), *item.cfg)
        return self._program.active(cfg, self._path)

    def _is_read(self, function: Function) -> bool:
        """In the file of a core only what deals with Python; the rest is most of a crate."""
        if not self._is_core or deals_with_python(function) or function.trait:
            return True
        return function.attr("pyfunction", "pymodule", "pyfn", "new") is not None

    # --- declarations --------------------------------------------------------------------------

    def _use(self, use: Use) -> Iterator[Used]:
        last = use.path[-1]
        renamed = self._types.get(last) or self._functions.get(last) or self._macros.get(last)
        if renamed is None or use.path[0] != "pyo3" or "ffi" in use.path:
            return
        # A type is renamed in all its places or in none, and those in types are not known exactly.
        plain = use.name == last and renamed.form is Form.MACRO
        exact = Span(use.span.end - len(last), use.span.end) if plain else None
        yield Used(renamed, self._path, use.span, "::".join(use.path), exact)

    def _declarations(self) -> Iterator[Used]:
        module = self._module
        for struct in filter(self._active, module.structs):
            for field in struct.fields:
                yield from self._type(field.type, field.span, f"{struct.name}.{field.name}")
        for const in filter(self._active, module.consts):
            yield from self._type(const.type, const.name_span, const.name)
        for alias in filter(self._active, module.aliases):
            yield from self._type(alias.target, alias.name_span, alias.name)
        for macro in filter(self._active, module.macros):
            yield from self._macro(macro)
        for impl in filter(self._active, module.impls):
            name = impl.trait.partition("<")[0].rsplit("::", 1)[-1]
            if name in self._types:
                yield Used(self._types[name], self._path, impl.name_span, impl.name)

    def _macro(self, macro: MacroItem) -> Iterator[Used]:
        """What the tokens of a macro call; where in them is not known."""
        for owner, name in sorted(set(_CALLED.findall(macro.tokens))):
            if owner:
                found = self._associated.get((owner.removesuffix("::"), name))
            else:
                found = self._methods.get(name)
            if found is not None and not name.startswith("downcast"):
                yield Used(found, self._path, macro.name_span, f"{macro.name}!")

    def _signature(self, function: Function) -> Iterator[Used]:
        for param in function.params:
            if param.type is not None:
                yield from self._type(param.type, param.span, function.path)
        yield from self._type(function.returns, function.name_span, function.path)

    def _type(self, type_: TypeRef, span: Span, item: str) -> Iterator[Used]:
        """At most one use of each name in one type."""
        for name in sorted(type_.names() & self._types.keys()):
            written = next(part.path for part in type_.walk() if part.name == name)
            foreign = written != name and not written.startswith("pyo3::")
            own = self._program.resolve_type(written, self._path) is not None
            if not (foreign or own or "ffi::" in written):
                yield Used(self._types[name], self._path, span, item)

    # --- bodies --------------------------------------------------------------------------------

    def _body(self, body: Block, item: str, own: frozenset[Span]) -> Iterator[Used]:
        todo: list[Node] = [body]
        while todo:
            node = todo.pop()
            if isinstance(node, Gated) and not self._program.active(node.cfg, self._path):
                continue
            if node.span not in own:
                yield from self._node(node, item)
            todo.extend(node.children())

    def _node(self, node: Node, item: str) -> Iterator[Used]:
        if isinstance(node, MethodCall):
            yield from self._method(node, item)
            for one in node.turbofish:
                yield from self._type(one, node.name_span, item)
        elif isinstance(node, Path):
            yield from self._named(node, item)
        elif isinstance(node, MacroCall):
            renamed = self._macros.get(node.path.rsplit("::", 1)[-1])
            if renamed is not None:
                start = node.span.start + len(node.path) - len(renamed.name)
                exact = Span(start, start + len(renamed.name))
                yield Used(renamed, self._path, node.span, item, exact)
        elif isinstance(node, Let | Cast) and node.type is not None:
            yield from self._type(node.type, node.span, item)

    def _method(self, node: MethodCall, item: str) -> Iterator[Used]:
        renamed = self._methods.get(node.method)
        if renamed is None:
            return
        certain = True
        if node.method.startswith("downcast"):
            certain = any(self._is_python(one) for one in node.turbofish)
            if not certain and (node.turbofish or self._uses_any()):
                return
        yield Used(renamed, self._path, node.name_span, item, node.name_span, certain)

    def _uses_any(self) -> bool:
        return any("Any" in use.path for use in self._module.uses)

    def _is_python(self, type_: TypeRef) -> bool:
        if type_.name.startswith("Py"):
            return True
        ref = self._program.resolve_type(type_.path, self._path) if type_.path else None
        return ref is not None and any(
            entry.kind is EntryKind.CLASS and entry.ref == ref for entry in self._program.entries
        )

    def _named(self, node: Path, item: str) -> Iterator[Used]:
        found = self._functions.get(node.last)
        if found is not None:
            yield Used(found, self._path, node.span, item)
        if len(node.segments) < 2:
            return
        owner = node.segments[-2]
        renamed = self._associated.get((owner, node.last))
        if renamed is not None and not node.turbofish:
            exact = Span(node.span.end - len(node.last), node.span.end)
            yield Used(renamed, self._path, node.span, item, exact)
        elif owner in self._types:
            yield from self._owner(node, self._types[owner], item)

    def _owner(self, node: Path, renamed: Renamed, item: str) -> Iterator[Used]:
        if self._program.resolve_type(node.segments[:-1], self._path) is None:
            yield Used(renamed, self._path, node.span, item)
