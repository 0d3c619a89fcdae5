"""A digest of the code that a core's values come from: older values are told by it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.model import CoreApi, ItemRef, Span

_COMMENT = re.compile(rb"//[^\n]*")
_LENGTH = 16


def core_digest(program: Program, core: CoreApi, sources: Mapping[str, bytes]) -> str:
    """The digest of the functions behind a single call, with the constants and types beside them.

    Comments and layout do not count, nor do bindings, dependencies and code that macros make.
    """
    parts = sorted({*_functions(program, core), *_types(program, core)})
    parts += sorted({one for path, _ in parts for one in _constants(program, path)} - set(parts))
    texts = [_text(sources[path], span) for path, span in parts if path in sources]
    return hashlib.sha256(b"\0".join(sorted(texts))).hexdigest()[:_LENGTH]


def _text(source: bytes, span: Span) -> bytes:
    return b" ".join(_COMMENT.sub(b"", source[span.start : span.end]).split())


def _functions(program: Program, core: CoreApi) -> Iterator[tuple[str, Span]]:
    """What a single call reaches, and the methods of the parameters: defaults stand there."""
    todo = [one.ref for one in (core.with_kernel, core.single, core.into_slice) if one is not None]
    functions = program.modules[core.path].functions
    todo += [
        ItemRef(core.path, at)
        for at, one in enumerate(functions)
        if core.params_struct and one.owner == core.params_struct
    ]
    seen = set(todo)
    while todo:
        ref = todo.pop()
        yield ref.path, program.function(ref).span
        for called in program.called(ref):
            if called not in seen and program.in_crate(called.path):
                seen.add(called)
                todo.append(called)


def _types(program: Program, core: CoreApi) -> Iterator[tuple[str, Span]]:
    names = {core.params_struct, core.output_struct}
    for item in program.modules[core.path].structs:
        if item.name in names:
            yield core.path, item.span


def _constants(program: Program, path: str) -> Iterator[tuple[str, Span]]:
    for one in program.modules[path].consts:
        yield path, one.span
