"""What was linked, as plain data, and a program made of it that reads files when asked for them.

It stands for the sources that it was made of, and for others with the same items in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bindcheck.analysis.bindings.interface import INTERFACES, Interface
from bindcheck.analysis.linking.linked import Linked, Lower, Parts
from bindcheck.analysis.linking.tree import CRATE, Place, Root, Tree
from bindcheck.analysis.program import Exposed, Program
from bindcheck.crate import Configuration, Crate, Version
from bindcheck.fact import fact
from bindcheck.model import Module
from bindcheck.packed import Packed

if TYPE_CHECKING:
    from bindcheck.python_side.side import PythonSide

LASTING = frozenset(
    {
        *("methods", "names", "module names", "owners", "function names", "unique methods"),
        *("default methods", "functions of types", "macros", "macro rules", "constants"),
        *("dispatched", "senders", "releasing names", "released calls"),
        *("methods on slices", "methods on tokens", "releasing macros", "pointer types"),
        *("callers", "ways to helpers", "stepping", "gil used", "cut texts"),
        *("asked per call", "wasted parallel", "functions as values", "replaced behind locks"),
        *("all holds", "held objects", "long parts", "extractions", "names of aliases"),
    }
)
"""What of the crate as a whole is plain data and worth keeping; the rest is made when asked for."""
NAMES = ("names", "function names")
"""What of it are names that something has: of any other name nothing is asked."""
PLACED = (
    *("asked per call", "wasted parallel", "cut texts", "held objects", "long parts", "all holds"),
    *("macros", "macro rules"),
)
"""What of it has places in files."""
Placed = Callable[[str, object], object]
"""Gives what is kept under a name where it is now."""


_TREE = "tree"
_EXPOSED = "exposed"


class Snapshot:
    """A linked program without its modules, and what was made of the crate as a whole."""

    def __init__(self, parts: Packed):
        self.parts = parts

    @classmethod
    def of(cls, program: Program) -> Snapshot:
        """What is needed to make a program again."""
        tree = program.parts.tree
        places = {path: tree.places[path] for path in tree.modules}
        kept = program.parts.kept.all()
        values: dict[Hashable, object] = {
            _TREE: (places, tree.orphans, tree.missing, tree.apart, tree.includes),
            _EXPOSED: (program.entries, program.registrations, program.cores),
            **{name: value for name, value in kept.items() if name in LASTING},
        }
        if INTERFACES in kept:
            values[INTERFACES] = _numbered(kept[INTERFACES], program)
        return cls(Packed.of(values.items()))

    @property
    def places(self) -> Mapping[str, Place]:
        """Where each file stands in the tree of modules."""
        places: Mapping[str, Place] = self.parts[_TREE][0]
        return places

    @property
    def exposed(self) -> Exposed:
        """What Python sees, where it was."""
        return Exposed(*self.parts[_EXPOSED])

    def tree(self, read: Callable[[str], Module]) -> Tree:
        """The tree of modules. `read` gives the module of a file."""
        places, *rest = self.parts[_TREE]
        return Tree(Modules(places, read), places, *rest)

    def kept(self, name: str) -> object:
        """What was made of the crate as a whole under a name; None if nobody has asked for it."""
        return self.parts.get(name)


def _numbered(interfaces: Any, program: Program) -> tuple[object, ...]:
    """Interfaces with numbers for the entry points and cores, which others have as well."""
    entries = {id(one): at for at, one in enumerate(program.entries)}
    cores = {id(one): at for at, one in enumerate(program.cores)}
    return tuple(
        (
            *(entries[id(one.entry)], cores[id(one.core)]),
            *(one.arguments, one.kind, one.keys, one.ranges),
        )
        for one in interfaces
    )


class _Known(Mapping[str, object]):
    """What was made of the crate as a whole, by name."""

    def __init__(self, parts: Packed, exposed: Exposed, placed: Placed):
        self._parts = parts
        self._exposed = exposed
        self._placed = placed

    def __getitem__(self, name: str) -> object:
        value = self._parts[name]
        if name != INTERFACES:
            return self._placed(name, value) if name in PLACED + NAMES else value
        entries, cores = self._exposed.entries, self._exposed.cores
        return tuple(Interface(entries[at], cores[of], *rest) for at, of, *rest in value)

    def __iter__(self) -> Iterator[str]:
        return (name for name in (*LASTING, INTERFACES) if name in self._parts)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return (name in LASTING or name == INTERFACES) and name in self._parts


@fact
class Around:
    """What a program is made with beside its sources; see `link` and `Program`."""

    crate: Crate | None
    configuration: Configuration
    roots: Sequence[tuple[Root, Configuration]]
    target_pyo3: Version | None
    reference: str | None
    reported: Callable[[str], bool]
    python: Callable[[], PythonSide | None]


def restored(
    snapshot: Snapshot,
    exposed: Exposed,
    placed: Placed,
    around: Around,
    read: Callable[[str], Module],
    lower: Lower,
    source: Callable[[str], bytes],
) -> Program:
    """A program of a snapshot. `exposed` is what Python sees, where it is now.

    `placed` does the same for what was kept, `read` gives the module of a file.
    """
    configurations = {root.name: one for root, one in around.roots}
    configurations[CRATE] = around.configuration
    crate = around.crate
    pyo3 = crate.pyo3.version if crate is not None and crate.pyo3 is not None else None
    known = _Known(snapshot.parts, exposed, placed)
    parts = Parts.of(crate, configurations, pyo3, snapshot.tree(read), lower, known)
    return Program(
        Linked(parts),
        exposed,
        around.reported,
        around.target_pyo3 or pyo3,
        source,
        around.roots,
        around.python,
        around.reference,
    )


class Modules(Mapping[str, Module]):
    """Modules by path, in the order of the paths, each read when it is first asked for."""

    def __init__(self, paths: Mapping[str, object], read: Callable[[str], Module]):
        self._paths = paths
        self._read = read
        self._known: dict[str, Module] = {}

    def __getitem__(self, path: str) -> Module:
        if path not in self._known:
            if path not in self._paths:
                raise KeyError(path)
            self._known[path] = self._read(path)
        return self._known[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: object) -> bool:
        return path in self._paths
