"""A core's facts and the crate's style as plain text: what all templates are made from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    PLAIN,
    RESERVED,
    Argument,
    SeriesArgument,
    clear_of,
    constructor_of,
    free_name,
    identifier,
    series_of,
)
from bindcheck.generate.calls import Caller
from bindcheck.generate.kernel_reading import AUTO, Parsed, parsed_kernel
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.closures import Named, in_text
from bindcheck.generate.learned.errors import CONVERTED, Way
from bindcheck.generate.learned.exceptions import VALUE_ERROR, Raised, made_in
from bindcheck.generate.learned.naming import named
from bindcheck.generate.learned.raising import raised_by
from bindcheck.generate.names import TRAITS, FileNames
from bindcheck.generate.ranges import RangeArgument
from bindcheck.generate.style import CrateStyle, is_kernel
from bindcheck.model import CoreApi, CoreFunction, ItemRef, OutputField, Param, Role
from bindcheck.render import rust_string

DICTS = TRAITS[-1]
SLICES = TRAITS[:1]
ARRAYS = TRAITS

TEMPLATE_NAMES = (
    *("batch", "cols", "combos", "dict", "first", "input", "kern", "output", "params", "rows"),
    *("shape", "simd", "stream", "sweep", "total"),
)
"""Variables of the reference style's templates."""

_LARGEST_TUPLE = 12
"""PyO3 converts tuples up to this length."""

_NO_READER = (
    "a function that turns a kernel's name into a kernel: `fn(Option<&str>) -> PyResult<..>`, or "
    "`fn(&str) -> PyResult<..>` with a default that is no None; or `FromStr` of the kernels"
)

_SAID = re.compile(r'"(?:[^"\\]|\\.)*"')
"""What a text in Rust says."""


@fact
class Frame:
    """What all pieces of a file share: gate, release, names by last segment, traits.

    `doc` is the documentation of what is public, empty where the crate does not ask for any.

    `local` gives the variables of the templates the names that they have in this binding.
    """

    gate: str
    release: str
    names: Mapping[str, str]
    traits: tuple[str, ...]
    local: Mapping[str, str]
    doc: str = ""


