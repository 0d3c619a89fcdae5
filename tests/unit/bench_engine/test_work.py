"""Values of two sides, held against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bindcheck.bench.worker.work import BLANK, disagreement, outputs_of, uncompared, unstacked

NAMES = ("python", "native")


def told(left: Any, right: Any, grid: tuple[int, int] = (1, 4)) -> str:
    return disagreement(outputs_of(left), outputs_of(right), grid, NAMES)


def values(*numbers: float) -> Any:
    return np.array(numbers)


A = values(np.nan, 1.0, -2.0, np.inf)


def test_nan_equals_nan_and_the_last_digits_do_not_count() -> None:
    assert told(A, A.copy()) == ""
    other_nan = A.copy()
    other_nan.view("u8")[0] |= 1
    assert told(A, other_nan) == ""
    assert told(A, A * (1.0 + 1e-9)) == ""
    assert told(values(1e3, 1e-9, 1e3, 1e3), values(1e3, -1e-9, 1e3, 1e3)) == ""


@pytest.mark.parametrize(
    ("other", "first"),
    [
        (values(0.0, 1.0, -2.0, np.inf), "cell 0: python nan, native 0; 1 of 4"),
        (values(np.nan, 1.0, -2.00001, 5.0), "cell 2: python -2, native -2.00001; 2 of 4"),
        (values(np.nan, 1.0, -2.0, -np.inf), "cell 3: python inf, native -inf; 1 of 4"),
        (values(np.nan, np.nan, -2.0, np.inf), "cell 1: python 1, native nan; 1 of 4"),
    ],
)
def test_the_first_value_that_differs_is_told(other: Any, first: str) -> None:
    assert told(A, other) == f"first at {first} values differ by more than 1e-06 of their size"


def test_less_is_wanted_of_short_numbers_and_whole_ones_are_equal() -> None:
    short = A.astype(np.float32)
    assert told(short, A * (1.0 + 1e-5)) == ""
    assert "more than 0.0001 of their size" in told(short, A * (1.0 + 1e-3))
    assert told(np.arange(4), np.arange(4.0)) == ""
    assert told(np.arange(4), np.array([0, 1, 2, 4])).endswith("1 of 4 values differ")
    assert "python 1, native 0" in told(np.ones(4, bool), np.array([1, 1, 0, 1], bool))


def test_rows_and_columns_are_told_of_a_batch() -> None:
    grid = np.arange(6.0).reshape(2, 3)
    other = grid.copy()
    other[1, 2] = 9.0
    assert told(grid, other.reshape(-1), (2, 3)).startswith("first at row 1, column 2: python 5, ")
    assert told(grid.T, grid, (2, 3)) == "", "a column for each row"


def test_outputs_of_one_name_belong_together() -> None:
    high, low = values(1, 2, 3, 4), values(0, 1, 2, 3)
    both = {"low": low, "high": high, "periods": values(7.0)}
    assert told(both, {"high": high, "low": low}) == ""
    assert "of `low`: python 0, native 5" in told(both, {"high": high, "low": low + 5})


def test_outputs_that_only_one_side_has_are_named() -> None:
    high, low = values(1, 2, 3, 4), values(0, 1, 2, 3)
    left = outputs_of({"high": high, "trend": low, "periods": values(7.0)})
    right = outputs_of({"high": high, "level": low, "low": low})
    found = uncompared(left, right, (1, 4), NAMES)
    assert found == ["`trend` of python", "`level` of native", "`low` of native"]
    assert disagreement(left, right, (1, 4), NAMES) == ""
    assert uncompared(left, left, (1, 4), NAMES) == []
    # Without common names all are compared with all.
    assert uncompared(outputs_of({"mid": high}), right, (1, 4), NAMES) == []


def test_outputs_without_names_may_come_in_another_order_or_be_fewer() -> None:
    high, low = values(1, 2, 3, 4), values(0, 1, 2, 3)
    assert told((low, high), (high, low)) == ""
    assert told(low, (high, low)) == ""
    assert "cell 0 of `output 2`" in told((high, low + 9), (high, low))


def test_what_was_not_written_is_not_compared() -> None:
    blank = A.copy()
    blank.view("u1")[:16] = BLANK
    assert told(blank, A) == told(A, blank) == ""
    blank[2] = 7.0
    assert "cell 2" in told(A, blank)


def test_a_difference_far_behind_is_found() -> None:
    long = np.arange(200_000.0)
    other = long.copy()
    other[[150_000, 199_999]] = 0.0
    assert told(long, other, (1, 200_000)).startswith("first at cell 150000: python 150000, na")
    assert "2 of 200,000" in told(long, other, (1, 200_000))


def test_only_arrays_of_numbers_are_compared() -> None:
    assert outputs_of({"a": ["x", "y"], "b": object(), "c": None}) == []
    [(name, array)] = outputs_of({"wide": np.ones(2, np.longdouble)})
    assert (name, array.dtype) == ("wide", np.float64)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_stacked_outputs_are_taken_apart(axis: int) -> None:
    parts = [np.full((3, 4), float(at)) for at in range(2)]
    found = unstacked(outputs_of(np.stack(parts, axis)), 2, 12)
    assert [set(np.ravel(one)) for _, one in found] == [{0.0}, {1.0}]
    assert unstacked(outputs_of(parts[0]), 2, 12) == [("", parts[0])]
