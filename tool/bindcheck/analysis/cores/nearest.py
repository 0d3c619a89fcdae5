"""Functions that are nearly cores, and the fact that each of them lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice

from bindcheck.analysis.bindings.roles import core_functions
from bindcheck.analysis.cores.aliases import Unaliased, type_aliases
from bindcheck.analysis.cores.index import BINDING_ATTRS, CoreFile, Fn
from bindcheck.analysis.cores.plain import plain_shape, unfit_part
from bindcheck.analysis.cores.shapes import unwrap_option, unwrap_result
from bindcheck.analysis.cores.steps import is_step, step_sign
from bindcheck.analysis.cores.structs import params_taken, unsaid
from bindcheck.analysis.program import Program
from bindcheck.model import Function, ItemRef, Struct

_SHOWN = 5
_NUMBER = r"(?:f64|f32|[iu](?:\d+|size)|bool)\b"
_NUMBERS = re.compile(rf"(?:\[|\bVec<)\s*(?:\[|\(|Vec<)*{_NUMBER}")
_ARRAYS = re.compile(rf"\bArray\w*<.*?{_NUMBER}|\bPy\w*Array\w*<|{_NUMBERS.pattern}")
"""Slices and vectors of numbers, and the arrays of ndarray and of NumPy."""

WANTED = (
    "no struct called `<X>Input`, and no public function that takes slices of numbers (`&[f64]`)"
    " and returns vectors of them"
)
"""What a crate without cores has not."""


def nearest_functions(
    program: Program, name: str = "", *, exactly: bool = False
) -> tuple[str, ...]:
    """`path:line: ..` for the functions that come nearest to a core, a handful.

    With a name those that are called so, or nearly so; just so if `exactly`.
    """
    cores = {ref for core in program.cores for ref, _ in core_functions(core)}
    every = [
        (ref, item)
        for ref, item in _functions(program)
        if ref not in cores and (name or _takes_arrays(item))
    ]
    if name:
        words = sorted({item.name for _, item in every})
        near = (
            {name} if exactly or name in words else set(get_close_matches(name, words, _SHOWN, 0.6))
        )
        every = [one for one in every if one[1].name in near]
    every.sort(key=lambda one: _distance(program, *one))
    callers = callers_of(program, tuple(item.name.encode() for _, item in every))
    told = ((ref, item, why_no_core(program, ref, item, callers.get(ref))) for ref, item in every)
    return tuple(
        f"{place_of(program, ref)}: `{item.name}`: {fact}"
        for ref, item, fact in islice((one for one in told if one[2]), _SHOWN)
    )


def with_nearest(said: str, lines: Sequence[str]) -> str:
    """A sentence with the functions that come nearest, one on each line below."""
    head = f"{said}; functions that are none:" if lines else said
    return "\n".join((head, *(f"  {one}" for one in lines)))


def _functions(program: Program) -> Iterator[tuple[ItemRef, Function]]:
    """The functions of the crate, with the types of their heads called by their own names."""
    said = Unaliased(program, type_aliases(program))
    for path, module in program.modules.items():
        if program.in_crate(path):
            for at, item in enumerate(module.functions):
                yield ItemRef(path, at), said.function(path, item)


def _takes_arrays(item: Function) -> bool:
    return any(one.type is not None and _ARRAYS.search(one.type.text) for one in item.params)


def _distance(program: Program, ref: ItemRef, item: Function) -> tuple[bool, ...]:
    """What sorts functions: the fewer differences, and the smaller, the nearer."""
    test = item.attr("test") is not None or any("test" in str(one) for one in item.cfg)
    return (
        test,
        not over_numbers(program, ref, item),
        bool(item.owner),
        _is_bound(item),
        item.visibility != "pub",
        is_step(item),
    )


def _is_bound(item: Function) -> bool:
    return any(one.path.rpartition("::")[2] in BINDING_ATTRS for one in item.attrs)


def why_no_core(program: Program, ref: ItemRef, item: Function, caller: ItemRef | None) -> str:
    """The fact that keeps a function from being a core; empty where none is known."""
    if ref.path in program.unreached:
        return "no `mod` of the crate leads to its file"
    if not program.active(item.cfg, ref.path):
        return unmet(item)
    if _is_bound(item):
        return "it is a binding itself; a core is a function that one calls"
    if item.owner:
        return f"it is a method of `{item.owner}`; a core is a function by itself"
    fact = unfit(program, ref, item)
    if fact:
        return f"not known: {fact}"
    sign = step_sign(item)
    if sign:
        return f"{sign} tells of a step of something else"
    if not _takes_arrays(item):
        return "it takes no array"
    if item.visibility != "pub":
        return "it is not `pub`, and no binding calls it"
    known = f"`{program.function(caller).name}`, which calls it" if caller is not None else ""
    return f"not known: whether it is more than a step of {known}" if known else ""


def unfit(program: Program, ref: ItemRef, item: Function) -> str:
    """What of its signature no binding can say; empty for a step, and where a core has it."""
    return "" if is_step(item) else lacking(program, ref, item)


def lacking(program: Program, ref: ItemRef, item: Function) -> str:
    """What of its signature no binding can say; empty where a core could have it."""
    file, fn = CoreFile(program, ref.path, type_aliases(program)), Fn(ref, item)
    field = unsaid(file, fn)
    if field:
        return f"how Python says {field}"
    if plain_shape(file, fn, bound=True) is not None:
        return ""
    taken = params_taken(file, fn)
    if taken is not None:
        params = (one for at, one in enumerate(item.params) if at != taken.at)
        item = replace(item, params=tuple(params))
    fact = unfit_part(item)
    returned = fact.startswith("how NumPy says")
    return f"{fact}, which holds no vector of numbers" if returned else fact


def unmet(item: Function) -> str:
    """The predicates that leave a function out."""
    shown = ", ".join(f"#[cfg({cfg})]" for cfg in item.cfg)
    return (
        f"{shown or 'a predicate of its module'} leaves it out of this configuration (--features)"
    )


def offered(program: Program) -> Iterator[tuple[ItemRef, Function]]:
    """Public functions of the crate, those of bindings left out."""
    said = Unaliased(program, type_aliases(program))
    for path, module in program.modules.items():
        if not program.in_crate(path) or path in program.unreached:
            continue
        for at, item in enumerate(module.functions):
            if item.visibility == "pub" and not item.owner and not _is_bound(item):
                yield ItemRef(path, at), said.function(path, item)


def sums_up(item: Function) -> bool:
    """Whether a function makes one real number of many; a whole one is rather a count."""
    kind, _, _ = unwrap_result(item.returns)
    taken = (param.type.text for param in item.params if param.type is not None)
    one = unwrap_option(kind)[0].text in ("f64", "f32")
    return one and any(_NUMBERS.search(text) for text in taken)


def over_numbers(program: Program, ref: ItemRef, item: Function) -> bool:
    """Whether a function takes numbers, and gives some."""
    taken = [param.type.text for param in item.params if param.type is not None]
    given = [item.returns.text, *(text for text in taken if text.startswith("&mut"))]
    named = "|".join(re.findall(r"(?<!')\b[A-Z]\w*(?=\s*[:,>])", item.generics))
    generic = re.compile(rf"\[\s*(?:{named})\s*\]") if named else _NUMBERS
    arrays = [text for text in taken if not text.startswith("&mut")]
    if not any(_NUMBERS.search(text) or generic.search(text) for text in arrays):
        return False
    return any(map(_NUMBERS.search, given)) or _gives_lists(program, ref, item)


def _gives_lists(program: Program, ref: ItemRef, item: Function) -> bool:
    """Whether a function returns a struct with vectors of numbers."""
    kind, _, _ = unwrap_result(item.returns)
    found = program.resolve_type(kind.path, ref.path, item.scope) if kind.path else None
    struct = program.struct(found) if found is not None else None
    fields = struct.fields if isinstance(struct, Struct) else ()
    return any(_NUMBERS.search(field.type.text) for field in fields)


def callers_of(program: Program, names: Iterable[bytes]) -> dict[ItemRef, ItemRef]:
    """A function of the crate that calls each that is called, of those names: steps of theirs."""
    words = tuple(names)
    return {
        callee: ref
        for path, module in program.modules.items()
        if words and program.in_crate(path) and program.file_mentions(path, words)
        for ref in (ItemRef(path, index) for index in range(len(module.functions)))
        if program.mentions(ref, words)
        for callee in program.called(ref)
        if callee != ref
    }


def place_of(program: Program, ref: ItemRef) -> str:
    """`path:line` of a function's name."""
    where = program.location(ref.path, program.function(ref).name_span)
    return f"{where.path}:{where.line}"
