"""Times that other tools have measured, for their history only.

Criterion (`target/criterion`) and pytest-benchmark (JSON files) measure one side of a call at a
time, in a run of its own. Such a time is never the half of a pair: it gets no ratio and no verdict.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bindcheck.bench.changes import Change, changes
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact

CRITERION = "Criterion"
PYTEST = "pytest-benchmark"
_ESTIMATES = "estimates.json"
_BENCHMARK = "benchmark.json"


@fact
class ForeignRun:
    """The typical time of one call in ns, and when it was measured (ISO 8601)."""

    started: str
    commit: str
    ns: float


@fact
class ForeignSeries:
    """All times of one benchmark of one tool on one machine, oldest first.

    Criterion keeps no name of the machine and no commit. The changes are of the natural logarithm
    of the time.
    """

    tool: str
    name: str
    machine: str
    runs: tuple[ForeignRun, ...]
    changes: tuple[Change, ...]


_Key = tuple[str, str, str]
_Found = tuple[_Key, ForeignRun]


def read(paths: Iterable[Path]) -> tuple[ForeignSeries, ...]:
    """The series in folders of Criterion, and in files or folders of pytest-benchmark.

    A path without such a file is an error, a file that is damaged one with its path.
    """
    series: dict[_Key, dict[object, ForeignRun]] = {}
    for key, run in sorted((one for path in paths for one in _read(path)), key=_when):
        # Criterion copies the newest result: the very same number is the same measurement.
        same = run.ns if key[0] == CRITERION else run
        series.setdefault(key, {}).setdefault(same, run)
    return tuple(_series(key, list(series[key].values())) for key in sorted(series))


def _when(found: _Found) -> tuple[str, float]:
    return found[1].started, found[1].ns


def _series(key: _Key, runs: Sequence[ForeignRun]) -> ForeignSeries:
    return ForeignSeries(*key, tuple(runs), changes([math.log(one.ns) for one in runs]))


def _read(path: Path) -> list[_Found]:
    if not path.exists():
        raise BindcheckError("no such file or folder", path)
    if path.is_file():
        return _measured(path)
    found = [one for file in sorted(path.rglob("*.json")) for one in _recognised(file)]
    if not found:
        raise BindcheckError("holds no results of Criterion or pytest-benchmark", path)
    return found


def _recognised(file: Path) -> list[_Found]:
    """What a file in a folder holds; a folder may hold other files too."""
    if file.name == _ESTIMATES:
        # What Criterion keeps under `change` is a comparison, not a time.
        return _measured(file) if (file.parent / _BENCHMARK).is_file() else []
    data = _json(file)
    return _measured(file) if isinstance(data, dict) and "benchmarks" in data else []


def _measured(file: Path) -> list[_Found]:
    reader: Callable[[Path], Iterator[_Found]]
    reader = _criterion if file.name == _ESTIMATES else _pytest
    try:
        return list(reader(file))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        tool = CRITERION if file.name == _ESTIMATES else PYTEST
        told = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise BindcheckError(f"not as {tool} writes it: {told}", file) from error


def _criterion(file: Path) -> Iterator[_Found]:
    """`<benchmark>/new/estimates.json`; the slope is Criterion's own choice, if it has one."""
    estimates = _json(file)
    benchmark = _json(file.parent / _BENCHMARK)
    typical = estimates["slope"] if estimates.get("slope") else estimates["mean"]
    started = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    run = ForeignRun(started, "", _positive(typical["point_estimate"]))
    yield (CRITERION, str(benchmark["full_id"]), ""), run


def _pytest(file: Path) -> Iterator[_Found]:
    """A file of `--benchmark-json` or `--benchmark-save`: the median, in seconds there."""
    data = _json(file)
    machine = _machine(data["machine_info"])
    commit = (data.get("commit_info") or {}).get("id")
    revision = "" if commit in (None, "unversioned") else str(commit)
    started = datetime.fromisoformat(data["datetime"]).isoformat(timespec="seconds")
    for one in data["benchmarks"]:
        run = ForeignRun(started, revision, _positive(one["stats"]["median"]) * 1e9)
        yield (PYTEST, str(one["fullname"]), machine), run


def _machine(info: Any) -> str:
    """Processor and Python, as far as they are known."""
    python = info.get("python_version")
    known = ((info.get("cpu") or {}).get("brand_raw"), python and f"Python {python}")
    return ", ".join(str(one) for one in known if one)


def _positive(value: Any) -> float:
    number = float(value)
    if not 0.0 < number < math.inf:
        raise ValueError(f"{number} is no time")
    return number


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", file) from error
    except ValueError as error:
        raise BindcheckError(f"is not JSON: {error}", file) from error
