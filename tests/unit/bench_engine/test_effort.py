"""How a budget is shared out. A process takes its share, and something besides."""

from __future__ import annotations

import math

import pytest

from bindcheck.bench.effort import Effort, Shares, expected_s, lengthened, refuse_small_budget
from bindcheck.errors import BindcheckError


def played(effort: Effort, pairs: list[int], besides: list[float]) -> tuple[list[int], float]:
    """How many processes each task comes to, and how long that takes."""
    shares, spent = Shares(effort, pairs), 0.0
    done = [0] * len(pairs)
    for index in range(effort.processes):
        for task, number in enumerate(pairs):
            share = shares.next(task, index, spent)
            if share is None:
                continue
            took = share * number + besides[task]
            shares.took(task, share, took)
            spent += took
            done[task] += 1
    return done, spent


@pytest.mark.parametrize("budget", [5.0, 8.0, 10.0, 14.0])
@pytest.mark.parametrize("besides", [0.0, 0.05, 0.3])
def test_a_budget_that_binds_shortens_processes_and_loses_none(
    budget: float, besides: float
) -> None:
    done, spent = played(Effort(5, 5.0, budget), [3], [besides])
    assert done == [5]
    assert budget - 0.7 <= spent <= budget + 1e-9


@pytest.mark.parametrize("budget", [200.0, 290.0])
def test_each_of_many_cases_comes_to_all_processes(budget: float) -> None:
    done, spent = played(Effort(5, 5.0, budget), [3] * 20, [0.4, 1.1] * 10)
    assert done == [5] * 20
    assert spent <= budget


def test_time_that_is_not_needed_is_left() -> None:
    done, spent = played(Effort(5, 5.0, 900.0), [3, 3], [0.4, 0.4])
    assert done == [5, 5]
    assert spent == pytest.approx(2 * 5 * (3 * 1.0 + 0.4))


def test_cases_for_which_there_is_no_time_are_left_out_and_the_others_are_whole() -> None:
    done, spent = played(Effort(5, 5.0, 50.0), [3] * 10, [1.0] * 10)
    # One round of all takes sixteen seconds, four more of one case six and a half.
    assert done == [5] * 5 + [1] * 5
    assert 40.0 < spent <= 50.0


def test_what_the_first_round_does_not_come_to_is_left_out() -> None:
    done, spent = played(Effort(5, 5.0, 20.0), [1] * 4, [9.0, 9.0, 9.0, 0.1])
    assert done == [1, 1, 0, 0]
    assert spent <= 20.0


@pytest.mark.parametrize("long", [0, 1, 3])
def test_a_case_that_turns_out_to_be_long_is_left_out_and_no_other(long: int) -> None:
    besides = [9.0 if at == long else 0.3 for at in range(4)]
    done, spent = played(Effort(5, 5.0, 36.0), [3] * 4, besides)
    assert done[long] < 5
    assert [one for at, one in enumerate(done) if at != long] == [5, 5, 5]
    assert spent <= 36.0


def test_how_much_would_do_is_enough() -> None:
    besides = [0.7, 0.3, 2.0]
    shares = Shares(Effort(5, 5.0, 1.0), [3, 3, 1])
    for task, seconds in enumerate(besides):
        shares.took(task, 0.3, 0.3 * shares.pairs[task] + seconds)
    done, spent = played(Effort(5, 5.0, shares.enough()), [3, 3, 1], besides)
    assert done == [5, 5, 5]
    assert spent <= shares.enough()


def test_a_budget_that_was_too_small_is_not_called_enough() -> None:
    shares = Shares(Effort(5, 5.0, 14.0), [1, 1])
    assert shares.next(0, 0, 0.0) is not None
    shares.took(0, 0.3, 0.3)
    # A process that took much longer than its share told of, once.
    assert shares.next(1, 0, 13.9) is None
    assert shares.enough() == 14 + math.ceil(5 * (0.3 + 0.4))


def test_without_a_budget_each_process_has_its_part() -> None:
    shares = Shares(Effort(5, 5.0), [3])
    assert shares.next(0, 4, 1e6) == 1.0
    assert Effort(5, 0.1).share == 0.3


def test_a_budget_that_can_give_nothing_is_refused_with_what_would_do() -> None:
    told = r"--budget 20 is too small: 120 pairs of calls \(of 40 cases\) .*give --budget 260"
    with pytest.raises(BindcheckError, match=told):
        refuse_small_budget(Effort(5, 5.0, 20.0), 40, 120)
    refuse_small_budget(Effort(5, 5.0, 260.0), 40, 120)
    refuse_small_budget(Effort(5, 5.0), 40, 120)
    done, _ = played(Effort(5, 5.0, 260.0), [3] * 40, [0.4] * 40)
    assert done == [5] * 40


def test_how_long_a_run_takes_is_known_before() -> None:
    assert expected_s(Effort(5, 5.0), 40, 120) == pytest.approx(680.0)
    assert expected_s(Effort(5, 5.0, 300.0), 40, 120) == 300.0


def test_processes_that_have_more_time_than_was_asked_for_are_told() -> None:
    assert lengthened(Effort(5, 1.0)) == (
        "--seconds 1 is 0.2 s for each of 5 processes, which says too little: each had 0.3 s, so a "
        "pair 1.5 s"
    )
    assert lengthened(Effort(5, 1.5)) is None
    assert lengthened(Effort(3, 1.0)) is None
    # A budget shortens processes further, and says what it cannot do.
    assert lengthened(Effort(5, 1.0, budget=60.0)) is None
