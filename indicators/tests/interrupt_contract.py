"""What every indicator promises about signals that come during a call."""

import _thread
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
import pytest
from indicator_cases import Array, Indicator, same, walk

# A process that was started in the background ignores the signal, so the handler is set. Neither
# array has pages of its own before it is written: a call that is cut short needs little memory.
CHILD = """
import signal
import numpy as np
from bindcheck_indicators import {function} as call

signal.signal(signal.SIGINT, signal.default_int_handler)
data = np.zeros({length})
out = np.empty({shape})
last = out.reshape(-1)[-1:]
last[:] = 7.0
print("ready", flush=True)
try:
    call(data, **{arguments}, kernel="scalar", out=out)
except KeyboardInterrupt:
    print("cut short" if last[0] == 7.0 else "ran to its end", flush=True)
"""


class Served(Exception):
    """Raised by a handler of a signal."""


@contextmanager
def ticking(handler: Callable[..., object], interval: float = 0.01) -> Iterator[None]:
    """Runs ``handler`` for a signal that comes again and again."""
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, interval, interval)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ranges_of_a_tenth(indicator: Indicator) -> dict[str, tuple[Any, Any, Any]]:
    """The slow grid with ten times the steps, for calls that run to their end."""
    sweep = {
        name: (start, end, 10 * step) for name, (start, end, step) in indicator.slow_sweep.items()
    }
    return indicator.ranges(**sweep)


needs_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")


class Interrupts:
    """Tests that any indicator must pass; ``indicator`` says which."""

    indicator: ClassVar[Indicator]

    @pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT for one process")
    @pytest.mark.parametrize("threads", [None, 1, 2], ids=["single", "batch", "batch-of-threads"])
    def test_ctrl_c_ends_a_call_in_the_midst_of_a_row(self, threads: int | None) -> None:
        indicator = type(self).indicator
        length, period = indicator.long
        arguments: dict[str, Any] = {"period": period}
        function, shape = indicator.single, (length,)
        if threads is not None:
            arguments = indicator.ranges(period=(period, period + 1, 1)) | {"threads": threads}
            function, shape = indicator.batch, (2, length)
        code = CHILD.format(
            function=function.__name__, length=length, shape=shape, arguments=arguments
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.02)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            assert child.stdout.readline() == "cut short\n"
            # The promise is 200 ms; the machine may be busy with other things.
            assert time.monotonic() - sent < 2

    @pytest.mark.parametrize("threads", [1, 10_000])
    def test_an_interrupt_ends_a_long_batch(self, threads: int) -> None:
        indicator = type(self).indicator
        data = walk(20_000)
        sent = []

        def interrupt() -> None:
            sent.append(time.monotonic())
            _thread.interrupt_main(signal.SIGINT)

        timer = threading.Timer(0.1, interrupt)
        # A process that was started in the background ignores the signal.
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        timer.start()
        try:
            with pytest.raises(KeyboardInterrupt):
                indicator.batch(
                    data,
                    **indicator.ranges(**indicator.slow_sweep),
                    kernel="scalar",
                    threads=threads,
                )
            served = time.monotonic()
        finally:
            timer.join()
            signal.signal(signal.SIGINT, handler)
        assert served - sent[0] < 0.5

    @needs_timer
    @pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
    def test_what_a_handler_raises_is_what_the_call_raises(self, batch: bool) -> None:
        indicator = type(self).indicator
        length, period = indicator.long
        data, out = np.zeros(length), np.empty((1, length))
        out[0, -1] = 7.0

        def serve(*_: object) -> None:
            raise Served

        def call() -> None:
            if batch:
                ranges = indicator.ranges(period=(period, period, 0))
                indicator.batch(data, **ranges, kernel="scalar", out=out)
            else:
                indicator.single(data, period, kernel="scalar", out=out[0])

        with pytest.raises(Served), ticking(serve):
            call()
        assert out[0, -1] == 7.0, "the call ran to its end"
        # The arrays are free again.
        same(indicator.single(walk(500), out=out[0, :500]), indicator.single(walk(500)))

    @needs_timer
    def test_a_handler_that_raises_nothing_leaves_the_call_alone(self) -> None:
        indicator = type(self).indicator
        data, ranges = walk(20_000), _ranges_of_a_tenth(indicator)
        expected = indicator.batch(data, **ranges)["values"]
        nested: list[Array] = []

        def serve(*_: object) -> None:
            nested.append(indicator.single(data[:500]))

        with ticking(serve):
            result = indicator.batch(data, **ranges, kernel="scalar", threads=1)["values"]
        same(result, expected)
        # Signals that wait for the end of a call are served once.
        assert len(nested) > 1
        for values in nested:
            same(values, indicator.single(data[:500]))

    @pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT for one process")
    def test_a_call_on_another_thread_runs_to_its_end(self) -> None:
        indicator = type(self).indicator
        data, ranges = walk(20_000), _ranges_of_a_tenth(indicator)
        expected = indicator.batch(data, **ranges)["values"]
        results: list[Array] = []

        def work() -> None:
            results.append(indicator.batch(data, **ranges, kernel="scalar")["values"])

        def interrupt_this_thread() -> None:
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)
            thread.join()

        thread = threading.Thread(target=work)
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        thread.start()
        try:
            with pytest.raises(KeyboardInterrupt):
                interrupt_this_thread()
        finally:
            thread.join()
            signal.signal(signal.SIGINT, handler)
        same(results[0], expected)
