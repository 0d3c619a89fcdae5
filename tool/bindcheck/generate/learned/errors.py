"""How the reference makes exceptions of its core's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.learned.bodies import Body, bodies_of
from bindcheck.generate.learned.closures import Closed, closed_over, in_text
from bindcheck.generate.learned.exceptions import Raised, made_in, usual_in
from bindcheck.model import (
    Arm,
    Call,
    Closure,
    CoreApi,
    CoreFunction,
    Impl,
    ItemRef,
    Match,
    MethodCall,
    Node,
    Path,
    Role,
    Try,
)

RELEASES = frozenset({"allow_threads", "detach"})
CONVERTED = "?"
"""The mapping of errors that `?` turns into exceptions by itself."""

_ROLES = (Role.SINGLE, Role.BATCH, Role.STREAM)
_CONVERSIONS = frozenset({"PyErr::from", "From::from", "Into::into", "pyo3::PyErr::from"})
_FROM = re.compile(r"(?:[\w:]*::)?From\s*<(?P<error>.*)>", re.DOTALL)


@fact
class Way:
    """One way: a closure; without one, `From` of the error makes the exception.

    `usual` is the class for errors that are not singled out, where that is clear; `instead`: the
    reference has another way, which does not fit, and this makes its usual exception. `by` is the
    function that makes the exceptions, if it is one of the crate.
    """

    closed: Closed | None = None
    makes: tuple[Raised, ...] = ()
    usual: Raised | None = None
    instead: bool = False
    by: ItemRef | None = None

    def in_text(self) -> Way | None:
        """The usual exception, made from the text of errors to which this way is closed."""
        usual = self.usual
        return None if usual is None else Way(in_text(usual), (usual,), usual, instead=True)


@fact
class Errors:
    """Ways by the role of a binding, and the errors that have a `From`, with what it makes."""

    ways: Mapping[Role, Way]
    converted: Mapping[ItemRef, Way]

    def way(self, program: Program, role: Role, function: CoreFunction) -> Way | None:
        """The way for errors of a function; None where the reference tells none that fits."""
        found = self.ways.get(role) or next(iter(self.ways.values()), None)
        if found is None:
            return None
        error = error_of(program, function)
        if found.closed is None:
            known = self.converted.get(error) if error is not None else None
            return known or found.in_text()
        return found if found.closed.takes(program, error) else found.in_text()


def error_of(program: Program, function: CoreFunction) -> ItemRef | None:
    """The crate's type of a function's errors."""
    if function.error is None:
        return None
    item = program.function(function.ref)
    return program.resolve_type(function.error, function.ref.path, item.scope)


def learned_errors(program: Program, reference: CoreApi) -> Errors | None:
    """The ways of the reference's bindings; None where it has none."""
    converted = dict(_converted(program))
    errors = [error_of(program, one) for one in _functions(reference) if one.fallible]
    own = next((converted[one] for one in errors if one in converted), Way())
    found = {
        role: own if way.closed is None else way
        for role in _ROLES
        if (way := min(_ways(program, reference, role), key=_is_instead, default=None)) is not None
    }
    return Errors(found, converted) if found else None


def _is_instead(way: Way) -> bool:
    return way.instead


def _ways(program: Program, reference: CoreApi, role: Role) -> Iterator[Way]:
    for body in bodies_of(program, reference, role):
        for node in body.block.walk():
            way = _Reader(body, reference).way(node)
            if way is not None:
                yield way


