# bindcheck: begin kama/test template=3 hash=904e73c8a70e
"""The binding of kama: values, batch = single = stream, shapes, kernels, layouts, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
from bindcheck_indicators import KamaStream, kama, kama_batch

LENGTH = 400
PARAMETERS = {"period": 30}
VALUES = json.loads(Path(__file__).with_name("bindcheck_values.json").read_text(encoding="utf-8"))
RECORDED = VALUES["indicators"]["kama"]
TOLERANCE = {"f": 1e-5, "d": 1e-9}
"""Relative, by type: other compilers and platforms may round otherwise."""


def walk(at):
    """Prices at positions: multiples of 1/64, the same on every machine."""
    return 100.0 + (abs(at % 190 - 95) * 8 + abs(at % 38 - 19) * 5 + at * at * 37 % 101) / 64.0


def series(length=LENGTH):
    """The input arrays by name."""
    at = np.arange(length, dtype=np.int64)
    return {
        "data": walk(at),
    }


def outputs(result):
    """The arrays of a single call."""
    return [result]


def call(arrays, /, **changed):
    """The arrays of a single call with the default parameters, some of them changed."""
    return outputs(kama(*arrays.values(), **{**PARAMETERS, **changed}))


def same(left, right):
    """Equal in every value, NaN being NaN."""
    np.testing.assert_array_equal(left, right, strict=True)


def test_results_have_the_shape_of_the_input():
    arrays = series()
    results = call(arrays)
    assert len(results) == 1
    dtypes = ["float64"]
    for result, dtype in zip(results, dtypes, strict=True):
        assert result.dtype == dtype
        assert result.shape == (LENGTH,)
        assert result.flags.c_contiguous
    assert all(np.isfinite(result[-1]) for result in results)


@pytest.mark.parametrize("point", RECORDED["points"], ids=lambda point: str(point["parameters"]))
def test_values_are_those_of_the_core(point):
    """The core gave them without the binding; `bindcheck generate --values` records them."""
    assert RECORDED["length"] == LENGTH
    results = call(series(), **point["parameters"], kernel=RECORDED["kernel"])
    for result, expected in zip(results, point["outputs"], strict=True):
        tolerance = TOLERANCE.get(result.dtype.char, 0)
        numbers = result.astype(np.float64)
        finite = np.abs(numbers[np.isfinite(numbers)])
        near = {"rtol": tolerance, "atol": tolerance * expected["magnitude"] / LENGTH}
        assert np.isnan(numbers).sum() == expected["nan"]
        wanted = np.array(expected["values"], dtype=np.float64)
        np.testing.assert_allclose(numbers[expected["at"]], wanted, **near)
        np.testing.assert_allclose(finite.sum(), expected["magnitude"], rtol=max(tolerance, 1e-12))


def test_defaults_are_those_of_the_core():
    arrays = series()
    for left, right in zip(outputs(kama(*arrays.values())), call(arrays), strict=True):
        same(left, right)


def test_leading_nan_shift_the_warm_up():
    arrays = series()
    blank = np.full(11, np.nan)
    shifted = {name: np.concatenate([blank, array]) for name, array in arrays.items()}
    for left, right in zip(call(shifted), call(arrays), strict=True):
        assert np.isnan(left[:11]).all()
        same(left[11:], right)


def test_any_layout_gives_the_contiguous_answer():
    arrays = series()
    strided = {name: np.repeat(array, 3)[::3] for name, array in arrays.items()}
    for left, right in zip(call(strided), call(arrays), strict=True):
        same(left, right)


def test_kernels_agree():
    arrays = series()
    scalar = call(arrays, kernel="scalar")
    for kernel in (None, "auto", "avx2", "avx512", "neon"):
        try:
            results = call(arrays, kernel=kernel)
        except ValueError:
            assert kernel not in (None, "auto")
            continue
        for left, right in zip(results, scalar, strict=True):
            same(left, right)


def test_an_unknown_kernel_is_a_value_error():
    with pytest.raises(ValueError):
        call(series(), kernel="abacus")


def test_an_empty_input_is_a_value_error():
    with pytest.raises(ValueError):
        call(series(0))


@pytest.mark.parametrize(
    "wrong", ["text", None, [1.0, 2.0], np.zeros((4, 4)), np.zeros(9, np.complex64)], ids=repr
)
def test_other_types_are_type_errors(wrong):
    arrays = series()
    arrays["data"] = wrong
    with pytest.raises(TypeError):
        call(arrays)


@pytest.mark.parametrize("wrong", [0, LENGTH + 1])
def test_an_impossible_period_is_a_value_error(wrong):
    with pytest.raises(ValueError):
        call(series(), period=wrong)


def grid(arrays, /, **more):
    """A batch over a small grid that begins at the default parameters."""
    return kama_batch(
        *arrays.values(),
        period_range=(30, 34, 2),
        **more,
    )


def test_batch_rows_are_single_calls():
    arrays = series()
    result = grid(arrays)
    swept = ["periods"]
    rows = list(zip(*(np.asarray(result[key]).tolist() for key in swept), strict=True))
    assert len(set(rows)) == len(rows) > 1
    names = ["period"]
    for row, values in enumerate(rows):
        single = call(arrays, **dict(zip(names, values, strict=True)))
        keys = ["values"]
        for key, expected in zip(keys, single, strict=True):
            assert result[key].shape == (len(rows), LENGTH)
            same(result[key][row], expected)


def test_a_batch_refuses_an_unknown_kernel():
    with pytest.raises(ValueError):
        grid(series(), kernel="abacus")


def test_a_batch_refuses_other_types():
    arrays = series()
    arrays["data"] = "text"
    with pytest.raises(TypeError):
        grid(arrays)


def follows(taken, expected):
    """What a stream gave is what a single call gives; None stands for no value yet."""
    same(np.array([np.nan if one is None else one for one in taken]), expected)


def test_a_stream_gives_the_values_of_a_single_call():
    arrays = series()
    stream = KamaStream(**PARAMETERS)
    names = ["data"]
    steps = zip(*(arrays[name] for name in names), strict=True)
    taken = [stream.update(*(value.item() for value in step)) for step in steps]
    follows(taken, call(arrays)[0])


# bindcheck: end kama/test
