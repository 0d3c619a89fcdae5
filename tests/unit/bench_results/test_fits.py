from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.bench.document import as_data
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.fits import fit, held_copy, straight_line, whole_copy
from bindcheck.bench.outcome import Fit, Interval, Outcome
from bindcheck.bench.samples import NATIVE, PYTHON
from bindcheck.fact import replace
from bindcheck.report.bench.text import to_text
from bindcheck.report.bench.view import BenchReport, fit_words, series
from bindcheck.report.style import Style

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)


def copy_ns(cells: int) -> float:
    """A copy of 8 bytes per cell that falls out of the caches one after the other."""
    rate = 0.12 if cells <= 10_000 else 0.3 if cells <= 100_000 else 0.9
    return 25.0 + rate * cells


def cold(cells: int) -> float:
    """How much longer a call takes, in ns, that comes after one of so many cells."""
    return 0.0 if cells <= 1000 else 65.0 if cells <= 10_000 else 900.0


def _fit(
    maker,
    make_case,
    extra: Callable[[int], float],
    per_cell: float = 5.0,
    colder: Callable[[int], float] = lambda cells: 0.0,
    *,
    of_input: bool = False,
) -> Fit:
    """The fit of `_swept`."""
    outcome = _swept(maker, make_case, extra, per_cell, colder, of_input=of_input)
    assert [one.sides for one in outcome.fits] == [(PYTHON, NATIVE)]
    return outcome.fits[0]


def _swept(
    maker,
    make_case,
    extra: Callable[[int], float],
    per_cell: float = 5.0,
    colder: Callable[[int], float] = lambda cells: 0.0,
    *,
    of_input: bool = False,
) -> Outcome:
    """`extra` is what Python costs, `colder` what it costs besides after so many cells."""
    made = []
    for cells in SIZES:
        native = 150.0 + per_cell * cells
        copied = copy_ns(cells)
        one = make_case(cells)
        times = {
            "copy_ns": copied,
            "cold_ns": extra(SIZES[0]) + colder(cells),
            "cold_copy_ns": copy_ns(SIZES[0]),
            "of_input": of_input,
        }
        python = native + extra(cells) + colder(cells)
        made.append(maker.measurement(one, python, native, **times))
        made.append(maker.measurement(one, native, native, (PYTHON, PYTHON), copy_ns=copied))
    return evaluate(maker.session(made))


def test_a_planted_fixed_cost_is_found(maker, make_case) -> None:
    found = _fit(maker, make_case, lambda cells: 500.0)
    assert found.fixed_ns.value == pytest.approx(500.0, rel=0.2)
    assert found.fixed_ns.holds(500.0)
    assert found.per_cell_ns.holds(0.0)
    assert found.copied_bytes is not None
    assert found.copied_bytes.holds(0.0)
    assert found.copied_whole is None
    assert found.cells == SIZES


def test_a_planted_copy_is_eight_bytes_per_element(maker, make_case) -> None:
    found = _fit(maker, make_case, lambda cells: 500.0 + copy_ns(cells))
    assert found.copied_bytes is not None
    assert found.copied_bytes.value == pytest.approx(8.0, rel=0.1)
    assert found.copied_bytes.holds(8.0)
    assert found.copied_whole == 8
    assert found.fixed_ns.value == pytest.approx(500.0, rel=0.2)


def test_where_calls_give_a_number_elements_are_those_of_the_input(maker, make_case) -> None:
    plain, of_input = (
        _fit(maker, make_case, lambda cells: 500.0 + copy_ns(cells), of_input=number)
        for number in (False, True)
    )
    assert of_input.copied_whole == 8
    assert " per element of the input " in next(fit_words(of_input))
    assert " of the input " not in next(fit_words(plain))


@pytest.mark.parametrize(
    ("extra", "per_cell", "told"),
    [
        (lambda cells: 300.0 + 0.5 * cells, 5.0, True),
        (lambda cells: 500.0 + copy_ns(cells), 5.0, False),  # a copy of whole elements
        (lambda cells: 500.0, 5.0, False),
        (lambda cells: 0.5 * cells, 500.0, False),  # lost in what a long call takes
    ],
)
def test_a_cost_per_element_that_is_no_copy_may_be_other_machine_code(
    maker, make_case, extra, per_cell: float, told: bool
) -> None:
    outcome = _swept(maker, make_case, extra, per_cell)
    (found,) = series(BenchReport(outcome))
    said = [one for one in found.remarks if "may run different machine code of the function" in one]
    assert bool(said) == told
    assert all("`#[inline(never)]` on the core makes both sides alike" in one for one in said)


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (lambda cells: 300.0 + 0.5 * cells, True),
        (lambda cells: 500.0 + copy_ns(cells), False),
        (lambda cells: 500.0, False),
    ],
)
def test_text_and_json_agree_on_what_is_no_copy(maker, make_case, extra, told: bool) -> None:
    outcome = _swept(maker, make_case, extra)
    (found,) = outcome.fits
    assert found.other_code is told
    assert as_data(outcome)["fits"][0]["other_code"] is told
    text = to_text(BenchReport(outcome), Style(), 100)
    assert ("no copy of whole elements (one of " in " ".join(text.split())) is told
    assert "as much as" not in text


