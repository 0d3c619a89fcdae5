"""The native side of a call: Rust for the same core function that the binding calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bindcheck.analysis.cores.shapes import view_element
from bindcheck.analysis.program import Program
from bindcheck.bench.literals import made_struct
from bindcheck.bench.opening import Opened, Reach
from bindcheck.bench.outputs import (
    INTEGERS,
    copied,
    element_of,
    ended,
    output_fields,
    result_struct,
    slice_of,
)
from bindcheck.bench.publicnames import public_function
from bindcheck.bench.samples import Kind
from bindcheck.bench.wanted import Wanted, candidates, described
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact
from bindcheck.model import (
    Choices,
    CoreApi,
    CoreFunction,
    Enum,
    ItemRef,
    OutputField,
    Param,
    ParamField,
    TypeRef,
)
from bindcheck.model.items import Variant
from bindcheck.render import rust_string

_TEXTS = frozenset({"str", "String"})


@fact
class Slot:
    """A place in the list of values of a native call: a parameter, or one end of its range.

    `part` 0, 1 and 2 are start, stop and step; None is the value itself.
    """

    name: str
    part: int | None = None


@fact
class Native:
    """A timer of one core function.

    `setup` are statements before the clock, `run` is the expression under it; `failed` and `copy`
    (of the first output, or of the first input of what gives numbers) are expressions over its
    result, and so is each of `outputs`: an `Option` of a slice, which `fields` describes. `kernels`
    are the names that a kernel's index counts in. `opened` are private items of the crate that all
    this names: a copy has to make them visible.
    """

    symbol: str
    function: str
    ref: ItemRef
    setup: tuple[str, ...]
    run: str
    failed: str
    copy: str
    outputs: tuple[str, ...]
    fields: tuple[OutputField, ...]
    slots: tuple[Slot, ...]
    kernels: tuple[str, ...]
    opened: tuple[Opened, ...] = ()


def native(program: Program, core: CoreApi, wanted: Wanted, symbol: str) -> Native:
    """The timer for one way of calling a core; a BindcheckError if there is no such way."""
    function = _function(program, core, wanted)
    try:
        return _Writer(program, core, function, wanted).written(symbol)
    except BindcheckError as error:
        if error.path is not None:
            raise
        place = program.location(function.ref.path, program.function(function.ref).name_span)
        raise type(error)(error.message, place.path, place.line) from error


def _function(program: Program, core: CoreApi, wanted: Wanted) -> CoreFunction:
    found = [one for one in candidates(core, wanted) if one is not None]
    if not found:
        raise NothingToDoError(f"`{core.name}` has no native function {described(wanted)}")
    public = (one for one in found if public_function(program, one.ref) is not None)
    return next(public, found[0])


class _Writer:
    """Writes the expressions of one timer."""

    def __init__(self, program: Program, core: CoreApi, function: CoreFunction, wanted: Wanted):
        self.program = program
        self.reach = Reach(program)
        self.core = core
        self.function = function
        self.wanted = wanted
        self.params: tuple[Param, ...] = program.function(function.ref).params
        self.slots: list[Slot] = []
        self.setup: list[str] = []
        self.before: list[str] = []

    def written(self, symbol: str) -> Native:
        """The whole timer."""
        kernels = self._kernel() if "kernel" in self.function.roles else ()
        run = self._call(self._values())
        given = f"call.out::<{element_of(self.core)}>()"
        fields = output_fields(self.program, self.core, self.function, self.wanted.kind)
        outputs = (given,) if self._into else self._outputs(fields)
        failed, result = ended(self.function, into=self._into)
        if self._fills_own:
            run, failed, result = self._filled(run), "Option::is_none", "done.as_ref()"
            outputs = tuple(f"done[{at}]" for at in range(self._outs))
        return Native(
            symbol=symbol,
            function=self.function.name,
            ref=self.function.ref,
            setup=tuple(self.setup),
            run="{ " + " ".join([*self.before, run]) + " }",
            failed=failed,
            copy=copied(self.core, result, outputs[0]),
            outputs=tuple(f"{result}.map(|done| &{one}[..])" for one in outputs),
            fields=fields,
            slots=tuple(self.slots),
            kernels=kernels,
            opened=self.reach.opened,
        )

    def _outputs(self, fields: Sequence[OutputField]) -> tuple[str, ...]:
        """The outputs in the result: of a struct, of a tuple, or the result itself."""
        struct = result_struct(self.program, self.core, self.wanted.kind)
        if struct is not None:
            self.reach.fields(struct, [one.name for one in fields])
            return tuple(slice_of(f"done.{one.name}", one.form) for one in fields)
        if len(fields) > 1 or fields[0].name.isdigit():
            return tuple(slice_of(f"done.{at}", one.form) for at, one in enumerate(fields))
        return (slice_of("done", fields[0].form),)

    @property
    def _outs(self) -> int:
        return sum(role.startswith("out:") for role in self.function.roles)

    @property
    def _into(self) -> bool:
        return self._outs > 0

    @property
    def _fills_own(self) -> bool:
        """Whether a function that writes into buffers gets new ones in each call."""
        return self._into and not self.wanted.out

    def _filled(self, call: str) -> str:
        tail = ".ok()?" if self.function.fallible else ""
        element, constructors = element_of(self.core), self.core.constructors
        count, room = f"combos.len() * call.series::<{element}>(0).len()", f"room::<{element}>"
        if self.wanted.kind is Kind.SINGLE:
            # Whoever calls it has to fill a buffer of values first.
            room = room if "MaybeUninit" in self._out_type() else f"zeros::<{element}>"
            series = constructors[0].series if constructors else ()
            count = f"call.series::<{series[0].element if series else 'f64'}>(0).len()"
        rooms = ", ".join([f"{room}(count)"] * self._outs)
        return (
            f"(|| {{ let count = {count}; "
            f"let mut values = [{rooms}]; "
            f"let _ = {call}{tail}; "
            "for one in &mut values { one.set_len(count) } Some(values) })()"
        )

    # --- arguments -------------------------------------------------------------------------

    def _values(self) -> dict[str, str]:
        """Expressions by role."""
        values = {"kernel": "kernel", "parallel": "true" if self.wanted.parallel else "false"}
        constructor = self.core.constructors[0] if self.core.constructors else None
        series = constructor.series if constructor else ()
        for at, one in enumerate(series):
            text = f"call.series::<{one.element}>({at})"
            values[f"series:{one.name}"] = f"Some({text})" if one.optional else text
        if constructor is None or not series:
            values |= self._plain_series()
        has_params = self.core.params_struct is not None
        if "params" in self.function.roles or ("input" in self.function.roles and has_params):
            values["params"] = self._params()
        if constructor is not None and "input" in self.function.roles:
            values["input"] = self._input(constructor.function, constructor.arguments, values)
        if {"range", "combos"} & set(self.function.roles):
            self._sweep(values)
        values |= {f"param:{one.name}": self._own_param(one.name) for one in self.core.params}
        return values | self._buffers()

    def _buffers(self) -> dict[str, str]:
        """Where results go, by role."""
        roles = [role for role in self.function.roles if role.startswith("out:")]
        if self._fills_own:
            pointers = [f"values[{at}].as_mut_ptr().cast()" for at in range(len(roles))]
            slices = [f"std::slice::from_raw_parts_mut({one}, count)" for one in pointers]
            return dict(zip(roles, slices, strict=True))
        if len(roles) > 1:
            raise NothingToDoError(
                f"`{self.function.name}` writes into {len(roles)} buffers; a case gives one"
            )
        return {role: f"call.out::<{self._out_type()}>()" for role in roles}

    def _out_type(self) -> str:
        element = element_of(self.core)
        texts = [
            param.type.text
            for param, role in zip(self.params, self.function.roles, strict=True)
            if role.startswith("out:") and param.type is not None
        ]
        return f"std::mem::MaybeUninit<{element}>" if "MaybeUninit" in "".join(texts) else element

    def _plain_series(self) -> Iterator[tuple[str, str]]:
        roles = [role for role in self.function.roles if role.startswith("series:")]
        return ((role, f"call.series::<f64>({at})") for at, role in enumerate(roles))

    def _own_param(self, name: str) -> str:
        if f"param:{name}" not in self.function.roles:
            return ""
        return self._param(next(one for one in self.core.params if one.name == name))

    def _params(self) -> str:
        fields = {field.name: self._param(field) for field in self.core.params}
        name = self.core.params_struct
        return made_struct(self.reach, self._type(name, "parameters"), fields)

    def _param(self, field: ParamField) -> str:
        """The value of a parameter, which may be left out where its type is an `Option`."""
        value = self._scalar(field.type, Slot(field.name), field.name)
        return f"given({len(self.slots) - 1}).then(|| {value})" if field.optional else value

    def _input(self, function: str, arguments: Iterable[str], values: Mapping[str, str]) -> str:
        if self.core.input is None:
            raise NothingToDoError(f"`{self.core.name}` has no input type that could be made")
        given = []
        for argument in arguments:
            value = values.get(argument) or values.get(f"series:{argument}")
            if value is None:
                raise NothingToDoError(
                    f"`{self.core.name}`: the input takes `{argument}`, which no case can say"
                )
            given.append(value)
        for one in self.program.methods(self.core.input).get(function, ()):
            self.reach.method(one)
        return f"{self.reach.type(self.core.input)}::{function}({', '.join(given)})"

    def _sweep(self, values: dict[str, str]) -> None:
        fields = {}
        for one in self.core.ranges:
            name = one.param or one.name
            parts = one.type.args if one.axis else (one.type,)
            texts = [
                self._scalar(part, Slot(name, at if one.axis else None), name)
                for at, part in enumerate(parts)
            ]
            fields[one.name] = f"({', '.join(texts)})" if one.axis else texts[0]
        sweep = made_struct(self.reach, self._type(self.core.range_struct, "ranges"), fields)
        self.before.append(f"let sweep = {sweep};")
        values["range"] = "sweep"
        if "combos" in self.function.roles or self._fills_own:
            self._combos()
            values["combos"] = "combos"

    def _combos(self) -> None:
        expand = self.core.expand_grid
        if expand is None:
            raise NothingToDoError(
                f"`{self.core.name}` has no function that lists its combinations"
            )
        if self.program.function(expand.ref).owner:
            self.reach.method(expand.ref)
            text = f"sweep.{expand.name}()"
        else:
            text = f"{self.reach.function(expand.ref)}(&sweep)"
        if expand.fallible:
            # The cells are counted first: there a grid that is refused is seen.
            text += '.unwrap_or_else(|_| panic!("the grid is refused"))'
        self.before.append(f"let combos = {text};")

    def _scalar(self, kind: TypeRef, slot: Slot, name: str) -> str:
        """A value of a simple type out of the next slot."""
        at = len(self.slots)
        self.slots.append(slot)
        peeled = kind.peel()
        choices = self._choices(name)
        if choices is not None and peeled.name not in ("Option", "Vec"):
            return self._chosen(choices, at)
        if peeled.name in INTEGERS:
            return f"call.value({at}).int as {peeled.name}"
        if peeled.name in ("f32", "f64"):
            return f"call.value({at}).real as {peeled.name}"
        if peeled.name == "bool":
            return f"(call.value({at}).int != 0)"
        if peeled.name in _TEXTS:
            return f"call.value({at}).text()" + ("" if peeled.name == "str" else ".to_string()")
        if peeled.name == "Option" and peeled.args:
            self.slots.pop()
            inner = self._scalar(peeled.args[0], slot, name)
            return f"given({at}).then(|| {inner})"
        raise NothingToDoError(
            f"`{self.core.name}`: no case can say the parameter `{name}: {kind.text}`"
        )

    def _choices(self, name: str) -> Choices | None:
        return next((one.choices for one in self.core.params if one.name == name), None)

    def _chosen(self, choices: Choices, at: int) -> str:
        """The variant that a text names, which the binding has seen as well."""
        path = self.reach.type(choices.ref)
        arms = " ".join(f"{rust_string(text)} => {path}::{name}," for name, text in choices.texts)
        return f'match call.value({at}).text() {{ {arms} other => panic!("no choice {{other}}") }}'

    # --- the call --------------------------------------------------------------------------

    def _call(self, values: Mapping[str, str]) -> str:
        given = []
        for param, role in zip(self.params, self.function.roles, strict=True):
            value = values.get(role)
            if role == "threads":
                given.append(self._threads(param.type))
                continue
            if not value:
                shown = f"{param.name}: {param.type.text}" if param.type else param.name
                raise NothingToDoError(
                    f"`{self.function.name}` wants `{shown}`, which no case can say"
                )
            given.append(_passed(value, role, param.type))
        return f"{self.reach.function(self.function.ref)}({', '.join(given)})"

    def _threads(self, kind: TypeRef | None) -> str:
        """The number of threads; `None` or an error where nobody says it."""
        optional = kind is not None and kind.name == "Option"
        if self.wanted.threads:
            return _passed("call.threads", "threads", kind)
        if optional:
            return "None"
        raise BindcheckError(
            f"`{self.function.name}` wants a number of threads, which neither the case nor the "
            "default of the binding says: give one with --threads, or in a case file"
        )

    def _kernel(self) -> tuple[str, ...]:
        """Take the kernel by its index before the clock starts; the names of the kernels."""
        ref = self._kernel_type()
        item = self.program.struct(ref)
        if not isinstance(item, Enum):
            raise NothingToDoError(f"the kernel of `{self.function.name}` is no enum")
        path = self.reach.type(ref)
        variants = [one.name for one in item.variants if _is_plain(one)]
        arms = [f"{at} => {path}::{name}," for at, name in enumerate(variants[1:], start=1)]
        text = f"match call.kernel {{ {' '.join(arms)} _ => {path}::{variants[0]} }}"
        self.setup.append(f"let kernel = std::hint::black_box({text});")
        return tuple(name.lower() for name in variants)

    def _kernel_type(self) -> ItemRef:
        at = self.function.roles.index("kernel")
        kind = self.params[at].type
        while kind is not None and kind.name == "Option" and kind.args:
            kind = kind.args[0]
        found = None
        if kind is not None:
            found = self.program.resolve_type(kind.peel().path, self.function.ref.path)
        if found is None:
            raise NothingToDoError(f"the kernel type of `{self.function.name}` was not found")
        return found

    def _type(self, name: str | None, what: str) -> ItemRef:
        ref = self.program.resolve_type(name, self.core.path) if name else None
        if ref is None:
            raise NothingToDoError(f"`{self.core.name}` has no type for its {what}")
        return ref


def _is_plain(variant: Variant) -> bool:
    """Whether a variant is there in every configuration and holds nothing."""
    return not variant.fields and all(one.path != "cfg" for one in variant.attrs)


def _passed(value: str, role: str, kind: TypeRef | None) -> str:
    if kind is None:
        return value
    if role.startswith("series:") and view_element(kind) is not None:
        # Its type is that of the parameter, so that nobody has to name the crate `ndarray`.
        return f"&{value}.into()" if kind.kind == "ref" else f"{value}.into()"
    if role in ("input", "params", "range", "combos") and kind.kind == "ref":
        return f"&{value}"
    if kind.name == "Option" and role == "params" and kind.args[0].kind == "ref":
        return f"Some(&{value})"
    if kind.name == "Option" and role in ("kernel", "threads", "params"):
        return f"Some({value})"
    return value
