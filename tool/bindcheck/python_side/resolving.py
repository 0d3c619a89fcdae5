"""What a dotted name in Python code means: a name of the extension, or one written in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bindcheck.fact import fact
from bindcheck.model.python import Chain, PythonFile, PythonImport
from bindcheck.python_side.side import PythonSide


@fact
class Exported:
    """A name below the extension module: `("alma",)`, `("models", "BPE")`; `()` is the module."""

    path: Chain


@fact
class Written:
    """A function, class or variable of a Python module, with what is read from it."""

    file: PythonFile
    name: str
    rest: Chain


@fact
class Attributes:
    """Attributes of an object that cannot be told."""

    names: Chain


Target = Exported | Written | Attributes


class Resolver:
    """What a dotted name means in a file."""

    def __init__(self, side: PythonSide):
        self._side = side
        self._extension = side.module
        self._imports: dict[str, dict[str, list[PythonImport]]] = {}
        self._known: dict[tuple[str, Chain], tuple[Target, ...]] = {}
        tops = {name.partition(".")[0] for name in side.module_paths}
        self._tops = frozenset({side.layout.top, *tops, *side.registered})

    def resolve(self, file: PythonFile, chain: Chain) -> tuple[Target, ...]:
        """All that it can mean; nothing for names of other packages, locals and built-ins."""
        key = (file.path, chain)
        if key not in self._known:
            self._known[key] = tuple(dict.fromkeys(self._resolve(file, chain, frozenset())))
        return self._known[key]

    def is_extension(self, module: str) -> bool:
        """Whether a module is the extension, perhaps under another name in `sys.modules`."""
        entries = self._side.registered.get(module, ())
        targets = (target for file, chain in entries for target in self.resolve(file, chain))
        return module == self._extension or Exported(()) in targets

    def _resolve(
        self, file: PythonFile, chain: Chain, seen: frozenset[tuple[str, str]]
    ) -> Iterator[Target]:
        root, rest = chain[0], chain[1:]
        if not root:
            yield Attributes(rest)
            return
        imports = self._bound(file)
        if root in imports:
            for one in imports[root]:
                names = (one.name, *rest) if one.name else rest
                yield from self._in_module(one.module, names, seen)
        elif (found := _defined(file, root)) is not None:
            yield from self._definition(file, root, found, rest, seen)
        else:
            stars = [one for one in imports.get("*", ()) if self._is_ours(one.module)]
            for one in stars:
                yield from self._in_module(one.module, chain, seen)
            if not stars and rest:
                yield Attributes(rest)

    def _bound(self, file: PythonFile) -> dict[str, list[PythonImport]]:
        if file.path not in self._imports:
            table: dict[str, list[PythonImport]] = defaultdict(list)
            for one in file.imports:
                table[one.bound].append(one)
            self._imports[file.path] = dict(table)
        return self._imports[file.path]

    def _definition(
        self,
        file: PythonFile,
        name: str,
        alias: Chain,
        rest: Chain,
        seen: frozenset[tuple[str, str]],
    ) -> Iterator[Target]:
        """What the module itself defines; a variable may be another name for something else."""
        yield Written(file, name, rest)
        key = (file.path, name)
        if alias and key not in seen and alias[0] != name:
            yield from self._resolve(file, (*alias, *rest), seen | {key})

    def _is_ours(self, module: str) -> bool:
        return module.partition(".")[0] in self._tops

    # --- modules -------------------------------------------------------------------------------

    def _in_module(
        self, module: str, names: Chain, seen: frozenset[tuple[str, str]]
    ) -> Iterator[Target]:
        """What `names`, read one after the other from a module, mean."""
        inside = f"{self._extension}."
        if module == self._extension or module.startswith(inside):
            yield Exported((*_parts(module[len(inside) :]), *names))
            return
        key = (module, "sys.modules")
        if key not in seen and module in self._side.registered:
            for where, chain in self._side.registered[module]:
                yield from self._resolve(where, (*chain, *names), seen | {key})
            return
        file = self._side.runtime(module)
        if file is None:
            yield from self._without_source(module, names, seen)
        elif names:
            yield from self._attribute(file, module, names, seen)

    def _without_source(
        self, module: str, names: Chain, seen: frozenset[tuple[str, str]]
    ) -> Iterator[Target]:
        """A module without a file: a folder, an attribute of its parent, or another package's."""
        parent, _, last = module.rpartition(".")
        if names and self._is_module(f"{module}.{names[0]}"):
            yield from self._in_module(f"{module}.{names[0]}", names[1:], seen)
        elif parent and self._is_ours(module) and (module, "") not in seen:
            yield from self._in_module(parent, (last, *names), seen | {(module, "")})
        elif self._is_ours(module) and names:
            yield Attributes(names)

    def _attribute(
        self, file: PythonFile, module: str, names: Chain, seen: frozenset[tuple[str, str]]
    ) -> Iterator[Target]:
        name, rest = names[0], names[1:]
        key = (file.path, name)
        if key in seen:
            return
        seen |= {key}
        found = False
        for one in self._bound(file).get(name, ()):
            # `from . import core` binds the module `core` itself.
            if one.lasting and (one.module, one.name) != (module, name):
                found = True
                inner = (one.name, *rest) if one.name else rest
                yield from self._in_module(one.module, inner, seen)
        alias = _defined(file, name)
        if alias is not None:
            found = True
            yield from self._definition(file, name, alias, rest, seen - {key})
            if self._may_be_hidden(file):
                yield Exported(names)
        inner_module = f"{module}.{name}"
        if not found and self._is_module(inner_module):
            found = True
            yield from self._in_module(inner_module, rest, seen)
        if not found:
            yield from self._by_star(file, names, seen)

    def _may_be_hidden(self, file: PythonFile) -> bool:
        """Whether an import may find the extension in place of a package of the same name.

        That is not so for a package that imports what lies inside of it.
        """
        layout = self._side.layout
        if not layout.doubled or file.module != layout.top:
            return False
        modules = {m for one in file.imports for m in (one.module, f"{one.module}.{one.name}")}
        return self._extension not in modules

    def _is_module(self, module: str) -> bool:
        return module == self._extension or module in self._side.module_paths

    def _by_star(
        self, file: PythonFile, names: Chain, seen: frozenset[tuple[str, str]]
    ) -> Iterator[Target]:
        stars = [one for one in self._bound(file).get("*", ()) if one.lasting]
        ours = [one for one in stars if self._is_ours(one.module)]
        for one in ours:
            yield from self._in_module(one.module, names, seen)
        layout = self._side.layout
        if layout.doubled and file.module == layout.top and not file.dynamic:
            yield Exported(names)
        elif file.dynamic or not ours:
            yield Attributes(names)


def _parts(module: str) -> Chain:
    return tuple(part for part in module.split(".") if part)


def _defined(file: PythonFile, name: str) -> Chain | None:
    """The alias of a name that a file defines; empty when it is none; None when not defined."""
    if file.named(name) or file.class_named(name) is not None:
        return ()
    for one in file.variables:
        if one.name == name:
            return one.value
    return None
