"""What was measured: plain data between the engine, the statistics and the reports.

All times are nanoseconds. The cost of an empty call is already subtracted from them. A value of
`Block.a_ns` or `Block.b_ns` is the time of one call, averaged over the calls of its side.
"""

from __future__ import annotations

from enum import StrEnum

from bindcheck.fact import fact


class Kind(StrEnum):
    """What one call computes."""

    SINGLE = "single"
    BATCH = "batch"


class State(StrEnum):
    """What happens to the results of a block of calls."""

    RECYCLED = "recycled"
    """Each is dropped before the next call: the allocator hands out the same memory again."""
    RETAINED = "retained"
    """All are kept until the clock has stopped: each call gets memory of its own."""


class Layout(StrEnum):
    """How the input lies in memory."""

    CONTIGUOUS = "contiguous"
    STRIDED = "strided"
    """Every second element of a larger array."""


PYTHON = "python"
NATIVE = "native"
PEER = "peer:"
"""A side is `python`, `native` or `peer:<module>:<function>`."""

Scalar = int | float | str | bool | None
Steps = tuple[int | float, int | float, int | float]


@fact
class Argument:
    """One parameter of a call: a value, or the start, stop (inclusive) and step of a sweep."""

    name: str
    value: Scalar | Steps


@fact
class Case:
    """One call, described once for both sides.

    A single call returns `cols` cells, a batch `rows` × `cols`. `threads` None leaves the pool as
    the process finds it. `seed` makes the input.
    """

    name: str
    indicator: str
    kind: Kind
    rows: int
    cols: int
    arguments: tuple[Argument, ...]
    kernel: str | None
    threads: int | None
    layout: Layout
    out: bool
    seed: int

    @property
    def cells(self) -> int:
        """How many values the call computes."""
        return self.rows * self.cols


@fact
class Block:
    """Calls of both sides next to each other, such as `ABBA`; `calls` of each side.

    An interrupted block is one in which the system gave the core to somebody else. It holds both
    sides, so leaving it out favours neither; its times are processor time where that is known
    (`processor_time`).
    """

    order: str
    calls: int
    a_ns: float
    b_ns: float
    interrupted: bool
    processor_time: bool = False


@fact
class Busy:
    """Another program that was at work meanwhile, and how many cores it used on average."""

    name: str
    cores: float


@fact
class Process:
    """One fresh process: the unit of repetition.

    `empty_a_ns`, `empty_b_ns`: what the same loop costs around a call that does nothing, per call.
    `faults_a`, `faults_b`: minor page faults per call. `copy_ns`: one copy of as many bytes as
    the result has (`copy_bytes`) into new memory in the state of the measurement, in this process;
    0 where the sides are not Python and native. `of_input`: as many as the first input has, since
    the result is a number.
    `core`: the CPU that both sides are pinned to, None if they are not. `cores`: how many both
    sides may use, `free_cores`: how many of these other programs left to them; None where that is
    not known; `busy` are those that were most at work, on whatever cores. `remark`: what to keep in
    mind of the values of both sides. `cold_ns`,
    `cold_copy_ns`: the difference of the sides, and a copy, for the shortest input of the series,
    right after calls of this case; 0 where that was not measured.
    """

    index: int
    pid: int
    blocks: tuple[Block, ...]
    empty_a_ns: float
    empty_b_ns: float
    faults_a: float
    faults_b: float
    huge_pages: str
    warmup_calls: int
    stable: bool
    core: int | None
    cells: tuple[int, int]
    copy_bytes: int
    copy_ns: float
    cores: int | None = None
    free_cores: float | None = None
    remark: str = ""
    cold_ns: float = 0.0
    cold_copy_ns: float = 0.0
    of_input: bool = False
    busy: tuple[Busy, ...] = ()


@fact
class Measurement:
    """All processes of one pair of sides. A is the first side; the cost is that of A over B.

    If the sides are equal, it is an A/A control, which calibrates the measurement of that case.
    """

    case: Case
    sides: tuple[str, str]
    state: State
    processes: tuple[Process, ...]

    @property
    def is_control(self) -> bool:
        """Whether both sides are the same call."""
        return self.sides[0] == self.sides[1]


@fact
class Phases:
    """Where the time of one Python call goes, from an instrumented build; one value per process."""

    case: Case
    arguments_ns: tuple[float, ...]
    release_ns: tuple[float, ...]
    compute_ns: tuple[float, ...]
    acquire_ns: tuple[float, ...]
    result_ns: tuple[float, ...]


@fact
class Failure:
    """What was asked for and could not be measured; the rest is kept.

    `wrong` if the two sides are not to be compared at all, so that it is no matter of luck.
    """

    case: str
    sides: tuple[str, str]
    reason: str
    wrong: bool = False


@fact
class Unmeasured:
    """A binding that takes arrays and cannot be measured, and why, in words."""

    binding: str
    reason: str


@fact
class Named:
    """A NAME of a command line, and the indicator that it meant."""

    name: str
    indicator: str


@fact
class Asked:
    """What a command line asked for; what a file of cases says is not.

    All indicators but `excluded` where nothing is named. `params` are texts by name, other members
    the values along each axis: `rows` None are as many as a batch has by itself.
    """

    names: tuple[Named, ...]
    excluded: tuple[str, ...]
    kinds: tuple[Kind, ...]
    sizes: tuple[int, ...]
    rows: tuple[int | None, ...]
    kernels: tuple[str | None, ...]
    threads: tuple[int | None, ...]
    layouts: tuple[Layout, ...]
    outs: tuple[bool, ...]
    params: tuple[Argument, ...]
    sides: tuple[tuple[str, str], ...] = ()
    states: tuple[State, ...] = ()


@fact
class Provenance:
    """Where and of what the numbers are. Empty texts are what could not be found out.

    `changed`: the first of the files that differ from the commit, which is `dirty` then.
    """

    cpu: str
    cores: int
    governor: str
    kernel: str
    python: str
    numpy: str
    rustc: str
    bindcheck: str
    crate: str
    crate_version: str
    commit: str
    dirty: bool
    source_hash: str
    profile: str
    rustflags: str
    features: tuple[str, ...]
    changed: tuple[str, ...] = ()


@fact
class Session:
    """One run of the benchmark.

    `started`: ISO 8601 with zone. `budget_s`: seconds that were allowed, None if no limit was
    given. `interrupted`: stopped by the user or by the budget, with what was there by then; `end`:
    by the user, and how. `unmeasured` are bindings of the crate that cannot be, where all were
    asked for; `asked` is what was, None for a file of cases.
    `made_visible` are private items that are visible in the copy of the sources of which both sides
    were built.
    """

    provenance: Provenance
    started: str
    budget_s: float | None
    interrupted: bool
    measurements: tuple[Measurement, ...]
    phases: tuple[Phases, ...]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]
    end: KeyboardInterrupt | None = None
    made_visible: tuple[str, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    asked: Asked | None = None