@pytest.mark.parametrize(("noise", "known"), [(0.05, True), (1.5, False)])
def test_where_a_copy_drowns_in_noise_no_cost_is_set_against_it(
    maker, make_case, noise: float, known: bool
) -> None:
    outcome = _swept(maker, make_case, lambda cells: 500.0 + copy_ns(cells))
    group = [
        replace(
            one,
            trials=tuple(
                replace(trial, copy_ns=trial.copy_ns * (1.0 + noise * (-1) ** trial.index))
                for trial in one.trials
            ),
        )
        for one in outcome.comparisons
        if not one.is_control
    ]
    found = fit(group)
    assert (found.copied_bytes is not None) == known
    assert found.per_cell_ns.value == pytest.approx(outcome.fits[0].per_cell_ns.value)
    assert ("bytes per element" in next(fit_words(found))) == known


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (lambda cells: 500.0 + 90.0 * cells, True),
        (lambda cells: 500.0 + 3.0 * cells, False),  # less than the call itself
    ],
)
def test_a_cost_of_many_copies_is_work_on_each_element(maker, make_case, extra, told: bool) -> None:
    (found,) = series(BenchReport(_swept(maker, make_case, extra)))
    said = [one for one in found.remarks if "each element is handled by itself" in one]
    assert bool(said) == told
    assert any("different machine code" in one for one in found.remarks) != told


@pytest.mark.parametrize(("each", "told"), [(90.0, True), (5.0, False)])
def test_work_on_each_element_is_seen_where_no_copy_is_known(maker, make_case, each, told) -> None:
    outcome = _swept(maker, make_case, lambda cells: 500.0 + each * cells)
    blurred = tuple(
        replace(
            one,
            trials=tuple(
                replace(trial, copy_ns=trial.copy_ns * (1.0 + 1.5 * (-1) ** trial.index))
                for trial in one.trials
            ),
        )
        for one in outcome.comparisons
    )
    made = [one for one in blurred if not one.is_control]
    (found,) = series(BenchReport(replace(outcome, comparisons=blurred, fits=(fit(made),))))
    assert outcome.fits[0].copied_bytes is not None
    assert found.fit is not None
    assert found.fit.copied_bytes is None
    assert any("each element is handled by itself" in one for one in found.remarks) == told


@pytest.mark.parametrize(
    ("value", "reach", "element", "whole", "held"),
    [
        (7.6, 0.2, 8.0, 8, None),
        (8.56, 0.38, 8.0, 8, None),  # misses 8, as one interval in twenty does
        (7.0, 1.9, 8.0, 8, None),
        (9.0, 0.1, 8.0, 8, None),
        (9.1, 0.1, 8.0, 8, None),
        (9.9, 0.9, 8.0, 8, None),  # a clone of what lives on takes more than a plain copy
        (10.1, 0.1, 8.0, None, None),
        (18.1, 0.1, 8.0, None, None),
        (6.5, 1.9, 8.0, None, 8),  # holds 8, and 5 as well
        (8.0, 2.1, 8.0, None, 8),
        (6.9, 0.1, 8.0, None, None),
        (4.0, 0.1, 8.0, None, None),  # half of an element is no copy of one
        (4.0, 0.1, 4.0, 4, None),
        (14.1, 3.9, 8.0, 16, None),  # of two elements twice as much
        (13.9, 0.1, 8.0, None, None),
        (15.0, 4.1, 8.0, None, 16),
        (23.0, 1.0, 8.0, 24, None),
        (32.0, 1.0, 8.0, None, None),  # from four on an eighth of each is half of one
        (80.0, 17.0, 8.0, None, None),
        (80.0, 30.0, 8.0, None, None),
        (0.0, 0.1, 8.0, None, None),
        (4.0, 5.0, 8.0, None, None),  # holds nothing at all, too
        (-987.0, 2194.0, 8.0, None, None),
    ],
)
def test_a_copy_of_whole_elements_is_called_by_their_bytes(
    value: float, reach: float, element: float, whole: int | None, held: int | None
) -> None:
    copied = Interval(value, value - reach, value + reach)
    assert (whole_copy(copied, element), held_copy(copied, element)) == (whole, held)