@fact
class Facts:
    """A core as the templates see it; `then` is the core when a binding was written, if noted.

    `planned` are functions that the generator is about to write, by name: their parameters. Those
    `filling` write NaN into all cells of their buffers.

    `docs` is the documentation of bindings whose names, and nothing else, are kept, by piece.
    """

    program: Program
    core: CoreApi
    style: CrateStyle
    names: FileNames
    planned: Mapping[str, tuple[Param, ...]] = field(default_factory=dict)
    filling: frozenset[str] = frozenset()
    then: CoreApi | None = None
    docs: Mapping[str, str] = field(default_factory=dict)

    @property
    def before(self) -> Facts:
        """The facts with which a binding is read: the core took its arguments in its order then."""
        return self if self.then is None else replace(self, core=self.then, then=None)

    @property
    def bare(self) -> str:
        """Name of the core without its module."""
        return identifier(self.core.name.rsplit("::", 1)[-1])

    @property
    def caller(self) -> Caller:
        """Writes calls of the core."""
        return Caller(self.program, self.core, self.names, self.planned)

    @property
    def usual_doc(self) -> str:
        """The documentation of a binding that nobody has written any for."""
        return f"The binding of `{self.bare}` for Python."

    def named(self, pattern: str) -> str:
        """The name that a pattern of the style gives this core."""
        return identifier(named(pattern, self.core, self.bare))

    def arrays(self, role: Role, others: Iterable[str]) -> tuple[SeriesArgument, ...]:
        """The input arrays as the binding in a role takes them, beside arguments called `others`.

        A name that one of these has is not taken over from the reference.
        """
        found, names = series_of(self.core), tuple(others)
        name = self.style.arrays.name(role, tuple(one.name for one in found))
        given = name if name not in (*names, *RESERVED) else ""
        found = tuple(replace(one, given=given) for one in found)
        found = tuple(replace(one, refusal=self._refusal(role, one.called)) for one in found)
        return clear_of(found, (*(one.called for one in found), *names))

    def _refusal(self, role: Role, array: str) -> str:
        """`.map_err(..)` for an array that is not contiguous."""
        refusal = self.style.arrays.refusals.get(role)
        closed = refusal.closed if refusal is not None else None
        if refusal is None or closed is None:
            return ""
        if not all(map(self.names.sees, closed.functions)):
            closed = in_text(refusal.makes[0]) if refusal.makes else None
        if closed is None:
            return ""
        name = rf"\b{re.escape(refusal.array)}\b"
        text = "".join(map(self._part, closed.parts))
        said = _SAID.sub(lambda found: re.sub(name, array, found[0]), text)
        return f".map_err({said})"

    def exceptions(self, role: Role, function: CoreFunction) -> tuple[Raised, ...]:
        """What the binding in a role raises for errors of a core's function."""
        way = self._way(role, function)
        return (VALUE_ERROR,) if way is None else raised_by(self.program, way, function)

    def kernel_exceptions(self) -> tuple[Raised, ...]:
        """What a kernel that is unknown or not available here is refused with."""
        ref = self.kernel_reader()
        parsed = self._parsed()
        if parsed is not None:
            by_error = bool(parsed.function.error)
            return self.exceptions(Role.SINGLE, parsed.function) if by_error else (VALUE_ERROR,)
        body = self.program.body(ref) if ref is not None else None
        made = made_in(self.program, ref, body) if ref is not None and body is not None else ()
        return made or (VALUE_ERROR,)

    def kernel_reader(self) -> ItemRef | None:
        """The function of the crate that reads the name of a kernel."""
        found = self.style.validator
        return found.ref if found is not None else self.style.plain_validator

    def mapping(self, role: Role, function: CoreFunction | None) -> str:
        """What makes exceptions of a function's errors, where the reference has a way of its own.

        `?` where that alone does; empty for our way, a ValueError.
        """
        way = self._way(role, function) if function is not None else None
        if way is None:
            return ""
        return CONVERTED if way.closed is None else "".join(map(self._part, way.closed.parts))

    def _way(self, role: Role, function: CoreFunction) -> Way | None:
        errors = self.style.errors
        if errors is None or not function.fallible:
            return None
        way = errors.way(self.program, role, function)
        closed = way.closed if way is not None else None
        seen = closed is None or all(map(self.names.sees, closed.functions))
        return way if seen or way is None else way.in_text()

    def _part(self, part: str | Named) -> str:
        """A part of the text of a closure, as this file says it."""
        if isinstance(part, str):
            return part
        if part.function is not None:
            return self.names.function(part.function)
        if part.exception:
            return f"{self.names.one(part.exception)}::new_err"
        return named(part.core, self.core, self.bare)

    def prelude(self, *wanted: str) -> tuple[str, ...]:
        """What brings some traits of PyO3, where the file does not have them all."""
        return (DICTS,) if self.names.traits(wanted) else ()

    def frame(self, traits: Sequence[str], local: Mapping[str, str]) -> Frame:
        """What all pieces share; `traits` are those whose methods the piece calls."""
        return Frame(
            gate=self.style.gate,
            release=self.style.release,
            names=self.names.external(),
            traits=self.names.traits(traits),
            local=local,
            doc=self.usual_doc if self.style.documented else "",
        )

    def params_literal(self, arguments: Sequence[Argument]) -> str:
        """`KamaParams { period: Some(period) }`."""
        fields = {field.name for field in self.core.params}
        values = [_field(a.field, a.value) for a in arguments if a.field in fields]
        return _literal(self.type_name(self.core.params_struct, "parameters"), values)

    def range_literal(self, ranges: Sequence[RangeArgument]) -> str:
        """`KamaBatchRange { period: period_range }`."""
        values = [_field(one.argument.field, one.argument.value) for one in ranges]
        return _literal(self.type_name(self.core.range_struct, "parameter ranges"), values)

    def type_name(self, name: str | None, what: str) -> str:
        """A struct of the core, as this file names it."""
        if name is None:
            raise Lacking(f"the struct of the {what}")
        ref = self.program.resolve_type(name, self.core.path, core_scope(self))
        return self.names.type(ref) if ref is not None else name

    def input_expression(self, values: Mapping[str, str]) -> str:
        """`KamaInput::from_slice(data_slice, params)`; `values` are expressions by role."""
        made = constructor_of(self.core)
        if self.core.input is None:
            raise Lacking("the struct of the input")
        given = [
            values[argument] if argument in values else values[f"series:{argument}"]
            for argument in made.arguments
        ]
        return f"{self.names.type(self.core.input)}::{made.function}({', '.join(given)})"

    def validator(self, *, batch: bool, argument: str = "kernel") -> str:
        """`validate_kernel(kernel, false)?`."""
        found, plain = self.style.validator, self.style.plain_validator
        if found is None and plain is not None:
            return f"{self._reader(plain)}({argument})?"
        if found is None:
            raise Lacking(_NO_READER)
        flag = f", {str(batch).lower()}" if found.flag else ""
        return f"{self._reader(found.ref)}({argument}{flag})?"

    def _reader(self, ref: ItemRef) -> str:
        """The function that reads the name of a kernel, which may be private in its file."""
        if not self.names.sees(ref):
            item = self.program.function(ref)
            where = self.program.module_path(ref.path, item.scope)[-1:] or ("crate",)
            raise Lacking(f"a way to call `{item.name}`, which is private in `{where[0]}`")
        return self.names.function(ref)

    def own_kernel(self, role: Role) -> str:
        """How a binding of our own reads the name of a kernel: `kernel_of(kernel)?`."""
        heads, plain = self.style.heads, self.style.plain_validator
        default = (heads.batch if role is Role.BATCH else heads.single).default
        if self.style.validator is None and plain is not None:
            if default == "None" or not default:
                raise Lacking(_NO_READER)
            return f"{self._reader(plain)}(kernel.unwrap_or({default}))?"
        parsed = self._parsed()
        if parsed is not None:
            return self._parsing(parsed, role)
        return self.validator(batch=role is Role.BATCH)

    def _parsed(self) -> Parsed | None:
        """The kernels that are read by their own `FromStr`, where no function does it."""
        reader = self.kernel_reader()
        return parsed_kernel(self.program, self.core) if reader is None else None

    def _parsing(self, parsed: Parsed, role: Role) -> str:
        """`kernel.unwrap_or("auto").parse::<Kernel>()?`."""
        heads = self.style.heads
        head = heads.batch if role is Role.BATCH else heads.single
        text = head.default if head.default not in ("", "None") else head.instead
        if not text and AUTO not in parsed.texts:
            raise Lacking("which kernel is taken for None: `FromStr` has no text `auto`")
        text = text or rust_string(AUTO)
        read = f"kernel.unwrap_or({text}).parse::<{self.names.type(parsed.kind)}>()"
        mapping = self.mapping(role, parsed.function) if parsed.function.error else ""
        if mapping == CONVERTED:
            return f"{read}?"
        if not mapping:
            listed = ", ".join(f"'{one}'" for one in parsed.texts)
            said = rust_string(f"kernel must be one of {listed}" if listed else "unknown kernel")
            mapping = f"|_| {self.names.external()['PyValueError']}::new_err({said})"
        return f"{read}.map_err({mapping})?"

    def kernel_type(self, function: CoreFunction) -> str:
        """The enum of kernels that a function takes."""
        kinds = [param.type for param in self.caller.params(function)]
        found = [kind for kind in kinds if kind is not None and is_kernel(kind)]
        ref = self.program.resolve_type(found[0].path, function.ref.path) if found else None
        if ref is None:
            raise Lacking(f"the kernel enum of `{function.name}`")
        return self.names.type(ref)


