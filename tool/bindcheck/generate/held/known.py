"""What is known of a core when a body is read."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.arguments import free_name
from bindcheck.generate.bodies import fills_prefixes
from bindcheck.generate.context import Facts
from bindcheck.generate.held.evidence import Known
from bindcheck.generate.held.function import ERRORS
from bindcheck.generate.held.symbols import Symbol, Whole
from bindcheck.generate.style import kernel_pairs
from bindcheck.model import (
    Call,
    CoreApi,
    CoreFunction,
    Function,
    ItemRef,
    Path,
    TypeRef,
)

_LONGEST = 1000
"""Bytes of a body that only calls a function, at the most: others are not looked at."""


def functions_of(core: CoreApi) -> dict[str, CoreFunction]:
    """The functions of a core by name."""
    listed = (
        *(core.single, core.with_kernel, core.into_slice, core.into_uninit),
        *(core.batch_with_kernel, core.batch_inner, core.batch_inner_into),
    )
    return {one.name: one for one in listed if one is not None}


@fact
class Forwarded:
    """Functions that functions of the core hand everything on to, and do nothing else.

    `names` gives the function of the core for each, `places` where its arguments stand in theirs.
    """

    names: Mapping[str, str]
    places: Mapping[str, tuple[int, ...]]


def forwarded_of(facts: Facts) -> Forwarded:
    """`fn kama_into_slice(out, input, kern) -> .. { kama_into(input, kern, out) }`."""
    core, program = facts.core, facts.program
    taken = functions_of(core)
    names: dict[str, str] = {}
    places: dict[str, tuple[int, ...]] = {}
    for one in (core.into_slice, core.into_uninit, core.with_kernel):
        handed = _handed_on(program, one.ref) if one is not None else None
        if one is not None and handed is not None and handed[0] not in {*taken, *names}:
            names[handed[0]], places[handed[0]] = one.name, handed[1]
    return Forwarded(names, places)


def _handed_on(program: Program, ref: ItemRef) -> tuple[str, tuple[int, ...]] | None:
    """The function of the same file that a body only calls, with all arguments as they are."""
    if program.exceeds(ref, _LONGEST):
        return None
    function, body = program.function(ref), program.body(ref)
    if body is None or not body.tail or len(body.statements) != 1 or body.functions or body.uses:
        return None
    call = body.statements[0]
    path = call.function if isinstance(call, Call) else None
    if not isinstance(call, Call) or not isinstance(path, Path) or len(path.segments) != 1:
        return None
    beside = [one for one in program.modules[ref.path].functions if not one.owner]
    found = [one for one in beside if one.name == path.last]
    alone = sum(one.name == function.name for one in beside) == 1
    given = [one.text if isinstance(one, Path) else "" for one in call.args]
    params = [one.name for one in function.params]
    whole = all(params) and sorted(given) == sorted(params) and len(set(params)) == len(params)
    if not whole or not alone or len(found) != 1 or not _alike(found[0], function):
        return None
    return path.last, tuple(given.index(name) for name in params)


def _alike(one: Function, other: Function) -> bool:
    """Whether a function is there whenever another one is, and gives the same type."""
    built = (one.scope, one.cfg) == (other.scope, other.cfg)
    return built and one.returns.text == other.returns.text and not other.is_unsafe


def known_of(
    facts: Facts,
    arguments: Mapping[str, Symbol],
    slices: Mapping[str, str],
    update: str,
    *,
    grid: bool = False,
) -> Known:
    """What the core of a binding tells; `slices` names the slice of each array."""
    core, program = facts.core, facts.program
    validator, auto = facts.kernel_reader(), facts.style.auto
    item = facts.program.struct(core.input) if core.input is not None else None
    fields = zip(core.batch_outputs, core.outputs, strict=False)
    functions = functions_of(core)
    forwarded = Forwarded({}, {}) if grid else forwarded_of(facts)
    grid_of = core.expand_grid.name if core.expand_grid is not None else None
    own = (core.params_struct, core.output_struct, core.batch_output, grid_of)
    of = f"{', '.join(map(str, own))} of {core.path}"
    return Known(
        arguments=arguments,
        functions={**functions, **{n: functions[f] for n, f in forwarded.names.items()}},
        lists=program.keep(f"functions that list {of}", lambda: _lists(facts)),
        wholes=program.keep(f"functions that return {of}", lambda: _wholes(facts)),
        validator=facts.program.function(validator).name if validator is not None else "",
        error=facts.names.external()["PyValueError"],
        params=core.params_struct or "?",
        ranges=core.range_struct or "?",
        input=item.name if item is not None else "?",
        stream=core.stream.name if core.stream is not None else "?",
        update=update or "?",
        result=free_name("result", arguments),
        outputs={one.name: one.name for one in core.outputs},
        grid={field.name: output.name for field, output in fields},
        variable=lambda name: slices[name],
        slices=frozenset(slices.values()),
        warmers=warmers_of(facts),
        auto=facts.program.function(auto).name if auto is not None else "",
        kernels=frozenset(batch for batch, _ in kernel_pairs(facts.program, core.path)),
        forwarded=forwarded.places,
    )


def warmers_of(facts: Facts) -> frozenset[str]:
    """Functions, called in the core's file, that write the warm-up of rows."""
    program, path = facts.program, facts.core.path
    return program.keep(f"functions that write warm-ups for {path}", lambda: _called(program, path))


