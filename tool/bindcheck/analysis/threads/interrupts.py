"""Long calls, and whether they can be interrupted."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.bindings.arguments import deals_with_python, python_params
from bindcheck.analysis.flow.events import COMPUTES, Kind, Place
from bindcheck.analysis.flow.types import SCALARS
from bindcheck.analysis.flow.values import Size
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.fact import fact
from bindcheck.model import Call, EntryPoint, ItemRef, MethodCall, Path, Role, TypeRef

_ASKS = frozenset({"check_signals", "PyErr_CheckSignals"})
_ASK_WORDS = (b"check_signals", b"PyErr_CheckSignals")
_LONG = COMPUTES | {Kind.FOREIGN}
_FUTURES = frozenset({"future_into_py", "future_into_py_with_locals"})
_DEEPEST = 4
_AXIS = 3


@fact
class Long:
    """Where a batch does its work. `grid`: it goes over the parameter grid of an indicator."""

    place: Place
    grid: bool


def uninterruptible(program: Program, entry: EntryPoint) -> Long | None:
    """Where a batch does its work, if it does so without ever looking for signals."""
    if not is_callable(entry) or program.function(entry.ref).is_async:
        return None
    grid = entry.role is Role.BATCH and _sweeps(program, entry)
    if not grid and not _is_batch(program, entry):
        return None
    place = _chief_work(program, entry)
    if place is None or any(_asks(program, ref) for ref in _bindings(program, entry.ref)):
        return None
    return Long(place, grid)


def _sweeps(program: Program, entry: EntryPoint) -> bool:
    """Whether the grid of a batch can have more than one row: something is swept, and looked at."""
    core = program.core(entry.indicator) if entry.indicator else None
    params = python_params(program.function(entry.ref), entry.kind)
    triples = [one for one in params if one.type is not None and _is_triple(one.type)]
    if core is not None and not core.params and (core.range_struct is not None or not triples):
        return False
    return not triples or not all(one.name.startswith("_") for one in triples)


def _is_triple(type_: TypeRef) -> bool:
    """`(usize, usize, usize)`: start, end and step."""
    inner = type_.args[0] if type_.name == "Option" and type_.args else type_
    return inner.kind == "tuple" and len(inner.args) == _AXIS


def _is_batch(program: Program, entry: EntryPoint) -> bool:
    """Whether a binding works on a list of things of which each takes its time."""
    name = entry.python_name.lower()
    # A record batch is a table: there is one in the list for each piece of the data.
    if "batch" not in name.replace("record_batch", ""):
        return False
    params = python_params(program.function(entry.ref), entry.kind)
    given = [one.type for one in params if one.type is not None]
    # A list that may be left out selects: the things worked on are elsewhere.
    types = [part for one in given if one.peel().name != "Option" for part in one.walk()]
    return any(
        one.name in ("PyList", "PySequence", "PyTuple")
        or (one.name == "Vec" and bool(one.args) and one.args[0].name not in SCALARS)
        for one in types
    )


def _chief_work(program: Program, entry: EntryPoint) -> Place | None:
    """The first core call of the entry, else its first work over the data."""
    works = [
        one for one in events(program, entry).works if one.kind in _LONG and one.size is Size.DATA
    ]
    works.sort(key=lambda one: (one.kind is not Kind.CORE, one.python))
    for one in works:
        place = one.place if one.place.ref == entry.ref else one.via
        if place is not None:
            return place
    return None


def _asks(program: Program, ref: ItemRef) -> bool:
    """Whether a function looks for signals, or gives a future that the event loop runs."""
    anatomy = anatomy_of(program, ref)
    if anatomy is None:
        return False
    calls = (node.function for node in anatomy.all(Call))
    names = {path.last for path in calls if isinstance(path, Path)}
    names |= {node.method for node in anatomy.all(MethodCall)}
    return bool(names & (_ASKS | _FUTURES))


def _bindings(program: Program, ref: ItemRef) -> Iterator[ItemRef]:
    """A binding and the functions which it reaches that may look for signals."""
    seen = {ref}
    level = [ref]
    for _ in range(_DEEPEST):
        yield from level
        callees = dict.fromkeys(one for known in level for one in program.called(known))
        level = [one for one in callees if one not in seen and _may_ask(program, one)]
        seen.update(level)


def _may_ask(program: Program, ref: ItemRef) -> bool:
    """Whether a function deals with Python, or stands in a file where signals are looked for.

    The latter is how work is wrapped that looks up now and then: nobody hands it a token.
    """
    return deals_with_python(program.function(ref)) or program.file_mentions(ref.path, _ASK_WORDS)
