"""Time `bindcheck audit PATH` beside `ast-grep scan` with five rules on the same tree, in one run.

    python benchmarks/audit_speed.py PATH [--runs 5] [--copies 10]

The commands alternate, each in a fresh process: the audit with nothing in its cache, the audit with
all of it there, the audit after a change in one file, for several kinds of change, and `ast-grep`.
Printed are medians of wall and processor time with their range, and the ratios of each pair,
because a shared machine's speed drifts between runs. Then come the summed memory (PSS) of all
processes of a cold audit, and the time for a crate that holds several copies of the tree.

All happens on a copy of the crate in a temporary folder. `ast-grep` comes from the PyPI package
`ast-grep-cli`; its five rules (beside this script) look for the words that a text search would look
for, and know nothing of relations.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

RULES = Path(__file__).parent / "ast_grep_rules" / "rules.yml"
LEFT_OUT = shutil.ignore_patterns("target", ".git", "node_modules", "__pycache__")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds on the clock and of processor time."""

    wall: float
    processor: float


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Took:
    """Run a command once; output is read and dropped."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(wall, processor)


def memory(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """The most MB (PSS) that all processes of a command had together."""
    running = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    most = 0
    while running.poll() is None:
        most = max(most, sum(map(_pss, _family(running.pid))))
        time.sleep(0.01)
    return most / 1024


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in _listed(f"/proc/{one}/task"):
            found += [int(child) for child in _text(f"/proc/{one}/task/{task}/children").split()]
    return found


def _listed(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _pss(pid: int) -> int:
    lines = _text(f"/proc/{pid}/smaps_rollup").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


KERNEL = re.compile(rb"(?m)^fn \w+[^{}#]*\{\n(?=[^}#]*\bfor )|^pub fn \w+_scalar\([^{}#]*\{\n")
BINDING = re.compile(rb"#\[pyfunction[^{}]*\bfn [^{}]*\{\n")


def _is_typical(file: Path) -> bool:
    source = file.read_bytes()
    return bool(KERNEL.search(source)) and bool(BINDING.search(source))


def _stated(pattern: re.Pattern[bytes]) -> Callable[[bytes], bytes]:
    """A statement more at the start of a body."""
    return lambda source: pattern.sub(rb"\g<0>    let _unused = 1;\n", source, count=1)


EDITS: Mapping[str, Callable[[bytes], bytes]] = {
    "a line moved the rest": lambda source: b"\n" + source,
    "a comment": lambda source: source.rstrip() + b"\n\n// changed\n",
    "a kernel": _stated(KERNEL),
    "a binding": _stated(BINDING),
    "a function more": lambda source: source + b"\nfn added(x: f64) -> f64 {\n    x\n}\n",
    "a binding less": lambda source: re.sub(rb"#\[pyfunction[^\n]*\n", b"", source, count=1),
    "module: a comment": lambda source: source.rstrip() + b"\n\n// changed\n",
    "module: a binding less": lambda source: re.sub(
        rb"\n[^\n]*\.add_function\(wrap_pyfunction![^;]*;", b"", source, count=1
    ),
}


class Bench:
    """The commands on one copy of a crate."""

    def __init__(self, root: Path, path: Path, ast_grep: str, cache: Path):
        self._root = root
        self._cache = cache
        self._full = cache.with_name("full")
        self._environment = {
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            "BINDCHECK_CACHE_DIR": str(cache),
        }
        self._ours = [sys.executable, "-m", "bindcheck", "audit", str(path)]
        self._theirs = [ast_grep, "scan", "--rule", str(RULES), str(path)]
        files = sorted((root / path).rglob("*.rs"))
        self._edited = max(files, key=_is_typical)
        self._module = max(files, key=lambda file: file.read_bytes().count(b"wrap_pyfunction!"))

    def cold(self) -> Took:
        """With nothing in the cache."""
        shutil.rmtree(self._cache, ignore_errors=True)
        return self._audit()

    def warm(self) -> Took:
        """With everything in the cache."""
        return self._audit()

    def changed(self, kind: str) -> Took:
        """With everything in the cache but one file, which has changed in a way of `EDITS`."""
        path = self._module if kind.startswith("module") else self._edited
        source = path.read_bytes()
        edited = EDITS[kind](source)
        if edited == source:
            sys.exit(f"{path}: nothing to change: {kind}")
        path.write_bytes(edited)
        took = self._audit()
        path.write_bytes(source)
        # The next time the change must not be known.
        shutil.rmtree(self._cache, ignore_errors=True)
        shutil.copytree(self._full, self._cache)
        return took

    def fill(self) -> None:
        """Keep what the cache holds after one audit."""
        self.cold()
        shutil.rmtree(self._full, ignore_errors=True)
        shutil.copytree(self._cache, self._full)

    def ast_grep(self) -> Took:
        """The other tool."""
        return run(self._theirs, self._root, self._environment)

    def memory(self) -> float:
        """Of a cold audit."""
        shutil.rmtree(self._cache, ignore_errors=True)
        return memory(self._ours, self._root, self._environment)

    def _audit(self) -> Took:
        return run(self._ours, self._root, self._environment)


def spread(values: Sequence[float], unit: str) -> str:
    """Median and range."""
    return f"{statistics.median(values):6.3f} {unit} ({min(values):.3f} to {max(values):.3f})"


def show(name: str, times: Sequence[Took], beside: Sequence[Took]) -> None:
    """One line of the result."""
    wall = spread([one.wall for one in times], "s")
    processor = statistics.median(one.processor for one in times)
    ratios = [one.wall / other.wall for one, other in zip(times, beside, strict=True)]
    print(f"{name:24}{wall}  processor {processor:.3f} s  ratio {spread(ratios, 'x')}")


def multiplied(root: Path, source: Path, copies: int) -> None:
    """Give a crate modules that are copies of all of its sources."""
    library = root / source / "lib.rs"
    text = library.read_text()
    names = [f"copy_{number}" for number in range(1, copies)]
    for name in names:
        kept = shutil.ignore_patterns(*names)
        shutil.copytree(root / source, root / source / name, ignore=kept)
        (root / source / name / "lib.rs").rename(root / source / name / "mod.rs")
    library.write_text(text + "".join(f"\npub mod {name};" for name in names) + "\n")


def crate_of(path: Path) -> Path:
    """The folder of the nearest Cargo.toml."""
    full = path.resolve()
    for folder in (full, *full.parents):
        if (folder / "Cargo.toml").is_file():
            return folder
    sys.exit(f"{path}: lies in no crate")


def measure(bench: Bench, runs: int) -> None:
    """Time all commands in turn and print what came of it."""
    commands: dict[str, Callable[[], Took]] = {
        "audit, cold": bench.cold,
        "audit, warm": bench.warm,
        **{kind: partial(bench.changed, kind) for kind in EDITS},
        "ast-grep, 5 rules": bench.ast_grep,
    }
    bench.fill()
    for command in commands.values():
        command()
    times: dict[str, list[Took]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(command())
    for name, found in times.items():
        show(name, found, times["ast-grep, 5 rules"])
    print(f"{'memory, cold':24}{bench.memory():6.0f} MB (PSS of all processes)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--copies", type=int, default=10, help="0: leave the larger crate out")
    options = parser.parse_args()
    ast_grep = shutil.which("ast-grep") or shutil.which(
        "ast-grep", path=str(Path(sys.executable).parent)
    )
    if ast_grep is None:
        sys.exit("ast-grep is not installed: pip install ast-grep-cli")
    crate = crate_of(options.path)
    path = options.path.resolve().relative_to(crate)
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder, "crate"), Path(folder, "cache")
        shutil.copytree(crate, root, ignore=LEFT_OUT)
        bench = Bench(root, path, ast_grep, cache)
        measure(bench, options.runs)
        if options.copies and (root / path / "lib.rs").is_file():
            one = statistics.median(bench.cold().wall for _ in range(3))
            multiplied(root, path, options.copies)
            many = bench.cold().wall
            print(f"{options.copies} copies{many:19.3f} s, {many / one:.2f} x the time of one")


if __name__ == "__main__":
    main()
