"""Cores that new bindings could not be compiled for: what a piece calls is looked at first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.generate.context import Facts, core_scope
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.style import STRICT
from bindcheck.model import CoreFunction, ItemRef, Struct, TypeRef

_PLAIN_DERIVES = frozenset(
    ["Debug", "Clone", "Copy", "PartialEq", "Eq", "Hash", "Default", "PartialOrd", "Ord"]
)
_PLAIN_ATTRIBUTES = frozenset(
    ["derive", "doc", "cfg", "allow", "expect", "must_use", "non_exhaustive", "repr", "deprecated"]
)
_LOCKS = ("Mutex", "RwLock")
_OWN_THREAD = ("Rc", "NonNull")
_NOT_SHARED = ("Cell", "RefCell", "UnsafeCell", "OnceCell")


def refuse_unsupported(facts: Facts, piece: str) -> None:
    """Raise Lacking where a new binding of the piece is known not to compile."""
    if not facts.style.pyo3:
        raise Lacking("PyO3 among the dependencies of the crate")
    if piece != "stream" and not facts.style.numpy:
        raise Lacking("numpy among the dependencies of the crate")
    if not facts.style.exports:
        raise Lacking("a `#[pymodule]` in this crate")
    for function in called(facts, piece):
        _refuse_function(facts, function)
    if piece == "stream":
        _refuse_stream(facts)
    if facts.style.name != STRICT:
        _refuse_hidden(facts, piece)


def called(facts: Facts, piece: str) -> Iterator[CoreFunction]:
    """The functions of the core that a piece calls."""
    core = facts.core
    stream = core.stream
    found = {
        "single": (core.with_kernel or core.single or core.into_slice,),
        "batch": (core.expand_grid, core.batch_inner_into or core.batch_with_kernel),
        "stream": (stream.constructor, stream.update) if stream is not None else (),
    }
    # A function that is still to be written has the error of the one that it is made from.
    yield from (one for one in found[piece] if one is not None)


def _refuse_function(facts: Facts, function: CoreFunction) -> None:
    if facts.program.function(function.ref).is_unsafe:
        raise Lacking(f"what makes a call of `{function.name}` safe: it is an `unsafe fn`")
    if not function.fallible or function.error is None or facts.style.name == STRICT:
        return
    error = function.error.replace(" ", "")
    if error == "()":
        raise Lacking(f"a text for the error of `{function.name}`, which is `()`")
    if "dyn" in function.error.split("<")[-1].split() and "Send" not in function.error:
        raise Lacking(f"an error of `{function.name}` that can leave the thread: no `Send`")
    item = facts.program.function(function.ref)
    ref = facts.program.resolve_type(error, function.ref.path, item.scope)
    if ref is not None and not _may_be_shown(facts.program, ref):
        raise Lacking(f"a text for the error of `{function.name}`: no `Display` for `{error}`")


def _may_be_shown(program: Program, ref: ItemRef) -> bool:
    """Whether a type has `Display`, or something that may bring it: an attribute, a macro."""
    item = program.struct(ref)
    derives = {
        name.rpartition("::")[2]
        for one in item.attrs
        if one.path == "derive"
        for name in re.findall(r"[\w:]+", one.tokens)
    }
    others = {one.path for one in item.attrs} - _PLAIN_ATTRIBUTES
    if derives - _PLAIN_DERIVES or others:
        return True
    return any(
        any(one.name == item.name and _is_display(one.trait) for one in module.impls)
        or any(re.search(rf"\b{item.name}\b", one.tokens) for one in module.macros)
        for module in program.modules.values()
    )


def _is_display(trait: str) -> bool:
    return trait.rpartition("::")[2].partition("<")[0].strip() == "Display"


# --- streams --------------------------------------------------------------------------------


def _refuse_stream(facts: Facts) -> None:
    stream = facts.core.stream
    if stream is None:
        return
    generics = getattr(facts.program.struct(stream.ref), "generics", "")
    if generics and "=" not in generics:
        raise Lacking(f"the arguments of `{stream.name}{generics}` for a class of Python")
    found = _bound_to_thread(facts, stream.ref, {stream.ref})
    if found:
        raise Lacking(f"a stream that can go to another thread: `{found}` cannot")


def _bound_to_thread(facts: Facts, ref: ItemRef, seen: set[ItemRef]) -> str:
    """A field's type that only the thread that made it may use; empty where there is none."""
    program = facts.program
    item = program.struct(ref)
    impls = program.modules[ref.path].impls
    if any(one.name == item.name and one.trait in ("Send", "Sync") for one in impls):
        return ""
    for field in item.fields if isinstance(item, Struct) else ():
        if _is_bound(field.type, shared=facts.style.release == "detach"):
            return f"{field.name}: {field.type.text}"
        for part in field.type.walk():
            inner = program.resolve_type(part.path, ref.path, item.scope) if part.path else None
            if inner is not None and inner not in seen:
                seen.add(inner)
                if found := _bound_to_thread(facts, inner, seen):
                    return found
    return ""


def _is_bound(kind: TypeRef, *, shared: bool) -> bool:
    locked = any(lock in kind.names() for lock in _LOCKS)
    for part in kind.walk():
        if part.kind == "ptr" or part.name in _OWN_THREAD:
            return True
        if part.kind == "dyn" and "Send" not in part.text:
            return True
        if shared and not locked and part.name in _NOT_SHARED:
            return True
    return False


# --- inline modules -------------------------------------------------------------------------


def _refuse_hidden(facts: Facts, piece: str) -> None:
    """What is private in an inline module cannot be used at the top of the file."""
    scope = core_scope(facts)
    if not scope or facts.names.scope[: len(scope)] == scope:
        return
    where = "::".join(scope)
    core, program = facts.core, facts.program
    for function in called(facts, piece):
        if function.name not in facts.planned and not function.visibility:
            raise Lacking(f"a way to call `{function.name}`, which is private in `{where}`")
    names = (core.params_struct, core.output_struct if piece == "single" else core.range_struct)
    for name in names[:1] if piece == "stream" else names:
        ref = program.resolve_type(name, core.path, scope) if name else None
        item = program.struct(ref) if ref is not None else None
        if not isinstance(item, Struct):
            continue
        hidden = not item.visibility or any(not one.visibility for one in item.fields)
        if hidden:
            raise Lacking(f"a way to use `{name}` and its fields, which are private in `{where}`")
