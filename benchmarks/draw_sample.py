"""Draw findings and entry points of a crate for reading by hand, the same ones for the same seed.

    python benchmarks/draw_sample.py PATH --into FOLDER [--manifest-path FILE] [--findings 20]
        [--entries 30] [--seed 1]

Writes two files, so that who judges recall does not see what the audit says. `FOLDER/entries.txt`
has `entry` lines: read each in full, list its faults, and only then see which ones the audit
reports. `FOLDER/findings.txt` has `finding` lines (at most so many of each rule and confidence) to
judge precision. Each is drawn for itself: which entries are drawn does not depend on the rules.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.findings import Finding
from bindcheck.load import load
from bindcheck.model import EntryKind, EntryPoint
from bindcheck.write import write_text


def main() -> None:
    options = arguments()
    inputs, config = load(
        Options(paths=(options.path,), manifest_path=options.manifest_path, select=("ALL",))
    )
    findings = drawn(audit(inputs, config).findings, options.findings, random.Random(options.seed))
    entries = drawn_entries(inputs.program, options.entries, random.Random(options.seed))
    save(options.into / "findings.txt", (finding_line(one) for one in findings))
    save(options.into / "entries.txt", (entry_line(inputs.program, one) for one in entries))


def finding_line(finding: Finding) -> str:
    place = finding.location
    said = f"{finding.code} {finding.confidence} {finding.item}: {finding.message}"
    return f"finding {place.path}:{place.line}: {said}"


def entry_line(program: Program, entry: EntryPoint) -> str:
    function = program.function(entry.ref)
    line = program.location(entry.ref.path, function.name_span).line
    return f"entry {entry.ref.path}:{line}: {entry.rust_name}"


def save(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = list(lines)
    write_text(path, "".join(f"{line}\n" for line in text))
    print(f"{path}: {len(text)} drawn")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--into", type=Path, required=True)
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


def drawn_entries(program: Program, count: int, draw: random.Random) -> list[EntryPoint]:
    """At most `count` functions and methods that Python calls, in source order."""
    found = [one for one in program.entries if callable_here(one, program.reported)]
    return sorted(draw.sample(found, min(count, len(found))), key=lambda one: one.ref)


def callable_here(entry: EntryPoint, reported: Callable[[str], bool]) -> bool:
    return (
        entry.active
        and entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD)
        and reported(entry.ref.path)
    )


if __name__ == "__main__":
    main()
