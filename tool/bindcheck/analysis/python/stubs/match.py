"""The stubs of a package beside the extension module: every place where they disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bindcheck.analysis.bindings.exports import Export
from bindcheck.analysis.bindings.module_objects import Names
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.stubs.classes import ClassMatch
from bindcheck.analysis.python.stubs.difference import Disagreement, compared, shown, signature_help
from bindcheck.analysis.python.stubs.lookup import (
    Found,
    StubClass,
    StubFunctions,
    StubModule,
    Unclear,
    look_up,
)
from bindcheck.analysis.python.stubs.said import surest
from bindcheck.analysis.python.stubs.surfaces import Surface, surfaces_of
from bindcheck.analysis.python.view import PythonView
from bindcheck.model import EntryKind
from bindcheck.model.python import PythonClass, PythonFile, PythonItem

_Holder = StubModule | StubClass

# Classes of these bases are there for annotations alone.
_TYPING_ONLY = frozenset({"TypedDict", "Protocol", "NamedTuple"})


def disagreements(program: Program, view: PythonView) -> tuple[Disagreement, ...]:
    """All of them, one per item and cause; several stubs that err alike are one."""
    found = list(_Match(program, view).all())
    joined: dict[tuple[object, str, bool], Disagreement] = {}
    for one in found:
        key = (one.place, one.item, one.absent)
        known = joined.get(key)
        if known is None:
            joined[key] = one
        elif one.message not in known.message:
            message = f"{known.message}; {one.message}"
            confidence = surest((known.confidence, one.confidence))
            joined[key] = replace(known, message=message, confidence=confidence)
    return tuple(joined.values())


class _Match:
    def __init__(self, program: Program, view: PythonView):
        self._program = program
        self._view = view
        self._side = view.side
        self._exports = view.exports
        self._by_names: Mapping[Names, Export] = {one.names: one for one in view.exports.all}
        self._seen: set[tuple[Names, str, int]] = set()

    def all(self) -> Iterator[Disagreement]:
        for surface in surfaces_of(self._side, self._exports):
            for name, path in surface.visible:
                yield from self._name(surface, name, path)
            if surface.whole:
                yield from self._hidden(surface.stub)
            yield from self._beyond_surface(surface)

    def _name(self, surface: Surface, name: str, path: Names) -> Iterator[Disagreement]:
        """One name of a stub's module that is, at run time, `path` below the extension."""
        stub = surface.stub
        found = look_up(self._side, stub, name)
        if found is None and name not in surface.offered:
            return
        if path in self._exports.submodules:
            yield from self._submodule(found, path, stub)
        elif path in self._by_names:
            yield from self._export(found, self._by_names[path], stub)

    def _export(
        self, found: Found | None, export: Export, stub: PythonFile
    ) -> Iterator[Disagreement]:
        entry, name = export.entry, export.names[-1]
        if found is None:
            if not name.startswith("_"):
                yield self._absent(export, stub)
        elif isinstance(found, StubFunctions) and entry.kind is EntryKind.FUNCTION:
            yield from self._function(found, export)
        elif isinstance(found, StubClass) and entry.kind is EntryKind.CLASS:
            if self._is_new(export.names, found.file, found.cls.place.line):
                yield from ClassMatch(self._program, self._view, entry, found).disagreements()
        elif isinstance(found, (StubFunctions, StubClass)):
            yield self._other_kind(found, export)

    def _hidden(self, stub: PythonFile) -> Iterator[Disagreement]:
        """Classes that are not exported, and declared all the same."""
        for cls in stub.classes:
            entry = self._exports.hidden_classes.get(cls.name)
            if entry is not None:
                found = StubClass(stub, cls)
                yield from ClassMatch(self._program, self._view, entry, found).disagreements()

    def _function(self, found: StubFunctions, export: Export) -> Iterator[Disagreement]:
        entry, functions = export.entry, found.functions
        if not self._is_new(export.names, found.file, functions[0].place.line):
            return
        said = list(compared(self._program, entry, functions, 0))
        if said:
            line = signature_help(self._program, entry, export.names[-1])
            yield Disagreement(
                place=(entry.ref.path, self._program.function(entry.ref).name_span),
                item=entry.rust_name,
                message=f"{shown(functions[0].place)} {'; '.join(one.text for one in said)}",
                help=f"in the stub: {line}" if line else "",
                confidence=surest(one.confidence for one in said),
                indicator=entry.indicator,
            )

    def _is_new(self, names: Names, file: PythonFile, line: int) -> bool:
        """Whether this declaration was not compared before, through another stub."""
        key = (names, file.path, line)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    # --- what only one side has ------------------------------------------------------------------

    def _absent(self, export: Export, stub: PythonFile) -> Disagreement:
        entry, name = export.entry, export.names[-1]
        is_class = entry.kind is EntryKind.CLASS
        item = self._program.struct(entry.ref) if is_class else self._program.function(entry.ref)
        line = f"`class {name}`" if is_class else signature_help(self._program, entry, name)
        return Disagreement(
            place=(entry.ref.path, item.name_span),
            item=entry.rust_name,
            message=f"`{stub.path}` does not declare `{name}`",
            help=f"add {line}" if line else "",
            absent=True,
            indicator=entry.indicator,
        )

    def _other_kind(self, found: StubFunctions | StubClass, export: Export) -> Disagreement:
        entry = export.entry
        is_class = entry.kind is EntryKind.CLASS
        item = self._program.struct(entry.ref) if is_class else self._program.function(entry.ref)
        place = found.cls.place if isinstance(found, StubClass) else found.functions[0].place
        said = "class" if isinstance(found, StubClass) else "function"
        return Disagreement(
            place=(entry.ref.path, item.name_span),
            item=entry.rust_name,
            message=f"{shown(place)} declares a {said}, `{export.names[-1]}` is a "
            f"{'class' if is_class else 'function'}",
            indicator=entry.indicator,
        )

    # --- modules in the module -------------------------------------------------------------------

    def _submodule(
        self, found: Found | None, path: Names, stub: PythonFile
    ) -> Iterator[Disagreement]:
        if isinstance(found, (StubModule, StubClass)):
            yield from self._inside(found, path)
        elif found is None and not path[-1].startswith("_"):
            root = self._exports.root
            assert root is not None  # submodules have a place below it
            yield Disagreement(
                place=(root.path, root.name_span),
                item=root.item,
                message=f"`{stub.path}` does not declare the module `{'.'.join(path)}`",
                help="declare it in a stub of its own",
                absent=True,
            )

    def _inside(self, holder: _Holder, path: Names) -> Iterator[Disagreement]:
        """A submodule: a stub of its own, or a class that stands for it."""
        file = holder.file
        line = holder.cls.place.line if isinstance(holder, StubClass) else 0
        if not self._is_new(path, file, line):
            return
        inner = [one for one in self._exports.submodules if one[:-1] == path]
        for names in (*(one for one in self._by_names if one[:-1] == path), *sorted(inner)):
            found = self._held(holder, names[-1])
            if names in self._exports.submodules:
                yield from self._submodule(found, names, file)
            else:
                yield from self._export(found, self._by_names[names], file)
        yield from self._beyond_module(holder, path)

    def _held(self, holder: _Holder, name: str) -> Found | None:
        if isinstance(holder, StubModule):
            return look_up(self._side, holder.file, name)
        functions = holder.cls.named(name)
        if functions:
            return StubFunctions(holder.file, functions)
        for inner in holder.cls.classes:
            if inner.name == name:
                return StubClass(holder.file, inner)
        return Unclear() if name in holder.cls.names else None

    # --- names that only a stub has --------------------------------------------------------------

    def _beyond_surface(self, surface: Surface) -> Iterator[Disagreement]:
        if surface.own is None:
            return
        here = {name for name, _ in surface.visible} | surface.own
        if surface.whole:
            here |= self._exports.possible
        yield from self._beyond(surface.stub, here, surface.stub.module)

    def _beyond_module(self, holder: _Holder, path: Names) -> Iterator[Disagreement]:
        here = {one[-1] for one in (*self._by_names, *self._exports.submodules) if one[:-1] == path}
        here |= self._exports.possible
        if isinstance(holder, StubClass):
            yield from self._beyond(holder.cls, here, ".".join(path))
            return
        runtime = self._side.runtime(holder.file.module)
        if runtime is not None:
            if runtime.dynamic or any(one.name == "*" for one in runtime.imports):
                return
            here |= {one.bound for one in runtime.imports}
            here |= {one.name for one in runtime.items}
        yield from self._beyond(holder.file, here, ".".join(path))

    def _beyond(
        self, declared: PythonFile | PythonClass, here: set[str], where: str
    ) -> Iterator[Disagreement]:
        if self._exports.unplaced or self._program.unanalysed:
            return
        written: tuple[PythonItem, ...] = (*declared.functions, *declared.classes)
        for one in written:
            if one.name.startswith("_") or one.name in here or one.conditional:
                continue
            if isinstance(one, PythonClass) and _is_for_typing(one):
                continue
            yield Disagreement(
                place=one.place,
                item=one.name,
                message=f"`{where}` has no `{one.name}`: importing it fails at run time",
                help="remove it from the stub, or export it",
            )


def _is_for_typing(cls: PythonClass) -> bool:
    return any(base.rpartition(".")[2] in _TYPING_ONLY for base in cls.bases)
