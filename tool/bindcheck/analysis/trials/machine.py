"""The machine that runs a body: frames, what is followed, and how a trial ends.

The other modules register with `evaluate` what each kind of node does; `trial` joins them.
Whatever is unknown stays so. Where something unknown decides whether control leaves, the trial
tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

from bindcheck.analysis.linking.constants import constants
from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.values import UNKNOWN, Absent, Unknown, literal
from bindcheck.analysis.trials.patterns import matches
from bindcheck.analysis.trials.values import (
    FLOATS,
    Code,
    Panicked,
    Row,
    Value,
    is_known,
    plain,
    typed,
)
from bindcheck.model import (
    Assign,
    Block,
    Call,
    Closure,
    FieldAccess,
    Function,
    Index,
    ItemRef,
    MacroCall,
    MethodCall,
    Node,
    Param,
    Path,
    Range,
    Span,
    Unary,
)
from bindcheck.model.fact import fact, record

_DEEPEST = 12
_READS = frozenset(
    {
        *("len", "is_empty", "iter", "get", "first", "last", "clone", "to_vec", "unwrap", "expect"),
        *("unwrap_or", "as_slice", "as_ref", "copied", "cloned", "is_nan", "is_finite", "abs"),
        *("min", "max", "get_unchecked", "as_ptr", "add", "mul_add", "sqrt", "powi", "contains"),
        *("saturating_sub", "saturating_add", "checked_add", "checked_sub", "wrapping_sub"),
        *("is_some", "is_none", "is_ok", "is_err", "windows", "chunks", "to_string", "as_str"),
    }
)
"""Methods that change nothing; of others it is not asked."""
_OF_FLOATS = frozenset(
    {
        *("floor", "ceil", "round", "trunc", "recip", "exp", "ln", "powf", "sin", "cos", "atan2"),
        *(
            "tanh",
            "log10",
            "log2",
            "signum",
            "hypot",
            "clamp",
            "copysign",
            "is_infinite",
            "to_bits",
        ),
    }
)
SAYS = frozenset(
    {"debug_assert", "debug_assert_eq", "debug_assert_ne", "format", "println", "eprintln"}
)
_LONGEST = 12_000


class Leaves(Exception):
    """Control leaves: `return`, `break` or `continue`."""

    def __init__(self, kind: str, value: Value):
        super().__init__(kind)
        self.kind = kind
        self.value = value


class Undecided(Exception):
    """What happens depends on something unknown, or takes too long."""


@fact
class Spot:
    """A node of a function."""

    ref: ItemRef
    span: Span


@record
class Course:
    """What has happened so far in a trial.

    `left` counts the steps that it may still take. `outer` is the call in the entry point that is
    running, `wrapped` the subtractions that have wrapped, `inner` where control is for certain,
    `discarded` what has failed and was bound to `_`, `blank` memory made without values, and where,
    `unmatched` where a number has no arm of its own, and nothing is done for it.
    """

    left: int
    outer: Span | None = None
    wrapped: list[Spot] = field(default_factory=list)
    inner: Spot | None = None
    discarded: list[Spot] = field(default_factory=list)
    blank: list[tuple[Spot, Row]] = field(default_factory=list)
    unmatched: list[Spot] = field(default_factory=list)

    def touched(self, args: tuple[Value, ...]) -> None:
        """Whoever is handed this is not followed: he may write to memory without a value."""
        for _, row in self.blank:
            if any(_may_hold(one, row) for one in args):
                row.blur()

    def written(self) -> None:
        """Nobody knows what is written to memory without a value."""
        for _, row in self.blank:
            row.blur()


def _may_hold(value: Value, row: Row) -> bool:
    """Whether a value may lead to some memory."""
    if isinstance(value, Row):
        return value.cells is row.cells
    return not isinstance(value, (float, int, str, Unknown, Absent))


@dataclass(slots=True, eq=False)
class Frame:
    """One run of a function. `nested` are the functions inside its body."""

    program: Program
    ref: ItemRef
    course: Course
    names: dict[str, Value]
    nested: dict[str, Function] = field(default_factory=dict)
    depth: int = 0
    callees: Mapping[Span, tuple[ItemRef, ...]] | None = None

    def expr(self, node: Node | None) -> Value:
        """The value of a node."""
        if node is None:
            return UNKNOWN
        course = self.course
        course.left -= 1
        if course.left < 0:
            raise Undecided
        return _HANDLERS[type(node)](node, self)

    def targets(self, node: Node) -> tuple[ItemRef, ...]:
        """The functions of the crate that a call may reach; resolved when it is first asked."""
        if self.callees is None:
            self.callees = self.program.callees(self.ref)
        return self.callees.get(node.span, ())

    def constant(self, name: str) -> Value:
        """The number that a constant of the crate stands for."""
        # `N` may as well be a parameter: `fn lag<const N: usize>`.
        found = constants(self.program).get(name, ()) if len(name) > 1 else ()
        for one in sorted(found, key=lambda one: one.path != self.ref.path)[:1]:
            return plain(literal(one.value, one.type.replace("f", "float")))
        return UNKNOWN

    def panics(self, node: Node, how: str) -> Panicked:
        """What to raise where a node panics."""
        self.course.inner = Spot(self.ref, node.span)
        return Panicked(how)

    def note_wrap(self, node: Node) -> None:
        """A subtraction gives less than 0; where nothing checks that, the result is a large one."""
        self.course.wrapped.append(Spot(self.ref, node.span))

    def bind(self, pattern: str, value: Value) -> bool | None:
        """Bind the names of a pattern; whether the value matches it."""
        answer, names = matches(pattern, value)
        self.names.update(names)
        return answer

    def run(self, code: Value, args: tuple[Value, ...] = ()) -> Value:
        """Run a closure where it was made; anything else is not known."""
        if not isinstance(code, Code):
            self.course.touched(args)
            return UNKNOWN
        home = code.frame
        made = code.code
        before = home.shadow(closed(made, args) if made.patterns else bound(made.params, args))
        value = returned(lambda: home.expr(code.code.body))
        home.unshadow(before)
        return value

    def shadow(self, names: Mapping[str, Value]) -> dict[str, Value | None]:
        """Let names mean something else; gives what they meant, for `unshadow`.

        Who leaves by an exception is not asked for names any more.
        """
        known = self.names
        before = {name: known.get(name) for name in names}
        known.update(names)
        return before

    def unshadow(self, before: Mapping[str, Value | None]) -> None:
        """Let names mean what they did before."""
        for name, value in before.items():
            if value is None:
                del self.names[name]
            else:
                self.names[name] = value

    def follow(self, ref: ItemRef, args: tuple[Value, ...]) -> Value:
        """Run a function of the crate, where something is known of what it gets."""
        program = self.program
        function = program.function(ref)
        blind = function.body_span is None or self.depth >= _DEEPEST
        if blind or not (any(map(is_known, args)) or not args) or program.exceeds(ref, _LONGEST):
            self.course.touched(args)
            _lose_what_is_lent(function, args)
            return UNKNOWN
        body = program.body(ref)
        return UNKNOWN if body is None else self.enter(ref, function, body, args)

    def enter(
        self, ref: ItemRef, function: Function, body: Block, args: tuple[Value, ...]
    ) -> Value:
        """Run a function of the crate, or one inside this body."""
        names = bound(function.params, args[1:] if function.receiver else args)
        if function.receiver and args:
            names["self"] = args[0]
        own = ref == self.ref
        inside = Frame(
            self.program,
            ref,
            self.course,
            names,
            dict(self.nested) if own else {},
            self.depth + 1,
            self.callees if own else None,
        )
        return returned(lambda: inside.expr(body))

    def forget(self, *parts: Node | None) -> None:
        """What these parts write to is not known any more."""
        blank = bool(self.course.blank)
        for part in parts:
            for one in part.walk() if part is not None else ():
                for target in _written_by(one):
                    self._lose(target)
                if blank and may_write(one):
                    self.course.written()

    def lose(self, cell: Index) -> None:
        """A method of a cell may write to it: of memory made without values nobody looks where."""
        value = UNKNOWN if isinstance(cell.index, Range) else self.expr(cell.base)
        if isinstance(value, Row) and value.fresh:
            value.blur()

    def _lose(self, target: Node) -> None:
        whole = True
        while isinstance(target, (Unary, Index, FieldAccess)):
            whole = whole and isinstance(target, Unary)
            target = target.base if isinstance(target, (Index, FieldAccess)) else target.value
        name = target.last if isinstance(target, Path) else ""
        value = self.names.get(name)
        if isinstance(value, Row) and not whole:
            value.blur()
        elif value is not None:
            self.names[name] = UNKNOWN


def _written_by(node: Node) -> Iterator[Node]:
    """What a node may write to: a target, the object of a method, what is handed by `&mut`."""
    if isinstance(node, Assign):
        yield node.target
    elif isinstance(node, MethodCall) and node.method not in _READS:
        yield node.receiver
    elif isinstance(node, Unary) and node.op == "&mut":
        yield node.value


def may_write(node: Node) -> bool:
    """Whether a node may write to something else than variables."""
    if isinstance(node, Assign):
        return not isinstance(node.target, Path)
    if isinstance(node, MethodCall):
        return node.method not in _READS and node.method not in _OF_FLOATS
    if isinstance(node, MacroCall):
        return node.path.rsplit("::", 1)[-1] not in SAYS
    function = node.function if isinstance(node, Call) else None
    if function is None:
        return False
    plain = isinstance(function, Path) and (
        function.last[:1].isupper() or function.segments[0] in FLOATS
    )
    return not plain


def _lose_what_is_lent(function: Function, args: tuple[Value, ...]) -> None:
    """A function that is not followed may write to what it gets by `&mut`."""
    mutable = [one.type is not None and one.type.mutable for one in function.params]
    if function.receiver:
        mutable.insert(0, "mut" in function.receiver)
    for value, lent in zip(args, mutable, strict=False):
        if lent and isinstance(value, Row):
            value.blur()
        elif lent and isinstance(value, dict):
            value.clear()


def bound(params: tuple[Param, ...], args: tuple[Value, ...]) -> dict[str, Value]:
    """The names of parameters with the values of a call."""
    names: dict[str, Value] = {}
    for i, param in enumerate(params):
        value = args[i] if i < len(args) else UNKNOWN
        if param.name:
            names[param.name] = typed(value, param.type)
        else:
            names.update(bound_names(param.names, value))
    return names


def closed(code: Closure, args: tuple[Value, ...]) -> dict[str, Value]:
    """The names of a closure's parameters with the values of a call."""
    names = bound(code.params, args)
    for pattern, value in zip(code.patterns, args, strict=False):
        if isinstance(value, tuple):
            names.update(matches(pattern, value)[1])
    return names


