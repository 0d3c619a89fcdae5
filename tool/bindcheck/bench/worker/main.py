"""Reads one job as JSON from stdin, carries it out, writes the report as one line."""

from __future__ import annotations

import gc
import json
import sys

from bindcheck.bench.worker.measure import Worker
from bindcheck.bench.worker.phases import phases
from bindcheck.bench.worker.shim import Unmeasurable


def main() -> None:
    """Read a job, carry it out, write the report as one line."""
    job = json.load(sys.stdin)
    gc.disable()
    try:
        if job["task"] == "phases":
            result = phases(job)
        else:
            worker = Worker(job)
            worker.run()
            result = worker.report()
    except Unmeasurable as error:
        result = {"failures": [{"pair": None, "reason": str(error)}], "pairs": []}
    # Whatever others have printed, the answer has a line of its own.
    sys.stdout.write("\n")
    json.dump(result, sys.stdout)
    sys.stdout.write("\n")
