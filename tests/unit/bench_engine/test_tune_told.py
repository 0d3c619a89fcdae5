"""What is told of a core that was tuned, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from bindcheck.bench.crossover import (
    Judged,
    Lost,
    broken_off,
    judge,
    own_choice,
)
from bindcheck.bench.tunings import Refused, to_json
from bindcheck.cli.tune_output import status
from bindcheck.report.tuning import tables

from .points import CASE, SIZES, around, run, steady, threshold, tuned


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
    whole = run(tuned(value), alone, without, single)
    data = json.loads(to_json(replace(whole, refused=(Refused("tide", "no threads", 3),))))
    jsonschema.validate(data, schema)
    assert set(data) == set(schema["properties"])
    other = json.loads((folder / "bench.schema.json").read_text())
    assert schema["$defs"].items() <= other["$defs"].items()
    members = schema["properties"]["tunings"]["items"]["properties"]
    assert set(data["tunings"][0]) == set(members)
    assert set(data["tunings"][0]["points"][0]) == set(members["points"]["items"]["properties"])


def test_a_constant_that_changes_nothing_is_told() -> None:
    told = own_choice(around((0.995, 1.005), (0.995, 1.005)), threshold(5).threshold)
    assert told is not None
    assert told.startswith("up to 3,000 rows * cols both ways take the same time")
    assert told.endswith("by something else than this constant")


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
