"""The crossover out of measured points, and what is said of the constant in the source."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from bindcheck.bench.copies import Copy
from bindcheck.bench.crossover import (
    Judged,
    Lost,
    Pays,
    Point,
    Tuning,
    bracket,
    broken_off,
    judge,
    own_choice,
)
from bindcheck.bench.outcome import Interval
from bindcheck.bench.samples import Case, Kind, Layout, Provenance
from bindcheck.bench.thresholds import Adjustable, Threshold
from bindcheck.bench.tunings import Tunings, to_json
from bindcheck.cli.tune_output import status
from bindcheck.findings import Location
from bindcheck.report.tuning import tables

CASE = Case(
    name="",
    indicator="wave",
    kind=Kind.BATCH,
    rows=10,
    cols=0,
    arguments=(),
    kernel=None,
    threads=None,
    layout=Layout.CONTIGUOUS,
    out=False,
    seed=1,
)
PLACE = Provenance(
    cpu="a processor",
    cores=4,
    governor="",
    kernel="Linux 6",
    python="3.12",
    numpy="2.1",
    rustc="rustc 1.95.0",
    bindcheck="0.1.0",
    crate="example",
    crate_version="1.2.3",
    commit="ab" * 20,
    dirty=True,
    source_hash="0",
    profile="release",
    rustflags="",
    features=("python",),
)
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
STARTING_NS = 20_000.0
CELL_NS = 0.4


def run(*found: Tuning) -> Tunings:
    return Tunings(PLACE, "2026-01-02T03:04:05+00:00", 60.0, False, found)


def model(cells: int) -> float:
    """Two threads share the work and cost something to start: the ratio to one thread."""
    return (CELL_NS * cells / 2 + STARTING_NS) / (CELL_NS * cells)


EXACT = 20_000.0 / (CELL_NS * (0.98 - 0.5))
"""Where the ratio of the model is 0.98."""


def tuned(
    value: int | None,
    processes: int = 5,
    spread: float = 0.01,
    free: tuple[float | None, ...] = (None,) * len(SIZES),
    *,
    force: bool = False,
) -> Tuning:
    points = []
    for cols, cores in zip(SIZES, free, strict=True):
        cells = 10 * cols
        logs = tuple(
            math.log(model(cells)) + spread * (number - (processes - 1) / 2)
            for number in range(processes)
        )
        points.append((point(cols, cells, logs, cores), logs))
    return judge(CASE, None, 2, threshold(value), points, force=force)


def point(cols: int, compared: int, logs: tuple[float, ...], cores: float | None = None) -> Point:
    ratio = math.exp(sum(logs) / len(logs))
    near = Interval(ratio, ratio * 0.98, ratio * 1.02) if len(logs) > 1 else None
    return Point(cols, compared, ratio, near, len(logs), CELL_NS * compared, 1.0, cores)


def threshold(value: int | None) -> Adjustable:
    place = Location("src/wave.rs", 7, 1, 7, 6)
    return Adjustable(Threshold(place, "FROM", "rows * cols", value), Copy(Path("x.rs"), b"", ()))


def steady(*ratios: float) -> list[tuple[Point, tuple[float, ...]]]:
    """Points of three processes that agree, at the first sizes."""
    return [
        (point(cols, 10 * cols, (math.log(ratio),) * 3), (math.log(ratio),) * 3)
        for cols, ratio in zip(SIZES, ratios, strict=False)
    ]


def around(*bounds: tuple[float, float] | None) -> list[Point]:
    """Points with those intervals, at the first sizes."""
    made = [point(cols, 10 * cols, (0.0,) * 3) for cols, _ in zip(SIZES, bounds, strict=False)]
    return [
        replace(one, interval=None if ends is None else Interval(1.0, *ends))
        for one, ends in zip(made, bounds, strict=True)
    ]


@pytest.mark.parametrize(
    ("bounds", "last"),
    [
        (((0.994, 1.006), (0.995, 1.009), (0.6, 0.7)), 1),
        (((0.994, 1.006), (0.995, 1.009)), 1),
        (((0.994, 1.006), (1.1, 1.2), (0.995, 1.009)), None),
        (((1.1, 1.2), (0.995, 1.009), (0.995, 1.009)), None),
        (((0.98, 1.02), (0.98, 1.02)), None),
        ((None, (0.995, 1.009)), None),
        ((), None),
    ],
)
def test_a_core_that_uses_no_threads_for_small_inputs_is_told(
    bounds: tuple[tuple[float, float] | None, ...], last: int | None
) -> None:
    told = own_choice(around(*bounds))
    if last is None:
        assert told is None
    else:
        assert told is not None
        assert told.startswith(f"up to {10 * SIZES[last]:,} cells both ways take the same time: ")


def test_the_crossover_is_interpolated_between_sizes() -> None:
    found = tuned(100_000).crossover
    assert found is not None
    assert found.low < EXACT * 1.1
    assert found.high > EXACT / 1.1
    assert found.value == pytest.approx(EXACT, rel=0.1)


def test_the_crossover_is_not_known_better_than_the_sizes_around_it() -> None:
    found = tuned(100_000, spread=1e-4)
    assert found.crossover is not None
    assert (found.crossover.low, found.crossover.high) == pytest.approx((100_000, 300_000))
    # The sizes are four times the agreement that is asked of processes, and these agree.
    apart = judge(CASE, None, 2, threshold(20_000), steady(1.5, 1.2, 1.1, 0.5, 0.5)[::2])
    assert apart.unstable is None
    assert apart.crossover is not None
    assert (apart.crossover.low, apart.crossover.high) == pytest.approx((10_000, 100_000))
    assert apart.judged is Judged.RIGHT


@pytest.mark.parametrize(
    ("value", "judged"),
    [
        (100_000, Judged.RIGHT),
        (120_000, Judged.RIGHT),
        (8_000, Judged.TOO_SMALL),
        (800_000, Judged.TOO_LARGE),
        (None, Judged.OPEN),
    ],
)
def test_a_constant_is_right_within_a_factor(value: int | None, judged: Judged) -> None:
    assert tuned(value).judged is judged


def test_the_cost_is_that_of_the_worst_wrong_choice() -> None:
    # At 10,000 cells the constant already chooses threads.
    assert tuned(8_000).cost == pytest.approx(model(10_000) - 1.0)
    assert tuned(2_000_000).cost == pytest.approx(1.0 / model(1_000_000) - 1.0)


def test_processes_of_which_some_have_no_crossover_give_none() -> None:
    found = tuned(8_000, spread=0.6)
    assert (found.crossover, found.between) == (None, None)
    assert (found.judged, found.cost) == (Judged.OPEN, 0.0)
    assert "too unstable: the processes do not agree on a crossover\n" in tables([found])


def test_a_crossover_that_is_known_to_a_factor_of_three_only_is_none() -> None:
    found = tuned(100_000, spread=0.2)
    assert (found.crossover, found.pays) == (None, Pays.UNKNOWN)
    assert (found.judged, found.cost) == (Judged.OPEN, 0.0)
    assert found.between is not None
    assert found.between.high > found.between.low * 2.25
    assert "do not agree on the crossover, only that it lies between " in tables([found])


def test_one_process_that_crosses_far_off_does_not_widen_the_interval_to_its_sizes() -> None:
    usual = (1.6, 1.2, 0.95, 0.9, 0.85, 0.8, 0.75)
    odd = (1.6, 1.2, 1.0, 0.9, 0.85, 0.8, 0.75)
    points = []
    for cols, common, other in zip(SIZES, usual, odd, strict=True):
        logs = (*(math.log(common),) * 9, math.log(other))
        points.append((point(cols, 10 * cols, logs), logs))
    found = judge(CASE, None, 2, threshold(60_000), points).crossover
    assert found is not None
    # The odd one crosses between 10,000 and 30,000 cells, the others below.
    assert found.low == pytest.approx(3_000.0)
    assert found.high < 12_000.0
    assert judge(CASE, None, 2, threshold(60_000), points).judged is Judged.TOO_LARGE


@pytest.mark.parametrize(
    ("share", "judged"),
    [(0.5, Judged.TOO_SMALL), (0.75, Judged.OPEN), (1.0, Judged.OPEN)],
)
def test_processes_that_do_not_agree_may_agree_that_a_constant_is_too_small(
    share: float, judged: Judged
) -> None:
    between = tuned(100_000, spread=0.2).between
    assert between is not None
    found = tuned(round(between.low * share), spread=0.2)
    assert (found.judged, found.crossover) == (judged, None)
    assert (found.cost > 0.0) == (judged is not Judged.OPEN)


@pytest.mark.parametrize(
    ("share", "judged"),
    [(1.6, Judged.TOO_LARGE), (1.4, Judged.OPEN), (1.0, Judged.OPEN)],
)
def test_processes_that_do_not_agree_may_agree_that_a_constant_is_too_large(
    share: float, judged: Judged
) -> None:
    between = tuned(100_000, spread=0.2).between
    assert between is not None
    assert tuned(round(between.high * share), spread=0.2).judged is judged


def test_a_constant_that_is_surely_wrong_is_an_answer() -> None:
    certain, open_, right = (
        tuned(value, spread=spread)
        for value, spread in ((50, 0.2), (100_000, 0.2), (100_000, 0.01))
    )
    assert [status([one]) for one in (certain, open_, right)] == [1, 3, 0]
    assert status([certain, open_]) == 1, "what is certain is not hidden"
    assert status([right, open_]) == 3
    assert status([certain, right]) == 1


def test_cores_that_others_use_give_no_crossover() -> None:
    found = tuned(8_000, free=(1.1,) * len(SIZES))
    assert (found.crossover, found.judged, found.cost) == (None, Judged.OPEN, 0.0)
    assert "too unstable: other programs left 1.1 of 2 cores free at 7 sizes" in tables([found])


def test_others_may_use_a_core_now_and_then() -> None:
    found = tuned(8_000, free=(1.1, *(1.95,) * (len(SIZES) - 1)))
    assert (found.unstable, found.judged) == (None, Judged.TOO_SMALL)


def test_an_answer_can_be_forced_and_says_what_is_doubtful() -> None:
    found = tuned(8_000, free=(1.1,) * len(SIZES), force=True)
    assert (found.unstable, found.judged) == (None, Judged.TOO_SMALL)
    assert found.crossover is not None
    text = tables([found])
    assert "other programs left 1.1 of 2 cores free at 7 sizes: the answer was forced" in text
    assert tuned(8_000, force=True).doubts is None


@pytest.mark.parametrize(
    ("ratio", "value", "said", "judged"),
    [
        (0.6, 1_400, "at all of these sizes: from 1,000 ", "cannot tell; it lies below these"),
        (0.6, 1_600, "at all of these sizes: from 1,000 ", "too large; it costs up to 67%"),
        (0.6, 5_000_000, "at all of these sizes: from 1,000 ", "too large; it costs up to 67%"),
        (1.4, 700_000, "at none of these sizes: later than at 1,0", "cannot tell; it lies above"),
        (
            1.4,
            600_000,
            "at none of these sizes: later than at 1,0",
            "too small; it costs up to 40%",
        ),
    ],
)
def test_a_crossover_beyond_the_sizes_bounds_the_constant_on_one_side(
    ratio: float, value: int, said: str, judged: str
) -> None:
    text = tables([judge(CASE, None, 2, threshold(value), steady(*(ratio,) * len(SIZES)))])
    assert f"threads pay {said}" in text
    assert f"FROM = {value:,}: {judged}" in text


def test_threads_that_stop_paying_at_the_largest_size_have_no_crossover() -> None:
    points = steady(1.3, 1.1, 0.9, 0.8, 1.2)
    assert bracket([one for one, _ in points]) is None
    found = judge(CASE, None, 2, threshold(8_000), points)
    assert (found.pays, found.crossover, found.judged) == (Pays.UNKNOWN, None, Judged.OPEN)
    assert "threads pay at some of these sizes, but not at the largest" in tables([found])


def test_the_last_step_down_is_looked_at_closely() -> None:
    assert bracket([one for one, _ in steady(1.3, 0.9, 1.1, 0.9, 0.8)]) == (1_000, 3_000)


def test_one_process_has_no_interval_and_no_say() -> None:
    alone = (point(100, 1_000, (0.1,)), (0.1,))
    found = judge(CASE, None, 2, threshold(8_000), [alone, *steady(1.3, 0.8)[1:]])
    assert "1.105 (one process: no interval)" in tables([found])
    assert (found.crossover, found.judged) == (None, Judged.OPEN)
    assert "fewer than two sizes were measured by two processes" in tables([found])


def test_what_was_broken_off_shows_sizes_and_no_verdict() -> None:
    points = [one for one, _ in steady(1.3, 1.2)]
    found = broken_off(CASE, None, threshold(8_000), points)
    text = tables([found])
    assert "1.300 (1.274 to 1.326)" in text
    assert "interrupted: this is what was measured" in text
    assert "FROM" not in text
    assert (found.judged, found.crossover) == (Judged.OPEN, None)


def test_the_text_says_from_where_on_and_what_of_the_constant() -> None:
    text = tables([tuned(8_000)])
    assert "wave batch, 10 rows\n" in text
    assert "threads pay from 10" in text
    assert "rows * cols on (" in text
    assert "src/wave.rs:7: FROM = 8,000: too small; it costs up to 450% at" in text


def test_the_json_has_all_points() -> None:
    data = json.loads(to_json(run(tuned(8_000))))
    [found] = data["tunings"]
    assert len(found["points"]) == len(SIZES)
    assert found["judged"] == "too small"
    assert found["threshold"]["value"] == 8_000


@pytest.mark.parametrize("value", [8_000, None])
def test_the_json_keeps_to_its_schema(value: int | None) -> None:
    folder = Path(__file__).parents[3] / "docs"
    schema = json.loads((folder / "tune.schema.json").read_text())
    alone = replace(
        tuned(value, free=(1.1,) * len(SIZES)),
        lost=(Lost(7, "no end"),),
        notes=("a note",),
        passed=("src/wave.rs:9 compares `n` with `limit`",),
    )
    without = replace(tuned(value), threshold=None, judged=Judged.NONE)
    [first, *_] = alone.points
    single = replace(alone, points=(replace(first, interval=None),), interrupted=True)
    data = json.loads(to_json(run(tuned(value), alone, without, single)))
    jsonschema.validate(data, schema)
    assert set(data) == set(schema["properties"])
    other = json.loads((folder / "bench.schema.json").read_text())
    assert schema["$defs"].items() <= other["$defs"].items()
    members = schema["properties"]["tunings"]["items"]["properties"]
    assert set(data["tunings"][0]) == set(members)
    assert set(data["tunings"][0]["points"][0]) == set(members["points"]["items"]["properties"])


@pytest.mark.parametrize(
    ("above", "told"), [(False, "a cap"), (None, "cannot tell; that it chooses")]
)
def test_what_is_no_size_from_which_on_has_no_verdict(*, above: bool | None, told: str) -> None:
    made = threshold(1)
    made = replace(made, threshold=replace(made.threshold, threads_above=above))
    found = judge(CASE, None, 2, made, steady(1.5, 1.5, 0.6, 0.5))
    assert (found.judged, found.cost) == (Judged.OPEN, 0.0)
    assert status([found]) == 3
    assert f"src/wave.rs:7: FROM = 1: {told}" in tables([found])
    right = judge(CASE, None, 2, threshold(1), steady(1.5, 1.5, 0.6, 0.5))
    assert right.judged is Judged.TOO_SMALL


def test_a_constant_that_the_user_chose_has_a_verdict_all_the_same() -> None:
    made = threshold(1)
    made = replace(made, threshold=replace(made.threshold, threads_above=None, chosen=True))
    found = judge(CASE, None, 2, made, steady(1.5, 1.5, 0.6, 0.5))
    assert found.judged is Judged.TOO_SMALL
    told = tables([found])
    assert "too small; that it chooses between threads and none" in told
    assert "--line" not in told


def test_what_costs_nothing_is_not_wrong() -> None:
    found = judge(CASE, None, 2, threshold(100), steady(1.003, 1.004, 1.003, 1.005))
    assert found.judged is Judged.OPEN
    assert "cannot tell; at the sizes measured it costs less than 1 %" in tables([found])


@pytest.mark.parametrize(
    ("ratios", "value", "told"),
    [
        # A crossover inside the sizes: the constant chooses no slower way at any of them.
        ((0.99, 0.99, 0.99, 0.6, 0.5), 1, "it costs less than 1 %"),
        # Threads pay at none of them; to use them at all costs next to nothing.
        ((1.005, 1.005, 1.005), 1, "it costs less than 1 %"),
        ((1.4, 1.4, 1.4), 9_000, "it lies above these sizes: measure longer inputs with --to"),
        ((0.6, 0.6, 0.6), 1_400, "it lies below these sizes: measure shorter inputs with --from"),
    ],
)
def test_the_remedy_is_one_for_where_the_constant_lies(
    ratios: tuple[float, ...], value: int, told: str
) -> None:
    found = judge(CASE, None, 2, threshold(value), steady(*ratios))
    assert found.judged is Judged.OPEN
    assert f"FROM = {value:,}: cannot tell; " in tables([found])
    assert told in tables([found])


def test_a_constant_that_changes_nothing_is_told() -> None:
    told = own_choice(around((0.995, 1.005), (0.995, 1.005)), threshold(5).threshold)
    assert told is not None
    assert told.startswith("up to 3,000 rows * cols both ways take the same time")
    assert told.endswith("by something else than this constant")


def _apart(*ratios: tuple[float, ...]) -> list[tuple[Point, tuple[float, ...]]]:
    """Points at the first sizes, with the ratios of their processes."""
    made = [tuple(map(math.log, one)) for one in ratios]
    return [(point(cols, 10 * cols, logs), logs) for cols, logs in zip(SIZES, made, strict=False)]


@pytest.mark.parametrize(
    ("value", "judged"), [(200_000, Judged.TOO_LARGE), (40_000, Judged.OPEN), (1, Judged.OPEN)]
)
def test_a_process_in_which_threads_always_pay_bounds_the_constant_too(
    value: int, judged: Judged
) -> None:
    points = _apart((0.9, 1.5, 1.5), (0.8, 1.2, 1.3), (0.7, 0.9, 1.1), (0.6, 0.7, 0.8))
    found = judge(CASE, None, 2, threshold(value), points)
    assert (found.judged, found.crossover) == (judged, None)
    assert found.between is not None
    assert (found.between.low, found.between.high) == (0.0, pytest.approx(10_000 * 3))
    told = "do not agree on a crossover, only that it lies below 30,000 rows * cols\n"
    assert told in tables([found])
    never = _apart((0.9, 1.5, 1.5), (0.8, 1.2, 1.3), (0.7, 0.9, 1.1))
    assert judge(CASE, None, 2, threshold(value), never).between is None


@pytest.mark.parametrize(
    ("text", "told"),
    [("256", "256, for rows * cols = 262,144"), ("262_144", "the constant = 262,144")],
)
def test_a_number_that_a_quotient_is_compared_with_is_named_as_it_is_written(
    text: str, told: str
) -> None:
    made = threshold(262_144)
    made = replace(made, threshold=replace(made.threshold, text=text))
    found = judge(CASE, None, 2, made, steady(1.5, 1.2, 0.9, 0.6))
    assert f"src/wave.rs:7: {told}: too large" in tables([found])


def test_what_was_passed_over_is_told_with_what_chooses_it() -> None:
    said = "src/wave.rs:9 compares `n` with `limit`"
    found = replace(tuned(100_000), threshold=None, judged=Judged.NONE, passed=(said,))
    assert f"  passed over: {said}; --line chooses a comparison\n" in tables([found])
    assert status([found]) == 3
