"""ALMA: values against a transcription of the formula, and the common contract."""

from typing import ClassVar

import numpy as np
import pytest
from bindcheck_indicators import AlmaStream, alma, alma_batch
from indicator_cases import Array, Indicator, walk
from indicator_contract import Contract


def transcription(data: Array, period: int, offset: float, sigma: float) -> Array:
    """The formula on windows of the series; NaN before the first whole window."""
    place = np.arange(period)
    weights = np.exp(-((place - offset * (period - 1)) ** 2) / (2 * (period / sigma) ** 2))
    values = np.lib.stride_tricks.sliding_window_view(data, period) @ (weights / weights.sum())
    return np.concatenate([np.full(period - 1, np.nan), values])


class TestAlma(Contract):
    indicator: ClassVar[Indicator] = Indicator(
        single=alma,
        batch=alma_batch,
        stream=AlmaStream,
        defaults={"period": 9, "offset": 0.85, "sigma": 6.0},
        sweep={"period": (2, 30, 7), "offset": (0.0, 1.0, 0.25), "sigma": (1.0, 9.0, 4.0)},
        slow_sweep={"period": (1_000, 1_400, 1)},
        long=(1_000_000, 50_000),
        needed=lambda period: period,
    )

    @pytest.mark.parametrize("period", [1, 2, 9, 50, 400])
    @pytest.mark.parametrize("offset", [0.0, 0.5, 0.85, 1.0])
    @pytest.mark.parametrize("sigma", [0.5, 6.0, 20.0])
    def test_values_follow_the_formula(self, period: int, offset: float, sigma: float) -> None:
        if period == 2 and offset == 0.5 and sigma == 20.0:
            sigma = 10.0
        data = walk(400)
        np.testing.assert_allclose(
            alma(data, period, offset, sigma),
            transcription(data, period, offset, sigma),
            rtol=1e-13,
        )

    def test_a_nan_passes_after_one_window(self) -> None:
        data = walk(100)
        data[50] = np.nan
        assert np.flatnonzero(np.isnan(alma(data, 4))).tolist() == [0, 1, 2, 50, 51, 52, 53]

    @pytest.mark.parametrize("offset", [-0.01, 1.01, np.nan, np.inf, -np.inf, 10**400])
    def test_impossible_offsets_are_value_errors(self, offset: float) -> None:
        with pytest.raises(ValueError, match=r"offset|out of range"):
            alma(walk(50), 9, offset)
        with pytest.raises(ValueError):
            alma_batch(walk(50), (9, 9, 0), (offset, offset, 0.0), (6.0, 6.0, 0.0))
        with pytest.raises(ValueError):
            AlmaStream(9, offset)

    @pytest.mark.parametrize("sigma", [0.0, -0.0, -1.0, np.nan, np.inf, 1e300])
    def test_impossible_sigmas_are_value_errors(self, sigma: float) -> None:
        with pytest.raises(ValueError, match="sigma"):
            alma(walk(50), 9, 0.85, sigma)
        with pytest.raises(ValueError):
            alma_batch(walk(50), (9, 9, 0), (0.85, 0.85, 0.0), (sigma, sigma, 0.0))
        with pytest.raises(ValueError):
            AlmaStream(9, 0.85, sigma)

    @pytest.mark.parametrize(
        "range_", [(0.0, 1.0, 1e-300), (0.0, 1.0, 1e-12), (1.0, 0.0, 0.1), (0.0, 1.0, np.nan)]
    )
    def test_hostile_float_ranges_are_value_errors(
        self, range_: tuple[float, float, float]
    ) -> None:
        with pytest.raises(ValueError, match="range"):
            alma_batch(walk(50), (9, 9, 0), range_, (6.0, 6.0, 0.0))

    def test_float_ranges_include_their_end(self) -> None:
        result = alma_batch(walk(50), (9, 9, 0), (0.1, 0.3, 0.1), (6.0, 2.0, -2.0))
        assert result["offsets"].tolist() == [0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.3, 0.3, 0.3]
        assert result["sigmas"].tolist() == [6.0, 4.0, 2.0] * 3
