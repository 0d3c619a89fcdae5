"""The script that counts regenerated bindings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tides import BATCH, CORE, SINGLE

SCRIPT = Path(__file__).parents[2] / "benchmarks/count_regenerated.py"
REGION = (
    "// bindcheck: begin tide/single template=1 interface=kept hash=0\n"
    f"{SINGLE}"
    "// bindcheck: end tide/single\n"
)


def crate(folder: Path) -> Path:
    """One binding in a region, one outside of any."""
    (folder / "src").mkdir()
    (folder / "src/tide.rs").write_text(CORE + REGION + BATCH)
    return folder


def test_regions_and_bindings_by_hand_are_counted(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(crate(tmp_path)), "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "single",
        "1",
        "regenerated",
        "of",
        "1",
        "regions,",
        "1",
        "keep",
        "an",
        "interface",
    ]
    assert lines[1].split()[1] == "0"
    assert lines[3].split()[:3] == ["by", "hand", "1"]
    assert lines[4].endswith(": tide_grid_py")


def test_a_reader_that_ends_early_is_no_error(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(crate(tmp_path))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
