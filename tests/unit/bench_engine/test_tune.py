"""The crossover out of measured points, and what is said of the constant in the source."""

from __future__ import annotations

import json
import math

import pytest

from bindcheck.bench.crossover import Judged, Point, Tuning, judge
from bindcheck.bench.outcome import Interval
from bindcheck.bench.samples import Case, Kind, Layout
from bindcheck.bench.thresholds import Adjustable, Threshold
from bindcheck.findings import Location
from bindcheck.report.tuning import as_json, as_text

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
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
STARTING_NS = 20_000.0
CELL_NS = 0.4


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
) -> Tuning:
    points = []
    for cols, cores in zip(SIZES, free, strict=True):
        cells = 10 * cols
        logs = tuple(
            math.log(model(cells)) + spread * (number - (processes - 1) / 2)
            for number in range(processes)
        )
        ratio = Interval(model(cells), model(cells) * 0.98, model(cells) * 1.02)
        points.append((Point(cols, cells, ratio, CELL_NS * cells, 1.0, cores), logs))
    threshold = Threshold(Location("src/wave.rs", 7, 1, 7, 6), "FROM", "rows * cols", value)
    return judge(CASE, None, 2, Adjustable(threshold, {}), points)


def test_the_crossover_is_interpolated_between_sizes() -> None:
    found = tuned(100_000).crossover
    assert found is not None
    assert found.low < EXACT * 1.1
    assert found.high > EXACT / 1.1
    assert found.value == pytest.approx(EXACT, rel=0.1)


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


def test_processes_that_do_not_agree_give_no_crossover() -> None:
    found = tuned(8_000, spread=0.6)
    assert found.crossover is None
    assert found.judged is Judged.OPEN
    assert "too unstable: the processes do not agree" in as_text([found])


def test_a_crossover_that_is_known_to_a_factor_of_three_only_is_none() -> None:
    found = tuned(100_000, spread=0.2)
    assert (found.crossover, found.judged) == (None, Judged.OPEN)


def test_cores_that_others_use_give_no_crossover() -> None:
    found = tuned(8_000, free=(1.1,) * len(SIZES))
    assert (found.crossover, found.judged, found.cost) == (None, Judged.OPEN, 0.0)
    assert "too unstable: other programs left 1.1 of 2 cores free at 7 sizes" in as_text([found])


def test_others_may_use_a_core_now_and_then() -> None:
    found = tuned(8_000, free=(1.1, *(1.95,) * (len(SIZES) - 1)))
    assert (found.unstable, found.judged) == (None, Judged.TOO_SMALL)


@pytest.mark.parametrize(("ratio", "pays"), [(0.6, "all"), (1.4, "none")])
def test_threads_may_pay_at_all_sizes_or_at_none(ratio: float, pays: str) -> None:
    logs = (math.log(ratio),) * 3
    near = Interval(ratio, ratio, ratio)
    points = [(Point(cols, cols, near, 1.0, ratio, 2.0), logs) for cols in SIZES]
    found = judge(CASE, None, 2, None, points)
    assert (found.unstable, found.judged) == (None, Judged.NONE)
    assert f"threads pay at {pays} of these sizes" in as_text([found])


def test_the_text_says_from_where_on_and_what_of_the_constant() -> None:
    text = as_text([tuned(8_000)])
    assert "wave batch, 10 rows\n" in text
    assert "threads pay from 10" in text
    assert "rows * cols on (" in text
    assert "src/wave.rs:7: FROM = 8,000: too small; it costs up to 450% at" in text


def test_the_json_has_all_points() -> None:
    data = json.loads(as_json([tuned(8_000)]))
    [found] = data["tunings"]
    assert len(found["points"]) == len(SIZES)
    assert found["judged"] == "too small"
    assert found["threshold"]["value"] == 8_000
