"""Both sides of every case in one library: what is compiled, and what each call is given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.bench.build import BuildError, Linked, build, shim_manifest
from bindcheck.bench.jobs import usable_cores
from bindcheck.bench.native import Native, native
from bindcheck.bench.pythoncall import takes_threads
from bindcheck.bench.samples import Case
from bindcheck.bench.threadcount import threads_of
from bindcheck.bench.tree import PLAIN, SHIM, bench_folder, make_tree, workspace_root
from bindcheck.bench.wanted import Wanted, takes_number, wants_number
from bindcheck.compiler import CompilerError
from bindcheck.crate import Crate, dependency_crate
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi
from bindcheck.prepare import Step
from bindcheck.render import render
from bindcheck.write import locked

_LOCK = "building.lock"
_CALLS = f"{SHIM}/src/lib.rs"
_CALL = re.compile(r'extern "C" fn bindcheck_(?:native|copying|values)_(?P<symbol>\w+)')

Way = tuple[str, Wanted]
"""An indicator and a way of calling it."""


@fact
class Built:
    """The library with its timers by indicator and way; `refused` are those there are none for."""

    library: Path
    natives: Mapping[Way, Native]
    refused: Mapping[Way, str]


def way_of(program: Program, case: Case, core: CoreApi) -> Way:
    """Which timer a case needs.

    Both sides must learn in the same way how many threads to use. A binding that is told goes past
    the question to the system, which takes microseconds: then the core is told too, by the function
    that has a parameter for it. So it is where more threads than cores are asked for. Otherwise the
    function is one that allocates its result, as the crate does it.
    """
    threads = threads_of(program, core, case)
    wanted = Wanted(case.kind, case.out, parallel=not threads.sequential)
    number = threads.number
    told = number is not None and (
        wants_number(core, wanted)
        or number > usable_cores()
        or takes_threads(program, core, case.kind)
    )
    return core.name, replace(wanted, threads=told and takes_number(core, wanted))


def build_sides(
    program: Program,
    crate: Crate,
    ways: Iterable[tuple[CoreApi, Wanted]],
    python: str,
    step: Step,
    overlay: Mapping[Path, bytes] | None = None,
    variant: str = PLAIN,
) -> Built:
    """Compile the crate and timers for `ways`; `variant` names the tree of an `overlay`."""
    if os.name == "nt":
        raise NothingToDoError("the native side can be built on Linux and macOS only")
    natives: dict[Way, Native] = {}
    refused: dict[Way, str] = {}
    for core, wanted in ways:
        way = (core.name, wanted)
        if way in natives or way in refused:
            continue
        try:
            natives[way] = native(program, core, wanted, f"{len(natives)}")
        except BindcheckError as error:
            refused[way] = str(error)
    if not natives:
        raise BindcheckError(next(iter(refused.values()), "there is nothing to measure"))
    folder = bench_folder(crate) / variant
    library, errors = _compile(
        crate, "bench/lib.rs.j2", natives.values(), folder, python, step, overlay or {}
    )
    lost = {way: errors[made.symbol] for way, made in natives.items() if made.symbol in errors}
    refused |= {way: _uncompiled(program, natives.pop(way), one) for way, one in lost.items()}
    if library is None:
        first = next(iter(lost))
        raise BindcheckError(f"{refused[first]}:\n{lost[first].rendered}")
    return Built(library, natives, refused)


def told_at(program: Program, made: Native, error: CompilerError) -> str:
    """The first line of an error in a call, with the place of the function that it calls."""
    place = program.location(made.ref.path, program.function(made.ref).span)
    return f"{place.path}:{place.line}: {error.text}"


def _uncompiled(program: Program, made: Native, error: CompilerError) -> str:
    """Why there is no timer of a core function, and what to change."""
    private = "private" in error.rendered
    remedy = "make that `pub`, or leave it out" if private else "change that, or leave it out"
    told = told_at(program, made, error)
    return f"no call of `{made.function}` compiles: {told}; {remedy} (with --all: --exclude)"


def compile_values(
    crate: Crate, natives: Iterable[Native], python: str, step: Step
) -> tuple[Path | None, dict[str, CompilerError]]:
    """Compile a library that hands out what cores give, whole and without the clock.

    Calls that do not compile are left out: their errors by symbol. Without a library all are.
    """
    folder = bench_folder(crate).with_name("values") / PLAIN
    return _compile(crate, "bench/values.rs.j2", natives, folder, python, step, {})


def _compile(
    crate: Crate,
    template: str,
    natives: Iterable[Native],
    folder: Path,
    python: str,
    step: Step,
    overlay: Mapping[Path, bytes],
) -> tuple[Path | None, dict[str, CompilerError]]:
    """Compile the calls that do compile; the errors of the others by symbol."""
    left, refused = tuple(natives), dict[str, CompilerError]()
    while left:
        source = render(template, {"natives": left, "library": crate.lib_name})
        try:
            return _shim(crate, source, folder, python, step, overlay), refused
        except BuildError as error:
            # The compiler tells of types only once all names are known: there are several rounds.
            found = _blamed(source, error.errors)
            if not found:
                raise
            refused |= found
            left = tuple(one for one in left if one.symbol not in refused)
    return None, refused


def _blamed(source: str, errors: Iterable[CompilerError]) -> dict[str, CompilerError]:
    """The first error in each call of `source`, by the symbol of the call."""
    calls = [
        (source.count("\n", 0, one.start()) + 1, one["symbol"]) for one in _CALL.finditer(source)
    ]
    found: dict[str, CompilerError] = {}
    for error in errors:
        lines = (line for name, line in error.places if name.endswith(_CALLS))
        line = next(lines, 0)
        before = [symbol for begin, symbol in calls if begin <= line]
        if before:
            found.setdefault(before[-1], error)
    return found


def _shim(
    crate: Crate,
    source: str,
    folder: Path,
    python: str,
    step: Step,
    overlay: Mapping[Path, bytes],
) -> Path:
    """Compile `source`, which calls the crate, in a tree of its own in `folder`."""
    root = workspace_root(crate)
    mirrored = folder / crate.root.relative_to(root)
    linked = [
        replace(one, path=folder / one.path.relative_to(root))
        if one.path.is_relative_to(root)
        else one
        for one in _linked(crate, source)
    ]
    shim = {
        "Cargo.toml": shim_manifest(crate, mirrored, linked),
        "build.rs": render("bench/build.rs.j2", {}),
        "src/lib.rs": source,
        "src/runtime.rs": render("bench/runtime.rs.j2", {}),
    }
    # Another run would write the same tree while the compiler reads it.
    with locked(
        folder.with_name(_LOCK), lambda: step("waiting for the build of another run", 0, 0)
    ):
        tree = make_tree(crate, folder, shim, overlay)
        return build(crate, tree, python, step)


def _linked(crate: Crate, source: str) -> list[Linked]:
    """Packages beside the crate whose functions the timers call."""
    return [
        Linked(name, dependency_crate(crate, name).name, path)
        for name, path in crate.path_dependencies.items()
        if re.search(rf"\b{re.escape(name)}::", source)
    ]
