"""How the reference's bindings refuse arrays that are not contiguous, and what they call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.learned.bodies import Body, bodies_of
from bindcheck.generate.learned.closures import Closed, closed_over, in_text
from bindcheck.generate.learned.exceptions import Raised, made_in
from bindcheck.generate.learned.types import meant
from bindcheck.model import (
    Block,
    Call,
    Closure,
    CoreApi,
    If,
    Let,
    Match,
    MethodCall,
    Node,
    Path,
    Role,
    Try,
    Unary,
)

_ARRAY = "PyReadonlyArray1"
_ASKS = frozenset({"is_contiguous", "is_c_contiguous"})
_ROLES = (Role.SINGLE, Role.BATCH)


@fact
class Refusal:
    """What makes the exception, and which it is; `array` is what the reference calls the array.

    Without `closed` the error of NumPy's crate is passed on.
    """

    array: str
    closed: Closed | None = None
    makes: tuple[Raised, ...] = ()


@fact
class Arrays:
    """By role of a binding: `called` pairs the name of the core's one series with the argument's.

    `refusals` are there where arrays that are not contiguous are refused.
    """

    called: Mapping[Role, tuple[str, str]]
    refusals: Mapping[Role, Refusal]

    def name(self, role: Role, series: tuple[str, ...]) -> str:
        """Another name for the only series of a core; empty where it keeps its own."""
        own, name = self.called.get(role, ("", ""))
        return name if series == (own,) else ""


OWN_ARRAYS = Arrays({}, {})
"""Our own form, where no reference says anything else."""


def learned_arrays(program: Program, reference: CoreApi) -> Arrays:
    """The names and refusals of the reference's bindings."""
    called, refusals = {}, {}
    made = reference.constructors[0].series if reference.constructors else ()
    for role in _ROLES:
        for body in bodies_of(program, reference, role)[:1]:
            given = _arrays(body)
            if len(given) == len(made) == 1 and given[0] != made[0].name:
                called[role] = (made[0].name, given[0])
            found = next(_refusals(body, reference), None)
            if found is not None:
                refusals[role] = found
    return Arrays(called, refusals)


def _arrays(body: Body) -> tuple[str, ...]:
    """The arguments that are arrays."""
    params = body.program.function(body.ref).params
    kinds = ((one, meant(body.program, body.ref, one.type)) for one in params if one.type)
    return tuple(one.name for one, kind in kinds if _ARRAY in kind.names())


def _refusals(body: Body, core: CoreApi) -> Iterator[Refusal]:
    for node in body.block.walk():
        if isinstance(node, Try) and _array_of(node.value, body):
            yield Refusal(_array_of(node.value, body))
        for asked, made, names in _refused(node):
            array = _array_of(asked, body)
            if array:
                yield _refusal(body, core, array, made, names)


def _refusal(body: Body, core: CoreApi, array: str, made: Node, names: tuple[str, ...]) -> Refusal:
    closed = closed_over(body, core, made, names, bare=isinstance(made, Path))
    makes = made_in(body.program, body.ref, made)
    if closed is None and makes:
        closed = in_text(makes[0])
    return Refusal(array, closed, makes)


def _refused(node: Node) -> Iterator[tuple[Node, Node, tuple[str, ...]]]:
    """What is asked whether it is contiguous, the exception if not, and names of the error."""
    if isinstance(node, MethodCall) and node.method == "map_err" and len(node.args) == 1:
        by = node.args[0]
        if isinstance(by, Closure):
            yield node.receiver, _bare(by.body), by.params[0].names if by.params else ()
        else:
            yield node.receiver, by, ()
    elif isinstance(node, Match):
        for arm in node.arms:
            if arm.pattern.replace(" ", "").startswith("Err("):
                yield from ((node.subject, made, arm.names) for made in _errors(arm.body))
    elif isinstance(node, Let) and node.value is not None and node.otherwise is not None:
        yield from ((node.value, made, ()) for made in _errors(node.otherwise))
    elif isinstance(node, If):
        yield from ((node.condition, made, ()) for made in _errors(node.then))


def _bare(node: Node) -> Node:
    """The one expression of a block."""
    alone = isinstance(node, Block) and node.tail and len(node.statements) == 1
    return node.statements[0] if isinstance(node, Block) and alone else node


def _errors(node: Node) -> Iterator[Node]:
    """What stands in `Err(..)`."""
    for one in node.walk():
        called = one.function if isinstance(one, Call) and one.args else None
        if isinstance(one, Call) and isinstance(called, Path) and called.text == "Err":
            yield one.args[0]


def _array_of(node: Node, body: Body) -> str:
    """The array that an expression asks for its slice, or whether it is contiguous."""
    asked = node.value if isinstance(node, Unary) else node
    if not isinstance(asked, MethodCall) or not isinstance(asked.receiver, Path):
        return ""
    asks = asked.method == "as_slice" or asked.method in _ASKS
    return asked.receiver.text if asks and asked.receiver.text in _arrays(body) else ""
