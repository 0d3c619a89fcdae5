"""Where returned arrays come from, and how arguments come in."""

from __future__ import annotations

import re
from enum import StrEnum

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import COMPUTES, Made, Place, Taken
from bindcheck.analysis.flow.types import FLOATS, NUMBERS, RESULTS, SCALARS, SEQUENCES, TEXTS
from bindcheck.analysis.flow.values import Shape, Size, Source, Value
from bindcheck.analysis.memory.copied_fields import is_kept
from bindcheck.analysis.memory.fates import (
    Fate,
    Pointed,
    fate_of_extracted,
    fate_of_param,
    is_number_or_list,
    is_tried_before,
)
from bindcheck.analysis.memory.writers import buffers, element_name
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.fact import fact
from bindcheck.model import EntryPoint, Param, Sequence, TypeRef

_MOVES = frozenset(
    {
        "into_pyarray",
        "into_pyarray_bound",
        "from_vec",
        "from_vec_bound",
        "from_owned_array",
        "from_owned_array_bound",
        "from_owned_object_array",
    }
)
_COPIES = frozenset(
    {
        "to_pyarray",
        "to_pyarray_bound",
        "from_slice",
        "from_slice_bound",
        "from_array",
        "from_array_bound",
        "from_iter",
        "from_iter_bound",
        "from_vec2",
        "from_vec3",
    }
)
_WHOLE = frozenset({"i16", "i32", "i64"})
"""Numbers of data; others count, name or select something, so lists of them are short."""
_ROWS = frozenset({"from_vec2", "from_vec3"})
_LISTS = ("PyList::", "PyTuple::")
_BYTES = ("PyBytes::", "PyByteArray::")
_OWN = frozenset({Source.RESULT, Source.FRESH})
_VALUES = re.compile(r"(?:vec!\s*|Some\(\s*vec!\s*)?\[\s*[^\]\s]")
"""A list that is written out, and holds something."""


class Origin(StrEnum):
    """How an array that Python gets came to be."""

    MOVED = "moved"
    IN_PLACE = "written in place"
    COPIED = "copied"
    REBUILT = "rebuilt element by element"
    LISTED = "turned into Python objects one by one"
    BYTES = "copied into bytes"


_COPIED = (Origin.COPIED, Origin.REBUILT, Origin.BYTES)


@fact
class Result:
    """An array that an entry point makes for Python. `how` is the function that makes it.

    `nested` tells that it is made of rows that are allocated one by one.
    """

    origin: Origin
    place: Place
    how: str
    element: str
    grid: bool
    nested: bool = False


@fact
class ArgumentCopy:
    """An argument that is copied or converted element by element on its way in.

    `kept`: the binding changes its copy or holds it on, so it needs one of its own.
    """

    how: str
    place: Place
    param: Param | None
    element: str
    nested: bool
    certain: bool
    kept: bool = False


def results(program: Program, entry: EntryPoint) -> tuple[Result, ...]:
    """Arrays that an entry point makes, moved or copied; those as long as the grid are marked."""
    found = [_result(program, one) for one in events(program, entry).made]
    found += [
        Result(Origin.IN_PLACE, one.place, one.made_by, "", grid=False)
        for one in buffers(program, entry)
    ]
    return tuple(one for one in found if one is not None)


def _result(program: Program, made: Made) -> Result | None:
    value = made.value
    if made.how.startswith(_BYTES):
        sized = value.owned and _is_sized(program, made)
        return Result(Origin.BYTES, made.place, made.how, "u8", grid=False) if sized else None
    grid = value.size is not Size.DATA
    element = element_name(value)
    if made.how.startswith(_LISTS):
        return Result(Origin.LISTED, made.place, made.how, element, grid)
    if made.how in _COPIES:
        passed_on = _is_passed_on(made)
        ours = value.source in _OWN and passed_on
        rows = made.how in _ROWS
        return Result(Origin.COPIED, made.place, made.how, element, grid, rows) if ours else None
    if made.how not in _MOVES:
        return None
    origin = Origin.REBUILT if value.identity else Origin.MOVED
    return Result(origin, made.place, made.how, element, grid)


def _is_passed_on(made: Made) -> bool:
    """Whether it is an array itself, or an iterator that gives its values as they are."""
    value = made.value
    if value.shape is Shape.ITER:
        return value.identity
    # An iterator of another crate makes what it gives.
    made_up = value.shape is Shape.STRUCT and made.how.startswith("from_iter")
    return value.owned and not made_up


def _is_sized(program: Program, made: Made) -> bool:
    """Whether bytes lie in memory that this crate asks for with its length: `vec![0; n]`.

    A text that grows is as long as it is in the end, and what other crates give has its place.
    """
    ref, root = made.place.ref, made.value.root
    if root is None or root[0] != ref.path:
        return False
    makers = program.callees(ref).get(root[1], ())
    homes = [anatomy_of(program, one) for one in makers or (ref,)]
    sized = [one for home in homes if home is not None for one in home.all(Sequence)]
    repeats = [one for one in sized if one.kind == "repeat"]
    return any(makers or root[1].contains(one.span) for one in repeats)


def copied_results(program: Program, entry: EntryPoint) -> tuple[Result, ...]:
    """Array-sized results that are copied although they could be moved."""
    return tuple(
        one
        for one in results(program, entry)
        if not one.grid and (one.origin in _COPIED or _is_number_list(one))
    )


def _is_number_list(result: Result) -> bool:
    return result.origin is Origin.LISTED and result.element in NUMBERS


