"""Which exceptions Rust code makes, and what Python calls them."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping, Sequence

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import Arm, ItemRef, Match, Node, Path, Use

PYO3 = ("pyo3", "exceptions")
_NEW = ("new_err", "new")
_DEEPEST = 2


@fact
class Raised:
    """A class of exceptions: its path in Rust, and the builtin one of Python that it is.

    `name` is what Python calls it; `base` the builtin class that catches it: itself, if it is one.
    """

    path: tuple[str, ...]
    name: str
    base: str


VALUE_ERROR = Raised((*PYO3, "PyValueError"), "ValueError", "ValueError")


def exception_of(
    program: Program,
    segments: Sequence[str],
    path: str,
    scope: tuple[str, ...],
    uses: Sequence[Use] = (),
) -> Raised | None:
    """The class that a path means at a place; None where that is no class of exceptions."""
    last = next((use.path[-1] for use in uses if use.name == segments[-1]), "")
    last = last or program.names.original(tuple(segments), path, scope)[-1]
    bare = last.removeprefix("Py")
    if bare != last and _is_builtin(bare):
        return Raised((*PYO3, last), bare, bare)
    return _created(program).get(last)


def _is_builtin(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _created(program: Program) -> Mapping[str, Raised]:
    return program.keep("exceptions of the crate", lambda: dict(_all_created(program)))


_CREATED = re.compile(r"\s*[\w.]+\s*,\s*(\w+)\s*,\s*([\w:\s]+?)\s*(?:,.*)?", re.DOTALL)


def _all_created(program: Program) -> Iterator[tuple[str, Raised]]:
    """What `create_exception!(module, TaError, PyValueError)` makes."""
    for path, module in program.modules.items():
        for macro in module.macros:
            found = _CREATED.fullmatch(macro.tokens)
            if macro.name.rpartition("::")[2] != "create_exception" or found is None:
                continue
            base = found[2].replace(" ", "").rpartition("::")[2].removeprefix("Py")
            if _is_builtin(base):
                place = program.module_path(path, macro.scope)
                yield found[1], Raised((*place, found[1]), found[1], base)


def made_in(program: Program, ref: ItemRef, node: Node, depth: int = 0) -> tuple[Raised, ...]:
    """Exceptions that an expression makes, those of functions it calls included."""
    item = program.function(ref)
    found: dict[Raised, None] = {}
    for part in node.walk():
        if isinstance(part, Path):
            found.update(dict.fromkeys(_named(program, part, ref.path, item.scope)))
        if depth < _DEEPEST:
            for callee in program.callees(ref).get(part.span, ())[:1]:
                body = program.body(callee)
                if body is not None and program.function(callee).returns.name == "PyErr":
                    found.update(dict.fromkeys(made_in(program, callee, body, depth + 1)))
    return tuple(found)


def usual_in(program: Program, ref: ItemRef, node: Node, depth: int = 0) -> Raised | None:
    """The class for errors that an expression does not single out; None where it is not clear."""
    found = made_in(program, ref, node)
    if len(found) > 1:
        rest = [arm.body for one in node.walk() if isinstance(one, Match) for arm in _rest(one)]
        found = tuple({made for body in rest for made in made_in(program, ref, body)})
        if not rest and depth < _DEEPEST:
            refs = {one for part in node.walk() for one in program.callees(ref).get(part.span, ())}
            makers = [one for one in refs if program.function(one).returns.name == "PyErr"]
            body = program.body(makers[0]) if len(makers) == 1 else None
            return usual_in(program, makers[0], body, depth + 1) if body is not None else None
    return found[0] if len(found) == 1 else None


def _rest(one: Match) -> Iterator[Arm]:
    """The arm that takes whatever is left: `_` or a variable."""
    for arm in one.arms:
        if arm.guard is None and re.fullmatch(r"_|[a-z]\w*", arm.pattern.strip()):
            yield arm


def _named(program: Program, node: Path, path: str, scope: tuple[str, ...]) -> Iterator[Raised]:
    """The class in `X::new_err` and in `PyErr::new::<X, _>`."""
    if len(node.segments) < 2 or node.last not in _NEW:
        return
    named = [node.segments[:-1], *(tuple(one.path.split("::")) for one in node.turbofish[:1])]
    for segments in named:
        found = exception_of(program, segments, path, scope)
        if found is not None:
            yield found
