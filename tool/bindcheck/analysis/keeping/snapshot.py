"""What was linked, as plain data, and a program made of it that reads files when asked for them.

It stands for the sources that it was made of, and for others with the same items in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bindcheck.analysis.linking.linked import Linked, Lower, Parts
from bindcheck.analysis.linking.tree import CRATE, Include, MissingFile, Place, Root, Tree
from bindcheck.analysis.program import Exposed, Program
from bindcheck.crate import Configuration, Crate, Version
from bindcheck.fact import fact
from bindcheck.model import Module

if TYPE_CHECKING:
    from bindcheck.python_side.side import PythonSide

LASTING = frozenset(
    {
        *("methods", "names", "owners", "function names", "unique methods", "default methods"),
        *("functions of types", "macros", "macro rules", "constants", "dispatched", "senders"),
        *("methods on slices", "methods on tokens", "releasing macros", "pointer types"),
        *("interfaces", "callers", "ways to helpers", "stepping", "gil used", "cut texts"),
        *("asked per call", "wasted parallel", "functions as values", "replaced behind locks"),
    }
)
"""What of the crate as a whole is plain data and worth keeping; the rest is made when asked for."""
PLACED = ("asked per call", "wasted parallel", "cut texts", "macros", "macro rules")
"""What of it has places in files."""


@fact
class Snapshot:
    """A linked program without its modules. `kept` is what was made of the crate as a whole."""

    places: Mapping[str, Place]
    orphans: tuple[str, ...]
    missing: tuple[MissingFile, ...]
    apart: tuple[str, ...]
    includes: tuple[Include, ...]
    exposed: Exposed
    kept: Mapping[str, object]

    @classmethod
    def of(cls, program: Program) -> Snapshot:
        """What is needed to make a program again."""
        tree = program.parts.tree
        exposed = Exposed(program.entries, program.registrations, program.cores)
        places = {path: tree.places[path] for path in tree.modules}
        kept = {name: value for name, value in program.parts.kept.all().items() if name in LASTING}
        return cls(places, tree.orphans, tree.missing, tree.apart, tree.includes, exposed, kept)


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
    around: Around,
    read: Callable[[str], Module],
    lower: Lower,
    source: Callable[[str], bytes],
) -> Program:
    """A program of a snapshot. `read` gives the module of a file."""
    modules = Modules(snapshot.places, read)
    tree = Tree(
        modules,
        snapshot.places,
        snapshot.orphans,
        snapshot.missing,
        snapshot.apart,
        snapshot.includes,
    )
    configurations = {root.name: one for root, one in around.roots}
    configurations[CRATE] = around.configuration
    crate = around.crate
    pyo3 = crate.pyo3.version if crate is not None and crate.pyo3 is not None else None
    parts = Parts.of(crate, configurations, pyo3, tree, lower, snapshot.kept)
    return Program(
        Linked(parts),
        snapshot.exposed,
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
