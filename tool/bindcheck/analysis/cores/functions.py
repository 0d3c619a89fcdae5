"""Choosing the functions of a core among all that mention its types.

Signatures decide what a function can be; among several of one shape the name does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.roles import Known, counts, roles_of
from bindcheck.analysis.cores.shapes import (
    lists,
    normal,
    out_element,
    unwrap_result,
    vector_element,
)
from bindcheck.fact import fact
from bindcheck.model import ItemRef, OutputField, Struct, TypeRef

_BATCH = ("range", "combos", "values")
UNREAD = "?"


@fact
class Candidate:
    """A free function with the roles of its parameters and its Ok type.

    `kinds` counts the parameters of each kind of role, `name` is its name without case and
    underscores: both are asked by every search for a function of some shape.
    """

    fn: Fn
    roles: tuple[str, ...]
    returns: TypeRef
    fallible: bool
    kinds: dict[str, int]
    name: str


def candidates(file: CoreFile, functions: Iterable[Fn], known: Known) -> tuple[Candidate, ...]:
    """The functions with their roles."""
    return tuple([_candidate(file, fn, known) for fn in functions])


def _candidate(file: CoreFile, fn: Fn, known: Known) -> Candidate:
    roles = roles_of(fn, known)
    returns, fallible, _ = unwrap_result(fn.item.returns, file.aliases)
    return Candidate(fn, roles, returns, fallible, counts(roles), normal(fn.name))


# --- one series at a time --------------------------------------------------------------------


def find_single(found: Sequence[Candidate], prefix: str) -> tuple[Candidate | None, str]:
    """`fn kama(&KamaInput) -> Result<KamaOutput, _>`, or why none can be told."""
    fitting = [one for one in found if one.kinds == {"input": 1} and _is_result(one.returns)]
    if len(fitting) < 2:
        return (fitting[0] if fitting else None), ""
    near = _nearest(fitting, normal(prefix))
    if near is None:
        return None, (
            f"{len(fitting)} functions take the input struct alone (`{fitting[0].fn.name}`, ..)"
            " and none has its name"
        )
    return near, ""


def find_with_kernel(found: Sequence[Candidate], prefix: str) -> Candidate | None:
    """`fn kama_with_kernel(&KamaInput, Kernel) -> Result<KamaOutput, _>`."""
    fitting = [
        one for one in found if one.kinds == {"input": 1, "kernel": 1} and _is_result(one.returns)
    ]
    wanted = normal(prefix) + "withkernel"
    best = _nearest(fitting, wanted)
    return best or _best(fitting, lambda one: ("withkernel" not in one.name, len(one.name)))


def _is_result(kind: TypeRef) -> bool:
    """A value that can hold outputs: a struct, a vector, or a tuple of vectors."""
    if kind.kind == "tuple":
        return bool(kind.args) and all(vector_element(arg) for arg in kind.args)
    return kind.kind == "path" and (kind.name == "Vec" or kind.name[:1].isupper())


def _nearest(found: Sequence[Candidate], wanted: str) -> Candidate | None:
    """The one of the wanted name, else the only one whose name is a part of it or the reverse."""
    exact = [one for one in found if one.name == wanted]
    if exact:
        return exact[0]
    near = [one for one in found if wanted in one.name or one.name in wanted]
    public = [one for one in near if one.fn.item.visibility == "pub"] or near
    return min(public, key=lambda one: len(one.name)) if public else None


def _best(
    found: Sequence[Candidate], rank: Callable[[Candidate], tuple[object, ...]]
) -> Candidate | None:
    """The first by rank; public before private, then as in the source."""
    if not found:
        return None
    order = sorted(
        range(len(found)),
        key=lambda at: (*map(_key, rank(found[at])), _hidden(found[at]), at),
    )
    return found[order[0]]


def _key(value: object) -> int:
    return value if isinstance(value, int) else 0


def _hidden(one: Candidate) -> int:
    return 0 if one.fn.item.visibility == "pub" else 1


# --- into a buffer ---------------------------------------------------------------------------


def find_into(found: Sequence[Candidate], known: Known, *, uninit: bool) -> Candidate | None:
    """`fn kama_into_slice(&mut [f64], &KamaInput, Kernel) -> Result<(), _>`.

    Or over series and parameters by value. What takes a first index or a weight is a step inside a
    core, not its surface; so is what cannot fail, or takes no kernel, where an Input struct says
    what the core takes.
    """
    fitting = [
        one
        for one in found
        if (one.fallible or not known.input)
        and _into_shape(one.kinds, named=not known.input)
        and _writes(one.fn, uninit)
        and not _returns_rows(one.returns)
    ]
    return _best(
        fitting,
        lambda one: (
            "out:*" in one.roles,
            "kernel" not in one.kinds,
            "input" not in one.kinds,
            not one.name.endswith(("intoslice", "intoslices", "intouninit")),
            len(one.name),
        ),
    )


def _into_shape(kinds: dict[str, int], *, named: bool) -> bool:
    if not kinds.get("out"):
        return False
    if kinds.get("input"):
        return set(kinds) <= {"out", "input", "kernel"}
    whole = {"out", "series", "kernel", "params", "param", "extra"}
    return bool(kinds.get("series")) and (named or "kernel" in kinds) and set(kinds) <= whole


def _writes(fn: Fn, uninit: bool) -> bool:
    found = [out_element(p.type) for p in fn.item.params if p.type is not None]
    kinds = {one[1] for one in found if one is not None}
    return kinds == {uninit}


def _returns_rows(kind: TypeRef) -> bool:
    return kind.name == "Vec" or (kind.kind == "tuple" and bool(kind.args))


# --- batches ---------------------------------------------------------------------------------


def is_batch(one: Candidate, *, plain: bool) -> bool:
    """Whether a function computes a grid; `plain` for a core without parameters."""
    takes = bool(one.kinds.get("series") or one.kinds.get(UNREAD))
    if any(one.kinds.get(kind) for kind in _BATCH):
        return takes
    return plain and "batch" in one.name and takes


def batch_output(file: CoreFile, one: Candidate, output: str | None) -> Struct | None:
    """The struct of a batch result: vectors with their numbers of rows and columns."""
    if one.returns.name == output:
        return None
    found = file.struct_at(one.returns, one.fn)
    if found is None:
        return None
    names = {field.name for field in found[1].fields}
    sized = {"rows", "cols"} <= names or "combos" in names
    holds = any(_holds_results(field.type) for field in found[1].fields)
    named = found[1].name.endswith("BatchOutput")
    return found[1] if holds and (sized or named) else None


def _holds_results(kind: TypeRef) -> bool:
    """A vector of numbers, or of arrays of such vectors."""
    return "Vec" in kind.names() and bool(kind.names() & _RESULTS)


_RESULTS = frozenset({"f64", "f32", "bool", "i8"})


def find_batch(
    file: CoreFile, found: Sequence[Candidate], output: str | None, outputs: int
) -> tuple[Candidate | None, Candidate | None]:
    """`kama_batch_with_kernel` and `kama_batch_inner`: both return the whole batch result."""
    owning = [
        one
        for one in found
        if "out" not in one.kinds and batch_output(file, one, output) is not None
    ]
    inner = [one for one in owning if "parallel" in one.kinds or "inner" in one.name]
    outer = [one for one in owning if one not in inner]
    return (
        _best(
            outer,
            lambda one: (
                UNREAD in one.roles,
                _vectors(file, one) != outputs,
                not one.name.endswith("batchwithkernel"),
                "withkernel" not in one.name,
                len(one.name),
            ),
        ),
        _best(inner, lambda one: (not one.name.endswith("batchinner"), len(one.name))),
    )


def _vectors(file: CoreFile, one: Candidate) -> int:
    made = batch_output(file, one, None)
    return len(output_fields(made)) if made is not None else 0


def find_bare(
    found: Sequence[Candidate], outputs: Sequence[OutputField], combination: str
) -> Candidate | None:
    """A function of a grid that gives its vectors alone: one of each output, one after the other.

    Behind them it may give the combinations, one for each row.
    """
    wanted = [one.element for one in outputs]
    fitting = [
        one
        for one in found
        if "out" not in one.kinds
        and "range" in one.kinds
        and wanted
        and _bare_elements(one.returns, combination) == wanted
    ]
    return _best(
        fitting,
        lambda one: (
            UNREAD in one.roles,
            "inner" in one.name,
            not one.name.endswith("batchwithkernel"),
            "withkernel" not in one.name,
            len(one.name),
        ),
    )


def _bare_elements(kind: TypeRef, combination: str) -> list[str | None]:
    """The elements of vectors, alone or in a tuple."""
    parts = kind.args if kind.kind == "tuple" else (kind,)
    if len(parts) > 1 and combination and lists(parts[-1], combination):
        parts = parts[:-1]
    return [vector_element(one) for one in parts]


def find_batch_into(
    file: CoreFile, found: Sequence[Candidate], output: str | None
) -> Candidate | None:
    """`kama_batch_inner_into`: writes all rows into the caller's buffer."""
    fitting = [
        one
        for one in found
        if one.kinds.get("out")
        and batch_output(file, one, output) is None
        and ("inner_into" in one.fn.name or {"batch", "into"} <= set(one.fn.name.split("_")))
    ]
    return _best(
        fitting,
        lambda one: (
            not one.fn.name.endswith("inner_into"),
            UNREAD in one.roles,
            len(one.name),
        ),
    )


# --- results ---------------------------------------------------------------------------------


def output_fields(item: Struct) -> tuple[OutputField, ...]:
    """The vectors of a result struct."""
    return tuple(
        OutputField(field.name, element)
        for field in item.fields
        if (element := vector_element(field.type)) is not None
    )


def outputs_of(file: CoreFile, one: Candidate) -> tuple[ItemRef | None, tuple[OutputField, ...]]:
    """The struct of a result, if any, and its vectors; a bare vector is called `values`."""
    element = vector_element(one.returns)
    if element is not None:
        return None, (OutputField("values", element),)
    if one.returns.kind == "tuple":
        made = [vector_element(arg) for arg in one.returns.args]
        return None, tuple(OutputField(f"{at}", kind) for at, kind in enumerate(made) if kind)
    found = file.struct_at(one.returns, one.fn)
    return (found[0], output_fields(found[1])) if found is not None else (None, ())
