"""Where a search looks, for how long, and what a budget leaves of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bindcheck.bench import looks
from bindcheck.bench.crossover import Point
from bindcheck.bench.effort import Effort
from bindcheck.bench.looks import Search, expected, look_everywhere, refuse_small_budget
from bindcheck.errors import BindcheckError

SEARCH = Search(100, 100_000, Effort(5, 5.0), None, None)


def looked(search: Search, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], Effort]]:
    """What is looked at where threads pay from 5,000 on, with the effort for it."""
    points: dict[int, Point] = {}
    made = []
    now = [0.0]
    monkeypatch.setattr(looks.time, "monotonic", lambda: now[0])

    def look(sizes: Sequence[int], effort: Effort) -> None:
        made.append((list(sizes), effort))
        now[0] += effort.seconds * len(sizes) if effort.budget is None else effort.budget
        for cols in sizes:
            points[cols] = Point(cols, cols, 5_000 / cols, None, 5, 1.0, 1.0)

    look_everywhere(look, points, search)
    return made


def with_budget(seconds: float, **more: object) -> Search:
    return Search(100, 100_000, Effort(5, 5.0, seconds), None, None, **more)  # type: ignore[arg-type]


def test_a_search_looks_coarsely_and_then_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    (coarse, quick), (close, whole) = looked(SEARCH, monkeypatch)
    assert (coarse[0], coarse[-1]) == (100, 100_000)
    assert (quick.seconds, whole.seconds) == (2.0, 5.0)
    assert close[0] in coarse
    assert close[-1] in coarse
    assert close[0] < 5_000 < close[-1]


def test_a_budget_is_shared_out_between_both_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    (_, quick), (_, whole) = looked(with_budget(30.0), monkeypatch)
    assert quick.budget is not None
    assert whole.budget is not None
    assert quick.budget + whole.budget == pytest.approx(30.0)
    assert quick.budget < whole.budget


def test_given_sizes_have_the_whole_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    [(sizes, effort)] = looked(with_budget(9.0, sizes=(10, 20)), monkeypatch)
    assert (sizes, effort.budget) == ([10, 20], 9.0)


def test_a_budget_that_cannot_do_says_what_would() -> None:
    with pytest.raises(
        BindcheckError, match=r"--budget 20 is too small: 3 searches at 13 "
    ) as told:
        refuse_small_budget(with_budget(20.0), 3)
    enough = float(str(told.value).partition("give --budget ")[2].partition(",")[0])
    refuse_small_budget(with_budget(enough), 3)
    with pytest.raises(BindcheckError, match=f"give --budget {enough:g}, "):
        refuse_small_budget(with_budget(enough - 1.0), 3)
    refuse_small_budget(SEARCH, 3)


def test_what_is_expected_grows_with_names_and_shrinks_with_sizes() -> None:
    assert expected(SEARCH, 2) == pytest.approx(2.0 * expected(SEARCH, 1))
    assert expected(with_budget(1.0), 1) == pytest.approx(expected(SEARCH, 1))
    few = Search(100, 100_000, Effort(5, 5.0), None, None, (100, 1_000))
    assert expected(few, 1) < expected(SEARCH, 1)
