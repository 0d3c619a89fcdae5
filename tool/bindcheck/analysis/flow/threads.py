"""What bodies do with threads: parts that others run, attaching, and waiting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bindcheck.analysis.flow.events import Attach, Called, Section, Wait
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Shape, Value
from bindcheck.model import FieldAccess, MethodCall, Node, Path, Span

POOLS = frozenset({"install", "in_place_scope", "scope", "broadcast"})
_LOCKS = frozenset({"lock", "read", "write", "blocking_lock", "blocking_read", "blocking_write"})
FILE_METHODS = frozenset({"save", "save_to_file", "load_from_file", "to_file", "from_file"})
_FILE_FUNCTIONS = FILE_METHODS | {
    *("open_file", "read_file", "load_file", "write_file", "new_file", "create_file"),
}
_OPENS = re.compile(r"(?:load|open|from_mmap(?:ped|ed)?)(?:_\w+)?|read_\w+")
"""Names of functions of other crates that go to a file if they are handed a path."""
_CALLED_PATH = re.compile(r"(?:.*_)?(?:path|file|filename|filepath)s?")
_PATHS = frozenset({"Path", "PathBuf"})
_LOCKABLE = frozenset({Shape.STRUCT, Shape.UNKNOWN, Shape.SCALAR})


@contextmanager
def section(
    frame: Frame, span: Span, what: str, args: Sequence[Node], *, waits: bool
) -> Iterator[None]:
    """Evaluate a part that other threads run; functions among `args` are called in it."""
    outer = frame.sections
    frame.sections = (*outer, Section(frame.place(span), what, frame.region, waits))
    for arg in args:
        targets = frame.callees.get(arg.span, ()) if isinstance(arg, Path) else ()
        if targets:
            place = frame.place(arg.span)
            called = Called(place, arg, targets, (), frame.region, frame.sections)
            frame.events.calls.append(called)
    try:
        yield
    finally:
        frame.sections = outer


@contextmanager
def workers(receiver: Value, node: MethodCall, frame: Frame) -> Iterator[None]:
    """Evaluate a step of a chain, which other threads run if the chain is a parallel one."""
    if not receiver.parallel:
        yield
        return
    with section(frame, node.span, f"`{node.method}`", node.args, waits=True):
        yield


def attaches(frame: Frame, span: Span) -> None:
    """Note that the thread under evaluation attaches."""
    frame.events.attaches.append(Attach(frame.place(span), frame.region, frame.sections))


def waits(frame: Frame, node: Node, how: str, value: Value) -> None:
    """Note a place that may wait."""
    frame.events.waits.append(
        Wait(how, frame.place(node.span), node, value, frame.region, frame.sections)
    )


def names_file(name: str, args: Sequence[Value]) -> bool:
    """Whether an unknown function goes to a file, by its name and the path it gets."""
    return name in _FILE_FUNCTIONS and any(_is_path(one) for one in args)


def opens_path(name: str, nodes: Sequence[Node], args: Sequence[Value]) -> bool:
    """Whether a function of another crate goes to a file that the caller names.

    A text is a path if it is called so: `load(text)` may as well read the text itself.
    """
    return _OPENS.fullmatch(name) is not None and any(
        _names_path(node, value.element or value) for node, value in zip(nodes, args, strict=False)
    )


def _names_path(node: Node, value: Value) -> bool:
    typed = value.shape is not Shape.TEXT
    return value.caller and _is_path(value) and (typed or _is_called_path(node))


def _is_path(value: Value) -> bool:
    named = value.type is not None and bool(value.type.names() & _PATHS)
    return value.shape is Shape.TEXT or named


def _is_called_path(node: Node) -> bool:
    names = (
        one.last if isinstance(one, Path) else one.name
        for one in node.walk()
        if isinstance(one, (Path, FieldAccess))
    )
    return any(_CALLED_PATH.fullmatch(one) for one in names)


def locks(receiver: Value, node: MethodCall) -> bool:
    """Whether a method call may take a lock: by its name, the receiver's type tells more."""
    return node.method in _LOCKS and not node.args and receiver.shape in _LOCKABLE
