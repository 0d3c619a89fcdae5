"""Template data of the piece `batch`: a grid of parameters, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bindcheck.fact import fact
from bindcheck.generate.arguments import why
from bindcheck.generate.bare import Bare, bare_result
from bindcheck.generate.bodies import wants_row_kernel
from bindcheck.generate.buffers import (
    ALL,
    Buffer,
    KernelMapping,
    buffers_of,
    cell_of,
    mapping_of,
    part_key,
)
from bindcheck.generate.context import Facts, checked_outputs, core_scope
from bindcheck.generate.conversion import converted
from bindcheck.generate.grid import Grid, Head, Held, Wanted, own_grid
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.layout import layout_of
from bindcheck.generate.ranges import RangeArgument, matrix_keys
from bindcheck.generate.rows import Row
from bindcheck.generate.style import kernel_pairs
from bindcheck.model import CoreFunction, Struct

MakeGrid = Callable[[Facts, Wanted], Grid]
"""Finds out how Python calls the binding."""


@fact
class BatchInto:
    """Data of `reference/batch.rs.j2`: one NumPy buffer per output, filled by the core.

    `expand` lists the combinations; empty for a grid of one row. `first` asks for the index of the
    first number. `blocks` is how many rows a buffer has for each combination. `shown` are the
    outputs in our own result, `items` the entries of one that is kept: key and expression.
    `bare` is our own result where it has no keys.
    """

    head: Head
    expand: str
    expand_fallible: bool
    mapping: KernelMapping | None
    first: bool
    call: str
    fallible: bool
    buffers: tuple[Buffer, ...]
    rows: tuple[Row, ...]
    blocks: int = 1
    shown: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    bare: Bare = Bare()

    @property
    def cell(self) -> str:
        """A type as large as what all buffers have for one cell."""
        return cell_of(one.element for one in self.buffers)


@fact
class BatchVectors:
    """Data of `reference/batch_vectors.rs.j2`: vectors of the core, moved and reshaped.

    `expand` lists the combinations where checks or the shape want them, `late` are statements
    behind the call, and `items` the entries of a result that is kept. `bare` is our own where it
    has no keys, `shape` the numbers of rows and columns.
    """

    head: Head
    call: str
    fallible: bool
    outputs: tuple[tuple[str, str], ...]
    combos: str
    rows: tuple[Row, ...]
    shape: tuple[str, str]
    late: tuple[str, ...] = ()
    expand: str = ""
    expand_fallible: bool = False
    items: tuple[tuple[str, str], ...] = ()
    bare: Bare = Bare()


def batch_context(facts: Facts, make: MakeGrid = own_grid) -> BatchInto | BatchVectors:
    """Data for the binding of a grid: into buffers, else by way of vectors."""
    try:
        return _batch_into(facts, make)
    except Lacking as first:
        if facts.core.batch_bare is not None:
            return _batch_bare(facts, make)
        if facts.core.batch_with_kernel is None:
            raise
        try:
            return _batch_vectors(facts, make)
        except Lacking as second:
            if facts.core.batch_inner_into is None or second.fact == first.fact:
                raise
            raise Lacking(f"{first.fact}; or {second.fact}") from second


def batch_arguments(facts: Facts) -> tuple[RangeArgument, ...]:
    """The arguments of a grid's binding behind the arrays."""
    return batch_context(facts).head.ranges


# --- into buffers ---------------------------------------------------------------------------


