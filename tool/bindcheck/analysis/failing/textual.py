"""Exceptions of a Python object that go through `std::io` as their text.

What wraps a file of Python for `Write` or `Read` can only fail with an `io::Error`. One that holds
the `PyErr` becomes that exception again; one that holds its text is an `OSError` whatever it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.program import Program
from bindcheck.model import Call, Function, ItemRef, Param, Path

_STREAMS = frozenset({"Read", "Write", "Seek", "BufRead"})
_WORDS = (b"io::Error::",)
_MAKES = frozenset({"other", "new"})
_KEEPS = (b"Error::from(", b".into()")


def textual_errors(program: Program) -> Iterator[tuple[ItemRef, str]]:
    """The helpers that make such an error, with the stream that hands them the exception."""
    for path, module in program.modules.items():
        if not program.in_crate(path) or not program.file_mentions(path, _WORDS):
            continue
        streams = [
            ItemRef(path, index)
            for index, one in enumerate(module.functions)
            if _is_stream(one) and program.active(one.cfg, path)
        ]
        for index, one in enumerate(module.functions if streams else ()):
            ref = ItemRef(path, index)
            if _gives_text(program, ref, one):
                yield from _used(program, ref, one, streams)


def _is_stream(function: Function) -> bool:
    return function.trait.rsplit("::", 1)[-1] in _STREAMS


def _used(
    program: Program, ref: ItemRef, helper: Function, streams: list[ItemRef]
) -> Iterator[tuple[ItemRef, str]]:
    """The helper, with the first stream that hands it errors."""
    handed = (f"map_err({helper.name})".encode(),)
    for one in streams:
        if program.mentions(one, handed):
            yield ref, program.function(one).name
            return


def _gives_text(program: Program, ref: ItemRef, function: Function) -> bool:
    """Whether a function makes an `io::Error` of a `PyErr`, and never of the exception itself."""
    returns = function.returns
    only = function.params[0] if len(function.params) == 1 else None
    made = returns.name == "Error" and returns.path.endswith("io::Error")
    if only is None or not made or only.type is None or only.type.peel().name != "PyErr":
        return False
    if not program.active(function.cfg, ref.path) or program.mentions(ref, _KEEPS):
        return False
    anatomy = anatomy_of(program, ref)
    return anatomy is not None and _makes_of_text(anatomy, only)


def _makes_of_text(anatomy: Anatomy, exception: Param) -> bool:
    held = [one.args[-1] for one in anatomy.all(Call) if _makes(one.function) and one.args]
    return bool(held) and not any(
        isinstance(one, Path) and one.segments == (exception.name,) for one in held
    )


def _makes(function: object) -> bool:
    """`io::Error::other`, `io::Error::new`."""
    path = function.segments if isinstance(function, Path) else ()
    return path[-2:-1] == ("Error",) and path[-1] in _MAKES
