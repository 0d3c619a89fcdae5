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
_SHOWN_NEVER = ("(", "[", "Vec<", "Option<")
"""How types begin that have no `Display`: tuples, arrays and two others."""
_NESTED = re.compile(r"<[^<>]*>|\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]")
"""What stands in brackets that have none inside: no part of a list of generics begins there."""
_LOCKS = ("Mutex", "RwLock")
_OWN_THREAD = ("Rc", "NonNull")
_NOT_SHARED = ("Cell", "RefCell", "UnsafeCell", "OnceCell")


def refuse_unsupported(facts: Facts, piece: str) -> None:
    """Raise Lacking where a new binding of the piece is known not to compile."""
    if not facts.style.pyo3:
        raise Lacking("PyO3 among the dependencies of the crate")
    if piece != "stream" and not facts.style.numpy:
        raise Lacking("numpy among the dependencies of the crate")
    _refuse_unreached(facts, piece)
    for function in called(facts, piece):
        _refuse_function(facts, function, leaves=piece != "stream")
    _refuse_gated_fields(facts, piece)
    if piece == "stream":
        _refuse_stream(facts)
    if facts.style.name != STRICT:
        _refuse_hidden(facts, piece)


def _refuse_unreached(facts: Facts, piece: str) -> None:
    """A binding that nothing could export, unless it takes the place of one that is exported."""
    reach, program = facts.style.reach, facts.program
    if reach is None:
        raise Lacking("a `#[pymodule]` in this crate")
    there = (entry for entry in program.entries_of(facts.core) if entry.role.value == piece)
    if any(program.registrations_of(entry) for entry in there):
        return
    module = program.module_path(facts.core.path, facts.names.scope)
    if hidden := reach.hidden(module):
        raise Lacking(f"a path from the `#[pymodule]` to the binding: {hidden} is private")


def _refuse_gated_fields(facts: Facts, piece: str) -> None:
    """A literal of a struct has each field or has it not: none is right for all features."""
    core, program = facts.core, facts.program
    for name in (core.params_struct, core.range_struct if piece == "batch" else None):
        ref = program.resolve_type(name, core.path, core_scope(facts)) if name else None
        struct = program.struct(ref) if ref is not None else None
        if not isinstance(struct, Struct):
            continue
        for field in struct.fields:
            for cfg in field.cfg:
                if cfg not in struct.cfg:
                    fact = f"a value for `{field.name}` of `{name}`, a field under `#[cfg({cfg})]`"
                    raise Lacking(f"{fact} alone")


def called(facts: Facts, piece: str) -> Iterator[CoreFunction]:
    """The functions of the core that a piece calls."""
    core = facts.core
    stream = core.stream
    found = {
        "single": (core.with_kernel or core.single or core.into_slice,),
        "batch": (core.expand_grid, core.grid),
        "stream": (stream.constructor, stream.update) if stream is not None else (),
    }
    # A function that is still to be written has the error of the one that it is made from.
    yield from (one for one in found[piece] if one is not None)


def _refuse_function(facts: Facts, function: CoreFunction, *, leaves: bool) -> None:
    """`leaves`: the error comes from a call without the interpreter."""
    item = facts.program.function(function.ref)
    if item.is_unsafe:
        raise Lacking(f"what makes a call of `{function.name}` safe: it is an `unsafe fn`")
    if item.is_async:
        raise Lacking(f"what runs `{function.name}`: it is an `async fn`")
    if re.search(r"(?<!')\b[A-Z]\w*", re.sub(r"\bSelf\b|:[^,>]*", "", item.generics)):
        raise Lacking(f"the types that `{function.name}{item.generics}` is called with")
    if function.fallible and function.error is not None and facts.style.name != STRICT:
        _refuse_error(facts, function, function.error, leaves=leaves)


