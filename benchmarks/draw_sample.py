"""Draw findings and entry points of a crate for reading by hand, the same ones for the same seed.

    python benchmarks/draw_sample.py PATH [--manifest-path FILE] [--findings 20] [--entries 30]

Prints `finding` lines (at most so many of each rule and confidence) to judge precision, and `entry`
lines to judge recall: read each in full, list its faults, and see which ones the audit reports.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.findings import Finding
from bindcheck.load import load
from bindcheck.model import EntryKind, EntryPoint


def main() -> None:
    options = arguments()
    inputs, config = load(
        Options(paths=(options.path,), manifest_path=options.manifest_path, select=("ALL",))
    )
    findings = audit(inputs, config).findings
    draw = random.Random(options.seed)
    for finding in drawn(findings, options.findings, draw):
        place = finding.location
        print(
            f"finding {place.path}:{place.line}: {finding.code} {finding.confidence} "
            f"{finding.item}: {finding.message}"
        )
    program = inputs.program
    entries = [entry for entry in program.entries if callable_here(entry, program.reported)]
    for entry in sorted(
        draw.sample(entries, min(options.entries, len(entries))), key=lambda one: one.ref
    ):
        function = program.function(entry.ref)
        line = program.location(entry.ref.path, function.name_span).line
        print(f"entry {entry.ref.path}:{line}: {entry.rust_name}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--manifest-path", type=Path)
    parser.add_argument("--findings", type=int, default=20)
    parser.add_argument("--entries", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def drawn(findings: tuple[Finding, ...], count: int, draw: random.Random) -> list[Finding]:
    """At most `count` findings of each rule and confidence."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.code, finding.confidence].append(finding)
    return [
        finding
        for _, group in sorted(groups.items())
        for finding in sorted(
            draw.sample(group, min(count, len(group))), key=lambda one: one.location
        )
    ]


def callable_here(entry: EntryPoint, reported: Callable[[str], bool]) -> bool:
    return (
        entry.active
        and entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD)
        and reported(entry.ref.path)
    )


if __name__ == "__main__":
    main()
