"""Which indicators a command line means."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from bindcheck.analysis.cores.nearest import WANTED, nearest_functions, with_nearest
from bindcheck.analysis.program import Program
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.keys import region_key
from bindcheck.model import CoreApi

_SHOWN = 5


def select(program: Program, names: Sequence[str]) -> tuple[CoreApi, ...]:
    """The indicators named, by module (file) or core function; each once.

    The order is that of `every`: what is written does not depend on the order of the names.
    """
    found: dict[int, CoreApi] = {}
    for name in names:
        one = _named(program, name)
        found[id(one)] = one
    return tuple(sorted(found.values(), key=_order))


def every(program: Program, name: str = "") -> tuple[CoreApi, ...]:
    """All indicators of the crate, by module and name; of none the nearest to what is named."""
    cores = in_order(program)
    if not cores:
        said = f"the crate has no indicator: {WANTED}"
        lines = name and nearest_functions(program, _function(name))
        raise NothingToDoError(with_nearest(said, lines or nearest_functions(program)))
    return cores


def in_order(program: Program) -> tuple[CoreApi, ...]:
    """The indicators of the crate, by module and name, if it has any."""
    cores = (core for core in program.cores if program.in_crate(core.path))
    return tuple(sorted(cores, key=_order))


def only_in_stub(
    program: Program, others: Iterable[Indicator], keys: Collection[str]
) -> tuple[CoreApi, ...]:
    """Indicators of which nothing is generated but their entries in the stub, regions of `keys`."""
    known = {one.core.name for one in others}
    return tuple(
        core
        for core in in_order(program)
        if core.name not in known and region_key(program, core, "stub") in keys
    )


def _order(core: CoreApi) -> tuple[tuple[str, ...], str, str]:
    return core.module_path, core.name, core.path


def _named(program: Program, name: str) -> CoreApi:
    cores = every(program, name)
    exact = [core for core in cores if name == core.name]
    matching = exact or [core for core in cores if name in (core.stem, *_functions(core))]
    matching = matching or [core for core in cores if _is_file(core, name)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        places = ", ".join(f"{core.name} ({core.path})" for core in matching)
        raise BindcheckError(f"{name!r} is ambiguous: {places}")
    near = _nearest(name, [word for core in cores for word in (core.name, core.stem)])
    hint = f"; nearest: {', '.join(near)}" if near else ""
    # Who has mistyped the name of an indicator does not mean a function of another one.
    lines = nearest_functions(program, _function(name), exactly=bool(near))
    raise BindcheckError(with_nearest(f"no indicator is called {name!r}{hint}", lines))


def _function(name: str) -> str:
    """The function that a name may mean: the last part of a path to it, or of one to a file."""
    return re.split(r"::|/", name.removesuffix(".rs"))[-1]


def _is_file(core: CoreApi, name: str) -> bool:
    """Whether a name is that of the core's file: `kama.rs`, or a path to it."""
    return name.endswith(".rs") and f"/{core.path}".endswith(f"/{name.removeprefix('./')}")


def _functions(core: CoreApi) -> tuple[str, ...]:
    functions = (core.single, core.with_kernel, core.into_slice)
    last = core.name.rsplit("::", 1)[-1]
    return (last, *(function.name for function in functions if function is not None))


def _nearest(name: str, known: Sequence[str]) -> list[str]:
    words = sorted(set(known))
    name = name.rpartition("/")[2].removesuffix(".rs").lower()
    begun = [word for word in words if word.lower().startswith(name) or name in word.lower()]
    near = get_close_matches(name, words, n=_SHOWN, cutoff=0.5)
    return list(dict.fromkeys((*near, *begun)))[:_SHOWN]