def _batch_into(facts: Facts, make: MakeGrid) -> BatchInto:
    core, function = facts.core, facts.core.batch_inner_into
    if function is None:
        raise Lacking(f"a function that writes a grid into a buffer{why(core, 'batch_inner_into')}")
    if not facts.style.unsafe:
        raise Lacking("a way to fill a buffer without unsafe code, which the crate forbids")
    expand = _expander(facts, function)
    grid = make(facts, Wanted(function, expand, expand is not None, expand is not None))
    made = "kernel" in grid.values
    by_row, kept = grid.head.by_row, bool(grid.head.text)
    mapping = None if made else mapping_of(facts, function, by_row=by_row, kept=kept)
    if mapping is None and not made and not grid.head.text:
        _refuse_unmapped(facts, function)
    if grid.head.chosen:
        if mapping is None:
            raise Lacking(f"a place for the kernel `{grid.head.chosen}`")
        mapping = replace(mapping, chosen=grid.head.chosen)
    buffers = buffers_of(facts, function, grid.names, grid.head.start)
    arrays = _matrices(facts, function, grid, buffers)
    values = {**_given(grid, mapped=mapping is not None), **grid.values}
    values |= {f"out:{one.key}": one.slice for one in buffers}
    items = tuple(_filled(one, arrays, buffers) for one in grid.items)
    return BatchInto(
        head=grid.head,
        expand=_expansion(facts, expand, grid) if expand is not None else "",
        expand_fallible=expand is not None and expand.fallible,
        mapping=mapping,
        first="first" in function.roles,
        call=facts.caller.call(function, values),
        fallible=function.fallible,
        buffers=buffers,
        rows=grid.rows,
        blocks=_blocks(facts, function),
        shown=() if grid.items else _keyed(facts, arrays),
        items=() if grid.bare else items,
        bare=bare_result(facts, grid, _typed(facts, buffers, arrays), items),
    )


def _refuse_unmapped(facts: Facts, function: CoreFunction) -> None:
    """A kernel of grids is not one of rows, and nobody says what Auto is."""
    plain = frozenset(row for _, row in kernel_pairs(facts.program, facts.core.path))
    chooses = facts.core.batch_with_kernel is not None and "kernel" in function.roles
    if chooses and plain and wants_row_kernel(facts.program, function.ref, plain):
        raise Lacking("how the kernel of a grid becomes that of its rows")


def _expander(facts: Facts, function: CoreFunction) -> CoreFunction | None:
    """The function that lists the combinations; None where the grid is one row."""
    if not {"range", "combos"} & set(function.roles):
        return None
    expand = facts.core.expand_grid
    if expand is None:
        raise Lacking(f"a function that lists the combinations{why(facts.core, 'expand_grid')}")
    return expand


def _expansion(facts: Facts, expand: CoreFunction, grid: Grid) -> str:
    if facts.program.function(expand.ref).owner:
        path = f"{grid.local['sweep']}.{expand.name}"
        return facts.caller.call(expand, grid.values, path)
    return facts.caller.call(expand, grid.values)


def _given(grid: Grid, *, mapped: bool) -> Mapping[str, str]:
    """What the template itself has for parameters of the core."""
    local = grid.local
    return {
        "kernel": local["simd" if mapped else "kern"],
        "parallel": "true",
        "threads": "0",
        "rows": local["rows"],
        "cols": local["cols"],
        "first": local["first"],
    }


def _blocks(facts: Facts, function: CoreFunction) -> int:
    """How many rows a buffer has for each combination."""
    return len(facts.core.outputs) if f"out:{ALL}" in function.roles else 1


def _matrices(
    facts: Facts, function: CoreFunction, grid: Grid, buffers: Sequence[Buffer]
) -> Mapping[str, str]:
    """The expression of each output that the result shows; of one buffer they are views."""
    rows, cols = grid.local["rows"], grid.local["cols"]
    found = {one.key: f"{one.array}.reshape([{rows}, {cols}])?" for one in buffers}
    if ALL not in found:
        return found
    count, array = len(facts.core.outputs), buffers[0].array
    found = {ALL: f"{array}.reshape([{rows} * {count}, {cols}])?"}
    if grid.items and all(one.code or one.output == ALL for one in grid.items):
        return found
    layout = layout_of(facts.program, facts.core, function)
    whole = f"{facts.names.outside('pyo3::types::PySlice')}::full(py)"
    # Whoever knew the matrices as contiguous still does; our own say that they are views.
    copied = '.call_method0("copy")?' if grid.items and layout.by_row else ""
    for at, name in enumerate(layout.order):
        shape = f"[{rows}, {count}, {cols}]" if layout.by_row else f"[{count}, {rows}, {cols}]"
        place = f"({whole}, {at}_usize)" if layout.by_row else f"{at}_usize"
        found[name] = f"{array}.reshape({shape})?.get_item({place})?{copied}"
        found[part_key(at, by_row=layout.by_row)] = found[name]
    return found


