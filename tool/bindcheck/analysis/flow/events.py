"""What happens while a body runs: the facts that rules about work and memory read."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TypeVar

from bindcheck.analysis.flow.values import Fails, Root, Size, Value
from bindcheck.model import ItemRef, Node, Span
from bindcheck.model.fact import fact, record, replace


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


@fact
class Place:
    """A range of a function's source."""

    ref: ItemRef
    span: Span


@fact
class Work:
    """Work and where it runs.

    `guarded`: behind a size guard. `python`: it touches Python objects, so it must be attached.
    `inner`: inside another piece of work of the same body. `via`: the call in the entry that leads
    here. `part`: it covers a part of the memory whose bounds are no lengths, as a warm-up prefix.
    `light`: it only passes on names or wrappers, so that a release costs more than it gives.
    `again`: a core over a list to which each call adds, so that it computes anew what it has.
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
    part: bool = False
    light: bool = False
    again: bool = False


@fact
class Section:
    """A part that other threads run. `waits`: who starts it goes on only when it is over.

    `region` is where it is started.
    """

    place: Place
    what: str
    region: Region
    waits: bool


@fact
class Attach:
    """A thread attaches to the interpreter. `region` is where it was before."""

    place: Place
    region: Region
    sections: tuple[Section, ...]


@fact
class Wait:
    """A place that may wait for another thread, for time, a file or a network.

    `how` is the name of the method or function, `value` what it waits on, `via` the call in the
    entry that leads here.
    """

    how: str
    place: Place
    node: Node
    value: Value
    region: Region
    sections: tuple[Section, ...]
    via: Place | None = None


@fact
class Alias:
    """NumPy memory that this body has not made is looked at without a borrow of the array."""

    how: str
    place: Place
    value: Value
    region: Region


@fact
class Wrapped:
    """A value is put into a struct of the crate that says it can be sent to other threads."""

    name: str
    place: Place
    value: Value


@fact
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


@fact
class Made:
    """A NumPy array made from memory: `how` is the function, `value` what it was made from."""

    how: str
    place: Place
    value: Value


@fact
class Taken:
    """An argument is copied on its way in. `fallback`: only where it has to be."""

    how: str
    place: Place
    value: Value
    fallback: bool


@fact
class Sliced:
    """Array memory of the caller is asked for as one slice.

    `value` is the array, or the view or copy that keeps its strides. `sure`: it is known to be
    contiguous here.
    """

    how: str
    place: Place
    value: Value
    sure: bool


Asked = tuple[frozenset[str], ...] | None
"""The parameters that each part of a condition is about; None if that is not known."""


UNPARSED = "the text does not parse"
OF_TEXT = frozenset(
    {UNPARSED, *(f"`{one}` fails" for one in ("from_str", "File::open", "File::create"))}
)
"""Why what is made of a text is not there: helpers are handed texts as the caller writes them."""


@fact
class Panic:
    """A place that panics.

    `how`: `unwrap`, `expect`, `borrow`, `index`, `slice`, `empty`, `lengths`, `ragged`, `copy`,
    `zero`, `wrap`, `capacity`, or the name of a macro like `unreachable` or of a helper that
    panics. `cause` is what one check before would settle: panics of a function with the same cause
    are one.
    `through`: it is the call of a helper that panics. `check` is the condition that decides, where
    it is a plain one, with what it is asked of: whoever has passed it once passes it again.
    `lowered`: it is asked of less than what the caller passes. `given` names what of the caller a
    helper gets. `bounded`: what has wrapped is replaced by a bound, where nothing checks overflows.
    `asked`: of a panic in another crate, which parameters of the function it has got to are asked.
    `compares`: the memories whose lengths an assertion is about.
    """

    how: str
    place: Place
    fails: Fails
    why: str
    region: Region
    cause: str = ""
    through: bool = False
    check: str = ""
    lowered: bool = False
    given: tuple[str, ...] = ()
    bounded: bool = False
    asked: Asked = None
    compares: frozenset[Root] = frozenset()


@fact
class Allocation:
    """Memory is asked for. `product` is where its size was multiplied, or added, unchecked."""

    what: str
    place: Place
    size: Value
    product: tuple[ItemRef, Span] | None
    numpy: bool


@fact
class Called:
    """A call of crate functions."""

    place: Place
    node: Node
    targets: tuple[ItemRef, ...]
    args: tuple[Value, ...]
    region: Region
    sections: tuple[Section, ...] = ()


@fact
class Handed:
    """A function is handed arrays of the caller, not all of which are known to be `alike` long."""

    place: Place
    target: ItemRef
    args: tuple[Value, ...]
    region: Region
    alike: tuple[frozenset[Root], ...]


Threaded = TypeVar("Threaded", Attach, Wait, Called)


def within(one: Threaded, sections: tuple[Section, ...]) -> Threaded:
    """The same event when what it happens in is called inside of `sections`."""
    return replace(one, sections=sections + one.sections) if sections else one


@record
class Events:
    """Everything seen while evaluating one function."""

    works: list[Work] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    slices: list[Sliced] = field(default_factory=list)
    panics: list[Panic] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    releases: list[Place] = field(default_factory=list)
    attaches: list[Attach] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    wrapped: list[Wrapped] = field(default_factory=list)

    def extend(self, other: Events, via: Place, sections: tuple[Section, ...]) -> None:
        """Add what was seen in a function that is called at `via`, inside of `sections`."""
        self.writes += other.writes
        self.made += other.made
        self.taken += other.taken
        self.slices += other.slices
        self.panics += other.panics
        self.allocations += other.allocations
        self.releases += other.releases
        self.take_threads(other, via, sections)

    def take_threads(self, other: Events, via: Place, sections: tuple[Section, ...]) -> None:
        """Add what such a function calls and hands on, and what it does with threads and memory."""
        self.calls += [within(one, sections) for one in other.calls] if sections else other.calls
        self.attaches += [within(one, sections) for one in other.attaches]
        self.waits += [replace(within(one, sections), via=via) for one in other.waits]
        self.handed += other.handed
        self.aliases += other.aliases
        self.wrapped += other.wrapped
