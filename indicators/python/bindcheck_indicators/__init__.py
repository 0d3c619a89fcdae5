"""Technical indicators over NumPy arrays.

Every indicator is a function ``name``, a function ``name_batch`` for grids of parameters and a
class ``NameStream`` for one value at a time. Inputs are one-dimensional float64 arrays of any
layout; work runs without the GIL, so no other thread, and no handler of a signal, may write to an
input or resize it before the call returns. An interrupt ends any call in the main thread.
"""

from bindcheck_indicators import _core
from bindcheck_indicators._core import *  # noqa: F403 - the native module lists its own names

__all__ = sorted(_core.__all__)
