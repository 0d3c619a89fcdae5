"""Time `bindcheck audit PATH` beside `ast-grep scan` with five rules on the same tree, in one run.

    python benchmarks/audit_speed.py PATH [--runs 5]

The two commands alternate; each is a fresh process. Printed are the medians with their range, and
the ratio of each pair, because a shared machine's speed drifts between runs. `ast-grep` comes from
the PyPI package `ast-grep-cli`; its five rules (beside this script) look for the words that a text
search would look for, and know nothing of relations.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

RULES = Path(__file__).parent / "ast_grep_rules" / "rules.yml"


def seconds(command: list[str]) -> float:
    """Wall time of one run; output is read and dropped."""
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    took = time.perf_counter() - started
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return took


def spread(values: list[float], unit: str) -> str:
    """Median and range."""
    return f"{statistics.median(values):.2f} {unit} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    ast_grep = shutil.which("ast-grep") or shutil.which(
        "ast-grep", path=str(Path(sys.executable).parent)
    )
    if ast_grep is None:
        sys.exit("ast-grep is not installed: pip install ast-grep-cli")
    ours = [sys.executable, "-m", "bindcheck", "audit", str(options.path)]
    theirs = [ast_grep, "scan", "--rule", str(RULES), str(options.path)]
    seconds(ours)
    seconds(theirs)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(options.runs)]
    print(f"bindcheck audit   {spread([ours for ours, _ in pairs], 's')}")
    print(f"ast-grep, 5 rules {spread([theirs for _, theirs in pairs], 's')}")
    print(f"ratio per pair    {spread([ours / theirs for ours, theirs in pairs], 'x')}")


if __name__ == "__main__":
    main()
