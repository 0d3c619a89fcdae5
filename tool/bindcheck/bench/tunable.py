"""What is tuned: one case of a core, as a batch where it has a binding for one."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.bench.alternatives import alternative
from bindcheck.bench.cases import Axes, cases_of, is_bound, parsed
from bindcheck.bench.samples import Case, Kind
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi


@fact
class Tunable:
    """A core with the case that is tuned, at the shortest length. `notes` say what was chosen."""

    case: Case
    core: CoreApi
    notes: tuple[str, ...] = ()


def tunable(program: Program, core: CoreApi, axes: Axes, *, single: bool) -> Tunable:
    """The case of a core: `axes` has one size, kernel, number of rows and list of parameters.

    `single`: a call on one series was asked for, else it takes the place of a batch that there is
    none of.
    """
    kind = _kind(program, core, single=single)
    alone = kind is Kind.SINGLE and not single
    if alone:
        _refuse_batch_options(core, axes)
    [case] = cases_of(program, core, replace(axes, kinds=(kind,)))
    notes = (*_notes(case, axes, alone=alone), *_passed(program, core, kind))
    return Tunable(case, core, notes)


def _passed(program: Program, core: CoreApi, kind: Kind) -> Iterator[str]:
    """What the binding decides by itself: only what the core compares can be set."""
    found = alternative(program, core, kind)
    if found is not None:
        yield f"{found.told}: that choice is passed over, as it is not in the core"


def _kind(program: Program, core: CoreApi, *, single: bool) -> Kind:
    kinds = (Kind.SINGLE,) if single else (Kind.BATCH, Kind.SINGLE)
    found = next((one for one in kinds if is_bound(program, core, one)), None)
    if found is None:
        what = "no single binding" if single else "neither a batch nor a single binding"
        raise NothingToDoError(f"`{core.name}` has {what}: there is nothing to tune")
    return found


def _refuse_batch_options(core: CoreApi, axes: Axes) -> None:
    """What only a batch could follow."""
    given = ["--rows"] if axes.rows != (None,) else []
    swept = (f"--param {name}={text}" for name, text in axes.params)
    given += [one for one, (_, text) in zip(swept, axes.params, strict=True) if _sweeps(text)]
    if given:
        raise BindcheckError(
            f"{', '.join(given)}: that is for a batch, and `{core.name}` has a binding for one "
            "series alone"
        )


def _sweeps(text: str) -> bool:
    return isinstance(parsed(text), tuple)


def _notes(case: Case, axes: Axes, *, alone: bool) -> Iterator[str]:
    if alone:
        yield "it has no batch binding: calls on one series are tuned"
    elif case.kind is Kind.BATCH and case.rows == 1 and axes.rows == (None,):
        yield "it has no parameter to sweep: a batch of one row is tuned"
