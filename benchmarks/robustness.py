"""Audit damaged Rust sources: no traceback, no hang, nothing said of a place outside the file.

    python benchmarks/robustness.py PATH [--mutants 3] [--seed 1] [--limit 20] [--keep FOLDER]

Each Rust file below PATH is cut off or damaged in several ways, and audited by itself with every
rule. Printed are counts and the slowest input; the exit status is 1 if anything went wrong, and
`--keep` writes the inputs that did.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from bindcheck.audit import audit
from bindcheck.findings import Finding
from bindcheck.results import AuditReport
from bindcheck.testing import config_of, inputs_from

FILE = "src/lib.rs"
PIECES = (
    *"{}()[]<>\"'/*#!;,|&=.:\\\n",
    'r#"',
    '"#',
    "/*",
    "*/",
    "//",
    "fn f(",
    "#[pyfunction]",
    "#[cfg(",
    "impl X {",
    "macro_rules! m {",
    "mod m {",
    "match x {",
    "..=",
    "=>",
    "'a",
    "é",
    "\r\n",
    "py.allow_threads(|| ",
)


class TooSlowError(Exception):
    """An audit took longer than the limit."""


def cut(random_: random.Random, text: str) -> str:
    """The beginning of a file."""
    return text[: random_.randrange(len(text) + 1)]


def beheaded(random_: random.Random, text: str) -> str:
    """The end of a file."""
    return text[random_.randrange(len(text) + 1) :]


def without(random_: random.Random, text: str) -> str:
    """A file that lacks a stretch."""
    at = random_.randrange(len(text) + 1)
    return text[:at] + text[at + random_.randrange(1, 200) :]


def doubled(random_: random.Random, text: str) -> str:
    """A file with a stretch that stands there twice."""
    at = random_.randrange(len(text) + 1)
    end = at + random_.randrange(1, 400)
    return text[:end] + text[at:]


def with_pieces(random_: random.Random, text: str) -> str:
    """A file with marks where none belong."""
    for _ in range(random_.randrange(1, 6)):
        at = random_.randrange(len(text) + 1)
        removed = random_.choice((0, 0, 1, 5))
        text = text[:at] + random_.choice(PIECES) + text[at + removed :]
    return text


def without_lines(random_: random.Random, text: str) -> str:
    """A file with some lines left out."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if random_.random() > 5 / (len(lines) + 5)]
    return "".join(kept)


def with_lines_swapped(random_: random.Random, text: str) -> str:
    """A file with two lines in each other's place."""
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        first, second = random_.sample(range(len(lines)), 2)
        lines[first], lines[second] = lines[second], lines[first]
    return "".join(lines)


DAMAGES: tuple[Callable[[random.Random, str], str], ...] = (
    cut,
    beheaded,
    without,
    doubled,
    with_pieces,
    without_lines,
    with_lines_swapped,
)


def audited(text: str, target_pyo3: str | None = None) -> AuditReport:
    """The audit of a crate that is this one file, with every rule."""
    inputs = inputs_from({FILE: text}, target_pyo3=target_pyo3)
    return audit(inputs, config_of(target_pyo3=target_pyo3))


def outside(text: str, report: AuditReport) -> Iterator[str]:
    """What a report says of places that the file does not have."""
    lines = text.split("\n")
    size = len(text.encode())
    for finding in (*report.findings, *(one.finding for one in report.ignored)):
        yield from _misplaced(finding, lines)
        for edit in finding.fix.edits if finding.fix is not None else ():
            start, end = edit.start_byte, edit.end_byte
            if not 0 <= start <= end <= size:
                yield f"{finding.code}: edit of bytes {start} to {end} of {size}"
    for entry in (*report.unanalysed, *report.skipped):
        if entry.line is not None and not 1 <= entry.line <= len(lines):
            yield f"line {entry.line} of {len(lines)}: {entry.reason}"


def _misplaced(finding: Finding, lines: list[str]) -> Iterator[str]:
    place = finding.location
    if not place.path.endswith(".rs"):
        return
    if place.path != FILE:
        yield f"{finding.code}: in {place.path}"
    ends = ((place.line, place.column), (place.end_line, place.end_column))
    if ends[0] > ends[1]:
        yield f"{finding.code}: {ends[0]} after {ends[1]}"
    for line, column in ends:
        if not 1 <= line <= len(lines) or not 1 <= column <= len(lines[line - 1]) + 1:
            yield f"{finding.code}: {line}:{column} is outside"


def trouble(text: str, limit: float, target_pyo3: str | None = None) -> str | None:
    """What goes wrong with a source, None if nothing does."""

    def stop(number: int, frame: object) -> None:
        del number, frame
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        said = next(outside(text, audited(text, target_pyo3)), None)
    except TooSlowError:
        return f"more than {limit:g} s: {traceback.format_exc(limit=-6)}"
    except Exception:
        return traceback.format_exc(limit=-8)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return said


def mutants(path: Path, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Damaged forms of a file, each with the name of what was done to it."""
    text = path.read_text(encoding="utf-8", errors="replace")
    random_ = random.Random(f"{seed}:{path.name}:{len(text)}")
    for _ in range(count):
        damage = random_.choice(DAMAGES)
        yield damage.__name__, damage(random_, text)


def main() -> None:
    """Damage, audit and count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--mutants", type=int, default=3, help="damaged forms of each file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take only every so many files")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds for one audit")
    parser.add_argument("--target-pyo3", metavar="VERSION")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that go wrong")
    options = parser.parse_args()
    files = sorted(options.path.rglob("*.rs"))[:: options.every]
    done: Counter[str] = Counter()
    wrong: list[str] = []
    slowest, slowest_name = 0.0, ""
    for path in files:
        for number, (name, text) in enumerate(mutants(path, options.mutants, options.seed)):
            began = time.process_time()
            said = trouble(text, options.limit, options.target_pyo3)
            took = time.process_time() - began
            done[name] += 1
            if took > slowest:
                slowest, slowest_name = took, f"{path} ({name}, {len(text)} characters)"
            if said is not None:
                wrong.append(f"{path}, {name} number {number}: {said}")
                print(wrong[-1], flush=True)
                if options.keep is not None:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{len(wrong)}-{path.name}").write_text(text)
    print(f"{len(files)} files, {done.total()} damaged sources: {len(wrong)} went wrong")
    print(", ".join(f"{name} {count}" for name, count in sorted(done.items())))
    print(f"slowest {slowest:.2f} s: {slowest_name}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
