"""The reference pattern: what Python calls the values of a swept parameter."""

from __future__ import annotations

import pytest

from bindcheck.pattern import result_key


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("period", "periods"),
        ("fast_limit", "fast_limits"),
        ("poles", "poles"),
        ("warmup_bars", "warmup_bars"),
        ("sigmas", "sigmas"),
        ("stop_loss", "stop_losses"),
        ("bias", "biases"),
        ("axis", "axes"),
        ("s", "ss"),
        ("us", "uss"),
    ],
)
def test_the_key_is_the_plural_of_the_parameter(field: str, key: str) -> None:
    assert result_key(field) == key
