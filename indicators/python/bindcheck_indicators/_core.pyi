from typing import Literal, TypeAlias, TypedDict, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AlmaStream",
    "KamaStream",
    "TrendFlexStream",
    "alma",
    "alma_batch",
    "kama",
    "kama_batch",
    "trendflex",
    "trendflex_batch",
]

_Kernel: TypeAlias = Literal["auto", "scalar", "avx2", "avx512", "neon"]

class _AlmaBatch(TypedDict):
    values: NDArray[np.float64]
    periods: NDArray[np.uintp]
    offsets: NDArray[np.float64]
    sigmas: NDArray[np.float64]

def alma(
    data: NDArray[np.float64],
    period: int = 9,
    offset: float = 0.85,
    sigma: float = 6.0,
    kernel: _Kernel | None = None,
    *,
    out: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Arnaud Legoux moving average.

    Args:
        data: one-dimensional float64 array of any layout; it must not be written or resized before
            the call returns.
        period: length of the window, from 1 to ``len(data)``.
        offset: where the window peaks, from 0 (oldest value) to 1 (newest).
        sigma: sharpness of the window, above 0.
        kernel: instruction set; all agree bit for bit.
        out: float64 array of the shape of ``data``, C-contiguous, aligned, writable and apart from
            ``data``; it is returned, and unspecified after an exception.

    Returns:
        Array of the shape of ``data``. With the first number at ``f``, values before
        ``f + period - 1`` are NaN.

    Raises:
        ValueError: a parameter is out of range, ``data`` is empty or all NaN or has fewer than
            ``period`` values from its first number on, the kernel is unknown or not available
            here, or ``out`` does not fit.
        TypeError: ``data`` or ``out`` is no float64 array, or masked.
        MemoryError: the result does not fit into memory.
        KeyboardInterrupt: on Ctrl-C, within about 50 ms; other handlers of signals run as well, in
            the main thread.
    """

def alma_batch(
    data: NDArray[np.float64],
    period_range: tuple[int, int, int],
    offset_range: tuple[float, float, float],
    sigma_range: tuple[float, float, float],
    kernel: _Kernel | None = None,
    *,
    threads: int | None = None,
    out: NDArray[np.float64] | None = None,
) -> _AlmaBatch:
    """Arnaud Legoux moving average for every combination of parameters.

    Args:
        data: one-dimensional float64 array of any layout; it must not be written or resized before
            the call returns.
        period_range: ``(start, end, step)``, end inclusive; step 0 means the start alone. Varies
            slowest.
        offset_range: as above.
        sigma_range: as above. Varies fastest.
        kernel: instruction set; all agree bit for bit.
        threads: number of threads, None for all that this process may use.
        out: float64 matrix of the shape of ``values``, C-contiguous, aligned, writable and apart
            from ``data``; it becomes ``values``, and is unspecified after an exception.

    Returns:
        ``values`` of shape (combinations, ``len(data)``), and one array of length combinations per
        parameter.

    Raises:
        ValueError: as ``alma`` for any combination, or a range is reversed, not finite or too long.
        TypeError: as ``alma``.
        MemoryError: the result does not fit into memory.
        KeyboardInterrupt: as ``alma``.
    """

@final
class AlmaStream:
    """Arnaud Legoux moving average, one value at a time.

    Room for ``period`` values is reserved at the start, with a MemoryError if there is none;
    ``update`` allocates nothing. Parameters and errors are those of ``alma``.
    """

    def __new__(cls, period: int = 9, offset: float = 0.85, sigma: float = 6.0) -> AlmaStream: ...
    def update(self, value: float) -> float | None:
        """Take the next value; None before ``period`` values came, leading NaN not counted."""

# bindcheck: begin kama/stub template=1 hash=b2e71ba63d82
class _KamaBatch(TypedDict):
    values: NDArray[np.float64]
    periods: NDArray[np.uintp]

def kama(
    data: NDArray[np.float64],
    period: int = 30,
    kernel: _Kernel | None = None,
    *,
    out: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """KAMA of a series.

    Args:
        data: one-dimensional float64 array of any layout; it must not be written
            or resized before the call returns.
        period: over how many differences efficiency is measured, at least 1; default 30.
        kernel: instruction set; None or "auto" for the fastest.
        out: float64 array of the shape of ``data``, C-contiguous, aligned, writable and apart
            from the inputs; it is returned, and unspecified after an exception.

    Returns:
        float64 array of the shape of ``data``; NaN during the warm-up.

    Raises:
        ValueError: a parameter is out of range, the input is empty, all NaN or too short, or the
            kernel is unknown or not available here.
        TypeError: an input is no one-dimensional array of its dtype.
        MemoryError: the result does not fit into memory.
        KeyboardInterrupt: on Ctrl-C, within about 50 ms; other handlers of signals run as well, in
            the main thread.
    """

def kama_batch(
    data: NDArray[np.float64],
    period_range: tuple[int, int, int],
    kernel: _Kernel | None = None,
    *,
    threads: int | None = None,
    out: NDArray[np.float64] | None = None,
) -> _KamaBatch:
    """KAMA of a series, for every combination of parameters.

    Args:
        data: one-dimensional float64 array of any layout; it must not be written
            or resized before the call returns.
        period_range: ``(start, end, step)``, end inclusive; step 0 means the start alone.
        kernel: instruction set; None or "auto" for the fastest.
        threads: number of threads, None for all that this process may use.
        out: float64 matrix of the shape of ``values``, C-contiguous, aligned, writable and apart
            from the inputs; it is unspecified after an exception.

    Returns:
        ``values`` of shape (combinations, ``len(data)``), and one array
        of length combinations per swept parameter.

    Raises:
        ValueError: as for one call, for any combination; or a range is reversed or too long.
        TypeError: as for one call.
        MemoryError: the result does not fit into memory.
        KeyboardInterrupt: as for one call.
    """

@final
class KamaStream:
    """KAMA of a series, one value at a time.

    Parameters and errors are those of a single call.
    """

    def __new__(
        cls,
        period: int = 30,
    ) -> KamaStream: ...
    def update(self, value: float) -> float | None:
        """Take the next value; the result is that of a single call at the same place."""

# bindcheck: end kama/stub

# bindcheck: begin trendflex/stub template=1 hash=a952ddf1a51b
class _TrendFlexBatch(TypedDict):
    values: NDArray[np.float64]
    periods: NDArray[np.uintp]

def trendflex(
    data: NDArray[np.float64],
    period: int = 20,
    kernel: _Kernel | None = None,
    *,
    out: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """TrendFlex of a series.

    Args:
        data: one-dimensional float64 array of any layout; it must not be written
            or resized before the call returns.
        period: over how many values the sum reaches, at least 1; default 20.
        kernel: instruction set; None or "auto" for the fastest.
        out: float64 array of the shape of ``data``, C-contiguous, aligned, writable and apart
            from the inputs; it is returned, and unspecified after an exception.

    Returns:
        float64 array of the shape of ``data``; NaN during the warm-up.

    Raises:
        ValueError: a parameter is out of range, the input is empty, all NaN or too short, or the
            kernel is unknown or not available here.
        TypeError: an input is no one-dimensional array of its dtype.
        MemoryError: the result does not fit into memory.
        KeyboardInterrupt: on Ctrl-C, within about 50 ms; other handlers of signals run as well, in
            the main thread.
    """

def trendflex_batch(
    data: NDArray[np.float64],
    period_range: tuple[int, int, int],
    kernel: _Kernel | None = None,
    *,
    threads: int | None = None,
    out: NDArray[np.float64] | None = None,
) -> _TrendFlexBatch:
    """TrendFlex of a series, for every combination of parameters.

    Args:
        data: one-dimensional float64 array of any layout; it must not be written
            or resized before the call returns.
        period_range: ``(start, end, step)``, end inclusive; step 0 means the start alone.
        kernel: instruction set; None or "auto" for the fastest.
        threads: number of threads, None for all that this process may use.
        out: float64 matrix of the shape of ``values``, C-contiguous, aligned, writable and apart
            from the inputs; it is unspecified after an exception.

    Returns:
        ``values`` of shape (combinations, ``len(data)``), and one array
        of length combinations per swept parameter.

    Raises:
        ValueError: as for one call, for any combination; or a range is reversed or too long.
        TypeError: as for one call.
        MemoryError: the result does not fit into memory.
        KeyboardInterrupt: as for one call.
    """

@final
class TrendFlexStream:
    """TrendFlex of a series, one value at a time.

    Parameters and errors are those of a single call.
    """

    def __new__(
        cls,
        period: int = 20,
    ) -> TrendFlexStream: ...
    def update(self, value: float) -> float | None:
        """Take the next value; the result is that of a single call at the same place."""

# bindcheck: end trendflex/stub
