from bindcheck_indicators._core import *  # noqa: F403 - the stub of the native module
from bindcheck_indicators._core import __all__ as __all__
