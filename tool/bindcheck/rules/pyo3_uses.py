"""Where a crate uses names of PyO3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.findings import Edit
from bindcheck.model import (
    Block,
    Call,
    Cfg,
    EntryKind,
    Function,
    Gated,
    ItemRef,
    Let,
    MacroCall,
    MethodCall,
    Mod,
    Module,
    Node,
    Path,
    Span,
    Try,
    TypeRef,
    Unary,
)
from bindcheck.model.words import words_of
from bindcheck.rules.pyo3_imports import Imports
from bindcheck.rules.pyo3_names import RENAMED, Form, Renamed
from bindcheck.rules.pyo3_tokens import Token, Tokens, containers

_NUMBERS = frozenset({"f32", "f64", "bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"})


@fact
class Used:
    """One use of a name. `edits` replace it; none where that takes a hand."""

    renamed: Renamed
    path: str
    span: Span
    item: str
    edits: tuple[Edit, ...] = ()
    certain: bool = True


def used_names(program: Program) -> Iterator[Used]:
    """Uses of old names in the active items of the crate, in source order within a file.

    For an upgrade in all items: it concerns every configuration, the tests included.
    """
    for path, module in program.modules.items():
        if path not in program.unreached and program.in_crate(path) and _speaks_pyo3(module):
            yield from _used_in(program, path)


@answered("old names of PyO3")
def _used_in(program: Program, path: str) -> tuple[Used, ...]:
    """Such uses in one file."""
    version = program.target_pyo3
    everywhere = version != program.pyo3
    wanted = [one for one in RENAMED if version is not None and version >= one.deprecated]
    # Also of names that no file has yet: the first use of one is one, too.
    program.matched(path, [_pattern(one) for one in wanted if one.form in _IN_BODIES])
    words = words_of(program.searched(path, _words(wanted, everywhere=everywhere)))
    here = [one for one in wanted if one.name.encode() in words]
    module = program.modules[path]
    found = [*_File(program, path, module, here, everywhere).all()] if here else []
    # What both tokens and nodes tell of is one use; the nodes come first and know more.
    first = {(one.span, one.renamed.name): one for one in reversed(found)}
    return tuple(sorted(first.values(), key=lambda used: (used.span, used.renamed.name)))


def _speaks_pyo3(module: Module) -> bool:
    if any({"pyo3", "numpy"} & set(use.path) for use in module.uses):
        return True
    attributed = (*module.functions, *module.structs, *module.enums, *module.impls)
    return any(one.attr("pyfunction", "pyclass", "pymethods", "pymodule") for one in attributed)


class _File:
    def __init__(
        self,
        program: Program,
        path: str,
        module: Module,
        wanted: Sequence[Renamed],
        everywhere: bool,
    ):
        self._program = program
        self._path = path
        self._module = module
        self._wanted = wanted
        self._everywhere = everywhere
        self._source = program.matched(path, map(_pattern, wanted))
        self._tokens = Tokens(path, module, self._source)
        self._imports = Imports(path, self._source, module)
        self._methods = [one for one in wanted if one.form is Form.METHOD]
        self._by_name = {one.name: one for one in self._methods if not one.owners}
        self._tried = {one.name: one for one in wanted if one.form is Form.TRIED}
        self._converted = {one.name: one for one in wanted if one.form is Form.CONVERTED}
        self._associated = {
            (owner, one.name): one
            for one in wanted
            if one.form is Form.ASSOCIATED
            for owner in one.owners or ("",)
        }
        self._mentions = [*self._mentioned()]
        self._types: dict[str, set[str]] = {}

    def _mentioned(self) -> Iterator[tuple[bytes, re.Pattern[bytes]]]:
        """The names that stand in bodies, each with what a function has that uses it as meant."""
        for one in self._wanted:
            name, pattern = _pattern(one)
            if one.form in _IN_BODIES and name in self._source and self._has_owner(one):
                yield name, re.compile(pattern)

    def _has_owner(self, method: Renamed) -> bool:
        """Whether the file names one of the types that have a method."""
        owners = tuple(sorted(owner.encode() for owner in method.owners))
        if method.form is not Form.METHOD or not owners:
            return True
        return self._program.file_mentions(self._path, owners)

    def all(self) -> Iterator[Used]:
        """Uses in bodies, then those that tokens tell of."""
        for index, function in enumerate(self._module.functions):
            if self._active(function.cfg) and self._is_read(function):
                body = self._program.body(ItemRef(self._path, index))
                if body is not None:
                    callees = self._program.callees(ItemRef(self._path, index))
                    self._types = {p.name: _names(p.type) for p in function.params}
                    yield from self._body(body, function.path, frozenset(callees))
        yield from self._by_tokens()

    def _active(self, cfg: tuple[Cfg, ...]) -> bool:
        if self._everywhere:
            return True
        cfg = (*self._program.inherited_cfg(self._path), *cfg)
        return self._program.active(cfg, self._path)

    def _is_read(self, function: Function) -> bool:
        """Whether the text of a function has what may be one of the names in its form."""
        start, end = function.span
        return any(
            self._source.find(name, start, end) >= 0
            and pattern.search(self._source, start, end) is not None
            for name, pattern in self._mentions
        )

    # --- tokens --------------------------------------------------------------------------------

    def _by_tokens(self) -> Iterator[Used]:
        found = [*self._tokens.names(self._wanted)]
        for macro in self._module.macros:
            found += self._tokens.calls(macro.span, self._wanted)
        for mod in self._module.mods:
            # Test modules are not read otherwise.
            if self._everywhere and mod.body_span is not None and not self._has_functions(mod):
                found += self._tokens.calls(mod.body_span, self._wanted)
        around = containers(self._module) if found else ()
        told: set[tuple[str, str, bool]] = set()
        for token in found:
            holder = next((one for one in around if one.span.contains(token.span)), None)
            item = holder.label if holder else token.renamed.name
            # One finding tells of a type in a signature, however often it stands there.
            kind = (item, token.renamed.name, bool(token.edits))
            if holder is None or self._active(holder.cfg):
                if kind not in told or token.renamed.form is not Form.TYPE:
                    yield self._used(token, item)
                told.add(kind)

    def _has_functions(self, mod: Mod) -> bool:
        inside = (*mod.scope, mod.name)
        return any(one.scope[: len(inside)] == inside for one in self._module.functions)

    def _used(self, token: Token, item: str) -> Used:
        return Used(token.renamed, self._path, token.span, item, token.edits, token.certain)

    # --- bodies --------------------------------------------------------------------------------

    def _body(self, body: Block, item: str, own: frozenset[Span]) -> Iterator[Used]:
        todo: list[Node] = [body]
        while todo:
            node = todo.pop()
            if isinstance(node, Gated) and not self._active(node.cfg):
                continue
            if isinstance(node, Let) and node.type is not None:
                self._types.update(dict.fromkeys(node.names, _names(node.type)))
            if node.span not in own:
                yield from self._node(node, item)
            todo.extend(node.children())

    def _node(self, node: Node, item: str) -> Iterator[Used]:
        if isinstance(node, Try) and isinstance(node.value, MethodCall) and not node.value.args:
            yield from self._named(self._tried.get(node.value.method), node.value, item)
        elif isinstance(node, MethodCall):
            yield from self._method(node, item)
        elif isinstance(node, Call) and isinstance(node.function, Path):
            yield from self._associated_call(node, node.function, item)
        elif isinstance(node, Path):
            yield from self._associated_path(node, item)
        elif isinstance(node, MacroCall) and not node.parsed:
            for token in self._tokens.calls(node.span, self._wanted):
                yield self._used(token, item)

    def _named(
        self, renamed: Renamed | None, node: MethodCall, item: str, certain: bool = True
    ) -> Iterator[Used]:
        if renamed is not None:
            edits = self._replaced(node.name_span, renamed.text)
            yield Used(renamed, self._path, node.name_span, item, edits, certain)

    def _replaced(self, span: Span, text: str | None) -> tuple[Edit, ...]:
        return () if text is None else (Edit(self._path, span.start, span.end, text),)

    def _method(self, node: MethodCall, item: str) -> Iterator[Used]:
        if len(node.args) == 1 and any(one.name in _NUMBERS for one in node.turbofish):
            yield from self._named(self._converted.get(node.method), node, item)
        for one in self._methods:
            if one.name == node.method and one.owners & self._receiver(node.receiver):
                yield from self._named(one, node, item)
        renamed = self._by_name.get(node.method)
        certain = True
        if node.method.startswith("downcast"):
            certain = any(self._is_python(one) for one in node.turbofish)
            if not certain and (node.turbofish or self._uses_any()):
                return
        yield from self._named(renamed, node, item, certain)

    def _receiver(self, node: Node) -> set[str]:
        """The names in the type that a variable is declared with."""
        while isinstance(node, Unary):
            node = node.value
        if isinstance(node, Path) and len(node.segments) == 1:
            return self._types.get(node.last, set())
        return set()

    def _uses_any(self) -> bool:
        return any("Any" in use.path for use in self._module.uses)

    def _is_python(self, type_: TypeRef) -> bool:
        if type_.name.startswith("Py"):
            return True
        ref = self._program.resolve_type(type_.path, self._path) if type_.path else None
        return ref is not None and any(
            entry.kind is EntryKind.CLASS and entry.ref == ref for entry in self._program.entries
        )

    def _owned(self, node: Path) -> Renamed | None:
        if len(node.segments) < 2:
            return None
        found = self._associated.get((node.segments[-2], node.last))
        return found or self._associated.get(("", node.last))

    def _associated_path(self, node: Path, item: str) -> Iterator[Used]:
        renamed = self._owned(node)
        # With types of its own the name takes more than another name.
        if renamed is not None and not node.turbofish:
            place = Span(node.span.end - len(node.last), node.span.end)
            text = None if renamed.suffix else renamed.text
            yield Used(renamed, self._path, node.span, item, self._replaced(place, text))

    def _associated_call(self, node: Call, function: Path, item: str) -> Iterator[Used]:
        """A call that becomes another call with something behind it."""
        renamed = self._owned(function)
        if renamed is None or not renamed.suffix or renamed.text is None:
            return
        source = self._source[function.span.start : function.span.end]
        edits: tuple[Edit, ...] = ()
        # Of another type the new function makes any object, which is then cast: by hand.
        if b"".join(source.split()).startswith((b"PyObject::", b"Py::<PyAny>::")):
            owner, _, name = renamed.text.partition("::")
            text = f"{self._imports.scoped(owner)}::{name}"
            edits = (
                *self._replaced(function.span, text),
                Edit(self._path, node.span.end, node.span.end, renamed.suffix),
            )
        yield Used(renamed, self._path, function.span, item, edits)


def _words(wanted: Sequence[Renamed], *, everywhere: bool) -> tuple[bytes, ...]:
    """Names that are looked for as tokens: in test modules, if those count, all of them."""
    return tuple(one.name.encode() for one in wanted if everywhere or one.form not in _IN_BODIES)


def _names(type_: TypeRef | None) -> set[str]:
    return type_.names() if type_ is not None else set()


_IN_BODIES = frozenset({Form.METHOD, Form.TRIED, Form.CONVERTED, Form.ASSOCIATED})
"""Forms of names that are looked for in bodies."""


def _pattern(one: Renamed) -> tuple[bytes, bytes]:
    """A name, and what stands in a function that uses it as meant."""
    return one.name.encode(), _form(one).encode()


def _form(one: Renamed) -> str:
    if one.form is Form.TRIED:
        return rf"\.\s*{one.name}\s*\(\s*\)\s*\?"
    if one.form is Form.CONVERTED:
        return rf"\.\s*{one.name}\s*::"
    if one.form is Form.ASSOCIATED:
        owners = "|".join(sorted(one.owners)) or r"\w+"
        return rf"\b(?:{owners})\b[^;{{}}]{{0,40}}::\s*{one.name}\b"
    return rf"\.\s*{one.name}\b"