def _refuse_error(facts: Facts, function: CoreFunction, text: str, *, leaves: bool) -> None:
    error = text.replace(" ", "")
    if error.startswith(_SHOWN_NEVER):
        raise Lacking(f"a text for the error of `{function.name}`, which is `{text}`")
    words = set(re.findall(r"\w+", text))
    if leaves and ("Rc" in words or ("dyn" in words and "Send" not in words)):
        raise Lacking(f"an error of `{function.name}` that can leave the thread: no `Send`")
    item = facts.program.function(function.ref)
    ref = facts.program.resolve_type(error, function.ref.path, item.scope)
    if ref is None:
        return
    if not _may_be_shown(facts.program, ref):
        raise Lacking(f"a text for the error of `{function.name}`: no `Display` for `{error}`")
    if leaves and (found := _bound_to_thread(facts, ref, {ref}, shared=False)):
        raise Lacking(f"an error of `{function.name}` that can leave the thread: `{found}` cannot")


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
    if _wants_arguments(generics):
        raise Lacking(f"the arguments of `{stream.name}{generics}` for a class of Python")
    shared = facts.style.release == "detach"
    found = _bound_to_thread(facts, stream.ref, {stream.ref}, shared=shared)
    if found:
        raise Lacking(f"a stream that can go to another thread: `{found}` cannot")


def _wants_arguments(generics: str) -> bool:
    """Whether one of `<const N: usize, T = f64>` has no default; a lifetime has none."""
    inner = generics.strip().replace("->", "").removeprefix("<").removesuffix(">")
    plain = re.sub(_NESTED, "", inner)
    while plain != inner:
        inner, plain = plain, re.sub(_NESTED, "", plain)
    return any("=" not in one for one in inner.split(",") if one.strip())


def _bound_to_thread(facts: Facts, ref: ItemRef, seen: set[ItemRef], *, shared: bool) -> str:
    """A field's type that only the thread that made it may use; empty where there is none.

    `shared`: several threads may also use it at the same time.
    """
    program = facts.program
    item = program.struct(ref)
    impls = program.modules[ref.path].impls
    if any(one.name == item.name and one.trait in ("Send", "Sync") for one in impls):
        return ""
    parts = [item] if isinstance(item, Struct) else getattr(item, "variants", ())
    for field in (field for part in parts for field in part.fields):
        if _is_bound(field.type, shared=shared):
            return f"{field.name}: {field.type.text}".removeprefix(": ")
        for part in field.type.walk():
            inner = program.resolve_type(part.path, ref.path, item.scope) if part.path else None
            if inner is not None and inner not in seen:
                seen.add(inner)
                if found := _bound_to_thread(facts, inner, seen, shared=shared):
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


# --- private items --------------------------------------------------------------------------


def _refuse_hidden(facts: Facts, piece: str) -> None:
    """What is private in another module cannot be used where the binding stands."""
    core, program = facts.core, facts.program
    here = program.module_path(core.path, facts.names.scope)
    for function in called(facts, piece):
        scope = program.function(function.ref).scope
        where = program.module_path(function.ref.path, scope)
        if function.name not in facts.planned and _hides(where, function.visibility, here):
            raise Lacking(f"a way to call `{function.name}`, which is private in `{_last(where)}`")
    outputs = core.batch_output if core.batch_inner_into is None else None
    ranges = (core.range_struct, outputs) if piece == "batch" else (core.output_struct,)
    for name in (core.params_struct, *(ranges if piece != "stream" else ())):
        ref = program.resolve_type(name, core.path, core_scope(facts)) if name else None
        item = program.struct(ref) if ref is not None else None
        if ref is None or not isinstance(item, Struct):
            continue
        where = program.module_path(ref.path, item.scope)
        seen = (item.visibility, *(one.visibility for one in item.fields))
        if any(_hides(where, one, here) for one in seen):
            raise Lacking(
                f"a way to use `{name}` and its fields, which are private in `{_last(where)}`"
            )


def _hides(where: tuple[str, ...], visibility: str, here: tuple[str, ...]) -> bool:
    """Whether what a module declares cannot be used in another one, which is not inside of it."""
    if visibility == "pub(super)":
        where = where[:-1]
    return visibility in ("", "pub(self)", "pub(super)") and here[: len(where)] != where


def _last(where: tuple[str, ...]) -> str:
    return where[-1] if where else "crate"
