"""Single steps of a body, looked at more closely: which of them are work that could be released."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.costs.contexts import chain
from bindcheck.analysis.costs.nan_writes import is_nan, named_values, stored
from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.events import Kind, Work
from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Closure,
    FieldAccess,
    Gated,
    Index,
    ItemRef,
    Jump,
    Literal,
    Loop,
    MacroCall,
    MethodCall,
    Node,
    Param,
    Path,
    Range,
    Sequence,
    Span,
    Unary,
)

_ZERO = re.compile(r"0[0_]*(?:\.[0_]*)?(?:_?(?:f|u|i)(?:\d+|size))?|false")
_GRID = re.compile(r"combo|param|grid|sweep")
_ATTACHED = frozenset(
    {
        *("as_slice", "as_array", "as_slice_mut", "as_array_mut", "readonly", "readwrite"),
        *("extract", "get_item", "getattr", "bind", "borrow", "borrow_mut", "try_borrow"),
        *("to_object", "into_py", "into_pyobject", "unbind", "into_pyarray", "to_pyarray"),
        *("set_item", "append", "downcast", "cast", "as_any", "into_any"),
    }
)
_TESTS = frozenset({"any", "all", "try_for_each"})
_LENGTHS = frozenset({"n", "len", "length", "size", "cols", "total"})
_STOPS = frozenset({"take_while", "map_while"})
_BAD = frozenset({"is_nan", "is_infinite"})


@fact
class Steps:
    """The nodes of a function by their place, and what only a debug build has.

    `few` are parameters that hold no numbers: names, types, options, as many as a person writes.
    """

    nodes: dict[Span, Node]
    debug: tuple[Span, ...]
    lets: dict[str, Node]
    few: frozenset[str]

    @staticmethod
    def of(program: Program, ref: ItemRef) -> Steps:
        """The steps of a function."""
        return _known(program).of(ref, _steps, program, ref)

    def is_work(self, work: Work) -> bool:
        """Whether a step is work that could be released.

        Not so: memory of zeros, what only a debug build does, the fill of a warm-up prefix, a scan
        that stops at the first number, loops over the grid, and what needs a Python object.
        """
        span = work.place.span
        node = self.nodes.get(span)
        if any(one.contains(span) for one in self.debug):
            return False
        if node is None:
            return True
        if isinstance(node, MacroCall):
            return _writes_cells(node)
        if self._fills(node) and (work.part or self._is_part(node)):
            return False
        if work.kind is Kind.SCAN:
            return scans_all(node)
        return not (_is_search(node) or self._is_short(node) or _needs_python(node))

    def _fills(self, node: Node) -> bool:
        """Whether nothing but NaN is stored."""
        values = [cells[1] for one in node.walk() if (cells := stored(one)) is not None]
        return bool(values) and all(is_nan(value, self.lets) for value in values)

    def _is_part(self, node: Node) -> bool:
        """Whether a loop ends at a number that is no length, or goes over parts of rows."""
        over = node.over if isinstance(node, Loop) else None
        if isinstance(over, Range):
            return not self._is_length(over.end)
        return any(isinstance(one, Index) and isinstance(one.index, Range) for one in node.walk())

    def _is_length(self, node: Node | None) -> bool:
        if isinstance(node, Path):
            value = self.lets.get(node.text)
            return node.text in _LENGTHS if value is None else self._is_length(value)
        return isinstance(node, MethodCall) and node.method == "len"

    def _is_short(self, node: Node) -> bool:
        """A loop or chain over the combinations of parameters, or over what a person writes."""
        over = node.over if isinstance(node, Loop) else node
        first = next((one.receiver for one in reversed(list(chain(over)))), over) if over else None
        names = () if first is None else tuple(_names(first))
        return any(name in self.few or _GRID.search(name) for name in names)


def _known(program: Program) -> Memo[ItemRef, Steps]:
    return program.keep("steps", Memo)


def _steps(program: Program, ref: ItemRef) -> Steps:
    body = program.body(ref)
    if body is None:
        return Steps({}, (), {}, frozenset())
    nodes = list(body.walk())
    debug = (one.span for one in nodes if isinstance(one, Gated) and _is_debug(one))
    # Of two nodes in one place the outer one comes first.
    by_place = {one.span: one for one in reversed(nodes)}
    few = (one.name for one in program.function(ref).params if _holds_no_numbers(one))
    return Steps(by_place, tuple(debug), named_values(body), frozenset(few))


def forget_steps(program: Program) -> None:
    """Let go of the bodies that steps were asked of."""
    _known(program).forget(lambda _: True)


def _holds_no_numbers(param: Param) -> bool:
    names = set() if param.type is None else param.type.names()
    return bool(names & ft.SEQUENCES) and not names & (ft.NUMBERS | ft.NUMPY)


def _is_debug(node: Gated) -> bool:
    return any(one.op == "flag" and one.name == "debug_assertions" for one in node.cfg)


def _writes_cells(node: MacroCall) -> bool:
    """`vec![f64::NAN; n]`: memory that is zero comes from the system without a pass over it."""
    repeat = node.args[0] if len(node.args) == 1 else None
    if node.path != "vec" or not isinstance(repeat, Sequence) or not repeat.items:
        return node.path != "vec"
    value = repeat.items[0]
    return not (isinstance(value, Literal) and _ZERO.fullmatch(value.text))


def scans_all(node: Node) -> bool:
    """Whether a search goes through all of the data where nothing is wrong with it.

    `any(|x| x.is_nan())` does; `position(|x| !x.is_nan())` stops at the first number.
    """
    if not isinstance(node, MethodCall):
        return True
    inside = [one for arg in node.args for one in arg.walk()]
    bad = any(isinstance(one, MethodCall) and one.method in _BAD for one in inside)
    denied = any(isinstance(one, Unary) and one.op == "!" for one in inside)
    finite = any(isinstance(one, MethodCall) and one.method == "is_finite" for one in inside)
    looks_for_bad = (bad and not denied) or (finite and denied)
    if node.method not in _TESTS:
        return looks_for_bad
    if node.method == "any":
        return looks_for_bad or not (bad or finite)
    return not looks_for_bad


def _is_search(node: Node) -> bool:
    """A loop or chain that stops early and keeps nothing but the place."""
    if not isinstance(node, Loop):
        return any(one.method in _STOPS for one in chain(node))
    inside = list(node.body.walk())
    stops = any(isinstance(one, Jump) and one.kind == "break" for one in inside)
    return stops and not any(isinstance(one, Loop) for one in inside)


def _names(node: Node) -> Iterator[str]:
    while isinstance(node, (FieldAccess, Unary)):
        if isinstance(node, FieldAccess):
            yield node.name
        node = node.base if isinstance(node, FieldAccess) else node.value
    if isinstance(node, Path):
        yield node.text.lower()


def _needs_python(node: Node) -> bool:
    """Whether what runs for each element is about a Python object."""
    if isinstance(node, Loop):
        jobs: list[Node] = [node.body]
    else:
        jobs = [arg for one in chain(node) for arg in one.args if isinstance(arg, Closure)]
    inside = (one for job in jobs for one in job.walk())
    return any(isinstance(one, MethodCall) and one.method in _ATTACHED for one in inside)
