"""Which stubs speak of the extension module, and under which names."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.bindings.exports import Exports
from bindcheck.analysis.bindings.module_objects import Names
from bindcheck.analysis.python.view import PythonView
from bindcheck.fact import fact
from bindcheck.model.python import PythonFile
from bindcheck.python_side.resolving import Exported, Resolver
from bindcheck.python_side.side import PythonSide


@fact
class Surface:
    """A stub with the names of the extension that its module has: local name to path.

    `whole` when the module has all names of the extension. `offered` are those of the visible names
    that the module passes on to its users, and does not just use itself. `own` are all other names
    that the module has at run time; None where it makes names that are not written out.
    """

    stub: PythonFile
    visible: tuple[tuple[str, Names], ...]
    whole: bool
    offered: frozenset[str]
    own: frozenset[str] | None


def surfaces_of(side: PythonSide, exports: Exports) -> tuple[Surface, ...]:
    """The stub of the extension first, then those of modules that pass its names on."""
    return tuple(_Surfaces(side, exports).all())


def passes_on(side: PythonSide) -> bool:
    """Whether a public module of the package has names of the extension under public names."""
    resolver = Resolver(side)
    for module in side.module_paths:
        inside = module.partition(".")[0] == side.layout.top
        private = any(part.startswith("_") for part in module.split("."))
        runtime = side.runtime(module) if inside and not private else None
        if runtime is not None and module != side.module and _is_public(side, resolver, runtime):
            return True
    return False


def is_used_outside(view: PythonView) -> bool:
    """Whether tests, or what they reach, use a public extension module past its own package."""
    side = view.side
    if any(part.startswith("_") for part in side.module.split(".")):
        return False
    inside = [one for one in side.module_paths if one.partition(".")[0] == side.layout.top]
    own = {file.path for one in inside if (file := side.runtime(one)) is not None}
    return any(files - own for path, files in view.usage.places.items() if path)


def _is_public(side: PythonSide, resolver: Resolver, file: PythonFile) -> bool:
    names = {name for name, path in _explicit(resolver, file) if path}
    listed = names if file.public is None else names & set(file.public)
    return _has_star(side, file) or not all(name.startswith("_") for name in listed)


class _Surfaces:
    def __init__(self, side: PythonSide, exports: Exports):
        self._side = side
        self._exports = exports
        self._resolver = Resolver(side)
        paths = (*(one.names for one in exports.all), *exports.submodules)
        self._everything = tuple((one[0], one[:1]) for one in dict.fromkeys(p[:1] for p in paths))

    def all(self) -> Iterator[Surface]:
        side = self._side
        aliases = [name for name in side.registered if self._resolver.is_extension(name)]
        own = {name: stub for name in (side.module, *aliases) if (stub := side.stub(name))}
        offered = frozenset(name for name, _ in self._everything)
        for stub in own.values():
            yield Surface(stub, self._everything, True, offered, frozenset())
        for module in side.stub_paths:
            runtime = None if module in own else side.runtime(module)
            stub = None if runtime is None else side.stub(module)
            if stub is not None and runtime is not None:
                surface = self._passing_on(stub, runtime, alone=not own)
                if surface.visible:
                    yield surface

    def _passing_on(self, stub: PythonFile, runtime: PythonFile, *, alone: bool) -> Surface:
        """`alone` when the extension has no stub of its own."""
        side = self._side
        explicit = tuple((n, path) for n, path in _explicit(self._resolver, runtime) if path)
        whole = alone and _has_star(side, runtime)
        everything = self._everything if whole else ()
        offered = {name for name, _ in everything}
        if runtime.public is not None:
            offered |= set(runtime.public)
        elif runtime.path.endswith("__init__.py"):
            # A module that is imported whole is there to be used.
            offered |= {name for name, path in explicit if path not in self._exports.submodules}
        foreign = any(one.name == "*" and one.module != side.module for one in runtime.imports)
        return Surface(
            stub=stub,
            visible=tuple(dict.fromkeys((*explicit, *everything))),
            whole=whole,
            offered=frozenset(offered),
            own=None if runtime.dynamic or foreign else _names(side, runtime),
        )


def _explicit(resolver: Resolver, file: PythonFile) -> Iterator[tuple[str, Names]]:
    """Names of the extension that a module imports or assigns one by one."""
    imported = [one.bound for one in file.imports if one.lasting and one.name != "*"]
    for name in dict.fromkeys((*imported, *(one.name for one in file.variables))):
        targets = resolver.resolve(file, (name,))
        paths = [one.path for one in targets if isinstance(one, Exported)]
        if len(paths) == 1:
            yield name, paths[0]


def _has_star(side: PythonSide, file: PythonFile) -> bool:
    return any(one.name == "*" and one.module == side.module for one in file.imports)


def _names(side: PythonSide, file: PythonFile) -> frozenset[str]:
    """What a module has at run time by its own source, submodules among it."""
    inner = {
        name.rpartition(".")[2]
        for name in side.module_paths
        if name.rpartition(".")[0] == file.module
    }
    return frozenset(
        {
            *inner,
            *(one.name for one in file.items),
            *(one.bound for one in file.imports if one.lasting),
        }
    )
