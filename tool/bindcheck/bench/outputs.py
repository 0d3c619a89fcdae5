"""The outputs of a core function: their names, their items, and where they are in its result."""

from __future__ import annotations

from bindcheck.analysis.cores.shapes import unwrap_option
from bindcheck.analysis.program import Program
from bindcheck.bench.samples import Kind
from bindcheck.model import CoreApi, CoreFunction, Form, ItemRef, OutputField, Struct

INTEGERS = frozenset({"usize", "isize", *(f"{s}{n}" for s in "ui" for n in (8, 16, 32, 64))})
_ELEMENTS = INTEGERS | {"f32", "f64", "bool"}


def element_of(core: CoreApi) -> str:
    """The type of the items of the first output: of those that NumPy knows too."""
    element = core.outputs[0].element if core.outputs else "f64"
    return element if element in _ELEMENTS else "f64"


def output_fields(
    program: Program, core: CoreApi, function: CoreFunction, kind: Kind
) -> tuple[OutputField, ...]:
    """Name and items of each output that can be read from outside; a name may be empty."""
    into = [role for role in function.roles if role.startswith("out:")]
    if into:
        names = [role.removeprefix("out:").strip("*") for role in into]
        return tuple(OutputField(name, element_of(core)) for name in names)
    ref = result_struct(program, core, kind)
    if ref is None:
        bare = kind is Kind.SINGLE and core.output_struct is None
        found = core.outputs if bare else ()
        return found or (OutputField("values", element_of(core)),)
    named = core.batch_outputs if kind is Kind.BATCH else core.outputs
    item = program.struct(ref)
    fields = item.fields if isinstance(item, Struct) else ()
    hidden = {one.name for one in fields if one.visibility != "pub"}
    return tuple(one for one in named if one.name not in hidden) or named


def result_struct(program: Program, core: CoreApi, kind: Kind) -> ItemRef | None:
    """The struct that a call returns, if it is one with vectors."""
    name, fields = core.output_struct, core.outputs
    if kind is Kind.BATCH:
        name, fields = core.batch_output, core.batch_outputs
    return program.resolve_type(name, core.path) if name and fields else None


def slice_of(place: str, form: Form) -> str:
    """An output in a result as a slice."""
    if form is Form.NUMBER:
        return f"std::slice::from_ref({place if place == 'done' else f'&{place}'})"
    return f"{place}.as_slice().unwrap_or_default()" if form is Form.ARRAY else place


def copied(core: CoreApi, result: str, output: str) -> str:
    """A copy of an output; where there are numbers alone, of the first input."""
    if not core.gives_numbers:
        return f"{result}.map(|done| runtime::copy_of(&{output}[..]))"
    first = core.constructors[0].series[0]
    return f"Some(runtime::copy_of(call.series::<{first.element}>(0)))"


def ended(function: CoreFunction, *, into: bool) -> tuple[str, str]:
    """Whether a call has failed, as a function of what it returns, and an option of its result.

    Of `into` a given buffer nothing is returned that would count.
    """
    optional = not into and unwrap_option(function.returns)[1]
    if function.fallible and optional:
        failed = "|done: &Result<_, _>| !matches!(done, Ok(Some(_)))"
        return failed, "done.as_ref().ok().and_then(Option::as_ref)"
    if function.fallible:
        return "Result::is_err", "done.as_ref().ok()"
    return ("Option::is_none", "done.as_ref()") if optional else ("|_: &_| false", "Some(&done)")