def test_a_fixed_cost_that_grows_with_cold_caches_is_no_copy(maker, make_case) -> None:
    maker.bias = 0.0002
    found = _fit(maker, make_case, lambda cells: 100.0 + copy_ns(cells), 0.5, cold)
    assert found.copied_bytes is not None
    assert found.copied_bytes.value == pytest.approx(8.0, abs=0.2)
    assert found.copied_bytes.holds(8.0)
    without = _fit(maker, make_case, lambda cells: 100.0, 0.5, cold)
    assert without.copied_bytes is not None
    assert without.copied_bytes.holds(0.0)


def test_a_planted_straight_cost_has_its_slope(maker, make_case) -> None:
    found = _fit(maker, make_case, lambda cells: 300.0 + 0.5 * cells)
    assert found.per_cell_ns.value == pytest.approx(0.5, rel=0.1)
    assert found.fixed_ns.value == pytest.approx(300.0, rel=0.1)
    assert found.misfit < 0.01


def test_a_size_that_was_disturbed_does_not_spoil_the_others(maker, make_case) -> None:
    """Large results live in memory that other processes use too."""
    made = []
    for cells in SIZES:
        maker.bias = 0.1 if cells == SIZES[-1] else 0.0005
        native = 150.0 + 5.0 * cells
        one = make_case(cells)
        made.append(maker.measurement(one, native + 300.0 + 0.2 * cells, native))
    (found,) = evaluate(maker.session(made)).fits
    assert found.per_cell_ns.value == pytest.approx(0.2, rel=0.1)
    assert found.per_cell_ns.reach < 0.05


def test_planted_costs_lie_inside_their_intervals(maker, make_case) -> None:
    found = [_fit(maker, make_case, lambda cells: 400.0 + copy_ns(cells)) for _ in range(40)]
    held = sum(one.copied_bytes.holds(8.0) for one in found if one.copied_bytes)
    assert held >= 34


def test_two_sizes_or_a_narrow_span_have_no_fit(maker, make_case) -> None:
    for sizes in ((100, 10_000), (100, 200, 300)):
        made = [maker.measurement(make_case(cells), 600.0, 100.0) for cells in sizes]
        assert evaluate(maker.session(made)).fits == ()


def test_sizes_of_different_calls_are_not_mixed(maker, make_case) -> None:
    made = [maker.measurement(make_case(cells), 600.0, 100.0) for cells in SIZES[:2]]
    made.append(maker.measurement(make_case(SIZES[2], kernel="scalar"), 600.0, 100.0))
    assert evaluate(maker.session(made)).fits == ()


def test_without_a_measured_copy_no_bytes_are_named(maker, make_case) -> None:
    made = [maker.measurement(make_case(cells), cells + 600.0, cells) for cells in SIZES]
    (found,) = evaluate(maker.session(made)).fits
    assert found.copied_bytes is None


def test_against_a_peer_no_bytes_are_named(maker, make_case) -> None:
    sides = (PYTHON, "peer:talib:KAMA")
    made = [
        maker.measurement(make_case(cells), 2.0 * cells, cells, sides, copy_ns=copy_ns(cells))
        for cells in SIZES
    ]
    (found,) = evaluate(maker.session(made)).fits
    assert found.copied_bytes is None
    assert found.per_cell_ns.value == pytest.approx(1.0, rel=0.05)


def test_a_line_through_points_on_a_line_is_that_line() -> None:
    line = straight_line([1.0, 2.0, 5.0], [3.0, 5.0, 11.0], [1.0, 7.0, 0.5])
    assert (line.height, line.slope) == pytest.approx((1.0, 2.0))


def test_a_cost_per_element_that_may_be_none_is_no_cost(maker, make_case) -> None:
    found = _fit(maker, make_case, lambda cells: 300.0 + 0.5 * cells)
    assert found.copied_whole is None
    assert "no cost per element found" not in next(fit_words(found))
    nothing = Interval(2.3, -1.2, 5.9)
    found = replace(found, per_cell_ns=nothing, copied_bytes=Interval(8378.0, 2191.0, 14566.0))
    assert "no cost per element found (within ±5.9" in next(fit_words(found))


def test_a_cost_below_zero_beside_no_straight_line_is_not_told(maker, make_case) -> None:
    fit = _fit(maker, make_case, lambda cells: 0.002 * cells**1.5)
    below = replace(fit, fixed_ns=Interval(-900.0, -1100.0, -700.0), misfit=0.6)
    assert next(fit_words(below)).startswith("no fixed cost can be told; per element")
    assert "fixed cost −900 ns" in next(fit_words(replace(below, misfit=0.01)))
