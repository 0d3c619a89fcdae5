"""How many threads a call uses: what the case says, else what the binding has by default.

The native side is not called through the binding, so a default of its signature has to be read.
"""

from __future__ import annotations

from bindcheck.analysis.bindings.effective_signature import Argument as Parameter
from bindcheck.analysis.bindings.effective_signature import rust_value
from bindcheck.analysis.program import Program
from bindcheck.bench.parallel import FLAG, works_in_parallel
from bindcheck.bench.pythoncall import parameter_of, threads_parameter
from bindcheck.bench.samples import Case, Kind
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.model import CoreApi


@fact
class Threads:
    """The number of threads of a call; None leaves it to both sides to choose.

    `sequential`: the binding says so with `parallel=False`, which is not the same as a pool of one
    thread. `default` is the text in the signature that says it, if the case does not. `alone`: the
    call starts no threads, so nobody has to be told their number.
    """

    number: int | None
    sequential: bool = False
    default: str | None = None
    alone: bool = False


def threads_of(program: Program, core: CoreApi, case: Case) -> Threads:
    """The threads of a call; a BindcheckError if the default of a binding cannot be told."""
    if case.threads is None and not _may_share(program, core, case):
        return Threads(1, alone=True)
    switch = _switch(program, core, case)
    if switch is not None and _says(core, switch, "bool") is False:
        return _sequential(core, case, switch)
    if case.threads is not None:
        return Threads(case.threads)
    found = threads_parameter(program, core, case.kind)
    value = None if found is None else _says(core, found, "number")
    if found is None or not value:
        return Threads(None)
    return Threads(int(value), default=f"{found.name}={found.default}")


def _may_share(program: Program, core: CoreApi, case: Case) -> bool:
    """Whether threads may work on a call with these arguments."""
    if case.kind is Kind.BATCH:
        return True
    off = any(one.name == FLAG and one.value is False for one in case.arguments)
    return not off and works_in_parallel(program, core, case.kind)


def _sequential(core: CoreApi, case: Case, switch: Parameter) -> Threads:
    told = f"{switch.name}={switch.default}"
    if case.threads not in (None, 1):
        raise BindcheckError(
            f"`{core.name}`: the binding works on one thread by default (`{told}`), which "
            "--threads does not change: leave out --threads"
        )
    return Threads(1, sequential=True, default=told)


def _switch(program: Program, core: CoreApi, case: Case) -> Parameter | None:
    """The flag for parallel work, unless it is a parameter of the core, which both sides get."""
    if any(one.name == FLAG for one in core.params):
        return None
    return parameter_of(program, core, case.kind, FLAG)


def _says(core: CoreApi, parameter: Parameter, kind: str) -> float | bool | None:
    """The default of a parameter, None where it leaves the choice."""
    if parameter.default is None:
        return None
    value = rust_value(parameter.default)
    if value is not None and value.kind == "none":
        return None
    if value is None or value.kind != kind:
        raise BindcheckError(
            f"`{core.name}`: how many threads `{parameter.name}={parameter.default}` means cannot "
            "be told: give their number with --threads, or in a case file"
        )
    return value.value == "true" if kind == "bool" else float(str(value.value))
