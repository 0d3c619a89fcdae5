"""The piece `register`: a binding added to the crate's `#[pymodule]`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.findings import Edit
from bindcheck.generate.adding import added, adds_class, is_block, receiver, variable, written
from bindcheck.generate.home import Home, find_home
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.names import FileNames
from bindcheck.generate.traits import METHODS, MODULE_METHODS
from bindcheck.model import (
    CoreApi,
    Function,
    MacroCall,
    MethodCall,
    Mod,
    Node,
    Param,
    Span,
    Use,
)

_ROOTS = ("", "crate", "self", "super")
_METHODS = METHODS["PyModuleMethods"]
_OPENED = (("pyo3", "prelude"), ("pyo3", "types"))
"""What has the trait of modules."""

__all__ = ["Export", "Home", "Registrar", "find_home", "missing_of"]


@fact
class Export:
    """One item to export: its Rust name and whether it is a class.

    `module` is the module that has it, where that is not the core's. `gate` is what goes inside
    `#[cfg(..)]` of its own line.
    """

    name: str
    is_class: bool
    module: tuple[str, ...] = ()
    gate: str = ""


def missing_of(exports: Sequence[Export], done: frozenset[str]) -> tuple[Export, ...]:
    """Those of the exports that are not `done`."""
    return tuple(one for one in exports if one.name not in done)


@fact
class Target:
    """The module object that lines add to: its name, and how `wrap_pyfunction!` is given it.

    `local`: a variable of the body, such as a submodule, and not the function's parameter.
    """

    name: str
    given: str
    local: bool


@fact
class Placer:
    """Puts whole lines into a source, on lines of their own whatever stands around."""

    path: str
    source: bytes

    def before(self, at: int, lines: Sequence[str], indent: str) -> Edit:
        """Before the item or statement that starts at `at`."""
        line = self.source.rfind(b"\n", 0, at) + 1
        lead = self.source[line:at]
        if not lead.strip():
            return Edit(self.path, line, line, _block(lines, lead.decode("utf-8") or indent))
        start = line + len(lead.rstrip())
        return Edit(self.path, start, at, "\n" + _block(lines, indent) + indent)

    def behind(self, at: int, lines: Sequence[str], indent: str) -> Edit:
        """Behind the item, statement or opening brace that ends at `at`."""
        end = self.source.find(b"\n", at)
        end = len(self.source) if end < 0 else end
        rest = self.source[at:end].strip()
        if rest and not rest.startswith(b"//"):
            gap = len(self.source[at:end]) - len(self.source[at:end].lstrip())
            closing = indent[4:] if rest.startswith(b"}") else indent
            return Edit(self.path, at, at + gap, "\n" + _block(lines, indent) + closing)
        if end == len(self.source):
            return Edit(self.path, end, end, "\n" + _block(lines, indent))
        return Edit(self.path, end + 1, end + 1, _block(lines, indent))


def _block(lines: Sequence[str], indent: str) -> str:
    return "".join(f"{indent}{line}\n" for line in lines)


@fact
class Registrar:
    """Writes the lines that export a core's binding."""

    program: Program
    home: Home
    source: bytes
    gate: str
    edition: str

    def missing(self, exports: Sequence[Export]) -> tuple[Export, ...]:
        """Those that the module does not export yet."""
        return missing_of(exports, self.done())

    def done(self) -> frozenset[str]:
        """Names that the module exports."""
        return frozenset(self._exported() | self._reached())

    def places(self) -> dict[str, str]:
        """Names that the module exports, each with the `path:line` of its line if it has one."""
        found = dict.fromkeys(self.done(), "")
        if isinstance(self.home.item, Mod):
            uses = self.program.modules[self.home.path].uses
            return found | {one.name: self._at(one.span) for one in uses if one.name in found}
        for statement in self._statements():
            found |= {name: self._at(statement.span) for name in _added(statement)}
        return found

    def _at(self, span: Span) -> str:
        where = self.program.location(self.home.path, span)
        return f"{where.path}:{where.line}"

    def edits(
        self, core: CoreApi, exports: Sequence[Export], *, first: bool = True
    ) -> tuple[Edit, ...]:
        """The edits of the module's file that export a core's items, which share a module.

        The `first` of a run bring the trait of modules where it is not there.
        """
        if exports and exports[0].module:
            core = replace(core, module_path=exports[0].module)
        if isinstance(self.home.item, Mod):
            free = [one for one in exports if not one.gate]
            made = [self._gated(core, one) for one in exports if one.gate]
            kept = [self._import(core, free, self._inside(), "pymodule_export")] if free else []
            return (*kept, *made)
        imported = self._to_import(core, exports)
        edits = [self._import(core, imported, self.home.item.scope, "")] if imported else []
        return (*edits, self._additions(core, exports, first=first))

    def _inside(self) -> tuple[str, ...]:
        return (*self.home.item.scope, self.home.item.name)

    @property
    def _text(self) -> Placer:
        return Placer(self.home.path, self.source)

    # --- what is there -----------------------------------------------------------------------

    def _exported(self) -> set[str]:
        """Names that the module's own lines export, resolvable or not."""
        if isinstance(self.home.item, Mod):
            inside = self._inside()
            uses = self.program.modules[self.home.path].uses
            return {use.name for use in uses if use.scope == inside and use.attr("pymodule_export")}
        return {name for statement in self._statements() for name in _added(statement)}

    def _reached(self) -> set[str]:
        """Names that other functions add to the same `#[pymodule]`."""
        return {
            one.entry
            for one in self.program.registrations
            if one.module in self.home.module and one.via != "wrapper"
        }

    def _statements(self) -> tuple[Node, ...]:
        body = self.program.body(self.home.ref)
        return body.statements if body is not None else ()

    # --- `m.add_function(..)` ----------------------------------------------------------------

    def _additions(self, core: CoreApi, exports: Sequence[Export], *, first: bool) -> Edit:
        target = self._target()
        macro = next((one.path for one in self._macros()), "pyo3::wrap_pyfunction")
        lines = [line for one in exports for line in self._lines(core, one, target, macro)]
        lines = [*(self._traits(target) if first else ()), *lines]
        statements = self._statements()
        if not statements:
            raise Lacking(f"the body of `{self.home.item.name}`")
        last = self._last_addition(core, target)
        indent = "    " * len(self._inside())
        if last is not None and adds_class(last) and not any(one.is_class for one in exports):
            # Functions come before the class of the same core.
            return self._text.before(last.span.start, lines, indent)
        if last is not None:
            return self._text.behind(_end(self.source, last.span.end), lines, indent)
        return self._text.before(statements[-1].span.start, lines, indent)

    def _target(self) -> Target:
        """The module object that most lines of the body add to, else the function's parameter."""
        item = self.home.item
        assert isinstance(item, Function)
        params = [param.name for param in item.params if param.name]
        module = next((p.name for p in item.params if "PyModule" in _names(p)), "")
        counts = Counter(filter(None, map(receiver, self._statements())))
        if not (counts or module or params):
            raise Lacking(f"the name of the module in `{item.name}`")
        name = counts.most_common(1)[0][0] if counts else module or params[0]
        given = name if name in params else f"&{name}"
        for one in self._macros():
            second = one.args[1] if len(one.args) > 1 else None
            if second is not None and variable(second) == name:
                given = self.source[second.span.start : second.span.end].decode("utf-8")
        return Target(name, given, local=name not in params)

    def _traits(self, target: Target) -> Iterator[str]:
        """The `use` of the trait that adds to modules; one that has added something has it."""
        item, body = self.home.item, self.program.body(self.home.ref)
        nodes = [node for one in self._statements() for node in one.walk()]
        adds = [one for one in nodes if isinstance(one, MethodCall) and one.method in _METHODS]
        added = any(variable(one.receiver) == target.name for one in adds)
        if added or body is None or any(map(_brings_trait, body.uses)):
            return
        names = FileNames.of(self.program, self.home.path, self.gate, (), item.scope)
        yield from (f"use {one};" for one in names.traits((MODULE_METHODS,)))

    def _lines(self, core: CoreApi, export: Export, target: Target, macro: str) -> tuple[str, ...]:
        short = self._uses_imports(core) and not export.gate
        name = export.name if short else self._beside(core, export)
        lead = (f"#[cfg({export.gate})]",) if export.gate else ()
        if export.is_class:
            return (*lead, f"{target.name}.add_class::<{name}>()?;")
        return (*lead, f"{target.name}.add_function({macro}!({name}, {target.given})?)?;")

    def _beside(self, core: CoreApi, export: Export) -> str:
        """The path of an item, from where its neighbours have theirs."""
        here = (*self.program.module_path(self.home.path), *self.home.item.scope)
        below = core.module_path[: len(here)] == here
        paths = [one for statement in self._statements() for one in written(statement)]
        short = any(len(one) > 1 and one[0] not in _ROOTS for one in paths)
        path = core.module_path[len(here) :] if below and short else core.module_path
        return "::".join((*path, export.name))

    def _macros(self) -> Iterator[MacroCall]:
        for statement in self._statements():
            for node in statement.walk():
                if isinstance(node, MacroCall) and node.path.endswith("wrap_pyfunction"):
                    yield node

    def _last_addition(self, core: CoreApi, target: Target) -> Node | None:
        """The last line that adds something of the core, or that adds to a local module."""
        own = {entry.rust_name for entry in self.program.entries_of(core)}
        statements = [one for one in self._statements()[:-1] if not is_block(one)]
        for statement in reversed(statements):
            if own & set(_added(statement)):
                return statement
        for statement in reversed(statements):
            if target.local and receiver(statement) == target.name:
                return statement
        return None

    # --- imports -----------------------------------------------------------------------------

    def _uses_imports(self, core: CoreApi) -> bool:
        """Whether names are short in the module: its own file, or imports like its neighbours."""
        if core.path == self.home.path and not self.home.item.scope:
            return True
        exported = self._exported()
        return any(use.name in exported for use in self._top_uses())

    def _whole(self, core: CoreApi, export: Export) -> str:
        return "::".join((*core.module_path, export.name))

    def _top_uses(self) -> list[Use]:
        scope = self.home.item.scope
        return [use for use in self.program.modules[self.home.path].uses if use.scope == scope]

    def _to_import(self, core: CoreApi, exports: Sequence[Export]) -> tuple[Export, ...]:
        local = core.path == self.home.path and not self.home.item.scope
        if local or not self._uses_imports(core):
            return ()
        held = {use.path for use in self._top_uses() if self.program.active(use.cfg)}
        if any(use.name == "*" and use.path == core.module_path for use in self._top_uses()):
            return ()
        # What has a gate of its own is named by its path, so that no import needs the same gate.
        return tuple(
            one for one in exports if (*core.module_path, one.name) not in held and not one.gate
        )

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
        own = [one.tokens.replace(" ", "") for one in use.attrs if one.path == "cfg"]
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
        scope = self._inside() if attr else self.home.item.scope
        return self._import_edit(core, uses, lines, "    " * len(scope))

    def _gated(self, core: CoreApi, export: Export) -> Edit:
        """An export from inside the module, under a gate of its own."""
        inside = self._inside()
        uses = [use for use in self.program.modules[self.home.path].uses if use.scope == inside]
        lines = [
            f"#[cfg({export.gate})]",
            "#[pymodule_export]",
            f"use {self._whole(core, export)};",
        ]
        return self._import_edit(core, uses, lines, "    " * len(inside))

    def _import_edit(
        self, core: CoreApi, uses: Sequence[Use], lines: Sequence[str], indent: str
    ) -> Edit:
        """Before the first import from a module behind ours, else behind the last import.

        Imports under our own gate are the neighbours, if there are any.
        """
        gated = [use for use in uses if self._same_gate(use)] or list(uses)
        starts = {use.statement.start: use for use in reversed(gated)}
        ours = [starts[start] for start in sorted(starts) if starts[start].path[:1] == ("crate",)]
        later = [use for use in ours if use.path[:-1] > core.module_path]
        if later:
            return self._text.before(later[0].statement.start, lines, indent)
        last = ours[-1] if ours else (gated[-1] if gated else None)
        if last is not None:
            return self._text.behind(last.statement.end, lines, indent)
        item = self.home.item
        if isinstance(item, Mod) and item.body_span is not None:
            return self._text.behind(item.body_span.start + 1, lines, indent)
        return self._text.before(item.span.start, lines, indent)

    def _list(self, core: CoreApi, names: set[str]) -> str:
        prefix = "::".join(core.module_path)
        if len(names) == 1:
            return f"{prefix}::{next(iter(names))}"
        return f"{prefix}::{{{', '.join(sorted(names, key=self._order))}}}"

    def _order(self, name: str) -> tuple[bool, str]:
        """The order of rustfmt: up to edition 2021 functions come before types, then by letters."""
        first = name[:1].isupper()
        return (first != (self.edition >= "2024"), name)


def _end(source: bytes, end: int) -> int:
    """The end of a statement with its semicolon."""
    rest = source[end:]
    gap = len(rest) - len(rest.lstrip())
    return end + gap + 1 if rest[gap : gap + 1] == b";" else end


def _brings_trait(use: Use) -> bool:
    """Whether an import has the trait of modules."""
    return use.path in _OPENED if use.name == "*" else use.path[-1:] == ("PyModuleMethods",)


def _names(param: Param) -> set[str]:
    return param.type.names() if param.type is not None else set()


def _added(statement: Node) -> Iterator[str]:
    """Names that a statement adds to a module."""
    return (name for name, _ in added(statement))