def bound_names(names: tuple[str, ...], value: Value) -> dict[str, Value]:
    """The names of a pattern: `&x`, `(a, b)`, `(i, (a, b))`."""
    if len(names) == 1:
        # `(x, _)` is not told from `x` here.
        return {names[0]: UNKNOWN if isinstance(value, tuple) else value}
    parts = list(_leaves(value))
    if len(parts) != len(names):
        parts = list(value) if isinstance(value, tuple) else []
    if len(parts) != len(names):
        return dict.fromkeys(names, UNKNOWN)
    return dict(zip(names, parts, strict=True))


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, tuple):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def returned(run: Callable[[], Value]) -> Value:
    """What a function or closure gives back."""
    try:
        return run()
    except Leaves as leaves:
        if leaves.kind == "return":
            return leaves.value
        raise


def is_absent(value: Value) -> bool:
    """Whether a value is `None` or an error."""
    return isinstance(value, Absent)


@singledispatch
def evaluate(node: Node, frame: Frame) -> Value:
    """The value of a node that nothing special is known about."""
    for child in node.children():
        frame.expr(child)
    return UNKNOWN


class _Handlers(dict[type[Node], Callable[[Any, Frame], Value]]):
    """What is done with each kind of node: what `evaluate` would call, found faster."""

    def __missing__(self, kind: type[Node]) -> Callable[[Any, Frame], Value]:
        self[kind] = evaluate.dispatch(kind)
        return self[kind]


_HANDLERS = _Handlers()
