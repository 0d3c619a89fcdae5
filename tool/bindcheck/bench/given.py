"""For which indicators the parameters of a command line are: `NAME=VALUE`, `INDICATOR.NAME=VALUE`.

With several indicators a parameter is for those that have one of its name; what is given for one
indicator goes before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes, fields_of, meant_kinds
from bindcheck.bench.chosen import means
from bindcheck.config import nearest
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.model import CoreApi

_SHOWN = 10


def for_each(
    program: Program, cores: Sequence[CoreApi], axes: Axes
) -> tuple[tuple[CoreApi, Axes], ...]:
    """Each indicator with the axes that are its own; a parameter for none is a mistake."""
    for name, _ in axes.params:
        _refuse_unknown(program, cores, name)
    general = tuple(one for one in axes.params if not _indicator(one[0]))
    kinds = meant_kinds(replace(axes, params=general))
    several = len(cores) > 1
    return tuple(
        (core, replace(axes, kinds=kinds, params=_own(program, core, axes, several=several)))
        for core in cores
    )


def _own(
    program: Program, core: CoreApi, axes: Axes, *, several: bool
) -> tuple[tuple[str, str], ...]:
    """The parameters for an indicator; of one alone also what it has not, which is refused then."""
    known = {one.name for one in fields_of(core)}
    found: dict[str, str] = {}
    for name, text in axes.params:
        if not _indicator(name) and (name in known or not several):
            found[name] = text
    for name, text in axes.params:
        indicator = _indicator(name)
        if indicator and means(program, core, indicator):
            found[_bare(name)] = text
    return tuple(found.items())


def _indicator(name: str) -> str:
    """For which indicator a parameter is; empty for any."""
    return name.rpartition(".")[0]


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _refuse_unknown(program: Program, cores: Sequence[CoreApi], name: str) -> None:
    """A parameter that none of the indicators it is for has is a mistake."""
    indicator, bare = _indicator(name), _bare(name)
    meant = [core for core in cores if not indicator or means(program, core, indicator)]
    if not meant:
        names = sorted(core.name for core in cores)
        near = nearest(indicator, names) or f"; there is {_listed(names)}"
        raise BindcheckError(
            f"--param {name}: no indicator that is measured is called {indicator!r}{near}"
        )
    known = sorted({one.name for core in meant for one in fields_of(core)})
    if bare in known or (len(cores) == 1 and not indicator):
        return  # Of a single one its own message tells more.
    near = nearest(bare, known) or f"; they have {_listed(known)}"
    what = f"`{indicator}` has no parameter" if indicator else "no indicator has a parameter"
    raise BindcheckError(f"--param {name}: {what} {bare!r}{near}")


def _listed(names: Iterable[str]) -> str:
    shown = [*names][:_SHOWN]
    return ", ".join(shown) or "none"
