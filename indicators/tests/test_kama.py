"""KAMA: values against TA-Lib, and the common contract."""

from typing import ClassVar

import numpy as np
import pytest
import talib
from bindcheck_indicators import KamaStream, kama, kama_batch
from indicator_cases import Array, Indicator, walk
from indicator_contract import Contract


def steps() -> Array:
    """Prices that stand still for longer than any period, then jump."""
    return np.repeat(walk(12), 150)


def ramp() -> Array:
    """Prices that move in one direction: the efficiency is 1."""
    return np.linspace(50.0, 500.0, 1_000)


class TestKama(Contract):
    indicator: ClassVar[Indicator] = Indicator(
        single=kama,
        batch=kama_batch,
        stream=KamaStream,
        defaults={"period": 30},
        sweep={"period": (1, 90, 4)},
        slow_sweep={"period": (1, 19_000, 1)},
        long=(100_000_000, 30),
        needed=lambda period: period + 1,
    )

    @pytest.mark.parametrize("period", [2, 3, 10, 30, 137, 999])
    @pytest.mark.parametrize(
        "data",
        [
            walk(5_000),
            walk(1_000) * 1e6,
            walk(1_000) * 1e-6,
            walk(1_000)[::-1],
            steps(),
            ramp(),
            -ramp(),
        ],
        ids=["walk", "large", "small", "reversed", "steps", "rising", "falling"],
    )
    def test_values_are_those_of_talib(self, data: Array, period: int) -> None:
        expected = talib.KAMA(np.ascontiguousarray(data), timeperiod=period)
        np.testing.assert_allclose(kama(data, period), expected, rtol=1e-12)

    def test_leading_nan_shift_the_warm_up_as_in_talib(self) -> None:
        data = np.concatenate([np.full(17, np.nan), walk(300)])
        np.testing.assert_allclose(kama(data, 30), talib.KAMA(data, timeperiod=30), rtol=1e-12)

    def test_the_default_period_is_that_of_talib(self) -> None:
        np.testing.assert_allclose(kama(walk(500)), talib.KAMA(walk(500)), rtol=1e-12)

    def test_a_period_of_one_always_moves_fast(self) -> None:
        data = walk(100)
        expected = [data[0]]
        for price in data[1:]:
            expected.append(expected[-1] + (2 / 3) ** 2 * (price - expected[-1]))
        np.testing.assert_allclose(kama(data, 1)[1:], expected[1:], rtol=1e-13)

    def test_a_constant_series_is_its_own_average(self) -> None:
        assert set(kama(np.full(100, 3.7), 10)[10:].tolist()) == {3.7}

    @pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
    def test_a_hole_is_never_left(self, hole: float) -> None:
        data = walk(100)
        data[50] = hole
        result = kama(data, 4)
        np.testing.assert_array_equal(result[:50], kama(walk(100), 4)[:50])
        assert str(result[50]) == str(hole)
        assert np.isnan(result[51:]).all()

    @pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("place", [1, 2, 3, 4])
    def test_a_hole_in_the_warm_up_leaves_nothing_but_nan(self, hole: float, place: int) -> None:
        data = walk(100)
        data[place] = hole
        assert np.isnan(kama(data, 4)).all()
