"""The piece `single` with the interface of the binding that it replaces."""

from __future__ import annotations

from bindcheck.generate.arguments import constructor_of, free_name
from bindcheck.generate.context import ARRAYS, SLICES, Facts, checked_outputs, output_access
from bindcheck.generate.conversion import converted
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.evidence import STARTED
from bindcheck.generate.held.fields import refuse_other_types
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.layouts import raises_for
from bindcheck.generate.held.optional import optional_input
from bindcheck.generate.held.results import (
    MOVED,
    array_outputs,
    dict_ending,
    dict_items,
    is_dict,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.single import Filled, Single, shortest, single_function
from bindcheck.generate.traits import DICT_METHODS
from bindcheck.model import CoreFunction, OutputField, Role


def held_single(facts: Facts, held: HeldFunction) -> Single:
    """Data for the binding of one call, its head as it is."""
    held.check_python()
    kept = Kept.of(facts.before, held)
    kept.refuse_doubts()
    core, function, local = facts.core, _function(facts, kept), kept.local
    made_input = optional_input(kept, local["params"])
    if made_input is not None and constructor_of(kept.facts.core) != constructor_of(core):
        raise Lacking(f"the order of what `{constructor_of(core).function}` takes, as it was")
    series, setup, uses = kept.inputs() if made_input is None else ({}, (), made_input[1])
    singles, used = kept.singles()
    values = {**singles, **series, "params": local["params"], "input": local["input"]}
    kernel = kept.kernel(function, batch=False)
    chosen, names = kept.single_kernel()
    checks, checked = kept.checks()
    lines = [*checks, *setup]
    uses |= names
    if chosen:
        lines.append(f"let {local['kern']} = {chosen};")
    if "input" in function.roles:
        if "params" in constructor_of(core).arguments:
            literal, more = kept.params()
            uses |= more
            lines.append(f"let {local['params']} = {literal};")
        text = made_input[0] if made_input is not None else facts.input_expression(values)
        lines.append(f"let {local['input']} = {text};")
    elif "params" in function.roles:
        literal, more = kept.params()
        uses |= more
        lines.append(f"let {local['params']} = {literal};")
    values["kernel"] = local["kern"]
    outputs = checked_outputs(core.outputs)
    filled = outputs if any(role.startswith("out:") for role in function.roles) else ()
    buffers = tuple(
        Filled(
            free_name(f"{o.name}_values", kept.names),
            o.element,
            _made(kept, o),
        )
        for o in filled
    )
    values |= {f"out:{o.name}": f"&mut {b.variable}" for o, b in zip(filled, buffers, strict=True)}
    refuse_other_types(facts, function, values, kept.types)
    call = facts.caller.call(function, values)
    uses |= {name for o in filled for code in kept.evidence.starts(o.name) for name in code.uses}
    access = tuple(one.variable for one in buffers) or output_access(core, local["output"])
    by_name = dict(zip((one.name for one in outputs), access, strict=True))
    elements = {one.name: one.element for one in outputs}
    items: list[tuple[str, str]] = []
    arrays: list[str] = []
    shapes: list[str] = []
    if is_dict(kept):
        for one in dict_items(kept, outputs):
            if one.uses & {"combos", "rows", "cols"}:
                raise Lacking(f"what `{held.function.name}` puts under {one.key!r}")
            vector = one.output and converted(
                by_name[one.output], elements[one.output], one.element
            )
            items.append((one.key, _array(vector, one.shape) if vector else one.code))
            uses |= one.uses
    else:
        for output, wanted in array_outputs(kept, outputs):
            arrays.append(converted(by_name[output.name], elements[output.name], wanted))
            shapes.append(output.shape)
            uses |= output.shaped_by
    lines += kept.ignored(uses | used | checked, "\n".join((call, *lines)))
    shaped = any(shapes) or any(".reshape(" in code for _, code in items)
    mapping, shown = kept.raising(function), [code for _, code in items]
    traits = [*(SLICES if arrays or any(map(MOVED.search, shown)) else ())]
    traits += [*(ARRAYS[1:2] if shaped else ()), *([DICT_METHODS] if items else [])]
    return Single(
        frame=facts.frame(
            kept.traits(traits, [*lines, mapping, *shown, *(one.made for one in buffers)]), local
        ),
        rust_name=held.function.name,
        python_name="",
        signature="",
        series=kept.series,
        parameters=(),
        kernel="" if chosen else kernel,
        setup=kept.remarked(lines),
        buffers=buffers,
        length=shortest(kept.required()),
        call=call,
        fallible=function.fallible,
        outputs=outputs,
        access=tuple(arrays),
        shapes=tuple(shapes),
        raised=len(shapes) == 1 and bool(shapes[0]) and not held.error,
        raises=Role.SINGLE in facts.style.raising and raises_for(held),
        head=held.head,
        equal=False,
        mapping=mapping,
        items=tuple(items),
        ending=dict_ending(kept) if items else "",
        takes_kernel="kernel" in function.roles,
    )


def _array(vector: str, shape: str) -> str:
    """What Python gets of a vector."""
    return f"{vector}.into_pyarray(py)" + (f".reshape({shape})?" if shape else "")


def _made(kept: Kept, output: OutputField) -> str:
    """The vector that the core fills, with what the old body has written before."""
    told = kept.evidence.buffers.get(output.name)
    vector = told.text if told is not None else _sized(kept, output)
    statements = [one.text for one in kept.evidence.starts(output.name)]
    if not statements:
        return vector
    ended = "".join(text if text.endswith("}") else f"{text};" for text in statements)
    return f"{{ let mut {STARTED} = {vector}; {ended} {STARTED} }}"


def _sized(kept: Kept, output: OutputField) -> str:
    """A vector as long as the memory that the old body had; the core must fill that as well."""
    size = kept.evidence.sizes.get(output.name)
    length = size.text if size is not None else shortest(kept.required())
    blank = "0.0" if output.element in ("f32", "f64") else "0"
    zeros = output.name in kept.evidence.zeros and output.element != "bool"
    return f"vec![{blank if zeros else f'<{output.element}>::default()'}; {length}]"


def _function(facts: Facts, kept: Kept) -> CoreFunction:
    """The core function of the old body, whose errors are part of the interface.

    One that chooses the kernel by itself stays: its choice is not known to be Auto. Where it fills
    buffers, it must fill one for each output. No other takes the place of the one that is called.
    """
    core, function = facts.core, single_function(facts)
    called = {one.name for one in kept.evidence.calls}
    if core.single is not None and core.single.name in called and function.name not in called:
        return core.single
    if not called or function.name in called:
        return function
    into = core.into_slice
    if into is not None and into.name in called:
        filled = {role.removeprefix("out:") for role in into.roles if role.startswith("out:")}
        if filled == {one.name for one in core.outputs}:
            return into
    name = min(called)
    raise kept.held.lacking(f"a way to call `{name}` for one result", name)
