"""Functions that look like indicators and are none, and results that bindings leave out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.bindings.roles import core_functions
from bindcheck.analysis.cores.aliases import type_aliases
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.nearest import (
    callers_of,
    lacking,
    offered,
    over_numbers,
    place_of,
    sums_up,
    unfit,
    unmet,
)
from bindcheck.analysis.cores.plain import plain_shape
from bindcheck.analysis.cores.shapes import NUMBERS
from bindcheck.analysis.cores.steps import is_step, step_word
from bindcheck.analysis.program import Program
from bindcheck.generate.arguments import with_order
from bindcheck.generate.context import Facts
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.learned.untaken import WITHOUT_REFERENCE
from bindcheck.generate.lengths import core_function
from bindcheck.generate.outcome import Mode, Request
from bindcheck.generate.pieces import ROLES
from bindcheck.generate.pythonside import grid_arguments
from bindcheck.model import CoreApi, Function, ItemRef, Struct

_Offered = tuple[ItemRef, Function]


def told_beside(
    program: Program, indicators: Sequence[Indicator], request: Request
) -> Iterator[str]:
    """What no line of a piece tells, where lines tell of what is there."""
    if request.mode not in (Mode.WRITE, Mode.PLAN):
        return
    for one in indicators:
        if any(wanted.piece == "single" and wanted.text for wanted in one.wanted):
            yield from left_out(program, one.core)
        if any(w.piece == "batch" and w.text and not w.interface for w in one.wanted):
            yield from undefaulted(one.facts)
    if request.everything:
        yield from overlooked(program)
    yield from _untaken(program, indicators)


def _untaken(program: Program, indicators: Sequence[Indicator]) -> Iterator[str]:
    """What bindings of our own do not take over from the reference.

    That there is none is told where a core is bound for the first time.
    """
    for one in indicators:
        own = any(
            wanted.piece in ROLES and wanted.text and not wanted.interface for wanted in one.wanted
        )
        untaken = one.facts.style.untaken
        if own and (untaken != (WITHOUT_REFERENCE,) or not program.entries_of(one.core)):
            yield from untaken
            return


def overlooked(program: Program) -> Iterator[str]:
    """`path:line: ..` for each public function over numbers and each stream of no core, and why.

    A crate with structs for inputs has cores of that form alone, but for what was bound before:
    there functions are told that could be cores elsewhere and stand in files without any.
    """
    cores = [core for core in program.cores if program.in_crate(core.path)]
    for core in cores:
        yield from _inactive(program, core)
    known = {ref for core in cores for ref, _ in core_functions(core)}
    public = [(ref, item) for ref, item in offered(program) if ref not in known]
    beside = [(ref, item) for ref, item in public if over_numbers(program, ref, item)]
    inputs = sorted(core.prefix for core in cores if core.input is not None)
    if inputs:
        beside = list(_beside(program, beside, cores))
    alone = [
        (ref, item)
        for ref, item in public
        if sums_up(item) and not is_step(item) and program.active(item.cfg, ref.path)
    ]
    yield from _alone(program, cores)
    callers = callers_of(program, (item.name.encode() for _, item in (*beside, *alone)))
    for ref, item in beside:
        caller = callers.get(ref)
        if inputs:
            fact = _other_form(program, ref, item, inputs[0]) if caller is None else ""
        else:
            fact = _unfit(program, ref, item, caller)
        if fact:
            yield f"{place_of(program, ref)}: no binding of `{item.name}`: {fact}"
    for ref, item in alone:
        if ref not in callers:
            fact = f"it gives one number (`{item.returns.text}`), not an array"
            yield f"{place_of(program, ref)}: no binding of `{item.name}`: {fact}"


def _other_form(program: Program, ref: ItemRef, item: Function, prefix: str) -> str:
    """Why a function gets no binding in a crate whose indicators take structs."""
    fact = unfit(program, ref, item)
    return (
        f"not known: {fact}" if fact else f"indicators of this crate take structs (`{prefix}Input`)"
    )


def _alone(program: Program, cores: Sequence[CoreApi]) -> Iterator[str]:
    """Streams that belong to no core: classes are made beside a function of one call."""
    known = {core.stream.ref for core in cores if core.stream is not None}
    for path, module in program.modules.items():
        if not program.in_crate(path) or path in program.unreached:
            continue
        fed = {item.owner for item in module.functions if _is_fed(item)}
        for index, item in enumerate(module.structs):
            named = item.name.endswith("Stream") and item.name in fed and item.visibility == "pub"
            if not named or ItemRef(path, index) in known or not program.active(item.cfg, path):
                continue
            if not _held(program, item.name):
                place = program.location(path, item.name_span)
                fact = "not known: the function of one call that it belongs to"
                yield f"{place.path}:{place.line}: no binding of `{item.name}`: {fact}"


def _is_fed(item: Function) -> bool:
    """Whether a method takes the next value."""
    if item.name != "update" or item.receiver != "&mut self" or item.trait:
        return False
    return any(p.type is not None and p.type.names() & NUMBERS for p in item.params)


def _held(program: Program, name: str) -> bool:
    """Whether a class that Python sees is a stream of this name, or holds one."""
    return any(
        item.attr("pyclass") is not None
        and (item.name == name or any(name in field.type.names() for field in item.fields))
        for path, module in program.modules.items()
        if program.in_crate(path)
        for item in module.structs
    )


def left_out(program: Program, core: CoreApi) -> Iterator[str]:
    """Fields of a core's result that its binding does not give."""
    function = core_function(core)
    ref = None
    if core.output_struct is not None and function is not None:
        scope = program.function(function.ref).scope
        ref = program.resolve_type(core.output_struct, core.path, scope)
    item = program.struct(ref) if ref is not None else None
    given = {one.name for one in core.outputs}
    for field in item.fields if isinstance(item, Struct) and given else ():
        if field.name not in given:
            shown = f"`{field.name}: {field.type.text}` of `{core.output_struct}`"
            yield f"{core.name}: its binding leaves out {shown}: it gives arrays alone"


