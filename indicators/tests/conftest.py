"""Makes the shared contract importable, leaves the tests out where the extension is not built."""

import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

BUILT = importlib.util.find_spec("bindcheck_indicators") is not None
collect_ignore_glob = [] if BUILT else ["test_*.py"]


def pytest_report_header() -> str:
    return "indicators: built" if BUILT else "indicators: not built, their tests are left out"