def _called(program: Program, path: str) -> frozenset[str]:
    known = program.keep("functions that write warm-ups", lambda: _writing(program))
    names = {program.function(ref).name for ref in known}
    # What the file knows by its name need not be looked for in bodies.
    found = {name for name in names if known.intersection(program.resolve((name,), path))}
    words = tuple(sorted(name.encode() for name in names - found))
    own = (ItemRef(path, at) for at in range(len(program.modules[path].functions)))
    callers = (ref for ref in own if words and program.mentions(ref, words))
    called = {one for ref in callers for one in program.called(ref)}
    return frozenset(found | {program.function(ref).name for ref in called & known})


def _writing(program: Program) -> frozenset[ItemRef]:
    """All such functions: few files have any, which their texts tell."""
    return frozenset(
        ItemRef(path, at)
        for path, module in program.modules.items()
        if program.file_mentions(path, (b"[usize]",))
        for at in range(len(module.functions))
        if fills_prefixes(program, ItemRef(path, at), uninit=False)
    )


def _wholes(facts: Facts) -> dict[str, Whole]:
    """Functions of the core's file that return the result of a call or of a grid."""
    core = facts.core
    kinds = {core.output_struct: Whole(), core.batch_output: Whole(batch=True)}
    for item in facts.program.modules[core.path].structs:
        if any(_lists_params(core, field.type) for field in item.fields):
            kinds.setdefault(item.name, Whole(batch=True, other=True))
    found = {}
    for function in facts.program.modules[core.path].functions:
        kind = function.returns
        inner = kind.args[0] if kind.name in ERRORS and kind.args else kind
        if not function.owner and inner.name and inner.name in kinds:
            found[function.name] = kinds[inner.name]
    return found


def _lists_params(core: CoreApi, kind: TypeRef) -> bool:
    return kind.name == "Vec" and bool(kind.args) and kind.args[0].name == core.params_struct


def _lists(facts: Facts) -> frozenset[str]:
    """Functions of the core's file that list combinations."""
    core = facts.core
    found = {core.expand_grid.name} if core.expand_grid is not None else set()
    for function in facts.program.modules[core.path].functions:
        kind = function.returns
        inner = kind.args[0] if kind.name in ERRORS and kind.args else kind
        if _lists_params(core, inner):
            found.add(function.name)
    return frozenset(found)
