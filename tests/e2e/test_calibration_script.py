"""`benchmarks/bench_calibration.py` from its start to its table, once, and on from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.cargo

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks/bench_calibration.py"


def run(output: Path, *arguments: str) -> tuple[str, dict[str, Any]]:
    """What the script prints, and the file that it keeps."""
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    command = [sys.executable, str(SCRIPT), "--output", str(output), "--seconds", "1", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tool")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout, json.loads(output.read_text())


def test_a_run_is_judged_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    output = tmp_path / "trials.json"
    series = ("--force", "--sweeps", "0", "--only", "A/A native, 6 µs", "1.0%, 6 µs, python/native")
    said, first = run(output, "--trials", "1", *series)
    names = [one["series"] for one in first["trials"]]
    assert names == [
        "A/A native, 6 µs",
        "gate between two runs, planted 1.0%, 6 µs, python/native",
        "A/A native, 6 µs, one busy process beside",
    ]
    control, planted, _ = first["trials"]
    assert abs(control["value"] - 1.0) < 0.05
    assert 0.005 < planted["planted"] < 0.02
    assert all(one["processes"] == 5 for one in first["trials"])
    assert "PASS  trials made: 3; wanted: 3\n" in said
    assert first["setup"]["seconds"] == 1.0
    _, second = run(output, "--trials", "2", "--resume", *series)
    assert second["trials"][:3] == first["trials"]
    assert len(second["trials"]) == 6
    assert second["setup"] == first["setup"]