def core_scope(facts: Facts) -> tuple[str, ...]:
    """The inline modules of its file that a core's functions stand in."""
    core = facts.core
    function = core.with_kernel or core.single or core.into_slice or core.batch_with_kernel
    return facts.program.function(function.ref).scope if function is not None else ()


def local_names(arguments: Iterable[str]) -> dict[str, str]:
    """A name for each variable of the templates that no argument has."""
    taken = set(arguments)
    return {name: free_name(name, taken) for name in TEMPLATE_NAMES}


def _field(name: str, value: str) -> str:
    return name if name == value else f"{name}: {value}"


def _literal(name: str, values: Sequence[str]) -> str:
    return f"{name} {{ {', '.join(values)} }}" if values else f"{name} {{}}"


def role_values(series: Sequence[SeriesArgument], parameters: Sequence[Argument]) -> dict[str, str]:
    """Expressions for arrays, and for parameters that are passed one by one, by role."""
    found = {f"series:{one.name}": one.slice for one in series}
    found |= {f"param:{one.field}": one.plain for one in parameters}
    return found | {f"extra:{one.field}": one.value for one in parameters}


def series_arguments(series: Sequence[SeriesArgument]) -> tuple[Argument, ...]:
    """The arrays as arguments of a signature."""
    return tuple(
        Argument(one.called, one.element, "", "", "", "None" if one.optional else None)
        for one in series
    )


def checked_outputs(outputs: Sequence[OutputField]) -> tuple[OutputField, ...]:
    """Outputs that NumPy can hold."""
    for output in outputs:
        identifier(output.name if not output.name.isdigit() else f"output_{output.name}")
        if output.element not in PLAIN:
            raise Lacking(f"a NumPy type for the output `{output.name}: Vec<{output.element}>`")
    if len(outputs) > _LARGEST_TUPLE:
        raise Lacking(f"a way to return {len(outputs)} outputs: tuples end at {_LARGEST_TUPLE}")
    return tuple(outputs)


def output_access(core: CoreApi, variable: str) -> tuple[str, ...]:
    """How each output is taken from the result, a variable."""
    if core.output_struct is not None:
        return tuple(f"{variable}.{output.name}" for output in core.outputs)
    if len(core.outputs) == 1:
        return (variable,)
    return tuple(f"{variable}.{at}" for at in range(len(core.outputs)))
