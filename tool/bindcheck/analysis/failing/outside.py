"""Errors of other crates that are known: what is told of them, and as what they are raised.

Mostly nobody can say here what an error of another crate tells. Of files and of texts that are
read by a grammar it is known: which reason there was, or where the text went wrong. And of a few
errors it is known what their crate makes of them for Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.raising import Raising, mentions
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    Call,
    Closure,
    ItemRef,
    MethodCall,
    Node,
    Path,
    Sequence,
    Span,
    Try,
    TypeRef,
)

_FILES = frozenset({"fs", "File", "OpenOptions", "TcpStream", "TcpListener", "UnixStream"})
_GRAMMARS = frozenset({"serde_json", "toml", "serde_yaml", "ron", "bincode", "ciborium"})
_WORDS = tuple(f"{name}::".encode() for name in sorted(_FILES | _GRAMMARS))
_MAPPED = (b"map_err",)
_READS = ("read", "write", "open", "create", "copy", "rename", "remove", "connect", "bind", "from_")
_KEPT_AS = frozenset({"collect", "and_then", "map", "transpose"})
_RAISED_BARE = {"PyArrowError": "ArrowError"}
"""Error types whose conversion makes a bare `Exception` of the error they hold."""
_BARE = "PyException"
_RESULTS = {"PyArrowResult": "PyArrowError"}


@fact
class Outside:
    """An error of `callee`, which is of another crate; `detail` is what is raised instead.

    `bare`: it is raised as an exception that tells no class, else without what it says.
    """

    span: Span
    callee: str
    detail: str
    bare: bool = False


def errors_outside(program: Program, layer: Iterable[ItemRef]) -> Iterator[tuple[ItemRef, Outside]]:
    """What is lost of them in functions that bindings reach, and in those of the `layer`."""
    yield from _untold(program)
    for ref in layer:
        bare = _bare_in(program, ref) if _held(program, ref) else None
        if bare is not None:
            yield ref, bare


# --- what an error tells --------------------------------------------------------------------------


def _untold(program: Program) -> Iterator[tuple[ItemRef, Outside]]:
    """Where functions that bindings reach drop why a file or a text could not be read."""
    files = {path for path in program.modules if program.in_crate(path)}
    naming = {path for path in files if _is_naming(program, path)}
    for ref in reach_of(program).functions() if naming else ():
        if ref.path in naming:
            yield from ((ref, one) for one in _untold_in(program, ref))


@answered("files that name others")
def _is_naming(program: Program, path: str) -> bool:
    """Whether a file names what such errors come from."""
    return program.file_mentions(path, _WORDS)


@answered("errors untold")
def _untold_in(program: Program, ref: ItemRef) -> tuple[Outside, ...]:
    """Such places of one function."""
    asked = program.mentions(ref, _WORDS) and program.mentions(ref, _MAPPED)
    anatomy = anatomy_of(program, ref) if asked else None
    return () if anatomy is None else tuple(_untold_calls(program, ref, anatomy))


def _untold_calls(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[Outside]:
    for call in anatomy.all(Call):
        name = _known(call)
        mapped = _mapped(anatomy, call) if name and call.span not in program.callees(ref) else None
        if mapped is None:
            continue
        target = Raising(program, ref, anatomy).resolved(mapped.args[0])
        if isinstance(target, Closure) and not _looks(target):
            instead = _instead(program, ref, anatomy, target.body)
            if instead:
                yield Outside(mapped.span, name, instead)


def _known(call: Call) -> str:
    """`fs::read` or `serde_json::from_str`; nothing for what is not known."""
    path = call.function
    if not isinstance(path, Path) or len(path.segments) < 2:
        return ""
    owner, name = path.segments[-2:]
    reads = owner in _FILES | _GRAMMARS and name.startswith(_READS)
    return f"{owner}::{name}" if reads else ""


def _mapped(anatomy: Anatomy, call: Call) -> MethodCall | None:
    """The `map_err` that the result of a call goes through."""
    node: Node = call
    outer = anatomy.parent(node)
    while isinstance(outer, MethodCall) and outer.receiver is node:
        if outer.method == "map_err":
            return outer if len(outer.args) == 1 else None
        if outer.method not in _KEPT_AS:
            return None
        node, outer = outer, anatomy.parent(outer)
    return None


def _looks(closure: Closure) -> bool:
    names = [name for param in closure.params for name in param.names]
    return any(mentions(closure.body, name) for name in names)


def _instead(program: Program, ref: ItemRef, anatomy: Anatomy, body: Node) -> str:
    """The exception or the error of the crate that is made; nothing for `()` and the like."""
    raised = Raising(program, ref, anatomy).raised(body)
    if raised:
        return raised[0]
    while isinstance(body, Block) and body.statements:
        body = body.statements[-1]
    if isinstance(body, Sequence) and not body.items:
        return ""
    made = body.function if isinstance(body, Call) else body
    return made.text if isinstance(made, Path) and _names_error(made) else ""


def _names_error(path: Path) -> bool:
    """Whether a path is a type, a variant, or makes an exception of the crate's own."""
    makes = path.last == "new_err" and len(path.segments) > 1
    return makes or path.last[:1].isupper()


# --- what it is raised as -------------------------------------------------------------------------


@answered("errors raised bare")
def _bare_in(program: Program, ref: ItemRef) -> Outside | None:
    """An error that a function hands to a type of another crate which tells no class.

    That of a check if there is one, for it is what callers meet; else the first.
    """
    held = _held(program, ref)
    anatomy = anatomy_of(program, ref) if held else None
    if anatomy is None:
        return None
    tried = [pair for node in anatomy.all(Try) for pair in _tried(program, ref, held, node)]
    found = [
        *(one for checks, one in tried if checks),
        *sorted(
            (*(one for _, one in tried), *_made_in(anatomy, held)), key=lambda one: one.span.start
        ),
    ]
    return found[0] if found else None


def _held(program: Program, ref: ItemRef) -> str:
    """The error of another crate that the error in the result of a function stands for."""
    returns = program.function(ref).returns
    error = returns.args[1] if len(returns.args) > 1 else None
    name = _RESULTS.get(returns.name, "") or (error.name if error is not None else "")
    held = _RAISED_BARE.get(name, "")
    if not held or _is_own(program, ref, returns):
        return ""
    return "" if error is not None and _is_own(program, ref, error) else held


def _is_own(program: Program, ref: ItemRef, type_: TypeRef) -> bool:
    scope = program.function(ref).scope
    return program.resolve_type(type_.path or type_.name, ref.path, scope) is not None


def _tried(program: Program, ref: ItemRef, held: str, node: Try) -> Iterator[tuple[bool, Outside]]:
    """`checked(..)?` of a function of the crate that gives such an error, or else nothing."""
    for target in program.callees(ref).get(node.value.span, ()):
        args = program.function(target).returns.args
        if len(args) > 1 and args[1].name == held and not _is_own(program, target, args[1]):
            checks = args[0].kind == "tuple" and not args[0].args
            found = Outside(node.value.span, program.function(target).name, _BARE, bare=True)
            yield checks, found


def _made_in(anatomy: Anatomy, held: str) -> Iterator[Outside]:
    for one in anatomy.all(Path):
        if _makes(one, held):
            yield Outside(one.span, held, _BARE, bare=True)


def _makes(path: Path, held: str) -> bool:
    """`ArrowError::CastError`, where it is made or named to be made."""
    return len(path.segments) > 1 and path.segments[-2] == held