def listed_result(program: Program, entry: EntryPoint) -> TypeRef | None:
    """The type of an array-sized `Vec` of numbers that an entry point returns as such."""
    if not is_callable(entry):
        return None
    value = flow_of(program).result_of(entry)
    returns = program.function(entry.ref).returns
    while returns.name in (*RESULTS, "Option") and returns.args:
        returns = returns.args[0]
    data = value.size is Size.DATA and value.shape is Shape.SEQ
    # Rows of numbers are data, wherever they come from: a channel, a function that is a value.
    unknown = value.size is Size.UNKNOWN and value.shape in (Shape.SEQ, Shape.UNKNOWN)
    if not data and not (unknown and _is_rows(returns)):
        return None
    return returns if _numbers(returns) in NUMBERS - {"u8"} else None


def _is_rows(type_: TypeRef) -> bool:
    item = type_.args[0] if type_.args else None
    return item is not None and item.name in SEQUENCES and _numbers(type_) in FLOATS


def _numbers(type_: TypeRef | None) -> str:
    """The number type at the bottom of (nested) sequences, or nothing."""
    if type_ is None or type_.name not in SEQUENCES:
        return ""
    item = type_.args[0] if type_.args else None
    if item is not None and item.name in SEQUENCES:
        return _numbers(item)
    return item.name if item is not None else ""


def copied_arguments(program: Program, entry: EntryPoint) -> tuple[ArgumentCopy, ...]:
    """Array arguments that are copied on the way in, but for the fallback for strided arrays.

    Left out is what a function of another crate asks for as an owned collection, and what may be a
    single number as well: such a list is a parameter.
    """
    if not is_callable(entry):
        return ()
    pointed = {one.place: one.targets for one in events(program, entry).calls}
    return (*_vectors(program, entry, pointed), *_copies(program, entry, pointed))


def _vectors(program: Program, entry: EntryPoint, pointed: Pointed) -> list[ArgumentCopy]:
    function = program.function(entry.ref)
    arrays = any("Array" in name for param in function.params for name in _names(param))
    found = []
    for param in function.params:
        type_ = param.type.peel() if param.type is not None else None
        if type_ is not None and type_.name == "Option" and type_.args:
            type_ = type_.args[0]
        number = _numbers(type_)
        if type_ is None or not _is_data(program, entry, number) or _has_values(entry, param):
            continue
        fate = fate_of_param(program, entry.ref, param.name, pointed)
        setting = number in _WHOLE or _may_be_left_out(entry, param)
        if fate is Fate.GIVEN or (fate is Fate.KEPT and setting):
            continue
        nested = bool(type_.args) and type_.args[0].name in SEQUENCES
        place = Place(entry.ref, param.span)
        kept = fate is Fate.KEPT or param.mutable
        sure = not arrays and number in FLOATS
        found.append(ArgumentCopy("Vec", place, param, number, nested, sure, kept))
    return found


def _has_values(entry: EntryPoint, param: Param) -> bool:
    """Whether the signature writes out values for a list: those of a setting, not data."""
    defaults = [one.default or "" for one in entry.signature or () if one.name == param.name]
    return any(_VALUES.match(one) for one in defaults)


def _may_be_left_out(entry: EntryPoint, param: Param) -> bool:
    """Whether a call needs no such argument: what an object keeps of it says how it is set up."""
    given = (one.default for one in entry.signature or () if one.name == param.name)
    return param.type is not None and (
        param.type.peel().name == "Option" or any(one is not None for one in given)
    )


def _is_data(program: Program, entry: EntryPoint, number: str) -> bool:
    """Whether a list of such numbers is data, not a parameter."""
    return number in FLOATS or (number in _WHOLE and _computes_on_whole_numbers(program, entry))


def _computes_on_whole_numbers(program: Program, entry: EntryPoint) -> bool:
    """Whether a list of whole numbers is all the data that an entry point computes on.

    Beside other data it is a parameter, and what answers with a list is about lists.
    """
    function = program.function(entry.ref)
    others = [one for one in function.params if not _is_setting(one)]
    if function.receiver or len(others) != 1 or function.returns.names() & SEQUENCES:
        return False
    works = events(program, entry).works
    return any(one.size is Size.DATA and one.kind in COMPUTES for one in works)


def _is_setting(param: Param) -> bool:
    return _names(param) <= SCALARS | TEXTS | {"Option", "Python"}


def _names(param: Param) -> set[str]:
    return param.type.names() if param.type is not None else set()


def _copies(program: Program, entry: EntryPoint, pointed: Pointed) -> list[ArgumentCopy]:
    found = []
    for one in events(program, entry).taken:
        if (
            not one.fallback
            and _is_array(program, entry, one)
            and not _is_parameter(program, one, pointed)
            and (one.how == "extract" or not is_kept(program, one.place, pointed))
        ):
            name = element_name(one.value) or _flags(one.value)
            if one.how != "extract" and name != "bool" and is_tried_before(program, one.place):
                continue
            nested = one.value.nested
            sure = one.how != "extract" or name not in _WHOLE
            found.append(ArgumentCopy(one.how, one.place, None, name, nested, sure))
    return found


def _is_parameter(program: Program, taken: Taken, pointed: Pointed) -> bool:
    if taken.how != "extract":
        return False
    given = fate_of_extracted(program, taken.place, pointed) is Fate.GIVEN
    return given or is_number_or_list(program, taken.place)


def _flags(value: Value) -> str:
    item = value.element
    return "bool" if item is not None and item.type is not None and item.type.name == "bool" else ""


def _is_array(program: Program, entry: EntryPoint, taken: Taken) -> bool:
    if taken.how == "tolist":
        return True
    value: Value = taken.value
    if value.size is not Size.DATA:
        return False
    if taken.how == "extract":
        return _is_data(program, entry, element_name(value))
    return taken.how != "Vec"
