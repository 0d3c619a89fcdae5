"""One run of the tuner as a whole: what it found, where, and of what."""

from __future__ import annotations

import json

from bindcheck import __version__
from bindcheck.bench.codec import encode
from bindcheck.bench.crossover import Tuning
from bindcheck.bench.samples import Provenance
from bindcheck.fact import fact

SCHEMA_VERSION = 1
KIND = "bindcheck-tune"


@fact
class Refused:
    """An indicator without a result, why, and the exit status that it costs."""

    indicator: str
    reason: str
    status: int


@fact
class Tunings:
    """All results of one command line, and the indicators that have none.

    `started`: ISO 8601 with zone. `budget_s`: seconds that were allowed, None without a limit.
    `interrupted`: something ended it, or was left out for want of time.
    """

    provenance: Provenance
    started: str
    budget_s: float | None
    interrupted: bool
    tunings: tuple[Tuning, ...]
    refused: tuple[Refused, ...] = ()


def to_json(run: Tunings) -> str:
    """The results file, and what `--output-format json` prints."""
    head: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": {"name": "bindcheck", "version": __version__},
    }
    results: dict[str, object] = encode(run)
    return f"{json.dumps(head | results, indent=2, ensure_ascii=False, allow_nan=False)}\n"
