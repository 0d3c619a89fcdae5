"""Cases in a TOML file, to be edited by hand: read, written, and held against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bindcheck.bench.cases import Axes, expanded, rows_of
from bindcheck.bench.samples import Argument, Case, Kind, Layout, Scalar, Steps
from bindcheck.bench.texts import argument_text
from bindcheck.crate import TomlFile, read_toml
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace

_HEAD = """\
# Cases for `bindcheck bench --cases FILE`. One entry is one call, the same for both sides.
# A list of three numbers is a sweep: start, stop (inclusive), step.

"""
_KEYS = frozenset(
    {
        *("indicator", "kind", "sizes", "arguments", "python", "native"),
        *("kernel", "threads", "layout", "out", "seed"),
    }
)


def case_text(cases: Sequence[Case]) -> str:
    """The cases as a file; those that differ in size alone share an entry."""
    # Loaded only here: a run that measures writes no TOML.
    import tomli_w

    sizes: dict[Case, list[int]] = {}
    for one in cases:
        sizes.setdefault(replace(one, name="", cols=0), []).append(one.cols)
    entries = [_entry(case, found) for case, found in sizes.items()]
    return _HEAD + tomli_w.dumps({"case": entries})


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


def read_cases(path: Path) -> tuple[Case, ...]:
    """All cases of a file; whatever is wrong with one is a BindcheckError with its entry."""
    try:
        file = read_toml(path)
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
    entries = file.data.get("case")
    if not isinstance(entries, list) or not entries:
        raise BindcheckError("has no [[case]]", path)
    return tuple(case for at, one in enumerate(entries, 1) for case in _cases(file, one, at))


def _cases(file: TomlFile, entry: Any, number: int) -> tuple[Case, ...]:
    try:
        return _read(entry)
    except BindcheckError as error:
        raise BindcheckError(f"[[case]] {number}: {error.message}", file.path) from error
    except (KeyError, TypeError, ValueError) as error:
        raise BindcheckError(f"[[case]] {number}: {_why(error)}", file.path) from error


def _why(error: Exception) -> str:
    return f"lacks {error}" if isinstance(error, KeyError) else str(error)


def _read(entry: Mapping[str, Any]) -> tuple[Case, ...]:
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise BindcheckError(f"unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}")
    kind = Kind(entry["kind"])
    arguments = _arguments(entry)
    base = Case(
        name="",
        indicator=str(entry["indicator"]),
        kind=kind,
        rows=rows_of(arguments) if kind is Kind.BATCH else 1,
        cols=0,
        arguments=arguments,
        kernel=entry.get("kernel"),
        threads=entry.get("threads"),
        layout=Layout(entry.get("layout", "contiguous")),
        out=bool(entry.get("out", False)),
        seed=int(entry.get("seed", Axes().seed)),
    )
    axes = Axes(
        sizes=tuple(int(one) for one in entry["sizes"]),
        kernels=(base.kernel,),
        threads=(base.threads,),
        layouts=(base.layout,),
        outs=(base.out,),
    )
    return expanded(base, axes)


def _arguments(entry: Mapping[str, Any]) -> tuple[Argument, ...]:
    """The arguments of the case. What one side gets besides must be what the other side gets."""
    common = dict(entry.get("arguments", {}))
    python = common | dict(entry.get("python", {}))
    native = common | dict(entry.get("native", {}))
    sides = [
        tuple(Argument(name, _value(one)) for name, one in side.items())
        for side in (python, native)
    ]
    if dict(python) != dict(native):
        raise BindcheckError(
            f"the sides have different grids: python {_described(sides[0])}, "
            f"native {_described(sides[1])}; a ratio of the two would mean nothing"
        )
    return sides[0]


def _described(arguments: tuple[Argument, ...]) -> str:
    shown = ", ".join(argument_text(one) for one in arguments)
    return f"{rows_of(arguments)} rows ({shown})"


def _value(value: Any) -> Scalar | Steps:
    if isinstance(value, list):
        if len(value) != 3 or not all(isinstance(one, (int, float)) for one in value):
            raise BindcheckError(f"{value} is no sweep: write [start, stop, step]")
        start, stop, step = value
        return (start, stop, step)
    if isinstance(value, (bool, int, float, str)):
        return value
    raise BindcheckError(f"{value!r} is no value of a parameter")
