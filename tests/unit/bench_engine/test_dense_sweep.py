"""The crossover that `benchmarks/tune_dense.py` finds on its own."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks/tune_dense.py"


@pytest.fixture(scope="module")
def dense() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tune_dense", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ratios_are_made_to_fall_by_pooling_those_that_rise(dense: ModuleType) -> None:
    assert dense.monotone([3.0, 1.0, 2.0, 0.0]) == [3.0, 1.5, 1.5, 0.0]
    assert dense.monotone([1.0, 2.0, 3.0]) == [2.0, 2.0, 2.0]


def test_one_odd_size_hardly_moves_the_crossover(dense: ModuleType) -> None:
    sizes = dense.spread(1_000, 1_000_000, 24)
    points = [(size, 0.5 + 50_000.0 / size) for size in sizes]
    exact = 50_000.0 / 0.48
    assert dense.crossover(points) == pytest.approx(exact, rel=0.02)
    points[4] = (points[4][0], 0.9)
    assert dense.agree(dense.crossover(points), exact)


def test_neither_may_find_a_crossover_alone(dense: ModuleType) -> None:
    assert dense.crossover([(100, 1.5), (1_000, 1.2)]) is None
    assert dense.agree(None, None)
    assert not dense.agree(1_000.0, None)
    assert not dense.agree(1_000.0, 1_600.0)
