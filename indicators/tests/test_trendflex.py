"""TrendFlex: values against a transcription of the formula, and the common contract."""

from typing import ClassVar

import numpy as np
import pytest
from bindcheck_indicators import TrendFlexStream, trendflex, trendflex_batch
from indicator_cases import Array, Indicator, walk
from indicator_contract import Contract


def transcription(x: Array, period: int) -> Array:
    """Ehlers' formula, each sum taken anew; NaN before the first whole window."""
    angle = 1.414 * np.pi / (0.5 * period)
    c2 = 2 * np.exp(-angle) * np.cos(angle)
    c3 = -np.exp(-2 * angle)
    c1 = 1 - c2 - c3
    smooth = x.copy()
    for t in range(2, len(x)):
        smooth[t] = c1 * (x[t] + x[t - 1]) / 2 + c2 * smooth[t - 1] + c3 * smooth[t - 2]
    values = np.full(len(x), np.nan)
    mean_square = 0.0
    for t in range(period, len(x)):
        distance = np.mean(smooth[t] - smooth[t - period : t])
        mean_square = 0.04 * distance**2 + 0.96 * mean_square
        values[t] = distance / np.sqrt(mean_square) if mean_square else 0.0
    return values


class TestTrendFlex(Contract):
    indicator: ClassVar[Indicator] = Indicator(
        single=trendflex,
        batch=trendflex_batch,
        stream=TrendFlexStream,
        defaults={"period": 20},
        sweep={"period": (1, 90, 4)},
        slow_sweep={"period": (1, 19_000, 1)},
        long=(100_000_000, 20),
        needed=lambda period: period + 1,
    )

    @pytest.mark.parametrize("period", [1, 2, 3, 20, 61, 399])
    @pytest.mark.parametrize(
        "data",
        [walk(2_000), walk(800) * 1e6, np.sin(np.arange(900) / 7)],
        ids=["walk", "large", "sine"],
    )
    def test_values_follow_the_formula(self, data: Array, period: int) -> None:
        np.testing.assert_allclose(
            trendflex(data, period), transcription(data, period), rtol=1e-7, atol=1e-9
        )

    @pytest.mark.parametrize("level", [3.7, 1e-300, 1e300, -5.0, 0.0])
    def test_a_constant_series_has_no_trend(self, level: float) -> None:
        assert set(trendflex(np.full(100, level), 10)[10:].tolist()) == {0.0}

    @pytest.mark.parametrize("period", [1, 2, 3, 20, 61, 150])
    def test_a_series_that_comes_to_rest_has_no_trend_left(self, period: int) -> None:
        data = np.concatenate([walk(300), np.full(3_000, 0.3)])
        result = trendflex(data, period)
        assert result[299] != 0.0
        assert set(result[-500:].tolist()) == {0.0}
        np.testing.assert_allclose(
            result[:900], transcription(data.astype(np.longdouble), period)[:900], atol=1e-6
        )

    @pytest.mark.parametrize("period", [1, 3, 20, 90])
    @pytest.mark.parametrize("place", [0, 1, 200])
    def test_an_outlier_leaves_no_rounding_error_behind(self, place: int, period: int) -> None:
        data = walk(1_000)
        data[place] = -1e15
        np.testing.assert_allclose(trendflex(data, period), transcription(data, period), atol=1e-9)

    def test_the_sign_is_that_of_the_trend(self) -> None:
        rising = np.linspace(1.0, 2.0, 200)
        assert (trendflex(rising)[40:] > 0).all()
        np.testing.assert_allclose(trendflex(-rising), -trendflex(rising))

    @pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
    def test_a_hole_is_never_left(self, hole: float) -> None:
        data = walk(100)
        data[50] = hole
        result = trendflex(data, 4)
        np.testing.assert_array_equal(result[:50], trendflex(walk(100), 4)[:50])
        assert np.isnan(result[50:]).all()
