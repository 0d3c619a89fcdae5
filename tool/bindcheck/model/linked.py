"""What linked modules mean. Made by `bindcheck.analysis` alone."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from bindcheck.model.fact import fact
from bindcheck.model.source import Attribute, Cfg, Span, TypeRef


class ItemRef(NamedTuple):
    """A function, struct or other item of the program: file path and index within its tuple."""

    path: str
    index: int  # type: ignore[assignment]  # hides a method of tuples that nobody needs


@fact
class Series:
    """One input array of a core: `name` as Python will call it (`data`, `high`, ..).

    `optional` for `Option<&[f64]>`.
    """

    name: str
    element: str
    optional: bool = False


@fact
class InputConstructor:
    """`fn from_slice(&[f64], Params) -> Self` of the input type.

    `arguments` in order: the name of a series, `params`, or `extra:<name>` for a value that is
    neither (`direction: &str`) and described in `extras`.
    """

    function: str
    series: tuple[Series, ...]
    arguments: tuple[str, ...]
    extras: tuple[ParamField, ...] = ()


@fact
class Choices:
    """An enum of the crate as texts: `texts` pairs each variant with what it is called.

    `parsed`: its own `FromStr` reads the texts. `default` is the variant of `Default`, empty where
    there is none. Where not every variant has a text, `unknown` is the fact that is lacking.
    """

    ref: ItemRef
    texts: tuple[tuple[str, str], ...]
    parsed: bool = False
    default: str = ""
    unknown: str = ""

    def variant(self, expression: str) -> str:
        """The variant that a Rust expression such as `Mode::Slow` names; empty for any other."""
        last = expression.rpartition("::")[2].strip()
        named = self.default if last == "default()" else last
        return named if named in dict(self.texts) else ""

    def text(self, expression: str) -> str | None:
        """The text of the variant that a Rust expression names."""
        return dict(self.texts).get(self.variant(expression))


@fact
class ParamField:
    """A field of `<X>Params`. `type` is the type without `Option`; `default` its default's text.

    `choices` tells what Python calls the values of an enum. `left_open`: `Default` gives None, for
    which the core puts in the default.
    """

    name: str
    type: TypeRef
    optional: bool
    default: str | None
    doc: str = ""
    choices: Choices | None = None
    left_open: bool = False


@fact
class RangeField:
    """A field of `<X>BatchRange`: `(T, T, T)` (`axis`), or anything else, held fixed.

    `param` is the field of `Params` that it sweeps, None when none is recognised. `choices` tells
    what Python calls the values of an enum, alone, in an option or in a vector.
    """

    name: str
    type: TypeRef
    axis: bool
    param: str | None
    choices: Choices | None = None


class Form(StrEnum):
    """What a function gives as an output.

    Audits and generated code know vectors alone; what is measured may also be one number of each
    call, or an array of `ndarray`.
    """

    VECTOR = "vector"
    NUMBER = "number"
    ARRAY = "array"


@fact
class OutputField:
    """An output of a core: a vector of `<X>Output`, say. `element` is `f64`, `bool`, .."""

    name: str
    element: str
    form: Form = Form.VECTOR


@fact
class CoreFunction:
    """A recognised function of a core, with what each parameter is for.

    `roles` has one entry per parameter: `input` (the Input struct), `series:<name>`, `params`,
    `range`, `combos` (slice of Params), `kernel`, `parallel` (bool), `threads`, `out:<name>`,
    `out:*` (one buffer for all outputs, in a layout that types do not tell), `param:<field>`,
    `extra:<name>` (see InputConstructor), `first` (index of the first value that is not NaN),
    `warm`, `rows`, `cols`, `values:<field>` (slice with a parameter's value for each row), or `?`.
    `fallible` for a `Result`; `returns` is its Ok type.
    """

    name: str
    ref: ItemRef
    roles: tuple[str, ...]
    returns: TypeRef
    fallible: bool
    error: str | None
    visibility: str


@fact
class StreamApi:
    """`<X>Stream`: constructor (`params` role or `param:<field>` roles) and `update`."""

    name: str
    ref: ItemRef
    constructor: CoreFunction | None
    update: CoreFunction | None


@fact
class CoreApi:
    """The core of one indicator, as recognised from its file.

    `name` is the name users see (`alma`), `stem` the file's, `prefix` the type prefix (`Alma`).
    Absent parts are None or empty. `why_not` lists, for each part that could not be read wholly
    although something like it is there, the fact that is lacking (such a function has a `?` role).
    `batch_outputs` are the vectors of `batch_output`, the grid left out; their names may differ
    from those of `outputs`.
    """

    name: str
    stem: str
    prefix: str
    path: str
    module_path: tuple[str, ...]
    input: ItemRef | None
    input_lifetime: bool
    constructors: tuple[InputConstructor, ...]
    params_struct: str | None
    params: tuple[ParamField, ...]
    output_struct: str | None
    outputs: tuple[OutputField, ...]
    range_struct: str | None
    ranges: tuple[RangeField, ...]
    error: str | None
    single: CoreFunction | None
    with_kernel: CoreFunction | None
    into_slice: CoreFunction | None
    into_uninit: CoreFunction | None
    expand_grid: CoreFunction | None
    batch_with_kernel: CoreFunction | None
    batch_inner: CoreFunction | None
    batch_inner_into: CoreFunction | None
    batch_output: str | None
    stream: StreamApi | None
    cfg: tuple[Cfg, ...] = ()
    why_not: tuple[tuple[str, str], ...] = ()
    batch_outputs: tuple[OutputField, ...] = ()

    @property
    def functions(self) -> tuple[CoreFunction, ...]:
        """All functions that are recognised."""
        stream = self.stream
        found = (
            *(self.single, self.with_kernel, self.into_slice, self.into_uninit, self.expand_grid),
            *(self.batch_with_kernel, self.batch_inner, self.batch_inner_into),
            *((stream.constructor, stream.update) if stream is not None else ()),
        )
        return tuple(one for one in found if one is not None)

    @property
    def taken_alone(self) -> frozenset[str]:
        """The parameters that a function takes by themselves, in no struct."""
        roles = (role for one in self.functions for role in one.roles)
        return frozenset(role[6:] for role in roles if role.startswith("param:"))

    @property
    def gives_numbers(self) -> bool:
        """Whether a call gives numbers instead of vectors: one value for each output."""
        return bool(self.outputs) and all(one.form is Form.NUMBER for one in self.outputs)


class EntryKind(StrEnum):
    """How Python reaches a function."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    MODULE = "module"


class Role(StrEnum):
    """What an entry point is for its indicator."""

    SINGLE = "single"
    BATCH = "batch"
    STREAM = "stream"
    OTHER = "other"


@fact
class SignatureArg:
    """An argument as Python sees it: name, text of the default (None: required) and kind."""

    name: str
    default: str | None
    kind: str


@fact
class EntryPoint:
    """A function, method, class or module that PyO3 exposes.

    `rust_name` for a method is `Class::method`; `python_name` after `name = ".."`; `signature` is
    None without `#[pyo3(signature)]`; `class_ref` for methods and classes is the struct (or enum).
    `twin_of` names the feature or target of a build-only alternative (`cuda`), else None.
    `active` tells whether the entry exists in the audited configuration.
    """

    kind: EntryKind
    ref: ItemRef
    rust_name: str
    python_name: str
    attribute: Attribute
    signature: tuple[SignatureArg, ...] | None
    signature_attr: Attribute | None
    class_ref: ItemRef | None
    indicator: str | None
    role: Role
    active: bool
    constructor: bool = False


@fact
class Registration:
    """One export of an entry point: `module` is the `#[pymodule]`, `via` how it was reached.

    `kind` tells what `target` counts in (functions or structs). `receiver` names the Python module
    object it is added to, equal for two registrations exactly when they add to the same object.
    """

    entry: str
    target: ItemRef
    module: str
    location: tuple[str, Span]
    via: str
    kind: EntryKind = EntryKind.FUNCTION
    receiver: str = ""


@fact
class Unanalysed:
    """An entry point or item that could not be read, with the reason a user would accept."""

    path: str
    line: int
    item: str
    reason: str
