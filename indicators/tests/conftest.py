"""Makes the shared contract importable, leaves the tests out where the extension is not built.

With ``BINDCHECK_REQUIRE_EXTENSION=1`` in the environment a missing extension is an error instead.
"""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

BUILT = importlib.util.find_spec("bindcheck_indicators") is not None
REQUIRED = os.environ.get("BINDCHECK_REQUIRE_EXTENSION", "") not in ("", "0")
collect_ignore_glob = [] if BUILT else ["test_*.py"]

if REQUIRED and not BUILT:
    raise pytest.UsageError(
        "bindcheck_indicators is not installed, and BINDCHECK_REQUIRE_EXTENSION asks for it"
    )


def pytest_report_header() -> str:
    return "indicators: built" if BUILT else "indicators: not built, their tests are left out"
