"""What happens while a body runs: the facts that rules about work and memory read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bindcheck.analysis.flow.values import Fails, Size, Value
from bindcheck.model import ItemRef, Node, Span


class Region(StrEnum):
    """Whether the interpreter is held: attached, detached, or on another thread."""

    ATTACHED = "attached"
    DETACHED = "detached"
    ELSEWHERE = "elsewhere"


class Kind(StrEnum):
    """Sorts of work.

    `core` is a call of an indicator's core, `helper` one of a crate function that does array-sized
    work, `foreign` one of another crate that is handed array-sized data. `memory` copies, fills or
    allocates; `scan` stops at the first hit.
    """

    CORE = "core"
    HELPER = "helper"
    FOREIGN = "foreign"
    LOOP = "loop"
    CHAIN = "chain"
    SCAN = "scan"
    MEMORY = "memory"
    PARALLEL = "parallel"
    WAIT = "wait"
    IO = "io"
    SPAWN = "spawn"


COMPUTES = frozenset({Kind.CORE, Kind.HELPER, Kind.LOOP, Kind.CHAIN, Kind.PARALLEL})


@dataclass(frozen=True, slots=True)
class Place:
    """A range of a function's source."""

    ref: ItemRef
    span: Span


@dataclass(frozen=True, slots=True)
class Work:
    """Work and where it runs.

    `guarded`: behind a size guard. `python`: it touches Python objects, so it must be attached.
    `inner`: inside another piece of work of the same body. `via`: the call in the entry that leads
    here.
    """

    kind: Kind
    place: Place
    what: str
    region: Region
    size: Size
    guarded: bool = False
    python: bool = False
    inner: bool = False
    via: Place | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """Cells of NumPy memory made in this body get values.

    `how`: `copy` (copy_from_slice and the like), `loop` (element by element, unchanged), `fill`,
    `store` (a computed value) or `callee`.
    """

    how: str
    place: Place
    target: Value
    value: Value
    region: Region
    what: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A NumPy array made from memory: `how` is the function, `value` what it was made from."""

    how: str
    place: Place
    value: Value


@dataclass(frozen=True, slots=True)
class Taken:
    """An argument is copied on its way in. `fallback`: only where it has to be."""

    how: str
    place: Place
    value: Value
    fallback: bool


@dataclass(frozen=True, slots=True)
class Panic:
    """A place that panics.

    `how`: `unwrap`, `expect`, `borrow`, `index`, `slice`, `empty`, `lengths`, `ragged`, `copy`,
    `zero`, `wrap`, or the name of a macro like `unreachable` or of a helper that panics. `cause`
    is what one check before would settle: panics of a function with the same cause are one.
    """

    how: str
    place: Place
    fails: Fails
    why: str
    region: Region
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Memory is asked for. `product` is an unchecked multiplication in its size."""

    what: str
    place: Place
    size: Value
    product: Span | None
    numpy: bool


@dataclass(frozen=True, slots=True)
class Called:
    """A call of crate functions."""

    place: Place
    node: Node
    targets: tuple[ItemRef, ...]
    args: tuple[Value, ...]
    region: Region


@dataclass(slots=True)
class Events:
    """Everything seen while evaluating one function."""

    works: list[Work] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    panics: list[Panic] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    releases: list[Place] = field(default_factory=list)

    def extend(self, other: Events) -> None:
        """Add what was seen elsewhere."""
        self.writes += other.writes
        self.made += other.made
        self.taken += other.taken
        self.panics += other.panics
        self.allocations += other.allocations
        self.calls += other.calls
        self.releases += other.releases
