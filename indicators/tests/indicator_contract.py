"""What every indicator promises: a test class per indicator inherits it and adds its values."""

import gc
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from indicator_cases import Array, Indicator, available, misaligned, packed, same, walk
from interrupt_contract import Interrupts


class _Changes:
    """A number whose conversion runs ``change``, which may be anything that Python code can do."""

    def __init__(self, value: Any, change: Callable[[], object]) -> None:
        self.value = value
        self.change = change

    def __index__(self) -> int:
        self.change()
        return int(self.value)

    def __float__(self) -> float:
        self.change()
        return float(self.value)


def _runs_during(call: Callable[[], object]) -> bool:
    """Whether another Python thread runs before ``call`` returns.

    With so long a switch interval nobody asks the calling thread to let go of the GIL: the other
    thread runs if and only if the call releases it by itself.
    """
    gate = threading.Lock()
    ran: list[bool] = []

    def run() -> None:
        with gate:
            ran.append(True)

    interval = sys.getswitchinterval()
    with gate:
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.01)
        sys.setswitchinterval(600.0)
    try:
        call()
        return bool(ran)
    finally:
        sys.setswitchinterval(interval)
        thread.join()


def _run_in_child(call: Callable[[], Array], pipe: Any) -> None:
    pipe.send(float(np.nansum(call())))


