"""Functions that are asked for by name, and that are no indicators of their own accord."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.cores.aliases import type_aliases
from bindcheck.analysis.cores.families import Found, gathered
from bindcheck.analysis.cores.index import CoreFile
from bindcheck.analysis.cores.plain import plain_shape
from bindcheck.analysis.program import Exposed, Program
from bindcheck.model import CoreApi


def with_asked(program: Program, names: Sequence[str]) -> Program:
    """The program with cores for the public functions over slices that are named.

    Beside a function that somebody has bound, others of a module count as its helpers: whoever
    names one says that it is none.
    """
    found = tuple(core for name in names for core in _made(program, name))
    if not found:
        return program
    cores = (*program.cores, *found)
    return program.exposing(Exposed(program.entries, program.registrations, cores))


def _made(program: Program, name: str) -> Iterator[CoreApi]:
    """The one function of this name, if no indicator has it."""
    bare = name.rpartition("::")[2]
    if any(bare in (core.name.rpartition("::")[2], core.stem) for core in program.cores):
        return
    aliases = type_aliases(program)
    found = []
    for path, module in program.modules.items():
        named = any(item.name == bare for item in module.functions)
        if not named or not program.in_crate(path) or path in program.unreached:
            continue
        file = CoreFile(program, path, aliases)
        shapes = ((fn, plain_shape(file, fn)) for fn in file.free if fn.item.name == bare)
        found += [
            Found(file, fn, api)
            for fn, api in shapes
            if api is not None and fn.item.visibility == "pub"
        ]
    if len(found) == 1:
        yield from gathered(found, found)
