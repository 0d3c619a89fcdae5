"""Which exceptions the conversions of a crate make of its errors, and which errors they know."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.failing.error_types import PYTHON_ERRORS
from bindcheck.analysis.failing.raising import Raising
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import Enum, Function, ItemRef, Match, Node, Param, Path, TypeRef

IO_ERROR = "io::Error"
"""How the error of files and sockets is named here: PyO3 has a class for each of its kinds."""
_BINDS = re.compile(r"_|[a-z]\w*")


def conversions(program: Program) -> Iterator[ItemRef]:
    """`impl From<Error> for PyErr`, or for a `PyResult`."""
    for path, module in program.modules.items():
        if path not in program.unreached and program.in_crate(path):
            for index, function in enumerate(module.functions):
                if function.owner in PYTHON_ERRORS and function.trait.startswith("From"):
                    yield ItemRef(path, index)


@fact
class Classes:
    """What the conversion `ref` of an error makes of it, and of which errors it can be made."""

    ref: ItemRef
    all: frozenset[str]
    made_of: frozenset[str]


def error_classes(program: Program) -> Mapping[str, Classes]:
    """The errors that the crate converts to exceptions, by name."""
    return program.keep("classes of errors", lambda: dict(_error_classes(program)))


def _error_classes(program: Program) -> Iterator[tuple[str, Classes]]:
    found = {}
    for ref in conversions(program):
        function = program.function(ref)
        error = _only_type(function)
        if error is not None and error.name:
            found[error.name] = (ref, frozenset(_all_classes(program, ref)))
    made_of = _made_of(program, frozenset(found)) if found else {}
    for name, (ref, classes) in found.items():
        yield name, Classes(ref, classes, made_of.get(name, frozenset()))


def _only_type(function: Function) -> TypeRef | None:
    param: Param | None = function.params[0] if len(function.params) == 1 else None
    return param.type.peel() if param is not None and param.type is not None else None


def _made_of(program: Program, names: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """The errors that `?` makes others of: by `impl From<Inner>`, or by `#[from]`."""
    found: dict[str, frozenset[str]] = {}
    words = tuple(name.encode() for name in sorted(names))
    for path, module in program.modules.items():
        if not program.in_crate(path) or not program.file_mentions(path, words):
            continue
        for function in module.functions:
            inner = _only_type(function) if function.owner in names else None
            if inner is not None and function.trait.startswith("From"):
                found[function.owner] = found.get(function.owner, frozenset()) | {spelled(inner)}
        for one in module.enums:
            if one.name in names:
                found[one.name] = found.get(one.name, frozenset()) | set(_held(one))
    return found


def _held(one: Enum) -> Iterator[str]:
    for variant in one.variants:
        for part in variant.fields:
            if any(attr.path == "from" for attr in part.attrs):
                yield spelled(part.type)


def spelled(error: TypeRef) -> str:
    """The name by which an error is known here."""
    return IO_ERROR if error.path.endswith(IO_ERROR) else error.name


def of_variant(program: Program, known: Classes, variant: str) -> frozenset[str]:
    """The exceptions that one variant of an error becomes; none if nothing tells."""
    named = re.compile(rf"\b{re.escape(variant)}\b")
    arms = _arms(program, known.ref)
    own = [classes for pattern, classes in arms if named.search(pattern)]
    rest = [classes for pattern, classes in arms if _BINDS.fullmatch(pattern)]
    return frozenset(next(iter((*own, *rest)), ()))


@answered("exceptions of a conversion")
def _all_classes(program: Program, ref: ItemRef) -> tuple[str, ...]:
    anatomy = anatomy_of(program, ref)
    return _classes(program, ref, anatomy.body) if anatomy is not None else ()


@answered("exceptions of variants")
def _arms(program: Program, ref: ItemRef) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The patterns of the `match` of a conversion, with the exceptions that are named there."""
    anatomy = anatomy_of(program, ref)
    param = program.function(ref).params[0].name
    for match in anatomy.all(Match) if anatomy is not None else ():
        subject = match.subject
        if isinstance(subject, Path) and subject.segments == (param,):
            return tuple(
                (arm.pattern.strip(), _classes(program, ref, arm.body)) for arm in match.arms
            )
    return ()


def _classes(program: Program, ref: ItemRef, node: Node) -> tuple[str, ...]:
    """The exceptions that an expression names, those of the crate included."""
    anatomy = anatomy_of(program, ref)
    raised = Raising(program, ref, anatomy).raised(node) if anatomy is not None else ()
    made = (
        part.segments[-2]
        for part in node.walk()
        if isinstance(part, Path) and part.last == "new_err" and len(part.segments) > 1
    )
    return tuple(dict.fromkeys((*raised, *made)))


def builtin(name: str) -> type[BaseException] | None:
    """The exception of Python that `PyValueError` stands for."""
    found = getattr(builtins, name.removeprefix("Py"), None) if name.startswith("Py") else None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def is_of_files(name: str) -> bool:
    """Whether an exception is `OSError` or one below it."""
    found = builtin(name)
    return found is not None and issubclass(found, OSError)
