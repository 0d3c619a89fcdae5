"""What Python finds in the extension module: names by their path below it, and what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from bindcheck.analysis.bindings.module_objects import (
    ModuleItem,
    ModuleObjects,
    Names,
    module_items,
)
from bindcheck.analysis.keeping.reads import KeptProperty
from bindcheck.analysis.linking.linked import Linked
from bindcheck.fact import fact
from bindcheck.model import (
    EntryKind,
    EntryPoint,
    Function,
    ItemRef,
    Literal,
    MacroCall,
    Registration,
)

_QUOTED = re.compile(r'"([A-Za-z_]\w*)"')
_NOT_DIRECT = ("wrapper",)


@fact
class Export:
    """A function or class that Python reaches as `names`, below the extension module."""

    names: Names
    entry: EntryPoint


class Exports:
    """The contents of the extension module `module` (its last name).

    `own` tells whether the crate builds it: then its only module is this one, whatever it is
    called. `root` is its `#[pymodule]`, None where that cannot be told. `unplaced` are exported
    entry points whose module object is not known.
    """

    def __init__(
        self,
        linked: Linked,
        entries: tuple[EntryPoint, ...],
        registrations: tuple[Registration, ...],
        module: str,
        *,
        own: bool = True,
    ):
        self._linked = linked
        self._entries = entries
        self._registrations = tuple(one for one in registrations if one.via not in _NOT_DIRECT)
        self.modules = tuple(module_items(linked, entries))
        self._objects = ModuleObjects(linked, self.modules)
        self.root = self._root(module, own)

    def _root(self, module: str, own: bool) -> ModuleItem | None:
        inner = self._objects.parents
        outer = [one for one in self.modules if one.name not in inner]
        named = [one for one in outer if one.name == module.rpartition(".")[2]]
        if named:
            return named[0]
        return outer[0] if own and len(outer) == 1 else None

    @KeptProperty
    def all(self) -> tuple[Export, ...]:
        """Functions and classes whose place is known, in the order of their registration."""
        found: dict[tuple[Names, ItemRef, EntryKind], Export] = {}
        for one in self._registrations:
            names = self._path(one)
            entry = self._entry(one)
            if names is not None and entry is not None:
                full = (*names, self._name(one, entry))
                found.setdefault((full, one.target, one.kind), Export(full, entry))
        return tuple(found.values())

    def names_of(self, entry: EntryPoint) -> tuple[Names, ...]:
        """Under which names Python finds a function, a class, or a method by that of its class."""
        if entry.kind is not EntryKind.METHOD:
            return tuple(one.names for one in self.all if one.entry is entry)
        classes = [
            one.names
            for one in self.all
            if one.entry.kind is EntryKind.CLASS and one.entry.ref == entry.class_ref
        ]
        own = () if entry.constructor else (entry.python_name,)
        return tuple((*names, *own) for names in classes)

    @KeptProperty
    def unplaced(self) -> tuple[EntryPoint, ...]:
        """Exported entry points of which only the name is known."""
        placed = {(one.entry.ref, one.entry.kind) for one in self.all}
        lost = (self._entry(one) for one in self._registrations)
        return tuple(
            dict.fromkeys(one for one in lost if one and (one.ref, one.kind) not in placed)
        )

    @cached_property
    def hidden_classes(self) -> Mapping[str, EntryPoint]:
        """Classes that Python meets as results only, by their name where it is one's alone."""
        exported = {one.target for one in self._registrations if one.kind is EntryKind.CLASS}
        classes = [one for one in self._entries if one.kind is EntryKind.CLASS and one.active]
        count = Counter(one.python_name for one in classes)
        return {
            one.python_name: one
            for one in classes
            if one.ref not in exported and count[one.python_name] == 1
        }

    @KeptProperty
    def submodules(self) -> frozenset[Names]:
        """Paths of the modules inside the extension."""
        own = (self._module_path(one.name) for one in self.modules)
        local = (self._path(one) for one in self._registrations)
        return frozenset(one for one in (*own, *local) if one)

    @KeptProperty
    def possible(self) -> frozenset[str]:
        """All names that Python may find in it for all that is known.

        Those of entry points in any configuration, and every name that is written as a string in
        the code that fills the module.
        """
        found = {one.python_name for one in self._entries}
        for ref in self._fillers():
            body = self._linked.body(ref)
            for node in body.walk() if body is not None else ():
                if isinstance(node, Literal) and node.kind == "str":
                    found.add(node.text)
                elif isinstance(node, MacroCall):
                    found.update(_QUOTED.findall(node.tokens))
        for one in self.modules:
            module = self._linked.modules[one.path]
            found.add(one.name)
            found.update(
                item.name
                for item in (*module.uses, *module.consts, *module.structs, *module.enums)
                if item.attr("pymodule_export")
            )
        return frozenset(found)

    def _fillers(self) -> Iterator[ItemRef]:
        """Functions that add to a module, and those that these call."""
        todo = [one.function for one in self.modules if one.function is not None]
        todo += [
            ItemRef(path, index)
            for path, module in self._linked.modules.items()
            for index, function in enumerate(module.functions)
            if function.attr("pymodule_init")
        ]
        seen = set(todo)
        while todo:
            ref = todo.pop()
            yield ref
            for callee in self._linked.called(ref):
                if callee not in seen and _takes_module(self._linked.function(callee)):
                    seen.add(callee)
                    todo.append(callee)

    # --- one registration ----------------------------------------------------------------------

    @cached_property
    def _known(self) -> Mapping[tuple[ItemRef, bool], EntryPoint]:
        return {
            (one.ref, one.kind is EntryKind.CLASS): one
            for one in self._entries
            if one.kind in (EntryKind.FUNCTION, EntryKind.CLASS)
        }

    def _entry(self, one: Registration) -> EntryPoint | None:
        return self._known.get((one.target, one.kind is EntryKind.CLASS))

    def _name(self, one: Registration, entry: EntryPoint) -> str:
        """The name it is added under: `m.add("Name", ..)` gives another than its own."""
        for name, value in self._objects.added(*one.location):
            if value.contains(one.location[1]):
                return name
        return entry.python_name

    def _path(self, one: Registration) -> Names | None:
        if one.receiver:
            names = self._objects.path(one.receiver)
        elif self._objects.only_one:
            names = (one.module,)
        else:
            names = None
        return None if names is None else self._below(names)

    def _module_path(self, name: str) -> Names | None:
        names = self._objects.path(name)
        return None if names is None else self._below(names)

    def _below(self, names: Names) -> Names | None:
        root = self.root
        return names[1:] if root is not None and names[:1] == (root.name,) else None


def _takes_module(function: Function) -> bool:
    return any(
        "PyModule" in param.type.names() for param in function.params if param.type is not None
    )
