"""The results file: one JSON object, versioned (docs/bench.md, docs/bench.schema.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bindcheck import __version__
from bindcheck.bench.codec import Misfit, decode, encode
from bindcheck.bench.outcome import Outcome
from bindcheck.errors import BindcheckError
from bindcheck.fact import field_names
from bindcheck.write import write_text

if TYPE_CHECKING:
    from bindcheck.bench.compare import Gate

SCHEMA_VERSION = 1
KIND = "bindcheck-bench"


def to_json(outcome: Outcome, *, indent: int | None = 2, gate: Gate | None = None) -> str:
    """The results file; with `indent` None on one line, as the history keeps it.

    A report has the `gate` too.
    """
    separators = None if indent else (",", ":")
    data = as_data(outcome) | ({} if gate is None else {"gate": _gate(gate)})
    text = json.dumps(
        data, indent=indent, separators=separators, ensure_ascii=False, allow_nan=False
    )
    return text + "\n"


def as_data(outcome: Outcome) -> dict[str, object]:
    """The object of the results file."""
    head: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": {"name": "bindcheck", "version": __version__},
    }
    results: dict[str, object] = encode(outcome)
    return head | results


def _gate(gate: Gate) -> dict[str, object]:
    """The changes against a baseline, without the comparisons themselves."""
    changes = [
        {
            "case": one.new.case.name,
            "sides": list(one.new.sides),
            "state": one.new.state.value,
            **{
                name: encode(getattr(one, name))
                for name in field_names(type(one))
                if name not in ("new", "old")
            },
        }
        for one in gate.moved
    ]
    return {
        "baseline": gate.baseline,
        "fail_over": gate.fail_over,
        "failed": gate.failed,
        "uncertain": gate.uncertain,
        "missing": list(gate.missing),
        "lost": list(gate.lost),
        "gone": list(gate.gone),
        "wrong": list(gate.wrong),
        "changes": changes,
        "left_out": list(gate.left_out),
        "notes": list(gate.notes),
    }


def from_json(text: str, path: Path, line: int | None = None) -> Outcome:
    """The results in `text`, which stands in `path`; a BindcheckError if it is something else."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise BindcheckError(f"is not JSON: {error}", path, line) from error
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise BindcheckError("holds no results of `bindcheck bench`", path, line)
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        told = f"results of schema version {version!r}; this bindcheck reads {SCHEMA_VERSION}"
        raise BindcheckError(told, path, line)
    try:
        return decode(Outcome, data)
    except Misfit as error:
        raise BindcheckError(f"damaged results: {error}", path, line) from error


def read(path: Path) -> Outcome:
    """The results in a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise BindcheckError("is not UTF-8", path) from error
    return from_json(text, path)


def write(outcome: Outcome, path: Path) -> None:
    """Replace the results file as a whole; when that fails, the earlier results are still there."""
    write_text(path, to_json(outcome))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
