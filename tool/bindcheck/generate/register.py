"""The piece `register`: a binding added to the crate's `#[pymodule]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bindcheck.analysis.program import Program
from bindcheck.findings import Edit
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.style import cfg_text
from bindcheck.model import (
    CoreApi,
    EntryKind,
    EntryPoint,
    Function,
    MacroCall,
    MethodCall,
    Mod,
    Node,
    Param,
    Path,
    Try,
    Use,
)


@dataclass(frozen=True, slots=True)
class Export:
    """One item to export: its Rust name and whether it is a class."""

    name: str
    is_class: bool


@dataclass(frozen=True, slots=True)
class Home:
    """The `#[pymodule]`: its file, and the function or inline module."""

    path: str
    item: Function | Mod
    entry: EntryPoint


def find_home(program: Program) -> Home:
    """The module of the crate that exports most."""
    homes = [home for entry in program.entries if (home := _home(program, entry)) is not None]
    if not homes:
        raise Lacking("a `#[pymodule]` in this crate")
    counts = {
        home.path + home.item.name: sum(
            1
            for one in program.registrations
            if one.module in (home.entry.python_name, home.item.name)
        )
        for home in homes
    }
    return max(homes, key=lambda home: counts[home.path + home.item.name])


def _home(program: Program, entry: EntryPoint) -> Home | None:
    if entry.kind is not EntryKind.MODULE or not entry.active:
        return None
    module = program.modules[entry.ref.path]
    items: list[Function | Mod] = [*module.functions, *module.mods]
    for item in items:
        if entry.attribute in item.attrs and item.name == entry.rust_name:
            return Home(entry.ref.path, item, entry)
    return None


@dataclass(frozen=True, slots=True)
class Registrar:
    """Writes the lines that export a core's binding."""

    program: Program
    home: Home
    source: bytes
    gate: str
    edition: str

    def missing(self, exports: Sequence[Export]) -> tuple[Export, ...]:
        """Those that the module does not export yet."""
        done = self._exported()
        return tuple(one for one in exports if one.name not in done)

    def edits(self, core: CoreApi, exports: Sequence[Export]) -> tuple[Edit, ...]:
        """The edits of the module's file that export a core's items."""
        if isinstance(self.home.item, Mod):
            return (self._import(core, exports, self._inside(), "pymodule_export"),)
        imported = self._to_import(core, exports)
        edits = [self._import(core, imported, (), "")] if imported else []
        return (*edits, self._additions(core, exports))

    def _inside(self) -> tuple[str, ...]:
        return (*self.home.item.scope, self.home.item.name)

    # --- what is there -----------------------------------------------------------------------

    def _exported(self) -> set[str]:
        """Names that the module's own lines export, resolvable or not."""
        if isinstance(self.home.item, Mod):
            inside = self._inside()
            uses = self.program.modules[self.home.path].uses
            return {use.name for use in uses if use.scope == inside and use.attr("pymodule_export")}
        return {name for statement in self._statements() for name in _added(statement)}

    def _statements(self) -> tuple[Node, ...]:
        body = self.program.body(self.home.entry.ref)
        return body.statements if body is not None else ()

    # --- `m.add_function(..)` ----------------------------------------------------------------

    def _additions(self, core: CoreApi, exports: Sequence[Export]) -> Edit:
        item = self.home.item
        assert isinstance(item, Function)
        if not item.params or not item.params[0].name:
            raise Lacking(f"the name of the module in `{item.name}`")
        module = next((p.name for p in item.params if "PyModule" in _names(p)), item.params[0].name)
        macro = next(self._macros(), "pyo3::wrap_pyfunction")
        lines = [self._line(core, one, module, macro) for one in exports]
        at = self._place(core)
        return Edit(self.home.path, at, at, "".join(f"    {line}\n" for line in lines))

    def _line(self, core: CoreApi, export: Export, module: str, macro: str) -> str:
        name = export.name if self._uses_imports(core) else self._whole(core, export)
        if export.is_class:
            return f"{module}.add_class::<{name}>()?;"
        return f"{module}.add_function({macro}!({name}, {module})?)?;"

    def _macros(self) -> Iterator[str]:
        for statement in self._statements():
            for node in statement.walk():
                if isinstance(node, MacroCall) and node.path.endswith("wrap_pyfunction"):
                    yield node.path

    def _place(self, core: CoreApi) -> int:
        """The start of the line behind the core's other additions, else of the final value."""
        own = {entry.rust_name for entry in self.program.entries_of(core)}
        statements = self._statements()
        for statement in reversed(statements):
            if own & set(_added(statement)) and not _is_block(statement):
                end = self.source.find(b"\n", statement.span.end)
                return end + 1 if end >= 0 else len(self.source)
        if not statements:
            raise Lacking(f"the body of `{self.home.item.name}`")
        start = statements[-1].span.start
        return self.source.rfind(b"\n", 0, start) + 1

    # --- imports -----------------------------------------------------------------------------

    def _uses_imports(self, core: CoreApi) -> bool:
        """Whether names are short in the module: its own file, or imports like its neighbours."""
        if core.path == self.home.path:
            return True
        exported = self._exported()
        return any(use.name in exported for use in self._top_uses())

    def _whole(self, core: CoreApi, export: Export) -> str:
        return "::".join((*core.module_path, export.name))

    def _top_uses(self) -> list[Use]:
        return [use for use in self.program.modules[self.home.path].uses if not use.scope]

    def _to_import(self, core: CoreApi, exports: Sequence[Export]) -> tuple[Export, ...]:
        if core.path == self.home.path or not self._uses_imports(core):
            return ()
        held = {use.path for use in self._top_uses() if self.program.active(use.cfg)}
        if any(use.name == "*" and use.path == core.module_path for use in self._top_uses()):
            return ()
        return tuple(one for one in exports if (*core.module_path, one.name) not in held)

    def _import(
        self, core: CoreApi, exports: Sequence[Export], scope: tuple[str, ...], attr: str
    ) -> Edit:
        """A `use` of the items: in a statement that imports from the same module, or a new one."""
        uses = [
            use
            for use in self.program.modules[self.home.path].uses
            if use.scope == scope and (bool(use.attr("pymodule_export")) == bool(attr))
        ]
        names = [one.name for one in exports]
        same = [use for use in uses if use.path[:-1] == core.module_path and self._same_gate(use)]
        if same:
            return self._extended(core, uses, same[0], names)
        return self._inserted(core, uses, names, attr)

    def _same_gate(self, use: Use) -> bool:
        own = [one.replace(" ", "") for one in cfg_text(use.attrs)]
        inside_module = bool(use.attr("pymodule_export"))
        return inside_module or own == ([self.gate.replace(" ", "")] if self.gate else [])

    def _extended(self, core: CoreApi, uses: Sequence[Use], one: Use, names: Sequence[str]) -> Edit:
        statement = one.statement
        leaves = [use for use in uses if use.statement == statement]
        if any(use.path[-1] != use.name or use.path[:-1] != core.module_path for use in leaves):
            raise Lacking(f"a `use` of `{'::'.join(core.module_path)}` that can take more names")
        keyword = self.source.find(b"use", max([statement.start, *(a.span.end for a in one.attrs)]))
        listed = self._list(core, {use.name for use in leaves} | set(names))
        return Edit(self.home.path, keyword, statement.end, f"use {listed};")

    def _inserted(
        self, core: CoreApi, uses: Sequence[Use], names: Sequence[str], attr: str
    ) -> Edit:
        lines = [f"use {self._list(core, set(names))};"]
        if attr:
            lines.insert(0, f"#[{attr}]")
        elif self.gate:
            lines.insert(0, f"#[cfg({self.gate})]")
        indent = "    " * len(self._inside()) if attr else ""
        text = "".join(f"{indent}{line}\n" for line in lines)
        at = self._import_place(core, uses)
        return Edit(self.home.path, at, at, text)

    def _import_place(self, core: CoreApi, uses: Sequence[Use]) -> int:
        """Before the first import from a module behind ours, else behind the last import."""
        starts = {use.statement.start: use for use in reversed(uses)}
        ours = [starts[start] for start in sorted(starts) if starts[start].path[0] == "crate"]
        later = [use for use in ours if use.path[:-1] > core.module_path]
        if later:
            return self._line_start(later[0].statement.start)
        last = ours[-1] if ours else (uses[-1] if uses else None)
        if last is not None:
            return self.source.find(b"\n", last.statement.end) + 1
        item = self.home.item
        if isinstance(item, Mod) and item.body_span is not None:
            return self.source.find(b"\n", item.body_span.start) + 1
        return self._line_start(item.span.start)

    def _line_start(self, at: int) -> int:
        return self.source.rfind(b"\n", 0, at) + 1

    def _list(self, core: CoreApi, names: set[str]) -> str:
        prefix = "::".join(core.module_path)
        if len(names) == 1:
            return f"{prefix}::{next(iter(names))}"
        return f"{prefix}::{{{', '.join(sorted(names, key=self._order))}}}"

    def _order(self, name: str) -> tuple[bool, str]:
        """The order of rustfmt: up to edition 2021 functions come before types, then by letters."""
        first = name[:1].isupper()
        return (first != (self.edition >= "2024"), name)


def _names(param: Param) -> set[str]:
    return param.type.names() if param.type is not None else set()


def _is_block(statement: Node) -> bool:
    return not isinstance(statement, Try | MethodCall | MacroCall)


def _added(statement: Node) -> Iterable[str]:
    """Names that a statement adds to a module."""
    for node in statement.walk():
        if isinstance(node, MacroCall) and node.path.endswith("wrap_pyfunction"):
            if node.args and isinstance(node.args[0], Path):
                yield node.args[0].last
        elif isinstance(node, MethodCall) and node.method == "add_class" and node.turbofish:
            yield node.turbofish[0].name
