"""What a benchmark found: intervals, verdicts, fits. Plain data, kept as JSON, shown by reports.

The fields are those of the results file (docs/bench.schema.json): a rename is a change of it.
"""

from __future__ import annotations

from enum import StrEnum

from bindcheck.bench.samples import Asked, Case, Phases, Provenance, State, Unmeasured
from bindcheck.fact import fact


class Verdict(StrEnum):
    """What an interval says of the first side, given a margin below which a difference is none."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "no difference"
    UNDECIDED = "cannot tell"


@fact
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def reach(self) -> float:
        """Half of the width."""
        return (self.high - self.low) / 2.0

    def holds(self, value: float) -> bool:
        """Whether `value` lies inside, ends included."""
        return self.low <= value <= self.high


@fact
class Trial:
    """What one fresh process says.

    `log_ratio` is the natural logarithm of the time of side A over that of side B, pair by pair;
    times are ns per call, apart by that ratio. `blocks` counts those that were used, `interrupted`
    those left out. Of the used ones `disturbed` were interrupted all the same, and `processor_time`
    count with that. `stable`: the warm-up ended because times no longer fell. `drift`: by how much
    `log_ratio` is higher in the second half of the blocks than in the first. `cold_ns`,
    `cold_copy_ns`: see `Process`.
    """

    index: int
    log_ratio: float
    a_ns: float
    b_ns: float
    difference_ns: float
    blocks: int
    interrupted: int
    stable: bool
    faults_a: float
    faults_b: float
    copy_ns: float
    drift: float = 0.0
    disturbed: int = 0
    processor_time: int = 0
    cold_ns: float = 0.0
    cold_copy_ns: float = 0.0


@fact
class Control:
    """The same call on both sides: what the run takes for a difference where there is none."""

    side: str
    ratio: Interval


@fact
class Floor:
    """What a comparison could have found.

    `noise` bounds how far apart the same call came out in the controls, `detectable` is the
    smallest difference that an interval as wide as that of the comparison, or of its controls if
    they are wider, tells from none in four of five runs; both are shares of 1.
    """

    controls: tuple[Control, ...]
    noise: float
    detectable: float


@fact
class Comparison:
    """Side A against side B for one case and state.

    `ratio` is the time of A over that of B, `difference_ns` A less B per call; `a_ns` and `b_ns`,
    the geometric means of the processes, are apart by that ratio. `reasons` says why
    a verdict is open, or what to keep in mind. An open verdict is `unstable` if the interval is
    too wide for the margin, rather than a difference as large as the margin. `cores`: how many both
    sides could use, None where that is not known. `of_input`: a call gives a number, so that
    `copy_bytes` are those of its first input.
    """

    case: Case
    sides: tuple[str, str]
    state: State
    ratio: Interval
    difference_ns: Interval
    a_ns: float
    b_ns: float
    empty_a_ns: float
    empty_b_ns: float
    verdict: Verdict
    unstable: bool
    reasons: tuple[str, ...]
    floor: Floor | None
    huge_pages: str
    copy_bytes: int
    trials: tuple[Trial, ...]
    cores: int | None = None
    of_input: bool = False

    @property
    def is_control(self) -> bool:
        """Whether both sides are the same call."""
        return self.sides[0] == self.sides[1]


@fact
class Fit:
    """Fixed and per-element cost of A over B, over the sizes of one series.

    `case` is the first of the series. `per_cell_ns` is the slope over the cells of the result;
    `copied_bytes` what each cell would have to copy to cost as much, measured in the same
    processes, None against a peer or where a copy drowns in noise. `copied_whole` is by how many
    bytes a report calls that: those of whole elements, None where it is no such copy;
    `copied_held` those that the interval holds where it does not tell them from others.
    `other_code`: a cost that is neither, so that other machine code may be what it comes from, and
    `copied_bytes` no bytes that anything copies. `misfit`
    is how far the line lies from the worst point, as a share of the call. `of_input`: the cells
    are those of the first input, since a call gives a number, and so is what would be copied.
    """

    case: Case
    sides: tuple[str, str]
    state: State
    cells: tuple[int, ...]
    fixed_ns: Interval
    per_cell_ns: Interval
    copied_bytes: Interval | None
    misfit: float
    copied_whole: int | None = None
    copied_held: int | None = None
    other_code: bool = False
    of_input: bool = False


@fact
class Trouble:
    """What was asked for and has no result. `wrong` if the input is at fault (exit status 2)."""

    case: str
    sides: tuple[str, str]
    reason: str
    wrong: bool


@fact
class Outcome:
    """One run of the benchmark, judged. `margin` is a share: 0.01 is 1 %.

    `made_visible` are private items that are visible in the copy of the sources of which both sides
    were built. `unmeasured`, `asked`: see `Session`.
    """

    provenance: Provenance
    started: str
    margin: float
    interrupted: bool
    comparisons: tuple[Comparison, ...]
    fits: tuple[Fit, ...]
    phases: tuple[Phases, ...]
    troubles: tuple[Trouble, ...]
    notes: tuple[str, ...]
    budget_s: float | None = None
    made_visible: tuple[str, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    asked: Asked | None = None

    @property
    def judged(self) -> tuple[Comparison, ...]:
        """The comparisons that were asked for: controls only where there is nothing else."""
        found = tuple(one for one in self.comparisons if not one.is_control)
        return found or self.comparisons

    @property
    def unstable(self) -> tuple[Comparison, ...]:
        """Those of `judged` that are too uncertain for a verdict."""
        return tuple(one for one in self.judged if one.unstable)
