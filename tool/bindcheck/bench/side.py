"""Both sides of every case in one library: what is compiled, and what each call is given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.bench.build import CAPPED, VISIBLE, BuildError, Linked, build, shim_manifest
from bindcheck.bench.copies import Copy, contents
from bindcheck.bench.jobs import usable_cores
from bindcheck.bench.lists import refuse_lists
from bindcheck.bench.native import Native, native
from bindcheck.bench.opening import Opened, copies, named
from bindcheck.bench.pythoncall import takes_threads
from bindcheck.bench.samples import Case
from bindcheck.bench.threadcount import threads_of
from bindcheck.bench.tree import PLAIN, SHIM, bench_folder, in_tree, make_tree, workspace_root
from bindcheck.bench.wanted import Wanted, takes_number, wants_number
from bindcheck.compiler import CompilerError
from bindcheck.crate import Crate, dependency_crate
from bindcheck.errors import BindcheckError, NothingToDoError, doing
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi
from bindcheck.prepare import Step
from bindcheck.render import render
from bindcheck.write import locked

_LOCK = "building.lock"
_CALLS = f"{SHIM}/src/lib.rs"
_CALL = re.compile(r'extern "C" fn bindcheck_(?:native|copying|values)_(?P<symbol>\w+)')
_BUILDING = "building the library with both sides"

Way = tuple[str, Wanted]
"""An indicator and a way of calling it."""


@fact
class Built:
    """The library with its timers by indicator and way; `refused` are those there are none for.

    `opened` are the private items that are visible in the copy of which it is built.
    """

    library: Path
    natives: Mapping[Way, Native]
    refused: Mapping[Way, str]
    opened: tuple[str, ...] = ()


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
    changed: Iterable[Copy] = (),
    variant: str = PLAIN,
) -> Built:
    """Compile the crate and timers for `ways`; `variant` names the tree of `changed` files."""
    if os.name == "nt":
        raise NothingToDoError("the native side can be built on Linux and macOS only")
    natives, refused = timers(program, crate, ways)
    if not natives:
        raise NothingToDoError(next(iter(refused.values()), "there is nothing to measure"))
    work = _Work(program, crate, bench_folder(crate), variant, tuple(changed), python, step)
    with doing(_BUILDING):
        library, errors = _compile(work, "bench/lib.rs.j2", natives.values())
    _refuse_edited(program)
    lost = {way: errors[made.symbol] for way, made in natives.items() if made.symbol in errors}
    refused |= {way: _uncompiled(program, natives.pop(way), one) for way, one in lost.items()}
    if library is None:
        first = next(iter(lost))
        raise BindcheckError(f"{refused[first]}:\n{lost[first].rendered}")
    opened = named(one for made in natives.values() for one in made.opened)
    return Built(library, natives, refused, opened)


def _refuse_edited(program: Program) -> None:
    """What was edited while it was built is another crate than the one that was read."""
    for path in program.modules:
        with suppress(OSError):
            if Path(path).read_bytes() != program.source(path):
                raise BindcheckError("edited while it was built: run it again", path)


def timers(
    program: Program, crate: Crate, ways: Iterable[tuple[CoreApi, Wanted]]
) -> tuple[dict[Way, Native], dict[Way, str]]:
    """The timers for `ways`, and why others have none, as is known before anything is compiled."""
    natives: dict[Way, Native] = {}
    refused: dict[Way, str] = {}
    for core, wanted in ways:
        way = (core.name, wanted)
        if way in natives or way in refused:
            continue
        try:
            refuse_lists(program, core)
            made = native(program, core, wanted, f"{len(natives)}")
            refuse_outside(crate, made)
            natives[way] = made
        except BindcheckError as error:
            refused[way] = str(error)
    return natives, refused


def refuse_outside(crate: Crate, made: Native) -> None:
    """A NothingToDoError if a copy of the workspace would not make visible what a call needs."""
    for one in made.opened:
        if not in_tree(crate, one.path):
            raise NothingToDoError(
                f"`{one.name}` is private, and its crate lies outside of the workspace "
                f"{workspace_root(crate)}, of which alone a copy is built: make it `pub` there",
                one.path,
                one.line,
            )


def told_at(program: Program, made: Native, error: CompilerError) -> str:
    """The first line of an error in a call, with the place of the function that it calls."""
    place = program.location(made.ref.path, program.function(made.ref).span)
    return f"{place.path}:{place.line}: {error.text}"


def _uncompiled(program: Program, made: Native, error: CompilerError) -> str:
    """Why there is no timer of a core function, and what to change."""
    if made.opened and not any(_lines_in_calls(error)):
        place = ":".join(map(str, error.places[0])) if error.places else error.manifest
        return (
            f"`{made.function}` is private, and the copy of the crate in which it is visible does "
            f"not build: {place}: {error.text}; make it `pub` there, or leave it out (with --all: "
            "--exclude)"
        )
    private = "private" in error.rendered
    remedy = "make that `pub`, or leave it out" if private else "change that, or leave it out"
    told = told_at(program, made, error)
    return f"no call of `{made.function}` compiles: {told}; {remedy} (with --all: --exclude)"


def compile_values(
    program: Program, crate: Crate, natives: Iterable[Native], python: str, step: Step
) -> tuple[Path | None, dict[str, CompilerError]]:
    """Compile a library that hands out what cores give, whole and without the clock.

    Calls that do not compile are left out: their errors by symbol. Without a library all are.
    """
    folder = bench_folder(crate).with_name("values")
    work = _Work(program, crate, folder, PLAIN, (), python, step)
    return _compile(work, "bench/values.rs.j2", natives)


@fact
class _Work:
    """What is compiled: a tree in `folder`, which `variant` names, with `changed` files."""

    program: Program
    crate: Crate
    folder: Path
    variant: str
    changed: tuple[Copy, ...]
    python: str
    step: Step

    def library(self, source: str, opened: Sequence[Opened]) -> Path:
        """Compile `source`, which calls items that a copy has to make visible."""
        overlay = contents((*self.changed, *copies(self.program, opened)))
        variant = VISIBLE if opened and self.variant == PLAIN else self.variant
        folder = self.folder / variant
        return _shim(self.crate, source, folder, self.python, self.step, overlay, bool(overlay))


def _compile(
    work: _Work, template: str, natives: Iterable[Native]
) -> tuple[Path | None, dict[str, CompilerError]]:
    """Compile the calls that do compile; the errors of the others by symbol."""
    left, refused = tuple(natives), dict[str, CompilerError]()
    while left:
        source = render(template, {"natives": left, "library": work.crate.lib_name})
        try:
            opened = [one for made in left for one in made.opened]
            return work.library(source, opened), refused
        except BuildError as error:
            # The compiler tells of types only once all names are known: there are several rounds.
            found = _blamed(source, error.errors) or _private(left, error)
            if not found:
                raise
            refused |= found
            left = tuple(one for one in left if one.symbol not in refused)
    return None, refused


def _private(natives: Sequence[Native], error: BuildError) -> dict[str, CompilerError]:
    """The calls of private items, by whose copy the crate may not build, if there are others."""
    found = [one.symbol for one in natives if one.opened]
    if not error.errors or len(found) == len(natives):
        return {}
    return dict.fromkeys(found, error.errors[0])


def _blamed(source: str, errors: Iterable[CompilerError]) -> dict[str, CompilerError]:
    """The first error in each call of `source`, by the symbol of the call."""
    calls = [
        (source.count("\n", 0, one.start()) + 1, one["symbol"]) for one in _CALL.finditer(source)
    ]
    found: dict[str, CompilerError] = {}
    for error in errors:
        line = next(_lines_in_calls(error), 0)
        before = [symbol for begin, symbol in calls if begin <= line]
        if before:
            found.setdefault(before[-1], error)
    return found


def _lines_in_calls(error: CompilerError) -> Iterator[int]:
    return (line for name, line in error.places if name.endswith(_CALLS))


def _shim(
    crate: Crate,
    source: str,
    folder: Path,
    python: str,
    step: Step,
    overlay: Mapping[Path, bytes],
    capped: bool,
) -> Path:
    """Compile `source`, which calls the crate, in a tree of its own in `folder`.

    `capped`: without lints, since the copies are not what the user has written.
    """
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
    if capped:
        shim[CAPPED] = render("bench/rustc.sh.j2", {})
    # Another run would write the same tree while the compiler reads it.
    with locked(
        folder.with_name(_LOCK), lambda: step("waiting for the build of another run", 0, 0)
    ):
        tree = make_tree(crate, folder, shim, overlay)
        return build(crate, tree, python, step, capped=capped)


def _linked(crate: Crate, source: str) -> list[Linked]:
    """Packages beside the crate whose functions the timers call."""
    return [
        Linked(name, dependency_crate(crate, name).name, path)
        for name, path in crate.path_dependencies.items()
        if re.search(rf"\b{re.escape(name)}::", source)
    ]
