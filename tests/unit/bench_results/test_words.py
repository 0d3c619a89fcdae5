from __future__ import annotations

import pytest

from bindcheck.bench import texts
from bindcheck.bench.outcome import Interval, Verdict
from bindcheck.bench.samples import Argument
from bindcheck.report.bench import words


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0.0, "0 ns"),
        (0.1234, "0.123 ns"),
        (3.14159, "3.14 ns"),
        (812.3, "812 ns"),
        (999.96, "1.00 µs"),
        (41_234.0, "41.2 µs"),
        (4_123_000.0, "4.12 ms"),
        (61e9, "61.0 s"),
        (4_000e9, "4,000 s"),
        (-3100.0, "−3.10 µs"),
    ],
)
def test_times_have_three_digits_and_a_fitting_unit(ns: float, text: str) -> None:
    assert words.time(ns) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (390.0, 420.0, "405 ns (390 … 420)"),
        (7.6, 8.4, "8.0 ns (7.6 … 8.4)"),
        (0.514, 0.520, "0.517 ns (0.514 … 0.520)"),
        (-30.0, 10.0, "−10 ns (−30 … 10)"),
        (1_000_000.0, 3_000_000.0, "2 ms (1 … 3)"),
        (500.0, 500.0, "500 ns (500 … 500)"),
        (-0.2, 0.1, "−0.1 ns (−0.2 … 0.1)"),
        (0.0, 0.0, "0 ns (0 … 0)"),
    ],
)
def test_an_interval_shows_one_digit_of_its_uncertainty(low: float, high: float, text: str) -> None:
    assert words.times(Interval((low + high) / 2, low, high)) == text


@pytest.mark.parametrize(
    ("ratio", "verdict", "cost", "bounds"),
    [
        ((1.021, 1.019, 1.023), Verdict.SLOWER, "+2.1 %", "+1.9 … +2.3"),
        ((0.97, 0.92, 1.02), Verdict.UNDECIDED, "−3 %", "−8 … +2"),
        ((0.998, 0.996, 1.0), Verdict.SAME, "within ±1 %", "−0.4 … 0.0"),
        ((3.412, 3.38, 3.45), Verdict.SLOWER, "3.41×", "3.38 … 3.45"),
        ((0.7151, 0.7146, 0.7156), Verdict.FASTER, "−28.49 %", "−28.54 … −28.44"),
    ],
)
def test_costs_are_percentages_then_factors_and_none_inside_the_margin(
    ratio: tuple[float, float, float], verdict: Verdict, cost: str, bounds: str
) -> None:
    interval = Interval(*ratio)
    assert words.cost(interval, verdict, 0.01) == cost
    assert words.bounds(interval) == bounds


def test_a_negative_overhead_inside_the_margin_is_not_shown_as_one() -> None:
    assert "−" not in words.cost(Interval(0.995, 0.993, 0.997), Verdict.SAME, 0.01)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01, "1 %"),
        (0.0035, "0.35 %"),
        (0.25, "25 %"),
        (0.0, "0 %"),
        (0.1, "10 %"),
        (2.0, "200 %"),
    ],
)
def test_shares_are_percentages(value: float, text: str) -> None:
    assert texts.share(value) == text


def test_a_peer_is_named_by_its_function() -> None:
    assert words.side("peer:talib:KAMA(data, timeperiod=period)") == "talib.KAMA"
    assert words.side("python") == "python"


def test_plain_text_is_ascii() -> None:
    shown = words.plain("±1 % · 3.4× · 4 µs · −2 … 5")
    assert shown == "+-1 % | 3.4x | 4 us | -2 .. 5"
    assert shown.isascii()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (30, "period=30"),
        ((5.0, 35.0, 0.5), "period=5..35 step 0.5"),
        ((100.0, 100.0, 0.0), "period=100"),
        ((5.0, 35.0, 0.0), "period=5"),
    ],
)
def test_a_range_of_one_value_is_that_value(value: object, text: str) -> None:
    assert texts.argument_text(Argument("period", value)) == text