class Contract(Interrupts):
    """Tests that any indicator must pass; ``indicator`` says which."""

    indicator: ClassVar[Indicator]

    def single(self, *args: Any, **kwargs: Any) -> Array:
        result: Array = type(self).indicator.single(*args, **kwargs)
        return result

    def batch(self, *args: Any, **kwargs: Any) -> dict[str, Array]:
        result: dict[str, Array] = type(self).indicator.batch(*args, **kwargs)
        return result

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        return type(self).indicator.stream(*args, **kwargs)

    # Shapes and agreement

    def test_result_has_the_shape_of_the_input_and_owns_its_memory(self) -> None:
        data = walk(500)
        before = data.copy()
        result = self.single(data)
        assert type(result) is np.ndarray
        assert result.dtype == np.float64
        assert result.shape == data.shape
        assert result.flags.carray
        assert not np.shares_memory(result, data)
        kept = result.copy()
        del data
        gc.collect()
        walk(500)
        same(result, kept)
        same(before, walk(500))

    def test_defaults_are_the_documented_ones(self) -> None:
        data = walk(200)
        same(self.single(data), self.single(data, *self.indicator.defaults.values()))
        same(self.single(data), self.single(data, **self.indicator.defaults))

    def test_batch_rows_are_single_calls(self) -> None:
        data = walk(500)
        data[:7] = np.nan
        result = self.batch(data, **self.indicator.ranges(**self.indicator.sweep))
        names = list(self.indicator.defaults)
        assert list(result) == ["values", *(f"{name}s" for name in names)]
        assert result["values"].shape == (len(result[f"{names[0]}s"]), 500)
        for row, *params in zip(
            result["values"], *(result[f"{name}s"] for name in names), strict=True
        ):
            same(row, self.single(data, *params))

    def test_stream_gives_the_values_of_a_single_call(self) -> None:
        data = walk(500)
        data[:5] = np.nan
        stream = self.stream(**self.indicator.defaults)
        streamed = [stream.update(value) for value in data]
        single = self.single(data)
        assert all(
            value is None
            for value, expected in zip(streamed, single, strict=True)
            if np.isnan(expected)
        )
        same(np.array([np.nan if value is None else value for value in streamed]), single)

    def test_shortest_and_longest_periods(self) -> None:
        for period in (1, 2, 5):
            needed = self.indicator.needed(period)
            data = walk(needed)
            result = self.single(data, period)
            assert np.flatnonzero(np.isfinite(result)).tolist() == [needed - 1]
            same(
                self.batch(data, **self.indicator.ranges(period=(period, period, 1)))["values"][0],
                result,
            )
            for wrong in (data[:-1], data[:0]):
                with pytest.raises(ValueError):
                    self.single(wrong, period)

    def test_leading_nan_shift_the_warm_up(self) -> None:
        data = walk(300)
        shifted = np.concatenate([np.full(11, np.nan), data])
        same(self.single(shifted)[11:], self.single(data))
        assert np.isnan(self.single(shifted)[:11]).all()

    def test_threads_do_not_change_the_result(self) -> None:
        data = walk(20_000)
        ranges = self.indicator.ranges(**self.indicator.sweep)
        expected = self.batch(data, **ranges, threads=1)["values"]
        for threads in (None, 2, 3, 10_000, sys.maxsize):
            same(self.batch(data, **ranges, threads=threads)["values"], expected)
        for threads in (0, -1, 2**70):
            with pytest.raises(ValueError):
                self.batch(data, **ranges, threads=threads)

    # Kernels

    def test_kernels_agree(self) -> None:
        data = walk(1_003)
        expected = self.single(data, kernel="scalar")
        ranges = self.indicator.ranges(**self.indicator.sweep)
        for kernel in (None, "auto", "scalar", *available(self.single)):
            same(self.single(data, kernel=kernel), expected)
            same(
                self.batch(data, **ranges, kernel=kernel)["values"],
                self.batch(data, **ranges)["values"],
            )

    def test_a_kernel_that_is_not_available_is_a_value_error(self) -> None:
        for kernel in {"avx2", "avx512", "neon"} - available(self.single):
            with pytest.raises(ValueError, match=f'"{kernel}" is not available'):
                self.single(walk(200), kernel=kernel)
            with pytest.raises(ValueError, match=f'"{kernel}" is not available'):
                self.batch(walk(200), **self.indicator.ranges(), kernel=kernel)

    @pytest.mark.parametrize("kernel", ["", "AVX2", "sse2", "auto ", "\0", "é" * 1000])
    def test_unknown_kernels_are_value_errors(self, kernel: str) -> None:
        with pytest.raises(ValueError, match="unknown kernel"):
            self.single(walk(50), kernel=kernel)
        with pytest.raises(ValueError, match="unknown kernel"):
            self.batch(walk(50), **self.indicator.ranges(), kernel=kernel)

    # Layouts

    @pytest.mark.parametrize(
        "layout",
        [
            lambda x: np.repeat(x, 3)[::3],
            lambda x: x[::-1].copy()[::-1],
            lambda x: np.asfortranarray(np.column_stack([x, x]))[:, 1],
            lambda x: np.ascontiguousarray(np.column_stack([x, x]))[:, 0],
            misaligned,
            packed,
            lambda x: np.frombuffer(x.tobytes()),
            lambda x: x.view(type("Sub", (np.ndarray,), {})),
        ],
        ids=[
            "strided",
            "reversed",
            "fortran",
            "column",
            "misaligned",
            "packed",
            "read-only",
            "subclass",
        ],
    )
    def test_any_layout_gives_the_contiguous_answer(self, layout: Callable[[Array], Array]) -> None:
        data = walk(400)
        seen = layout(data)
        kept = np.array(seen)
        same(self.single(seen), self.single(data))
        ranges = self.indicator.ranges(**self.indicator.sweep)
        same(self.batch(seen, **ranges)["values"], self.batch(data, **ranges)["values"])
        same(np.array(seen), kept)

    def test_a_broadcast_array_is_a_constant_series(self) -> None:
        same(self.single(np.broadcast_to(3.0, 200)), self.single(np.full(200, 3.0)))

    @pytest.mark.parametrize(
        "wrong",
        [
            walk(200).astype(np.float32),
            np.arange(200),
            walk(200).astype(">f8"),
            walk(200).astype(np.complex128),
            walk(200).astype(object),
            walk(200).reshape(20, 10),
            np.array(1.0),
            list(walk(200)),
            np.ma.masked_invalid(walk(200)),
            None,
            "prices",
            3.5,
            np.array(["a"] * 200),
        ],
        ids=lambda value: (
            f"{type(value).__name__}-{getattr(value, 'dtype', '')}-{getattr(value, 'ndim', '')}"
        ),
    )
    def test_other_types_are_type_errors_that_name_the_fix(self, wrong: object) -> None:
        with pytest.raises(
            TypeError, match=r"np\.ascontiguousarray\(x, dtype=np\.float64\)|x\.filled\(np\.nan\)"
        ):
            self.single(wrong)
        with pytest.raises(TypeError):
            self.batch(wrong, **self.indicator.ranges())

    def test_the_type_error_says_what_it_got(self) -> None:
        with pytest.raises(TypeError, match="dtype int32 with ndim 2"):
            self.single(np.zeros((2, 2), dtype=np.int32))

    # Arguments that run code

    @pytest.mark.parametrize(
        ("data", "change"),
        [
            (np.full(64, 1.0)[::4], lambda x: setattr(x, "shape", (2, 8))),
            (np.full(64, 1.0), lambda x: setattr(x, "shape", (8, 8))),
            (np.full(64, 1.0), lambda x: setattr(x, "dtype", np.int8)),
            (np.full(64, 1.0), lambda x: setattr(x, "dtype", np.int64)),
            (np.full(1, 1.0), lambda x: setattr(x, "shape", ())),
        ],
        ids=["strided-shape", "shape", "smaller-dtype", "dtype", "scalar"],
    )
    @pytest.mark.filterwarnings("ignore:Setting the .* on a NumPy array:DeprecationWarning")
    def test_an_array_that_an_argument_changes_is_seen_as_it_is_then(
        self, data: Array, change: Callable[[Array], None]
    ) -> None:
        for call in (
            lambda x, hook: self.single(x, _Changes(1, hook)),
            lambda x, hook: self.single(x, _Changes(1, hook), out=np.empty(x.shape)),
            lambda x, hook: self.batch(
                x, **self.indicator.ranges(period=(_Changes(1, hook), 2, 1))
            ),
            lambda x, hook: self.batch(
                x, **self.indicator.ranges(period=(1, 2, 1)), threads=_Changes(1, hook)
            ),
        ):
            base = data if data.base is None else data.base
            seen = np.lib.stride_tricks.as_strided(base.copy(), data.shape, data.strides)[...]
            with pytest.raises(TypeError, match="expected a one-dimensional array of float64"):
                call(seen, lambda seen=seen: change(seen))

    def test_an_array_that_an_argument_shortens_gives_the_shorter_result(self) -> None:
        data = walk(64)
        hook = _Changes(1, lambda: data.resize(32, refcheck=False))
        same(self.single(data, hook), self.single(walk(64)[:32], 1))

    @pytest.mark.filterwarnings("ignore:Setting the .* on a NumPy array:DeprecationWarning")
    @pytest.mark.parametrize(
        ("attribute", "value"),
        [("shape", (500, 1_000)), ("dtype", np.int8)],
        ids=["shape", "dtype"],
    )
    def test_an_array_that_changes_during_a_call_is_seen_as_it_was(
        self, attribute: str, value: object
    ) -> None:
        data, out = walk(500_000), np.empty(500_000)
        expected = self.single(data)

        def change() -> None:
            setattr(data, attribute, value)
            setattr(out, attribute, value)

        thread = threading.Thread(target=change)
        thread.start()
        try:
            self.single(data, out=out)
        except (TypeError, ValueError):
            # The other thread was first.
            thread.join()
        else:
            thread.join()
            same(out.view(np.float64).reshape(-1), expected)

    # Hostile values

    @pytest.mark.parametrize("data", [np.zeros(0), np.full(50, np.nan)], ids=["empty", "all-nan"])
    def test_empty_and_nan_series_are_value_errors(self, data: Array) -> None:
        with pytest.raises(ValueError):
            self.single(data, 1)
        with pytest.raises(ValueError):
            self.batch(data, **self.indicator.ranges())

    @pytest.mark.parametrize(
        "period", [0, -1, 201, 2**31, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**400]
    )
    def test_impossible_periods_are_value_errors(self, period: int) -> None:
        with pytest.raises(ValueError):
            self.single(walk(200), period)
        with pytest.raises(ValueError):
            self.batch(walk(200), **self.indicator.ranges(period=(period, period, 0)))

    @pytest.mark.parametrize("period", [9.5, "9", None, [9], np.float64(9)])
    def test_periods_that_are_no_integers_are_type_errors(self, period: object) -> None:
        with pytest.raises(TypeError):
            self.single(walk(200), period)
        with pytest.raises(TypeError):
            self.stream(period)

    @pytest.mark.parametrize("fill", [np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0])
    def test_extreme_values_are_answered(self, fill: float) -> None:
        data = walk(200)
        data[100:120] = fill
        assert self.single(data).shape == (200,)
        assert self.single(np.full(200, fill)).shape == (200,)

    @pytest.mark.parametrize(
        "range_",
        [
            (20, 10, 1),
            (1, 2**62, 1),
            (1, 2**64 - 1, 1),
            (0, 10, 1),
            (1, 10**6, 1),
            (-5, 5, 1),
            (5, 10, -1),
            (2, 9, 2**64),
        ],
    )
    def test_hostile_ranges_are_value_errors_at_once(self, range_: tuple[int, int, int]) -> None:
        begin = time.monotonic()
        with pytest.raises(ValueError):
            self.batch(walk(200), **self.indicator.ranges(period=range_))
        assert time.monotonic() - begin < 1.0

    @pytest.mark.parametrize(
        "range_", [(1, 2), (1, 2, 3, 4), None, 5, "abc", (1.5, 3, 1), ("a", "b", "c")]
    )
    def test_ranges_of_another_shape_are_refused(self, range_: object) -> None:
        with pytest.raises((TypeError, ValueError)):
            self.batch(walk(200), **self.indicator.ranges(period=range_))

    def test_a_zero_step_is_the_start_alone(self) -> None:
        data = walk(200)
        result = self.batch(data, **self.indicator.ranges(period=(5, 99, 0)))
        same(result["values"], self.single(data, 5)[np.newaxis])
        assert result["periods"].tolist() == [5]

    def test_impossible_streams_are_value_errors(self) -> None:
        for period in (0, -1, 2**62, 2**64 - 1, 2**64):
            with pytest.raises(ValueError):
                self.stream(period)
        stream = self.stream(2**20)
        assert stream.update(1.0) is None
        with pytest.raises(TypeError):
            stream.update("1")

    # Memory

    def test_a_result_beyond_memory_is_a_memory_error(self) -> None:
        # 2**44 floats are the whole address space of a process.
        length = 2**22
        with pytest.raises(MemoryError):
            self.batch(walk(length), **self.indicator.ranges(period=(1, length - 4, 1)))

    def test_a_stream_beyond_memory_is_a_memory_error(self) -> None:
        for period in (2**50, 2**60 - 1):
            with pytest.raises(MemoryError):
                self.stream(period)

    # out=

    def test_out_is_written_and_returned(self) -> None:
        data = walk(300)
        out = np.full(300, 7.0)
        assert self.single(data, out=out) is out
        same(out, self.single(data))
        ranges = self.indicator.ranges(**self.indicator.sweep)
        expected = self.batch(data, **ranges)["values"]
        matrix = np.empty_like(expected)
        assert self.batch(data, **ranges, out=matrix)["values"] is matrix
        same(matrix, expected)

    @pytest.mark.parametrize(
        ("out", "error"),
        [
            (np.empty(299), ValueError),
            (np.empty((300, 1)), ValueError),
            (np.empty(300, np.float32), TypeError),
            (np.empty(300, ">f8"), TypeError),
            (np.empty(600)[::2], ValueError),
            (np.empty(300)[::-1], ValueError),
            (misaligned(np.zeros(300)), ValueError),
            (np.frombuffer(bytes(2400)), ValueError),
            (np.ma.zeros(300), TypeError),
            (np.empty(300).view(type("Sub", (np.ndarray,), {})), TypeError),
            ([0.0] * 300, TypeError),
            ("out", TypeError),
        ],
        ids=[
            "short",
            "2d",
            "float32",
            "swapped",
            "strided",
            "reversed",
            "misaligned",
            "read-only",
            "masked",
            "subclass",
            "list",
            "str",
        ],
    )
    def test_an_unusable_out_is_refused(self, out: object, error: type[Exception]) -> None:
        with pytest.raises(error, match=r"out must (be|have)"):
            self.single(walk(300), out=out)
        with pytest.raises((TypeError, ValueError), match=r"out must (be|have)"):
            self.batch(walk(300), **self.indicator.ranges(), out=out)

    def test_an_out_that_overlaps_an_input_is_refused(self) -> None:
        memory = walk(1_000)
        kept = memory.copy()
        raw = memory.view(np.uint8)
        shifted = np.ndarray(300, np.float64, raw.data, offset=4, strides=(16,))
        for data, out in [
            (memory[:300], memory[:300]),
            (memory[:300], memory[299:599]),
            (memory[:600:2], memory[100:400]),
            (memory[599::-2], memory[100:400]),
            (shifted, memory[100:400]),
            (np.frombuffer(memory.data), memory),
        ]:
            with pytest.raises(ValueError, match=r"overlaps an input|not in use"):
                self.single(data, out=out)
        with pytest.raises(ValueError, match=r"overlaps an input|not in use"):
            self.batch(
                memory[:500], **self.indicator.ranges(), out=memory[500 - 1 : 999].reshape(1, 500)
            )
        same(memory, kept)
        self.single(memory[:300], out=memory[300:600])

    def test_an_out_without_elements_is_refused_as_any_other(self) -> None:
        raw = np.zeros(9, dtype=np.uint8)
        nothing = np.ndarray((0,), np.float64, raw.data, offset=1)
        with pytest.raises(ValueError, match="empty"):
            self.single(np.zeros(0), out=nothing)
        with pytest.raises(ValueError):
            self.batch(np.zeros(0), **self.indicator.ranges(), out=nothing.reshape(1, 0))

    # Threads, fork

    @pytest.mark.skipif(
        not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no GIL"
    )
    def test_other_threads_run_during_a_call(self) -> None:
        data = walk(1_000_000)
        ranges = self.indicator.ranges(**self.indicator.sweep)
        assert not _runs_during(lambda: sorted(data.tolist()))
        for call in (
            lambda: self.single(data, 500),
            lambda: self.single(data[::-1], 500),
            lambda: self.single(data, 500, out=np.empty(len(data))),
            lambda: self.batch(data[:100_000], **ranges, threads=1),
        ):
            # A loaded machine may be late to wake the other thread.
            assert any(_runs_during(call) for _ in range(20))

    def test_concurrent_calls_give_the_serial_answer(self) -> None:
        data = walk(50_000)
        expected = self.single(data)
        results: list[Array] = []
        threads = [
            threading.Thread(target=lambda: results.append(self.single(data))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 8
        for result in results:
            same(result, expected)

    def test_a_stream_is_safe_to_share(self) -> None:
        stream = self.stream(3)
        threads = [
            threading.Thread(target=lambda: [stream.update(1.0) for _ in range(2_000)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert np.isfinite(stream.update(1.0))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_forked_child_can_compute_after_a_parallel_call(self) -> None:
        data = walk(50_000)
        ranges = self.indicator.ranges(**self.indicator.sweep)

        def call() -> Array:
            return self.batch(data, **ranges, threads=2)["values"]

        expected = float(np.nansum(call()))
        context = multiprocessing.get_context("fork")
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=_run_in_child, args=(call, sender))
        child.start()
        assert receiver.poll(30), "the child hangs"
        assert receiver.recv() == expected
        child.join(30)
        assert child.exitcode == 0
