"""Errors that have a class of their own in Python, and are made into text before they get there.

`File::open(path).map_err(|e| PyRuntimeError::new_err(e.to_string()))` tells why, and is no
`FileNotFoundError`: whoever catches that does not catch this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.error_classes import (
    IO_ERROR,
    Classes,
    builtin,
    error_classes,
    is_of_files,
    of_variant,
    spelled,
)
from bindcheck.analysis.failing.error_types import PYTHON_ERRORS
from bindcheck.analysis.failing.raising import Raising, mentions
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    Call,
    Closure,
    Function,
    ItemRef,
    Literal,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Span,
)

_FILES = frozenset({"fs", "File"})
_READS = ("read", "write", "open", "create", "copy", "rename", "remove", "metadata", "canonical")
_ASKS = tuple(f"{name}::".encode() for name in sorted(_FILES))
_MAPPED = (b"map_err",)
_GENERAL = frozenset({"PyRuntimeError", "PyException", "PyBaseException"})
_RAISES = (b"PyRuntimeError::new_err",)
_RELEASES = frozenset({"allow_threads", "detach"})
_ALONE = re.compile(r'"\{(?:\w*)(?::[#?]*)?\}"(?:,\w+)?,?')


@fact
class _Made:
    """`map_err` at `span`, which makes `owner::name` of the text of the error of `call`.

    `file` is the function of the standard library that is called, `alone` whether the text has
    nothing else in it. Without an owner `name` is a function that makes the exception.
    """

    span: Span
    call: Span
    file: str
    owner: str
    name: str
    alone: bool


@fact
class Flattened:
    """An error of `callee` that is raised as `raised`, though `instead` would keep its class.

    `files`: it is one of files; `sure`: there is nothing that speaks for the other class.
    """

    span: Span
    callee: str
    raised: str
    instead: str
    files: bool
    sure: bool


def flattened_errors(program: Program) -> Iterator[tuple[ItemRef, Flattened]]:
    """Where functions that entry points come to make text of such errors."""
    known = error_classes(program)
    owners = tuple(f"{name}::".encode() for name in sorted(known))
    words = (*_ASKS, *owners, *(_RAISES if known else ()))
    naming = {
        path
        for path in program.modules
        if program.in_crate(path) and program.file_mentions(path, words)
    }
    for ref in reach_of(program).functions() if naming else ():
        if ref.path in naming and program.mentions(ref, words):
            for made in _made_in(program, ref):
                one = _lost(program, ref, known, made)
                if one is not None:
                    yield ref, one


# --- text of an error -----------------------------------------------------------------------------


@answered("errors made into text")
def _made_in(program: Program, ref: ItemRef) -> tuple[_Made, ...]:
    anatomy = anatomy_of(program, ref) if program.mentions(ref, _MAPPED) else None
    mapped = (one for one in anatomy.all(MethodCall) if one.method == "map_err") if anatomy else ()
    found = (_made(one) for one in mapped)
    return tuple(one for one in found if one is not None)


def _made(mapped: MethodCall) -> _Made | None:
    closure = mapped.args[0] if len(mapped.args) == 1 else None
    if isinstance(closure, Path):
        call = _asked(mapped.receiver)
        named = _Made(mapped.span, call.span, _file(call), "", closure.last, alone=False)
        return named if named.file and len(closure.segments) == 1 else None
    if not isinstance(closure, Closure) or len(closure.params) != 1:
        return None
    made = _value(closure.body)
    name = closure.params[0].name
    if not isinstance(made, Call) or not isinstance(made.function, Path) or len(made.args) != 1:
        return None
    path, text = made.function, made.args[0]
    if len(path.segments) < 2 or not mentions(text, name) or not _is_text(text):
        return None
    call = _asked(mapped.receiver)
    owner, variant = path.segments[-2:]
    return _Made(mapped.span, call.span, _file(call), owner, variant, _is_alone(text, name))


def _value(node: Node) -> Node:
    """What a closure gives, out of its block and `.into()`."""
    while True:
        if isinstance(node, Block) and len(node.statements) == 1 and node.tail:
            node = node.statements[0]
        elif isinstance(node, MethodCall) and node.method == "into" and not node.args:
            node = node.receiver
        else:
            return node


def _is_text(node: Node) -> bool:
    return (isinstance(node, MacroCall) and node.path == "format") or (
        isinstance(node, MethodCall) and node.method == "to_string"
    )


def _is_alone(text: Node, name: str) -> bool:
    """Whether a text is what the error says, and nothing else."""
    if isinstance(text, MacroCall):
        tokens = "".join(text.tokens.split())
        first = text.args[0] if text.args else None
        plain = first is None or isinstance(first, Literal)
        return plain and _ALONE.fullmatch(tokens) is not None
    asked = text.receiver if isinstance(text, MethodCall) else None
    return isinstance(asked, Path) and asked.segments == (name,)


def _asked(node: Node) -> Node:
    """The call whose error it is, out of a release."""
    if isinstance(node, MethodCall) and node.method in _RELEASES and len(node.args) == 1:
        work = node.args[0]
        return _value(work.body) if isinstance(work, Closure) else node
    return node


def _file(call: Node) -> str:
    """`File::open`; nothing for what does not come from `std`."""
    path = call.function if isinstance(call, Call) else None
    if not isinstance(path, Path) or len(path.segments) < 2:
        return ""
    owner, name = path.segments[-2:]
    return f"{owner}::{name}" if owner in _FILES and name.startswith(_READS) else ""


# --- the class it had -----------------------------------------------------------------------------


def _lost(
    program: Program, ref: ItemRef, known: Mapping[str, Classes], made: _Made
) -> Flattened | None:
    error, callee, sure = _error(program, ref, made)
    if not error:
        return None
    raises = program.function(ref).returns
    held = raises.args[1].name if len(raises.args) > 1 else raises.name
    plain = Flattened(made.span, callee, "", "", error == IO_ERROR, sure and made.alone)
    if not made.owner:
        name = _helpers(program).get(made.name, "") if held in PYTHON_ERRORS else ""
        found = (name, "?") if name and not is_of_files(name) else None
    elif made.name == "new_err":
        found = _raised(known, made, error) if held in PYTHON_ERRORS else None
    else:
        found = _converted(program, known, made, error, held)
    if found is None:
        return None
    raised, instead = found
    general = not plain.files or raised in _GENERAL
    return replace(plain, raised=raised, instead=instead, sure=plain.sure and general)


def _error(program: Program, ref: ItemRef, made: _Made) -> tuple[str, str, bool]:
    """The type of the error, who gives it, and whether that is written."""
    if made.file:
        own = made.call in program.callees(ref)
        return ("" if own else IO_ERROR), made.file, True
    targets = program.callees(ref).get(made.call, ())
    if not targets:
        return "", "", False
    function = program.function(targets[0])
    name, sure = _given(program, targets[0], function)
    return name, function.name, sure


def _given(program: Program, ref: ItemRef, function: Function) -> tuple[str, bool]:
    """The error of a function: as its type says, or the alias that it uses is called."""
    returns = function.returns
    if returns.name in PYTHON_ERRORS or not returns.name.endswith("Result"):
        return "", False
    if len(returns.args) > 1:
        return spelled(returns.args[1].peel()), True
    if returns.path.endswith("io::Result"):
        return IO_ERROR, True
    for alias in program.modules[ref.path].aliases:
        if alias.name == returns.name and len(alias.target.args) > 1:
            return spelled(alias.target.args[1]), True
    stem = returns.name.removesuffix("Result")
    return (f"{stem}Error" if stem else ""), False


def _helpers(program: Program) -> Mapping[str, str]:
    """The only exception of Python that functions of the crate make of any error, by their names.

    A name that several functions have stands for none.
    """
    return program.keep("makers of exceptions", lambda: _all_helpers(program))


def _all_helpers(program: Program) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for path, module in program.modules.items():
        for index, one in enumerate(module.functions if program.in_crate(path) else ()):
            if one.returns.name == "PyErr" and not one.owner and len(one.params) == 1:
                found.setdefault(one.name, set()).add(_makes(program, ItemRef(path, index)))
    return {name: only for name, made in found.items() if len(made) == 1 for only in made if only}


@answered("the exception that is made of any error")
def _makes(program: Program, ref: ItemRef) -> str:
    """The exception that a function makes of the text of its parameter."""
    anatomy = anatomy_of(program, ref)
    if anatomy is None or not mentions(anatomy.body, program.function(ref).params[0].name):
        return ""
    raised = Raising(program, ref, anatomy).raised(anatomy.body)
    return raised[0] if len(raised) == 1 and builtin(raised[0]) is not None else ""


def _raised(known: Mapping[str, Classes], made: _Made, error: str) -> tuple[str, str] | None:
    """`PyRuntimeError::new_err(text)` in a function that gives a `PyResult`."""
    if error == IO_ERROR:
        other = builtin(made.owner) is not None and not is_of_files(made.owner)
        return (made.owner, "?") if other else None
    if made.owner != "PyRuntimeError":
        return None
    for name, one in known.items():
        if (error == name or error in one.made_of) and one.all - {made.owner}:
            return made.owner, "?" if error == name else f"{name}::from"
    return None


def _converted(
    program: Program, known: Mapping[str, Classes], made: _Made, error: str, held: str
) -> tuple[str, str] | None:
    """`Failure::Other(text)`, where the conversion of `Failure` tells what becomes of it."""
    one = known.get(made.owner)
    raised = of_variant(program, one, made.name) if one is not None else frozenset()
    if one is None or len(raised) != 1 or held not in PYTHON_ERRORS | {made.owner}:
        return None
    (name,) = raised
    if error in one.made_of:
        return (name, _kept(held, made.owner)) if one.all - raised else None
    if held not in PYTHON_ERRORS:
        return None
    if error == IO_ERROR:
        return None if is_of_files(name) else (name, "?")
    other = known.get(error)
    return (name, "?") if other is not None and other.all - raised else None


def _kept(held: str, owner: str) -> str:
    return "?" if held == owner else f"{owner}::from"
