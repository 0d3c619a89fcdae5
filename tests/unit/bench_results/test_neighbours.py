"""What other programs have left of the cores is told of a run, with their names."""

from __future__ import annotations

import pytest

from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.neighbours import crowded_words, left_words, mean_busy
from bindcheck.bench.samples import NATIVE, Busy, Measurement
from bindcheck.fact import replace


def shared(measurement: Measurement, free: list[float | None], cores: int = 1) -> Measurement:
    """The same, with what others left to each process."""
    processes = tuple(
        replace(one, cores=cores, free_cores=left, busy=(Busy("yes", 0.9), Busy("cc", 0.2)))
        for one, left in zip(measurement.processes, free, strict=True)
    )
    return replace(measurement, processes=processes)


def test_a_run_that_shared_its_cores_says_so_once(maker, make_case) -> None:
    free = [0.95, 0.3, 0.4, 0.92, 0.5]
    sides = (("python", NATIVE), (NATIVE, NATIVE))
    made = [shared(maker.measurement(make_case(), 6e3, 6e3, one), free) for one in sides]
    [told] = crowded_words(made)
    assert told == (
        "other programs left 0.3 of 1 core free in 3 of 5 processes (most at work: `yes` on 0.9, "
        "`cc` on 0.2)"
    )
    assert evaluate(maker.session(made, notes=("before",))).notes == ("before", told)


@pytest.mark.parametrize("free", [[0.95, 1.0, 1.02, 0.91, 0.3], [None] * 5])
def test_a_core_that_is_shared_now_and_then_is_no_remark(
    maker, make_case, free: list[float | None]
) -> None:
    assert [*crowded_words([shared(maker.measurement(make_case(), 6e3, 6e3), free)])] == []


def test_calls_on_all_cores_want_all_of_them(maker, make_case) -> None:
    made = shared(maker.measurement(make_case(), 6e3, 6e3), [1.7, -0.02, 1.7, 1.7, 1.9], cores=2)
    [told] = crowded_words([made])
    assert told.startswith("other programs left 0.0 of 2 cores free in 4 of 5 processes (")


def test_the_host_of_a_virtual_machine_is_no_program() -> None:
    host = Busy("the host of this virtual machine", 0.61)
    where = "in 3 of 5 processes"
    assert left_words(0.3, 1, where, [(host, Busy("yes", 0.2))]) == (
        "other programs and the host of this virtual machine left 0.3 of 1 core free in 3 of 5 "
        "processes (most at work: the host on 0.6, `yes` on 0.2)"
    )
    assert left_words(0.3, 2, where, [(host,)]) == (
        "the host of this virtual machine left 0.3 of 2 cores free in 3 of 5 processes (most at "
        "work: the host on 0.6)"
    )


def test_the_names_are_those_that_were_most_at_work_on_average() -> None:
    seen = [(Busy("a", 0.9),), (Busy("b", 0.6), Busy("c", 0.5), Busy("d", 0.1)), ()]
    found = mean_busy(seen)
    assert [one.name for one in found] == ["a", "b", "c"]
    assert found[0].cores == pytest.approx(0.3)
    assert mean_busy([]) == ()
