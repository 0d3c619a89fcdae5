"""Ways around the borrow checker: raw views of arrays, and wrappers that claim to be `Send`."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.events import Alias, Wrapped
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Shape, Source, Value
from bindcheck.model import Span

_VIEWS = frozenset(
    {
        *("as_slice", "as_slice_mut", "as_array", "as_array_mut", "get_mut", "uget", "uget_mut"),
        *("from_raw_parts", "from_raw_parts_mut"),
    }
)
_BORROWS = ("PyReadonlyArray", "PyReadwriteArray", "PyArrayLike")
_ELSEWHERE = frozenset({Source.ARGUMENT, Source.EXTRACTED, Source.FIELD})
_BOUND = frozenset({Shape.PYTHON, Shape.NUMPY, Shape.TOKEN})


def note_alias(how: str, array: Value, span: Span, frame: Frame) -> None:
    """Note a view of memory of an array that this body has not made, without a borrow."""
    if how not in _VIEWS or array.shape is not Shape.NUMPY or array.source not in _ELSEWHERE:
        return
    names = array.type.names() if array.type is not None else set()
    borrowed = array.root in frame.borrowed or is_borrow(array)
    if names & ft.NUMPY and not borrowed:
        frame.events.aliases.append(Alias(how, frame.place(span), array, frame.region))


def is_borrow(array: Value) -> bool:
    """Whether a value is what borrows an array: `PyReadonlyArray` and the like."""
    names = array.type.names() if array.type is not None else ()
    return any(name.startswith(_BORROWS) for name in names)


def note_wrapped(name: str, values: Iterable[Value], span: Span, frame: Frame) -> None:
    """Note that Python objects are put into a struct of the crate that says it is `Send`."""
    if name not in frame.world.senders:
        return
    for value in values:
        unbound = value.type is not None and value.type.peel().name == "Py"
        if value.shape in _BOUND and not unbound:
            frame.events.wrapped.append(Wrapped(name, frame.place(span), value))
