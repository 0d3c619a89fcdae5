"""Which indicators a command line means: also those whose core lies in another crate."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from bindcheck.analysis.program import Program
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.model import CoreApi

_SHOWN = 5


def bound(program: Program) -> tuple[CoreApi, ...]:
    """All indicators that Python can call, by module and name."""
    cores = [core for core in program.cores if program.entries_of(core)]
    if not cores:
        raise NothingToDoError("no indicator of the crate has a binding: there is nothing to time")
    return tuple(sorted(cores, key=lambda core: (core.module_path, core.name)))


def chosen(program: Program, names: Sequence[str]) -> tuple[CoreApi, ...]:
    """The indicators named, by module (file) or core function, in the order named."""
    cores = bound(program)
    found = [_named(program, cores, name) for name in names]
    return tuple({id(core): core for core in found}.values())


def _named(program: Program, cores: Sequence[CoreApi], name: str) -> CoreApi:
    exact = [core for core in cores if core.name == name]
    matching = exact or [core for core in cores if name in _words(core)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        places = ", ".join(f"{core.name} ({core.path})" for core in matching)
        raise BindcheckError(f"{name!r} is ambiguous: {places}")
    if any(one.active and one.python_name == name for one in program.entries):
        raise BindcheckError(f"no core function is known behind the binding {name!r}")
    known = sorted({word for core in cores for word in (core.name, core.stem)})
    near = get_close_matches(name, known, n=_SHOWN, cutoff=0.5)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise BindcheckError(f"no indicator with a binding is called {name!r}{hint}")


def _words(core: CoreApi) -> tuple[str, ...]:
    functions = (core.single, core.with_kernel, core.into_slice)
    own = tuple(one.name for one in functions if one is not None)
    return (core.stem, core.name.rsplit("::", 1)[-1], *own)
