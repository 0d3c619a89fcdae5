"""Which parts of a core a binding of the audited configuration reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.program import Program
from bindcheck.model import (
    Cfg,
    CoreApi,
    CoreFunction,
    EntryKind,
    EntryPoint,
    Enum,
    Function,
    Role,
    Struct,
)


def single_functions(core: CoreApi) -> tuple[CoreFunction, ...]:
    """Functions of a core that compute one set of parameters, the plainest first."""
    return _known(core.single, core.with_kernel, core.into_slice, core.into_uninit)


def batch_functions(core: CoreApi) -> tuple[CoreFunction, ...]:
    """Functions of a core that compute a grid, the most public first."""
    return _known(core.batch_with_kernel, core.batch_inner, core.batch_inner_into)


def _known(*functions: CoreFunction | None) -> tuple[CoreFunction, ...]:
    return tuple(function for function in functions if function is not None)


def bindings_of(program: Program, core: CoreApi, role: Role) -> Iterator[EntryPoint]:
    """Entry points that bind this part of a core; device and other-target builds are none."""
    for entry in program.entries_of(core):
        if entry.role is role and counts_as_binding(program, entry):
            yield entry


def is_left_out(program: Program, core: CoreApi) -> bool:
    """Whether the audited configuration is without the file of a core, and so without a binding."""
    return not program.active(program.inherited_cfg(core.path), core.path)


def is_called(program: Program, functions: Iterable[CoreFunction], role: Role) -> bool:
    """Whether an entry point of no other role calls one of the functions itself.

    That is how a core is bound under another name. A call further down does not count: a function
    that chooses among many indicators binds none of them.
    """
    wanted = {function.ref for function in functions}
    return any(
        wanted.intersection(program.called(entry.ref))
        for entry in program.entries
        if entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD)
        and entry.role in (role, Role.OTHER)
        and counts_as_binding(program, entry)
    )


def no_bindings_reason(program: Program) -> str | None:
    """Why a crate can have no missing binding, or None."""
    if not program.cores:
        return "no indicator core was found"
    if program.crate is not None and program.crate.pyo3 is None:
        return "the crate does not depend on PyO3"
    return None


def counts_as_binding(program: Program, entry: EntryPoint) -> bool:
    """Whether an entry point is the binding for the CPU: not one that a device build adds."""
    item: Function | Struct | Enum
    if entry.kind is EntryKind.CLASS:
        item = program.struct(entry.ref)
    else:
        item = program.function(entry.ref)
    return entry.active and not any(_wants_device(cfg) for cfg in item.cfg)


_DEVICES = frozenset({"cuda", "gpu", "hip", "metal", "opencl", "rocm", "vulkan", "wasm", "wgpu"})


def _wants_device(cfg: Cfg) -> bool:
    """Whether a predicate asks for a feature of another device or target."""
    if cfg.op == "not":
        return False
    named = cfg.op == "flag" and cfg.name == "feature" and cfg.value in _DEVICES
    return named or any(_wants_device(one) for one in cfg.args)
