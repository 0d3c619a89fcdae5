"""What a command line asked for, held against what an earlier run has measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bindcheck.bench.cases import Axes, parsed
from bindcheck.bench.outcome import Comparison, Outcome
from bindcheck.bench.samples import Argument, Asked, Case, Kind, Named
from bindcheck.bench.sweeps import ROWS
from bindcheck.fact import replace


def asked_for(axes: Axes, names: Iterable[Named] = (), excluded: Iterable[str] = ()) -> Asked:
    """The cases of a command line: of the indicators that are named, else of all but some."""
    return Asked(
        names=tuple(names),
        excluded=tuple(dict.fromkeys(excluded)),
        kinds=axes.kinds,
        sizes=axes.sizes,
        rows=axes.rows,
        kernels=axes.kernels,
        threads=axes.threads,
        layouts=axes.layouts,
        outs=axes.outs,
        params=tuple(Argument(name, text) for name, text in axes.params),
    )


def together(runs: Sequence[Outcome]) -> Asked | None:
    """What the newest of some runs asked for, with the names of all."""
    found = [one.asked for one in runs if one.asked is not None]
    if not found:
        return None
    names = dict.fromkeys(name for one in found for name in one.names)
    return replace(found[-1], names=tuple(names))


def wanted(asked: Asked | None, one: Comparison, then: Asked | None) -> bool:
    """Whether a comparison of an earlier run, which asked `then`, is among what is asked for now.

    So one that is not there now has been lost. What asks for fewer names, sizes or other values of
    an axis leaves out the others on purpose.
    """
    if asked is None:
        return False
    case = one.case
    return (
        _is_named(asked, case.indicator, then)
        and (one.sides, one.state) in [(a, b) for a in asked.sides for b in asked.states]
        and _on_axes(asked, case)
        and _has_threads(asked, one)
        and all(_is_given(case, name, value) for name, value in _params(asked, case))
    )


def _is_named(asked: Asked, indicator: str, then: Asked | None) -> bool:
    """By a name of now, or by one that meant the indicator then."""
    if not asked.names:
        return indicator not in asked.excluded
    names = {one.name for one in asked.names}
    before = () if then is None else then.names
    known = {one.indicator for one in before if one.name in names}
    return indicator in known | names | {one.indicator for one in asked.names}


def _on_axes(asked: Asked, case: Case) -> bool:
    return (
        case.kind in asked.kinds
        and case.cols in asked.sizes
        and case.kernel in asked.kernels
        and case.layout in asked.layouts
        and case.out in asked.outs
        and _has_rows(asked, case)
    )


def _has_rows(asked: Asked, case: Case) -> bool:
    """Without a number there are as many as by itself, or as a sweep has, which is for batches."""
    swept = any(isinstance(value, tuple) for _, value in _params(asked, case))
    if case.kind is Kind.SINGLE:
        return not swept
    if asked.rows != (None,):
        return case.rows in asked.rows
    return swept or case.rows in (1, ROWS)


def _has_threads(asked: Asked, one: Comparison) -> bool:
    """A number of threads is for calls that use some: a single one on one core has none."""
    if one.case.threads in asked.threads:
        return True
    alone = one.case.kind is Kind.SINGLE and (one.cores or 1) == 1
    return one.case.threads is None and alone


def _params(asked: Asked, case: Case) -> list[tuple[str, object]]:
    """The values that are given for an indicator, by the names of its parameters."""
    found: dict[str, object] = {}
    for specific in (False, True):
        for one in asked.params:
            indicator, _, name = one.name.rpartition(".")
            if bool(indicator) is specific and indicator in ("", case.indicator):
                found[name] = parsed(str(one.value))
    return [*found.items()]


def _is_given(case: Case, name: str, value: object) -> bool:
    """Whether a case has the value, or begins its sweep there; it need not have the parameter."""
    found = [one.value for one in case.arguments if one.name == name]
    return all(value in (had, had[0] if isinstance(had, tuple) else had) for had in found)
