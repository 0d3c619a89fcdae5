"""Cases as a TOML file, to be edited by hand and read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bindcheck.bench.samples import Case
from bindcheck.bench.sweeps import BLANK
from bindcheck.fact import replace

_MARK = "# Cases for `bindcheck bench --cases FILE`."
_HEAD = f"""\
{_MARK} One entry is one call, the same for both sides.
# A list of three numbers is a sweep: start, stop (inclusive), step.
"""
_BLANKS = f"""\
# No default is known of what is "{BLANK}": write a value, of a batch perhaps a sweep.
"""


def is_case_file(path: Path) -> bool:
    """Whether a file begins as one that was written by `--write-cases`."""
    if path.suffix != ".toml":
        return False
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK.encode()
    return False


def case_text(cases: Sequence[Case]) -> str:
    """The cases as a file; those that differ in size alone share an entry.

    What nobody has given a value yet is told at the head.
    """
    # Loaded only here: a run that measures writes no TOML.
    import tomli_w

    sizes: dict[Case, list[int]] = {}
    for one in cases:
        sizes.setdefault(replace(one, name="", cols=0), []).append(one.cols)
    entries = [_entry(case, found) for case, found in sizes.items()]
    head = _HEAD + _BLANKS if blanks(cases) else _HEAD
    return f"{head}\n{tomli_w.dumps({'case': entries})}"


def blanks(cases: Iterable[Case]) -> tuple[str, ...]:
    """The parameters that have to be filled in, as `indicator.parameter`, each once."""
    found = (
        f"{case.indicator}.{one.name}"
        for case in cases
        for one in case.arguments
        if one.value == BLANK
    )
    return tuple(dict.fromkeys(found))


def _entry(case: Case, sizes: list[int]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "indicator": case.indicator,
        "kind": case.kind.value,
        "sizes": sizes,
        "layout": case.layout.value,
        "out": case.out,
        "seed": case.seed,
        "arguments": {
            one.name: list(one.value) if isinstance(one.value, tuple) else one.value
            for one in case.arguments
            if one.value is not None
        },
    }
    if case.kernel is not None:
        entry["kernel"] = case.kernel
    if case.threads is not None:
        entry["threads"] = case.threads
    return entry