def undefaulted(facts: Facts) -> Iterator[str]:
    """Arguments of a batch whose defaults are lost: one behind them has none."""
    given = [one.argument for one in grid_arguments(facts)]
    pairs = list(zip(given, with_order(given), strict=True))
    lost = [f"`{had.name}`" for had, has in pairs if had.default is not None and not has.default]
    if lost:
        last = next(one.name for one in reversed(given) if one.default is None)
        shown = f"{', '.join(lost)} of its batch must be given"
        yield f"{facts.core.name}: {shown}: `{last}` behind has no default"


def _inactive(program: Program, core: CoreApi) -> Iterator[str]:
    """A function of one call that is not part of this configuration."""
    if core_function(core) is not None:
        return
    bare = core.name.rpartition("::")[2]
    for index, item in enumerate(program.modules[core.path].functions):
        if item.name in (bare, f"{bare}_with_kernel") and not program.active(item.cfg, core.path):
            place = place_of(program, ItemRef(core.path, index))
            yield f"{place}: no binding of `{item.name}`: {unmet(item)}"
            return


def _unfit(program: Program, ref: ItemRef, item: Function, caller: ItemRef | None) -> str:
    """Why a function gets no binding; a step that could not have one anyway is not meant."""
    fact = unfit(program, ref, item)
    if caller is not None:
        known = f"not known: whether it is more than a step of `{program.function(caller).name}`"
        return "" if fact or is_step(item) or item.generics else f"{known}, which calls it"
    if not program.active(item.cfg, ref.path):
        return unmet(item)
    word = step_word(item)
    if word and not lacking(program, ref, item):
        return f"{word} tells of a step of something else"
    if fact or is_step(item) or item.generics or lacking(program, ref, item):
        return f"not known: {fact}" if fact else ""
    return (
        f"beside what is bound it counts as a helper; `generate {item.name}` says that it is none"
    )


def _beside(
    program: Program, public: Sequence[_Offered], cores: Sequence[CoreApi]
) -> Iterator[_Offered]:
    """Functions that would be cores, or told to be none, if no struct were an input.

    In the file of a core those that have nothing of its name, and could be cores themselves.
    """
    names: dict[str, set[str]] = {}
    for core in cores:
        names.setdefault(core.path, set()).update(_words(core.name.rpartition("::")[2]))
    aliases = type_aliases(program)
    for ref, item in public:
        if not program.active(item.cfg, ref.path):
            continue
        file = CoreFile(program, ref.path, aliases)
        fits = plain_shape(file, Fn(ref, item)) is not None
        if ref.path in names:
            if fits and not names[ref.path] & _words(item.name):
                yield ref, item
        elif fits or unfit(program, ref, item):
            yield ref, item


def _words(name: str) -> set[str]:
    return set(name.split("_"))
