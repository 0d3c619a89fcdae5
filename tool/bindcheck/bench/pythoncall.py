"""The Python side of a call: which argument of the binding gets which part of the case."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bindcheck.analysis.bindings.effective_signature import Argument as Parameter
from bindcheck.analysis.bindings.effective_signature import rust_value
from bindcheck.analysis.cores.roles import counts_threads
from bindcheck.analysis.program import Program
from bindcheck.bench.elements import refuse_other_elements
from bindcheck.bench.rangeparts import RANGE, Token, in_parts
from bindcheck.bench.samples import Argument, Case, Kind, Scalar, Steps
from bindcheck.bench.takes import taken_by
from bindcheck.bench.wanted import has_batch
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact
from bindcheck.model import CoreApi, EntryPoint, Param, Role
from bindcheck.model.python import ArgumentKind

_AUTO = "auto"

_VARIANT = re.compile(r"(?:Some\(\s*)?(?:\w+::)+(?P<name>\w+)\s*\)?")

_NUMBER = re.compile(r"(?:Option\s*<\s*)?(?:[iu](?:\d+|size)|f\d+)\s*>?")

_FIXED = ("kernel", "out", "threads")
"""What a case says besides arrays and parameters: by these names alone."""

_ARRAYS = ("Array", "Vec<", "&[", "PyBuffer")
"""What the type of an argument that takes an array has in it."""

ONE_DIMENSION = "a case has arrays of one dimension alone"
_DEEP = re.compile(r"\b(?:Py)?\w*Array(?:View)?(?:Mut)?[2-9]\b|\bIx[2-9]\b")

_PEER = re.compile(r"(?P<module>[\w.]+):(?P<function>[\w.]+)(?P<arguments>\(.*\))?", re.DOTALL)


@fact
class PythonCall:
    """A function of the built module with its arguments, as the worker reads them.

    `said` are all arguments by the names that the binding has for them.
    """

    function: str
    args: tuple[Token, ...]
    kwargs: Mapping[str, Token]
    said: Mapping[str, Token]


def entry_of(program: Program, core: CoreApi, kind: Kind) -> EntryPoint:
    """The binding of a core for one kind of call."""
    role = Role.BATCH if kind is Kind.BATCH else Role.SINGLE
    for entry in program.entries_of(core):
        if entry.role is role and entry.active:
            return entry
    if kind is Kind.BATCH and not has_batch(core):
        raise NothingToDoError(
            f"`{core.name}`: the core has no batch function, so only calls on one series can be "
            "measured"
        )
    raise NothingToDoError(f"`{core.name}` has no {role} binding: `bindcheck generate` writes it")


def deep_parameter(program: Program, entry: EntryPoint) -> str | None:
    """The first array of two or more dimensions that a binding has to be given, as declared."""
    return deep_of(program.function(entry.ref).params)


def refuse_deep(program: Program, entry: EntryPoint) -> None:
    """A NothingToDoError if a binding has to be given an array of two or more dimensions."""
    given = deep_parameter(program, entry)
    if given is not None:
        place = program.location(entry.ref.path, program.function(entry.ref).name_span)
        raise NothingToDoError(
            f"`{entry.python_name}` takes `{given}`, of more than one dimension: {ONE_DIMENSION}",
            place.path,
            place.line,
        )


def deep_of(params: Iterable[Param]) -> str | None:
    """`x: ArrayView2<f64>`, the first parameter of two or more dimensions that must be given."""
    for one in params:
        given = one.type is not None and one.type.name != "Option" and one.name not in _FIXED
        if one.type is not None and given and _DEEP.search(one.type.text):
            return f"{one.name}: {one.type.text}"
    return None


def takes_threads(program: Program, core: CoreApi, kind: Kind) -> bool:
    """Whether Python can say how many threads a call uses."""
    return threads_parameter(program, core, kind) is not None


def threads_parameter(program: Program, core: CoreApi, kind: Kind) -> Parameter | None:
    """The parameter of a binding for the number of threads, unless it is one of the core itself."""
    if any(counts_threads(one.name) for one in core.params):
        return None
    found = _parameters(program, core, kind)
    return next((one for one in found if counts_threads(one.name)), None)


def takes_kernel(program: Program, core: CoreApi, kind: Kind) -> bool:
    """Whether Python can say which kernel a call uses."""
    return parameter_of(program, core, kind, "kernel") is not None


def parameter_of(program: Program, core: CoreApi, kind: Kind, name: str) -> Parameter | None:
    """A parameter of a binding by its name."""
    return next((one for one in _parameters(program, core, kind) if one.name == name), None)


def _parameters(program: Program, core: CoreApi, kind: Kind) -> tuple[Parameter, ...]:
    try:
        return tuple(taken_by(program, entry_of(program, core, kind)) or ())
    except BindcheckError:
        return ()


def kernel_of(program: Program, core: CoreApi, case: Case) -> str | None:
    """The kernel of a call: that of the case, else the one that the signature has by default.

    None leaves it to both sides to choose.
    """
    found = parameter_of(program, core, case.kind, "kernel")
    if case.kernel is not None or found is None or found.default is None:
        return case.kernel
    variant = _VARIANT.fullmatch(found.default.strip())
    value = rust_value(f'"{variant["name"]}"' if variant else found.default)
    if value is None or value.kind not in ("none", "str"):
        raise BindcheckError(
            f"`{core.name}`: which kernel `{found.default}` is cannot be told: "
            "name one with --kernels (`bindcheck tune`: --kernel), or in a case file"
        )
    name = str(value.value or _AUTO).lower()
    return None if name == _AUTO else name


def python_call(program: Program, core: CoreApi, entry: EntryPoint, case: Case) -> PythonCall:
    """The call of a binding with the arguments of a case."""
    parameters = taken_by(program, entry)
    if parameters is None:
        raise NothingToDoError(f"the signature of `{entry.rust_name}` cannot be told")
    known = _as_called(parameters, _known(core, case, parameters))
    said = dict(known)
    args: list[Token] = []
    kwargs: dict[str, Token] = {}
    open_end = True
    for one in parameters:
        token = known.pop(one.name, None)
        if token is None and counts_threads(one.name):
            token = known.pop("threads", None)
        if token is not None and "series" in token:
            series = core.constructors[0].series[token["series"]]
            refuse_other_elements(program, core, entry, one, series.element)
        if token is None:
            _refuse_sweep(one, entry, known)
            _refuse_required(one, entry, core)
            open_end = False
        elif one.kind is ArgumentKind.KEYWORD or not open_end:
            kwargs[one.name] = token
        else:
            args.append(token)
    _refuse_rest(known, entry)
    return PythonCall(entry.python_name, tuple(args), kwargs, said)


def _known(core: CoreApi, case: Case, parameters: Sequence[Parameter] = ()) -> dict[str, Token]:
    """What a case can say, by the names that bindings use for it: that with these parameters."""
    constructor = core.constructors[0] if core.constructors else None
    series = constructor.series if constructor else ()
    known: dict[str, Token] = {one.name: {"series": at} for at, one in enumerate(series)}
    for one in case.arguments:
        swept = isinstance(one.value, tuple)
        name = f"{one.name}{RANGE}" if swept else one.name
        known[name] = {"value": list(one.value) if isinstance(one.value, tuple) else one.value}
    if case.kernel is not None:
        known["kernel"] = {"value": case.kernel}
    if case.threads is not None:
        known["threads"] = {"value": case.threads}
    if case.out:
        known["out"] = {"out": True}
    return in_parts({one.name for one in parameters}, known)


def _as_called(parameters: Sequence[Parameter], known: Mapping[str, Token]) -> dict[str, Token]:
    """What a case can say, by the names that this binding has for it.

    Where names differ, arrays stand for arrays and parameters for parameters in their order, if
    there are as many on both sides: `close, window` for `data, period`. Both sides' values are
    compared before anything is timed, so a binding that means something else has no result.
    """
    found = _names_in(parameters, known)
    return {found.get(name, name): token for name, token in known.items()}


def names_in_binding(program: Program, core: CoreApi, case: Case) -> dict[str, str]:
    """By what a case says, an array or a parameter, the argument of the binding that gets it."""
    parameters = _parameters(program, core, case.kind)
    known = _known(core, case, parameters)
    found = _names_in(parameters, known)
    given = {one.name for one in parameters}
    return {name: found.get(name, name) for name in known if found.get(name, name) in given}


def _names_in(parameters: Sequence[Parameter], known: Mapping[str, Token]) -> dict[str, str]:
    """By what a case can say the argument of a binding, where that has another name."""
    names = {one.name for one in parameters}
    other = _others(parameters, known)
    left = [name for name in known if name not in {*names, *_FIXED}]
    found = _number_of_threads(parameters, left)
    left = [name for name in left if name not in found]
    for arrays in (True, False):
        wanted = [one for one in other if _is_array(one) is arrays]
        said = [name for name in left if ("series" in known[name]) is arrays]
        pairs = list(zip(said, wanted, strict=False))
        if len(wanted) == len(said) and all(_fits(known[a], b) for a, b in pairs):
            found |= {name: one.name for name, one in pairs}
    return found


def _number_of_threads(parameters: Iterable[Parameter], left: Iterable[str]) -> dict[str, str]:
    """The argument of a binding for a number of threads that is a parameter of the core."""
    own = [name for name in left if counts_threads(name)]
    wanted = [one.name for one in parameters if counts_threads(one.name)]
    return {own[0]: wanted[0]} if len(own) == len(wanted) == 1 else {}


def _others(parameters: Iterable[Parameter], known: Iterable[str]) -> list[Parameter]:
    """The parameters of a binding that a case does not know by their names."""
    told = {*known, *_FIXED}
    return [one for one in parameters if one.name not in told and not counts_threads(one.name)]


def renamed(parameters: Sequence[Parameter], names: Sequence[str]) -> dict[str, Parameter]:
    """By parameter of the core, that of the binding which a call takes for it by its place."""
    ranges = {name: f"{name}{RANGE}" for name in names}
    taken = {one.name for one in parameters}
    left = [name for name in names if taken.isdisjoint((name, ranges[name]))]
    other = _others(parameters, (*names, *ranges.values()))
    wanted = [one for one in other if not _is_array(one)]
    threads = _number_of_threads(parameters, left)
    by_name = {one.name: one for one in parameters}
    found = {name: by_name[argument] for name, argument in threads.items()}
    left = [name for name in left if name not in threads]
    return found | (dict(zip(left, wanted, strict=True)) if len(left) == len(wanted) else {})


def _is_array(one: Parameter) -> bool:
    kind = one.param.type if one.param is not None else None
    return kind is not None and any(word in kind.text for word in _ARRAYS)


def _fits(token: Token, one: Parameter) -> bool:
    """Whether a flag, a text, a number or a sweep is what an argument takes."""
    kind = one.param.type if one.param is not None else None
    names = kind.names() if kind is not None else ()
    value = token.get("value")
    if isinstance(value, list) and kind is not None and _NUMBER.fullmatch(kind.text):
        return False
    return ("bool" in names) is isinstance(value, bool) and (
        not {"str", "String"}.isdisjoint(names)
    ) is isinstance(value, str)


def _refuse_sweep(one: Parameter, entry: EntryPoint, known: Mapping[str, Token]) -> None:
    if f"{one.name}{RANGE}" in known:
        raise NothingToDoError(
            f"`{entry.python_name}` takes one value for `{one.name}`, and the case has a sweep: "
            f"give it one, as --param {one.name}=VALUE"
        )


def _refuse_required(one: Parameter, entry: EntryPoint, core: CoreApi) -> None:
    if one.default is None and not one.implicit:
        if core.input is not None and not core.constructors:
            raise NothingToDoError(
                f"`{core.name}`: not known how its input is made of arrays: the struct has no "
                "function for that, like `from_slice(data, params)`"
            )
        if one.name == "out":
            raise NothingToDoError(
                f"`{entry.python_name}` wants `out`, an array that it writes its result into: give "
                "it one with --outs given"
            )
        raise NothingToDoError(
            f"`{entry.python_name}` wants `{one.name}`, and `{core.name}` has no parameter that it "
            "could be: give it the name that the core has for it, or a default"
        )


def _refuse_rest(known: Mapping[str, Token], entry: EntryPoint) -> None:
    """What Python cannot be told would be different on the two sides."""
    rest = set(known) - {"threads"}
    if rest == {"out"}:
        raise NothingToDoError(f"`{entry.python_name}` takes no `out=` to write its result into")
    if rest:
        names = ", ".join(_said(one) for one in sorted(rest))
        raise NothingToDoError(
            f"`{entry.python_name}` takes no {names}, which the case has: the two sides would "
            "compute different things"
        )


def _said(name: str) -> str:
    """How Python would be told a value, or a sweep: whole or in its parts."""
    bare = name.removesuffix(RANGE)
    parts = f" (nor `{bare}_start`, `{bare}_end` and `{bare}_step`)" if bare != name else ""
    return f"`{name}`{parts}"


# --- peers -------------------------------------------------------------------------------------


def peer_call(text: str, own: PythonCall, core: CoreApi, case: Case) -> Token:
    """`module:function` with the binding's own arguments, or `module:function(data, period)`.

    In brackets a name is an array or a parameter, as the case or the binding calls it, anything
    else a literal.
    """
    module, function, call = peer_parts(text)
    args, kwargs = list(own.args), dict(own.kwargs)
    values = {one.name: {"value": one.value} for one in case.arguments}
    if call is not None:
        args, kwargs = _peer_arguments(text, call, {**_known(core, case), **values, **own.said})
    return {
        "module": module,
        "function": function,
        "args": args,
        "kwargs": kwargs,
    }


def peer_parts(text: str) -> tuple[str, str, ast.Call | None]:
    """Module, function and, if there are brackets, the call that a person typed."""
    found = _PEER.fullmatch(text.strip())
    if found is None:
        raise BindcheckError(f"{text!r} is no peer: write module:function or module:function(data)")
    if not found["arguments"]:
        return found["module"], found["function"], None
    try:
        call = ast.parse(f"f{found['arguments']}", mode="eval").body
    except SyntaxError as error:
        raise BindcheckError(f"the arguments of the peer {text!r} do not parse") from error
    if not isinstance(call, ast.Call) or any(one.arg is None for one in call.keywords):
        raise BindcheckError(f"the arguments of the peer {text!r} do not parse")
    return found["module"], found["function"], call


def _peer_arguments(
    text: str, call: ast.Call, known: Mapping[str, Token]
) -> tuple[list[Token], dict[str, Token]]:
    args = [_peer_argument(one, known, text) for one in call.args]
    named = {one.arg or "": _peer_argument(one.value, known, text) for one in call.keywords}
    return args, named


def _peer_argument(node: ast.expr, known: Mapping[str, Token], text: str) -> Token:
    if isinstance(node, ast.Name):
        if node.id in known:
            return known[node.id]
        names = ", ".join(known)
        raise BindcheckError(f"the peer {text!r} names `{node.id}`; the case has {names}")
    try:
        return {"value": ast.literal_eval(node)}
    except ValueError as error:
        raise BindcheckError(f"the peer {text!r} has an argument that is no literal") from error


# --- the native values -------------------------------------------------------------------------


def native_values(slots: tuple[tuple[str, int | None], ...], case: Case) -> list[Scalar]:
    """The values of a native call in the order of its slots."""
    given = {one.name: one for one in case.arguments}
    return [_slot_value(given.get(name), part) for name, part in slots]


def _slot_value(argument: Argument | None, part: int | None) -> Scalar:
    if argument is None:
        return None
    value = argument.value
    if part is None:
        return None if isinstance(value, tuple) else value
    found: Scalar = _steps(value)[part]
    return found


def _steps(value: Scalar | Steps) -> tuple[Any, Any, Any]:
    """A fixed value is a range of one."""
    if isinstance(value, tuple):
        return value
    zero = 0.0 if isinstance(value, float) else 0
    return (value, value, zero)
