"""The code and the crates that a core's values come from: older values are told by them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.crate import Crate
from bindcheck.model import CoreApi, ItemRef, Span
from bindcheck.model.words import words_of

_COMMENT = re.compile(rb"//[^\n]*")
_LENGTH = 16
_BINDING = frozenset({"pyo3", "numpy"})


def core_digest(program: Program, core: CoreApi, sources: Mapping[str, bytes]) -> str:
    """The digest of the functions behind a single call, with the constants and types beside them.

    Comments and layout do not count, nor do bindings, dependencies and code that macros make.
    """
    texts = [text for _, text in _texts(program, core, sources)]
    return hashlib.sha256(b"\0".join(sorted(texts))).hexdigest()[:_LENGTH]


def core_dependencies(
    program: Program, core: CoreApi, sources: Mapping[str, bytes], crate: Crate
) -> dict[str, str]:
    """The locked versions of the crates that the code behind a single call names or imports.

    Those of the binding do not count, nor do crates behind these.
    """
    texts = _texts(program, core, sources)
    words = words_of(b" ".join(text for _, text in texts))
    used = {one.decode() for one in words}
    for path in {path for path, _ in texts}:
        # A trait is used by its methods: where imports are not gated, the file is what uses them.
        for use in program.modules[path].uses:
            if use.path and not use.scope and (not use.cfg or use.name in used):
                used.add(use.path[0])
    locked = locked_versions(crate)
    names = {one.name for one in crate.dependencies if one.code_name in used} - _BINDING
    return {name: locked[name] for name in sorted(names & locked.keys())}


def locked_versions(crate: Crate) -> dict[str, str]:
    """The versions of dependencies that the lock file tells; nothing without one."""
    return {one.name: str(one.version) for one in crate.dependencies if one.source == "lock"}


def _texts(
    program: Program, core: CoreApi, sources: Mapping[str, bytes]
) -> list[tuple[str, bytes]]:
    """Paths and texts of all that a single call is made of."""
    parts = sorted({*_functions(program, core), *_types(program, core)})
    parts += sorted({one for path, _ in parts for one in _constants(program, path)} - set(parts))
    return [(path, _text(sources[path], span)) for path, span in parts if path in sources]


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
