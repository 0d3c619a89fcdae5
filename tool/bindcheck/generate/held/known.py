"""What is known of a core when a body is read."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.generate.arguments import free_name
from bindcheck.generate.bodies import fills_prefixes
from bindcheck.generate.context import Facts
from bindcheck.generate.held.evidence import COLS, COMBOS, ROWS, Known
from bindcheck.generate.held.symbols import Symbol, Whole
from bindcheck.generate.style import kernel_pairs
from bindcheck.model import (
    CoreApi,
    CoreFunction,
    ItemRef,
    TypeRef,
)

_LATE = frozenset({ROWS, COLS, COMBOS})
_ARRAYS = ("PyReadonlyArray1", "PyArrayLike1")
_ERRORS = ("PyResult", "Result")


def functions_of(core: CoreApi) -> dict[str, CoreFunction]:
    """The functions of a core by name."""
    listed = (
        *(core.single, core.with_kernel, core.into_slice, core.into_uninit),
        *(core.batch_with_kernel, core.batch_inner, core.batch_inner_into),
    )
    return {one.name: one for one in listed if one is not None}


def known_of(
    facts: Facts, arguments: Mapping[str, Symbol], slices: Mapping[str, str], update: str
) -> Known:
    """What the core of a binding tells; `slices` names the slice of each array."""
    core = facts.core
    validator, auto = facts.style.validator, facts.style.auto
    item = facts.program.struct(core.input) if core.input is not None else None
    grid = zip(core.batch_outputs, core.outputs, strict=False)
    return Known(
        arguments=arguments,
        functions=functions_of(core),
        lists=_lists(facts),
        wholes=_wholes(facts),
        validator=facts.program.function(validator.ref).name if validator is not None else "",
        error=facts.names.external()["PyValueError"],
        params=core.params_struct or "?",
        ranges=core.range_struct or "?",
        input=item.name if item is not None else "?",
        stream=core.stream.name if core.stream is not None else "?",
        update=update or "?",
        result=free_name("result", arguments),
        outputs={one.name: one.name for one in core.outputs},
        grid={field.name: output.name for field, output in grid},
        variable=lambda name: slices[name],
        slices=frozenset(slices.values()),
        warmers=_warmers(facts),
        auto=facts.program.function(auto).name if auto is not None else "",
        kernels=frozenset(batch for batch, _ in kernel_pairs(facts.program, core.path)),
    )


def _warmers(facts: Facts) -> frozenset[str]:
    """Functions, called in the core's file, that write the warm-up of rows."""
    program, path = facts.program, facts.core.path
    count = len(program.modules[path].functions)
    refs = {ref for at in range(count) for ref in program.called(ItemRef(path, at))}
    return frozenset(
        program.function(ref).name for ref in refs if fills_prefixes(program, ref, uninit=False)
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
        inner = kind.args[0] if kind.name in _ERRORS and kind.args else kind
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
        inner = kind.args[0] if kind.name in _ERRORS and kind.args else kind
        if _lists_params(core, inner):
            found.add(function.name)
    return frozenset(found)
