"""Which indicators a command line means: also those whose core lies in another crate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from bindcheck.analysis.program import Program
from bindcheck.bench.macro_made import left_unread, refuse_unread
from bindcheck.bench.plain import (
    maps_arrow,
    second_bindings,
    unmeasured,
    why_beside,
    why_unmeasured,
)
from bindcheck.crate import read_toml
from bindcheck.crate.dependencies import depends_on
from bindcheck.crate.workspace import members
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.model import CoreApi, EntryKind, Role

_SHOWN = 5


def bound(program: Program) -> tuple[CoreApi, ...]:
    """All indicators that Python can call, by module and name."""
    cores = [core for core in program.cores if program.entries_of(core)]
    if not cores:
        raise NothingToDoError(_nothing(program))
    return tuple(sorted(cores, key=lambda core: (core.module_path, core.name)))


def _nothing(program: Program) -> str:
    """Why there is no indicator to be called: what was seen, and what is needed."""
    entries = [one.python_name for one in program.entries if one.active]
    told = "no indicator of the crate has a binding"
    unread = left_unread(program)
    if unread and not entries:
        return f"{told} that could be timed: {unread[0].binding} is {unread[0].reason}"
    if not entries:
        what = "Python can call none of its functions, so there is nothing to time"
        return f"{told}: {what}{_elsewhere(program)}"
    arrow = maps_arrow(program)
    if arrow:
        return (
            f"{told} that could be timed: {_listed(arrow)} work on Arrow arrays; both sides are "
            "given NumPy arrays, so a binding has to take those (PyReadonlyArray1<f64>)"
        )
    return (
        f"{told} that could be timed: behind {_listed(entries)} no core function was found that "
        "takes arrays of one dimension, as slices or views, and returns vectors or numbers"
    )


def _elsewhere(program: Program) -> str:
    """The manifests of other members of the workspace that may have the bindings."""
    crate = program.crate
    if crate is None or crate.workspace_root is None or crate.pyo3 is not None:
        return ""
    workspace = read_toml(crate.workspace_root / "Cargo.toml")
    bound = [
        f"--manifest-path {os.path.relpath(one.path)}"
        for one in members(workspace)
        if depends_on(one.data, workspace.data, "pyo3")
    ]
    return f"; its bindings may be those of another member: {' or '.join(bound)}" if bound else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(f'`{name}`' for name in names[:_SHOWN])}{more}"


def chosen(program: Program, names: Sequence[str]) -> tuple[CoreApi, ...]:
    """The indicators named, by core function, binding or module (file), in the order named."""
    cores = bound(program)
    found = [_named(program, cores, name) for name in names]
    return tuple({id(core): core for core in found}.values())


def known(
    program: Program, names: Sequence[str]
) -> tuple[dict[str, CoreApi], dict[str, NothingToDoError]]:
    """By name the indicator that it means, and why that of others cannot be measured.

    A name that means nothing, or several, is a BindcheckError.
    """
    found: dict[str, CoreApi] = {}
    refused: dict[str, NothingToDoError] = {}
    cores = bound(program)
    for name in names:
        try:
            found[name] = _named(program, cores, name)
        except NothingToDoError as error:
            refused[name] = error
    return found, refused


def without(
    program: Program, names: Sequence[str], gone: Sequence[str] = ()
) -> tuple[CoreApi, ...]:
    """All indicators but those named; a module stands for all in it, a binding for its own.

    A name may be one of an indicator that is `gone`: it leaves out none.
    """
    cores = bound(program)
    free = unmeasured(program) if names else ()
    for name in names:
        if name not in (*free, *gone) and not any(means(program, core, name) for core in cores):
            words = {word for core in cores for word in (core.name, core.stem)}
            raise _unknown(words, name, "--exclude: ")
    left = tuple(core for core in cores if not any(means(program, core, name) for name in names))
    if not left:
        raise NothingToDoError("--exclude leaves no indicator: there is nothing to time")
    return left


def _named(program: Program, cores: Sequence[CoreApi], name: str) -> CoreApi:
    matching = _own(program, cores, name)
    if not matching:
        _refuse_other(program, name)
        matching = [core for core in cores if core.stem == name]
        for core in matching:
            _refuse_unbound(program, core, name)
    if not matching:
        raise _unknown(_offered(program, cores), name)
    if len(matching) > 1:
        places = ", ".join(f"{core.name} ({core.path})" for core in matching)
        raise BindcheckError(f"{name!r} is ambiguous: {places}")
    return matching[0]


def _own(program: Program, cores: Sequence[CoreApi], name: str) -> list[CoreApi]:
    """The cores of this name, else those with such a function, else those with such a binding."""
    exact = [core for core in cores if core.name == name]
    exact = exact or [core for core in cores if name in _words(core)]
    return exact or [core for core in cores if name in _bindings(program, core)]


def _refuse_other(program: Program, name: str) -> None:
    """Tell of what else has a name: a file that has it too does not stand for it."""
    why = why_unmeasured(program, name) or why_beside(program, name)
    if why is not None:
        raise NothingToDoError(why)
    refuse_unread(program, name)
    named = (one for one in program.entries if one.active and one.python_name == name)
    if any(one.kind is EntryKind.CLASS for one in named):
        raise NothingToDoError(f"{name!r} is a class: what is timed are functions")


def _refuse_unbound(program: Program, core: CoreApi, name: str) -> None:
    """Refuse the name of a file for a core of it, where another of its functions has that name."""
    for one in program.modules[core.path].functions:
        if one.name == name and not one.owner and program.active(one.cfg, core.path):
            place = program.location(core.path, one.name_span)
            raise NothingToDoError(
                f"`{name}` is a function behind which no binding is known; that of `{core.name}`, "
                "in the same file, is measured by its own name",
                place.path,
                place.line,
            )


def _offered(program: Program, cores: Sequence[CoreApi]) -> set[str]:
    """The names of all indicators, and of those files that stand for one of them."""
    names = {core.name for core in cores}
    stems = {core.stem for core in cores} - names
    return names | {stem for stem in stems if _stands_for_one(program, cores, stem)}


def _stands_for_one(program: Program, cores: Sequence[CoreApi], stem: str) -> bool:
    try:
        _named(program, cores, stem)
    except BindcheckError:
        return False
    return True


def _unknown(known: Iterable[str], name: str, before: str = "") -> BindcheckError:
    words = sorted(known)
    near = get_close_matches(name, words, n=_SHOWN, cutoff=0.5)
    hint = f"; nearest: {', '.join(near)}" if near else f"; there is {_listed(words)}"
    return BindcheckError(f"{before}no indicator with a binding is called {name!r}{hint}")


def means(program: Program, core: CoreApi, name: str) -> bool:
    """Whether a name is that of an indicator, its module, or one of its functions or bindings."""
    beside = {one.ref for one, _ in second_bindings(program)}
    entries = [one for one in program.entries_of(core) if one.ref not in beside]
    bindings = {one.python_name for one in entries}
    functions = {program.function(one.ref).name for one in entries}
    # A binding of its own is left out alone, whatever its file is called.
    module = () if name in unmeasured(program) else (core.stem,)
    return name == core.name or name in {*module, *_words(core), *bindings, *functions}


def _bindings(program: Program, core: CoreApi) -> set[str]:
    """The names of those bindings that are timed."""
    beside = {one.ref for one, _ in second_bindings(program)}
    timed = (one for one in program.entries_of(core) if one.role in (Role.SINGLE, Role.BATCH))
    return {one.python_name for one in timed if one.ref not in beside}


def _words(core: CoreApi) -> tuple[str, ...]:
    """The names of its functions, and its own with some of the modules before it."""
    functions = (core.single, core.with_kernel, core.into_slice)
    own = tuple(one.name for one in functions if one is not None)
    parts = core.name.split("::")
    return (*("::".join(parts[at:]) for at in range(1, len(parts))), parts[-1], *own)
