"""The `FromPyObject` of the crate's own types, which PyO3 runs for the arguments of a binding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.model import Impl, ItemRef, TypeRef

_EXTRACTS = frozenset({"extract", "extract_bound"})


def extracted_by(program: Program, ref: ItemRef) -> Iterator[ItemRef]:
    """The functions that make the arguments of an entry point out of Python objects."""
    known = extractions(program)
    for param in program.function(ref).params if known else ():
        for part in param.type.walk() if param.type is not None else ():
            found = known.get(_spelled(part))
            if found is not None:
                yield found


def extractions(program: Program) -> Mapping[str, ItemRef]:
    """Such functions that were written by hand, by the type they make: `Wrapped<Source>`."""
    return program.keep("extractions", lambda: dict(_all_extractions(program)))


def _all_extractions(program: Program) -> Iterator[tuple[str, ItemRef]]:
    for path, module in program.modules.items():
        for impl in module.impls if program.in_crate(path) else ():
            if _is_extraction(impl) and program.active(impl.cfg, path):
                for index in impl.functions:
                    if module.functions[index].name in _EXTRACTS:
                        yield _spelled(impl.type), ItemRef(path, index)


def _is_extraction(impl: Impl) -> bool:
    return impl.trait.partition("<")[0].rsplit("::", 1)[-1] == "FromPyObject"


def _spelled(type_: TypeRef) -> str:
    """A type without its lifetimes."""
    args = ", ".join(map(_spelled, type_.args))
    if type_.kind != "path":
        return type_.text
    return f"{type_.name}<{args}>" if args else type_.name