def _keyed(facts: Facts, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Our own entries for the outputs: key and expression."""
    keys = matrix_keys(facts.core, facts.style.keys)
    return tuple((key, values[one.name]) for key, one in zip(keys, facts.core.outputs, strict=True))


def _typed(
    facts: Facts, buffers: Sequence[Buffer], values: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The expressions of all outputs with their element types, empty for views."""
    elements = {one.key: one.element for one in buffers}
    names = [one.name for one in facts.core.outputs]
    return [(values[name], elements.get(name, "")) for name in names if name in values]


def _filled(item: Held, arrays: Mapping[str, str], buffers: Sequence[Buffer]) -> tuple[str, str]:
    """An entry of a result that is kept, out of the buffers."""
    if item.code:
        return item.key, item.code
    element = next((one.element for one in buffers if one.key == item.output), buffers[0].element)
    if item.element not in ("", element):
        raise Lacking(f"a matrix of {item.element} under {item.key!r}")
    if item.flat:
        array = next((one.array for one in buffers if one.key == item.output), None)
        if array is None:
            raise Lacking(f"one vector under {item.key!r}")
        return item.key, f"{array}{item.ending}"
    if item.output not in arrays:
        raise Lacking(f"which output is under {item.key!r}")
    if item.typed and ".get_item(" in arrays[item.output]:
        raise Lacking(f"an array of its own for {item.key!r}: it is a view")
    return item.key, f"{arrays[item.output]}{item.ending}"


# --- by way of vectors ----------------------------------------------------------------------


def _batch_vectors(facts: Facts, make: MakeGrid) -> BatchVectors:
    core, function = facts.core, facts.core.batch_with_kernel
    if function is None:
        raise Lacking(f"a function that computes a grid{why(core, 'batch_with_kernel')}")
    outputs = checked_outputs(core.batch_outputs)
    if len(outputs) != len(core.outputs):
        raise Lacking(f"as many vectors in a grid as in one result{why(core, 'batch_output')}")
    combos, listed = _combos_field(facts)
    grid = make(facts, Wanted(function, None, "range" in function.roles, True))
    local = grid.local
    if grid.head.chosen:
        raise Lacking(f"a place for the kernel `{grid.head.chosen}`")
    if grid.head.text and grid.head.asks_memory:
        raise Lacking("a place to ask for memory before the core does")
    combos = combos or (listed if grid.items else "")
    if grid.rows and not combos:
        raise Lacking(f"the combinations in `{core.batch_output}`")
    listing = core.expand_grid if grid.head.checks else None
    pairs = zip(core.outputs, outputs, strict=True)
    fields = {own.name: (f"{local['output']}.{out.name}", out.element) for own, out in pairs}
    matrices = [(_reshaped(grid, field), element) for field, element in fields.values()]
    items = tuple(_moved(grid, one, fields) for one in grid.items)
    return BatchVectors(
        head=grid.head,
        call=facts.caller.call(function, {"kernel": local["kern"], **grid.values}),
        fallible=function.fallible,
        outputs=_keyed(facts, {name: field for name, (field, _) in fields.items()}),
        combos=f"{local['output']}.{combos}",
        rows=grid.rows,
        shape=(f"{local['output']}.rows", f"{local['output']}.cols"),
        late=_late(grid, combos, facts),
        expand=_expansion(facts, listing, grid) if listing is not None else "",
        expand_fallible=listing is not None and listing.fallible,
        items=() if grid.bare else items,
        bare=bare_result(facts, grid, matrices, items),
    )


def _batch_bare(facts: Facts, make: MakeGrid) -> BatchVectors:
    """Vectors without a struct: rows are the combinations, columns the values of an array."""
    core, function = facts.core, facts.core.batch_bare
    assert function is not None
    kinds = function.returns.args if function.returns.kind == "tuple" else (function.returns,)
    listed = len(kinds) > len(core.outputs)
    if not listed:
        _refuse_unlisted(facts, function)
    outputs = checked_outputs(core.outputs)
    _refuse_unnamed(facts, function)
    grid = make(facts, Wanted(function, None if listed else core.expand_grid, True, True))
    local = grid.local
    places = [
        f"{local['output']}.{at}" if len(kinds) > 1 else local["output"] for at in range(len(kinds))
    ]
    fields = {one.name: place for one, place in zip(outputs, places, strict=False)}
    matrices = [(_reshaped(grid, fields[one.name]), one.element) for one in outputs]
    combos = places[-1] if listed else local["combos"]
    expand = None if listed else core.expand_grid
    cols = next(one.slice for one in grid.head.series if not one.optional)
    return BatchVectors(
        head=grid.head,
        call=facts.caller.call(function, {"kernel": local["kern"], **grid.values}),
        fallible=function.fallible,
        outputs=_keyed(facts, fields),
        combos=combos,
        rows=grid.rows,
        shape=(f"{combos}.len()", f"{cols}.len()"),
        expand=_expansion(facts, expand, grid) if expand is not None else "",
        expand_fallible=expand is not None and expand.fallible,
        bare=bare_result(facts, grid, matrices, ()),
    )


def _refuse_unlisted(facts: Facts, function: CoreFunction) -> None:
    """Raise where nothing says which combinations the rows of bare vectors are for."""
    expand = facts.core.expand_grid
    fact = f"which combinations the rows of `{function.name}` are for"
    if expand is None:
        raise Lacking(f"{fact}{why(facts.core, 'expand_grid')}")
    called = facts.program.called(function.ref)
    if expand.ref not in (*called, *(two for one in called for two in facts.program.called(one))):
        raise Lacking(f"{fact}: it does not call `{expand.name}`, which lists some")


def _refuse_unnamed(facts: Facts, function: CoreFunction) -> None:
    """Raise where a dict is to have vectors that nobody has given a name."""
    unnamed = any(one.name.isdigit() for one in facts.core.outputs)
    if unnamed and not facts.style.keys.bare:
        kind = function.returns.text
        raise Lacking(f"a key for each matrix of `{function.name}`, which gives `{kind}`")


def _late(grid: Grid, combos: str, facts: Facts) -> tuple[str, ...]:
    """Variables that entries of a kept result use."""
    local = grid.local
    sources = {"rows": "rows", "cols": "cols", "combos": combos}
    used = [name for name in sources if any(name in one.uses for one in grid.items)]
    if "combos" in used and not combos:
        raise Lacking(f"the combinations in `{facts.core.batch_output}`")
    return tuple(f"let {local[name]} = {local['output']}.{sources[name]};" for name in used)


def _moved(grid: Grid, item: Held, fields: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """An entry of a result that is kept, out of the vectors of the core."""
    if item.code:
        return item.key, item.code
    field, element = fields[item.output]
    vector = converted(field, element, item.element)
    moved = f"{vector}.into_pyarray(py)" if item.flat else _reshaped(grid, vector)
    return item.key, f"{moved}{item.ending}"


def _reshaped(grid: Grid, vector: str) -> str:
    """A vector of the core as a matrix of NumPy."""
    return f"{vector}.into_pyarray(py).reshape({grid.local['shape']})?"


def _combos_field(facts: Facts) -> tuple[str, str]:
    """The field of the batch result that holds the combinations.

    Also the one vector of structs, which a binding that is kept may read in any case.
    """
    core = facts.core
    name = core.batch_output
    scope = core_scope(facts)
    ref = facts.program.resolve_type(name, core.path, scope) if name is not None else None
    item = facts.program.struct(ref) if ref is not None else None
    fields = item.fields if isinstance(item, Struct) else ()
    if not {"rows", "cols"} <= {field.name for field in fields}:
        raise Lacking(f"the numbers of rows and columns in `{name}`")
    vectors = [field for field in fields if field.type.name == "Vec" and field.type.args]
    found = [field.name for field in vectors if field.type.args[0].name == core.params_struct]
    structs = [field.name for field in vectors if field.type.args[0].name[:1].isupper()]
    return (found[0] if found else ""), (structs[0] if len(structs) == 1 else "")