@fact
class _Reader:
    body: Body
    core: CoreApi

    def way(self, node: Node) -> Way | None:
        """What a node says about errors of the core, if anything."""
        if isinstance(node, MethodCall) and node.method == "map_err" and len(node.args) == 1:
            return self._mapped(node.args[0]) if self._is_of_core(node.receiver) else None
        if isinstance(node, Try) and self._is_computed(node.value):
            return Way()
        if isinstance(node, Match) and self._is_of_core(node.subject):
            return next(filter(None, map(self._arm, node.arms)), None)
        return None

    def _mapped(self, by: Node) -> Way | None:
        if isinstance(by, Path):
            if by.text in _CONVERSIONS:
                return Way()
            let = self.body.let(by.text)
            by = let if isinstance(let, Closure) else by
        if not isinstance(by, Closure):
            return self._way(by, (), bare=True)
        names = by.params[0].names if by.params else ()
        return Way() if _converts(by) else self._way(by.body, names, bare=False)

    def _arm(self, arm: Arm) -> Way | None:
        """`Err(error) => return Err(made)`."""
        if not arm.pattern.replace(" ", "").startswith("Err(") or len(arm.names) != 1:
            return None
        made = [
            one.args[0]
            for one in arm.body.walk()
            if isinstance(one, Call) and isinstance(one.function, Path) and one.args
            if one.function.text == "Err"
        ]
        return self._way(made[0], arm.names, bare=False) if len(made) == 1 else None

    def _way(self, made: Node, names: Sequence[str], *, bare: bool) -> Way | None:
        closed = closed_over(self.body, self.core, made, tuple(names), bare=bare)
        makes, usual = self._made_by(self.body.ref, made)
        by: ItemRef | None = None
        if bare and not makes:
            refs = self.body.program.callees(self.body.ref).get(made.span, ())
            # The function is handed over by name.
            by = refs[0] if refs else None
            makes, usual = self._made_by(by, None) if by is not None else ((), None)
        if closed is None:
            return Way(None, makes, usual).in_text()
        return Way(closed, makes, usual, by=by) if makes else None

    def _made_by(self, ref: ItemRef, made: Node | None) -> tuple[tuple[Raised, ...], Raised | None]:
        """The exceptions of an expression, or of a whole function, and the usual one of them."""
        program = self.body.program
        made = made or program.body(ref)
        if made is None:
            return (), None
        return made_in(program, ref, made), usual_in(program, ref, made)

    def _is_computed(self, value: Node) -> bool:
        """Whether errors of the core are passed on as they are."""
        released = isinstance(value, MethodCall) and value.method in RELEASES
        if not released and not isinstance(value, Call):
            return False
        return self._is_of_core(value) and not any(
            isinstance(one, MethodCall) and one.method == "map_err" for one in value.walk()
        )

    def _is_of_core(self, value: Node) -> bool:
        """Whether a fallible function of the core is called in an expression, or a variable is."""
        let = self.body.let(value.text) if isinstance(value, Path) else None
        callees = self.body.program.callees(self.body.ref)
        refs = {one.ref for one in _functions(self.core) if one.fallible}
        nodes = (let or value).walk()
        return any(not refs.isdisjoint(callees.get(one.span, ())) for one in nodes)


def _functions(core: CoreApi) -> Iterator[CoreFunction]:
    stream = core.stream
    found = (core.single, core.with_kernel, core.into_slice, core.into_uninit, core.expand_grid)
    grids = (core.batch_with_kernel, core.batch_inner, core.batch_inner_into, core.batch_bare)
    streams = (stream.constructor, stream.update) if stream is not None else ()
    yield from filter(None, (*found, *grids, *streams))


def _converts(closure: Closure) -> bool:
    """`|e| PyErr::from(e)`, `|e| e.into()`."""
    body = closure.body
    if isinstance(body, MethodCall):
        return body.method == "into" and isinstance(body.receiver, Path)
    called = body.function if isinstance(body, Call) else None
    return isinstance(called, Path) and called.text in _CONVERSIONS


# --- `impl From<X> for PyErr` ---------------------------------------------------------------


def _converted(program: Program) -> Iterator[tuple[ItemRef, Way]]:
    for path, module in program.modules.items():
        for one in module.impls:
            error = _converted_error(program, path, one)
            if error is None or not one.functions:
                continue
            ref = ItemRef(path, one.functions[0])
            body = program.body(ref)
            makes = made_in(program, ref, body) if body is not None else ()
            if makes and body is not None:
                yield error, Way(makes=makes, usual=usual_in(program, ref, body), by=ref)


def _converted_error(program: Program, path: str, one: Impl) -> ItemRef | None:
    found = _FROM.fullmatch(one.trait.strip())
    if found is None or one.type.name != "PyErr" or not program.active(one.cfg, path):
        return None
    return program.resolve_type(found["error"].strip(), path, one.scope)
