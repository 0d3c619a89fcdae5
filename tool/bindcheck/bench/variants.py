"""What is built of a core to be tuned: its sequential and its parallel way, side by side."""

from __future__ import annotations

from bindcheck.analysis.program import Program
from bindcheck.bench.alternatives import alternative
from bindcheck.bench.copies import Copy
from bindcheck.bench.looks import Search
from bindcheck.bench.parallel import hands_over
from bindcheck.bench.plain import others_called
from bindcheck.bench.pythoncall import entry_of
from bindcheck.bench.samples import Kind
from bindcheck.bench.side import Built, build_sides
from bindcheck.bench.switch import Switch, switch_of
from bindcheck.bench.thresholds import Adjustable, Looked, find_threshold
from bindcheck.bench.tree import in_tree, workspace_root
from bindcheck.bench.unread import unread
from bindcheck.bench.wanted import Wanted, candidates
from bindcheck.bench.ways import reached
from bindcheck.crate import Crate
from bindcheck.errors import NothingToDoError
from bindcheck.fact import fact
from bindcheck.model import CoreApi, CoreFunction, ItemRef
from bindcheck.prepare import Step


@fact
class Variants:
    """What is built to be tuned. `sequential`: the way without threads, where a flag chooses it.

    `switch`: the parameter of a case that says whether it uses threads, or how many, if one does.
    `passed`: what decides about threads and cannot be set, in words. `pooled`: all threads are
    those of rayon's pool of the process.
    """

    core: CoreApi
    built: Built
    wanted: Wanted
    found: Adjustable | None
    sequential: Wanted | None = None
    switch: Switch | None = None
    passed: tuple[str, ...] = ()
    pooled: bool = True


def variants_of(
    program: Program,
    crate: Crate,
    core: CoreApi,
    kind: Kind,
    search: Search,
    python: str,
    step: Step,
) -> Variants:
    """Build both ways; a NothingToDoError if there is nothing to choose."""
    function = _function(core, kind)
    looked = find_threshold(program, function.ref, search.line, search.column)
    switch = None if _is_judged(looked) else switch_of(core, kind)
    wanted, sequential = _wanted(program, core, kind, function, looked)
    found = None if wanted.out or switch is not None else looked.found
    ways = [(core, one) for one in (wanted, sequential) if one is not None]
    copies = () if found is None else (_settable_copy(crate, found),)
    built = build_sides(program, crate, ways, python, step, copies, "tune")
    if built.refused:
        raise NothingToDoError(next(iter(built.refused.values())))
    passed, pooled = looked.passed, looked.pooled
    return Variants(core, built, wanted, found, sequential, switch, passed, pooled)


def _is_judged(looked: Looked) -> bool:
    """Whether a constant is known to decide, or was chosen."""
    threshold = None if looked.found is None else looked.found.threshold
    return threshold is not None and (threshold.threads_above is not None or threshold.chosen)


def _settable_copy(crate: Crate, found: Adjustable) -> Copy:
    """The copy of the file, if it is one of those that are built."""
    place = found.threshold.location
    if not in_tree(crate, place.path):
        raise NothingToDoError(
            f"`{found.threshold.text}` lies outside of the workspace {workspace_root(crate)}, of "
            "which alone a copy is built, in which a size can be set: tune it in its own workspace",
            place.path,
            place.line,
        )
    return found.copy


def _wanted(
    program: Program,
    core: CoreApi,
    kind: Kind,
    function: CoreFunction,
    looked: Looked,
) -> tuple[Wanted, Wanted | None]:
    """How the core is called: with another constant or number of threads, or with another flag.

    A constant that is not known to decide comes last.
    """
    constant = Wanted(kind, threads="threads" in function.roles)
    if _is_judged(looked):
        return constant, None
    told = _told(program, core, kind)
    if told is not None:
        return told
    if looked.found is not None or switch_of(core, kind) is not None:
        return constant, None
    raise _nothing_to_tune(program, core, kind, function, looked)


def _nothing_to_tune(
    program: Program, core: CoreApi, kind: Kind, function: CoreFunction, looked: Looked
) -> NothingToDoError:
    """Why there is nothing to tune, and what else could be."""
    chosen = alternative(program, core, kind)
    if chosen is not None:
        return NothingToDoError(
            f"{chosen.told}: that choice is in the binding, and only what `{function.name}` itself "
            "compares can be tuned: make the choice in a function of the crate that the binding "
            "calls"
        )
    other = kind is Kind.BATCH and any((core.with_kernel, core.single))
    hint = "; --single looks at calls on one series" if other else ""
    called = others_called(program, core, entry_of(program, core, kind))
    if called:
        hint = f"; the binding calls {called} too: what chooses in the binding is not tuned{hint}"
    return NothingToDoError(f"{_nothing(program, function, looked)}{hint}")


def _told(program: Program, core: CoreApi, kind: Kind) -> tuple[Wanted, Wanted | None] | None:
    """The ways of a core that takes a number of threads, or a flag."""
    # Into one buffer: what allocating and mapping costs is no matter of threads.
    if kind is Kind.BATCH and core.batch_inner_into is not None:
        if "threads" in core.batch_inner_into.roles:
            return Wanted(kind, out=True, threads=True), None
        if _has_flag(program, core.batch_inner_into):
            return Wanted(kind, out=True), Wanted(kind, out=True, parallel=False)
    return None


def _nothing(program: Program, function: CoreFunction, looked: Looked) -> str:
    """Why there is nothing to tune."""
    if looked.passed:
        return (
            f"`{function.name}` compares no size with a constant before it works in parallel, as "
            f"far as can be read, but {'; '.join(looked.passed)}: choose one with --line LINE"
        )
    name = function.name
    what = f"no comparison of a size was found before `{name}` works in parallel, and it"
    if not looked.parallel:
        what = _without(program, function.ref, name)
    return f"{what} takes neither a number of threads nor a flag for them: there is nothing to tune"


def _without(program: Program, ref: ItemRef, name: str) -> str:
    """That no parallel section was found, and what was not looked at."""
    sections = "no parallel iterator, `rayon::join` or `thread::scope` on its way"
    if hands_over(program, reached(program, ref)):
        return f"`{name}` starts threads in a way that is not followed ({sections}), and"
    foreign = unread(program, ref)
    if foreign:
        told = f"what it calls of {foreign} is not read"
        return f"no threads were found that `{name}` starts ({sections}), but {told}; it"
    return f"`{name}` starts no threads ({sections}), and"


def _has_flag(program: Program, function: CoreFunction) -> bool:
    """Whether a function can be told to work in parallel; a flag with an underscore is not read."""
    params = program.function(function.ref).params
    named = zip(params, function.roles, strict=True)
    return any(role == "parallel" and not one.name.startswith("_") for one, role in named)


def _function(core: CoreApi, kind: Kind) -> CoreFunction:
    found = next((one for one in candidates(core, Wanted(kind)) if one is not None), None)
    if found is None:
        raise NothingToDoError(f"`{core.name}` has no core function for a {kind.value} call")
    return found
