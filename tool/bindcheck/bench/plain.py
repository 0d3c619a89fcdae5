"""Bindings of plain functions, in a crate whose other cores take an input structure.

An audit holds such a function for a helper. To measure it, a binding and what it calls are enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.analysis.bindings.roles import core_functions, with_roles
from bindcheck.analysis.cores.aliases import type_aliases
from bindcheck.analysis.cores.index import CoreFile
from bindcheck.analysis.cores.plain import (
    is_result_unfit,
    plain_cores,
    series_of,
    takes_types,
    unfit_param,
)
from bindcheck.analysis.cores.steps import step_sign, step_word
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.program import Exposed, Program
from bindcheck.bench.claims import claimed
from bindcheck.bench.pythoncall import ONE_DIMENSION, deep_of, deep_parameter
from bindcheck.bench.samples import Unmeasured
from bindcheck.fact import replace
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Function, ItemRef, Role

_ARRAYS = ("PyArray", "PyReadonlyArray", "PyReadwriteArray", "PyUntypedArray")
_SHOWN = 3
_TIMED = (Role.SINGLE, Role.BATCH)
_SAID = "a case gives slices and views of one dimension of numbers, single numbers, flags and texts"
_MEASURED = "what is measured are vectors, arrays of one dimension and numbers"


def with_plain(program: Program) -> Program:
    """The program with a core for each plain function that a binding without a core calls.

    First those that an audit knows as cores elsewhere, then those that are measured alone.
    """
    free = _without_core(program)
    plain = _plain(program, free)
    if plain:
        told = [one for one in with_roles(program, free, plain) if one.role is Role.SINGLE]
        program = _with(program, plain, told)
    return _with_claims(program)


def _with_claims(program: Program) -> Program:
    free = [one for one in _without_core(program) if not deep_parameter(program, one)]
    claims = claimed(program, free)
    found = tuple(dict.fromkeys(claims.values()))
    taken = _names_of_several((*program.cores, *found))
    cores = {core: _named(core, taken) for core in found}
    told = [
        replace(one, indicator=cores[claims[one.ref]].name, role=Role.SINGLE)
        for one in free
        if one.ref in claims
    ]
    return _with(program, tuple(cores.values()), told)


def _with(program: Program, cores: Sequence[CoreApi], told: Sequence[EntryPoint]) -> Program:
    """The program with more cores, and with entry points that are told of."""
    if not cores:
        return program
    by_ref = {one.ref: one for one in told}
    entries = tuple(
        by_ref.get(one.ref, one) if one.kind is EntryKind.FUNCTION else one
        for one in program.entries
    )
    return program.exposing(Exposed(entries, program.registrations, (*program.cores, *cores)))


def unmeasured(program: Program) -> tuple[str, ...]:
    """Python names of functions that take arrays and are not timed: without a core, or beside."""
    alone = (one.python_name for one in _without_core(program) if _takes_arrays(program, one))
    return (*alone, *(one.python_name for one, _ in second_bindings(program)))


def second_bindings(program: Program) -> Iterator[tuple[EntryPoint, EntryPoint]]:
    """Bindings of a core that has another one before, which is timed; with that."""
    firsts: dict[tuple[str | None, Role], EntryPoint] = {}
    for entry in program.entries:
        if entry.active and entry.role in _TIMED and entry.indicator is not None:
            first = firsts.setdefault((entry.indicator, entry.role), entry)
            if first.python_name != entry.python_name:
                yield entry, first


def left_unmeasured(program: Program) -> tuple[Unmeasured, ...]:
    """The same functions, each with what it calls instead of a core, or what is timed for it."""
    return (
        *(
            Unmeasured(one.python_name, _calls(program, one, program.called(one.ref)))
            for one in _without_core(program)
            if _takes_arrays(program, one)
        ),
        *(
            Unmeasured(one.python_name, _other(one, first))
            for one, first in second_bindings(program)
        ),
    )


def _other(entry: EntryPoint, first: EntryPoint) -> str:
    return f"its core, `{entry.indicator}`, is measured by another binding, `{first.python_name}`"


def others_called(program: Program, core: CoreApi, entry: EntryPoint) -> str:
    """The functions of other cores that a binding calls besides its own, with their places."""
    own = _functions(core)
    other = {ref for one in program.cores if one is not core for ref in _functions(one)} - own
    return listed(program, [one for one in program.called(entry.ref) if one in other][:_SHOWN])


def why_unmeasured(program: Program, name: str) -> str | None:
    """Why a binding is not measured; None if `name` is neither one nor called by one."""
    for entry, first in second_bindings(program):
        if name == entry.python_name:
            return f"the binding {name!r} is not measured: {_other(entry, first)}"
    for entry in _without_core(program):
        called = program.called(entry.ref)
        if name in (entry.python_name, *(program.function(one).name for one in called)):
            return (
                f"no core function is known behind the binding {entry.python_name!r}: "
                f"{_calls(program, entry, called)}"
            )
    return None


def why_beside(program: Program, name: str) -> str | None:
    """Why a function that a binding calls is not measured where another one is; None if none is."""
    with_core = (one for one in program.entries if one.active and one.role in _TIMED)
    for entry in with_core:
        core = next((one for one in program.cores if one.name == entry.indicator), None)
        for ref in program.called(entry.ref) if core is not None else ():
            if program.function(ref).name == name and core is not None:
                word = step_word(program.function(ref))
                why = f", and {word} tells of a step" if word else ""
                return (
                    f"the binding {entry.python_name!r} calls {listed(program, [ref])} beside the "
                    f"core that it is measured against, `{core.name}`{why}"
                )
    return None


def _calls(program: Program, entry: EntryPoint, called: Sequence[ItemRef]) -> str:
    """What stands behind a binding, and why it cannot be timed by itself."""
    if not called:
        return "it calls no function of the crate that could be timed without it"
    fit = [one for one in called if not _lacking(program, one)]
    if fit:
        given = deep_parameter(program, entry)
        if given:
            what = f"`{given}` of the binding has more than one dimension"
            return f"it calls {listed(program, fit[:_SHOWN])}, but {what}, and {ONE_DIMENSION}"
        if len(fit) > 1:
            return (
                f"it calls several functions that could be timed, {listed(program, fit[:_SHOWN])}"
            )
        return f"it calls {listed(program, fit)}, but it does more than that"
    # What only makes an error of another, say, is no reason where something else reads the arrays.
    reading = [one for one in called if _reads(program.function(one))] or called
    told = "; ".join(
        f"{listed(program, [one])}, {_lacking(program, one)}" for one in reading[:_SHOWN]
    )
    return f"it calls {told}"


def _lacking(program: Program, ref: ItemRef) -> str:
    """Why a function is none that takes arrays and values, and returns vectors or numbers."""
    item = program.function(ref)
    if _tuples(item):
        return (
            f"which takes a tuple, {_tuples(item)}: a case has one value for each parameter; a "
            "function that takes the numbers one by one, called by the binding, could be timed"
        )
    if item.owner:
        return f"which is a method of `{item.owner}`"
    if item.attr("target_feature", "test") is not None:
        return f"which is a step of something else by {step_sign(item)}"
    deep = deep_of(item.params)
    if deep is not None:
        return f"which takes `{deep}`, of more than one dimension: {ONE_DIMENSION}"
    if item.is_unsafe or item.is_async:
        return f"which is `{'unsafe' if item.is_unsafe else 'async'}`"
    return _unfit(item)


def _unfit(item: Function) -> str:
    """What of a signature no case can say, or cannot be measured."""
    if takes_types(item):
        return f"which takes types as parameters, `{item.name}{item.generics}`: {_SAID}"
    param = unfit_param(item, wide=True)
    if param is not None:
        shown = f"{param.name}: {param.type.text}" if param.type is not None else param.name
        return f"which takes `{shown}`: {_SAID}"
    if is_result_unfit(item, wide=True):
        return f"which returns `{item.returns.text}`: {_MEASURED}"
    return "" if _reads(item) else "which takes no slice to read from"


def _reads(item: Function) -> bool:
    """Whether a function takes a slice, or a view of one dimension."""
    return any(one.type is not None and series_of(one.type, wide=True) for one in item.params)


def _tuples(item: Function) -> str:
    """The parameters of a function that are tuples."""
    types = ((one.name, one.type.peel()) for one in item.params if one.type is not None)
    return ", ".join(f"`{name}: {one.text}`" for name, one in types if one.kind == "tuple")


def listed(program: Program, refs: Sequence[ItemRef]) -> str:
    """Functions with their places."""
    functions = [(program.function(one), one.path) for one in refs]
    places = [(one.name, program.location(path, one.name_span)) for one, path in functions]
    return ", ".join(f"`{name}` ({place.path}:{place.line})" for name, place in places)


def _without_core(program: Program) -> tuple[EntryPoint, ...]:
    return tuple(
        one
        for one in program.entries
        if one.active
        and one.kind is EntryKind.FUNCTION
        and (one.indicator is None or one.role is Role.OTHER)
    )


def _plain(program: Program, free: tuple[EntryPoint, ...]) -> tuple[CoreApi, ...]:
    called = {ref for entry in free for ref in program.called(entry.ref)}
    known = {ref for core in program.cores for ref, _ in core_functions(core)}
    wanted = called - known
    if not wanted:
        return ()
    aliases = type_aliases(program)
    reached = [path for path in program.modules if path not in program.unreached]
    found = plain_cores([CoreFile(program, path, aliases) for path in reached], program)
    own = [one for one in found if _functions(one) & wanted]
    taken = _names_of_several(own) | {core.name for core in program.cores}
    return tuple(_named(one, taken) for one in own)


def _functions(core: CoreApi) -> set[ItemRef]:
    return {ref for ref, _ in core_functions(core)}


def _names_of_several(cores: Iterable[CoreApi]) -> set[str]:
    """The names that more than one core has."""
    return {name for name, number in Counter(core.name for core in cores).items() if number > 1}


def _named(core: CoreApi, taken: set[str]) -> CoreApi:
    """With its module before the name, where an indicator has that name."""
    if core.name not in taken:
        return core
    return replace(core, name="::".join((*core.module_path, core.name)))


def _takes_arrays(program: Program, entry: EntryPoint) -> bool:
    types = (one.type for one in flow_of(program).signatures.of(entry.ref).params)
    names = (name for one in types if one is not None for name in one.names())
    return any(name.startswith(_ARRAYS) for name in names)


def maps_arrow(program: Program) -> tuple[str, ...]:
    """Python names of functions whose types tell of Arrow, as those of `pyo3-arrow` do."""
    return tuple(one.python_name for one in _without_core(program) if _tells_of_arrow(program, one))


def _tells_of_arrow(program: Program, entry: EntryPoint) -> bool:
    function = program.function(entry.ref)
    types = (function.returns, *(one.type for one in function.params))
    return any("arrow" in name.lower() for one in types if one is not None for name in one.names())
