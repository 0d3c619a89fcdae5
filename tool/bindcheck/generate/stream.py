"""Template data of the piece `stream`: a class that takes one value per series at a time."""

from __future__ import annotations

from collections.abc import Sequence

from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    Argument,
    in_python,
    in_rust,
    parameters_of,
    signature,
    why,
)
from bindcheck.generate.choices import read_choices
from bindcheck.generate.context import Facts, Frame, local_names, role_values
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.returned import Returned, is_plain, returned
from bindcheck.generate.style import STRICT
from bindcheck.model import CoreApi, CoreFunction, Role


@fact
class Stream:
    """Data of `stream.rs.j2` in both styles.

    `make` and `update` are calls; `values` the arguments of `update`, and `update_signature` what
    Python may leave out of them, empty where that is nothing. `unpacked` makes what Python gets out
    of `value`, the result of `update`; empty where that is it. `mapping` and `update_mapping` make
    exceptions of errors, where that is not our own way. `method` is what Python calls `update`, and
    `module` where the class says it is, if it does.
    """

    frame: Frame
    rust_name: str
    python_name: str
    core_name: str
    signature: str
    parameters: tuple[Argument, ...]
    setup: tuple[str, ...]
    make: str
    make_fallible: bool
    update: str
    update_fallible: bool
    values: tuple[Argument, ...]
    update_signature: str
    returns: str
    unpacked: str = ""
    mapping: str = ""
    update_mapping: str = ""
    method: str = "update"
    module: str = ""


def stream_context(facts: Facts) -> Stream:
    """Data for the class of a stream."""
    core, stream = facts.core, facts.core.stream
    if stream is None or stream.constructor is None or stream.update is None:
        raise Lacking(f"a stream with constructor and update{why(core, 'stream')}")
    make, update = stream.constructor, stream.update
    strict = facts.style.name == STRICT
    policy = facts.style.stream_defaults or facts.style.defaults
    parameters = parameters_of(core, policy, closed=strict)
    used = _used(core, make, parameters)
    local = local_names(one.name for one in used)
    values = role_values((), parameters) | {"params": local["params"]}
    kind = facts.names.type(stream.ref)
    given = _values(facts, update)
    result, form = _returned(facts, stream.name, update), facts.style.stream_class
    return Stream(
        frame=facts.frame((), local),
        rust_name=facts.named(facts.style.class_rust),
        python_name=facts.named(facts.style.class_python),
        core_name=kind,
        signature=signature(used),
        parameters=used,
        setup=(*read_choices(facts, used), *_setup(facts, make, parameters, local["params"])),
        make=facts.caller.call(make, values, f"{kind}::{make.name}"),
        make_fallible=make.fallible,
        update=f"{update.name}({', '.join(one.rust for one in given)}){result.suffix}",
        update_fallible=update.fallible,
        values=given,
        update_signature=signature(given) if any(one.default for one in given) else "",
        returns=result.text,
        unpacked=result.unpacked,
        mapping=facts.mapping(Role.STREAM, make),
        update_mapping=facts.mapping(Role.STREAM, update),
        method=form.method,
        module=form.module,
    )


def _used(
    core: CoreApi, make: CoreFunction, parameters: Sequence[Argument]
) -> tuple[Argument, ...]:
    """The parameters that the constructor takes by themselves, or all of them behind `params`.

    A value that only the input takes beside them is none of the stream's.
    """
    names = {role.partition(":")[2] for role in make.roles if role.startswith(("param:", "extra:"))}
    if "params" in make.roles:
        names |= {one.name for one in core.params}
    return tuple(one for one in parameters if one.field in names)


def _setup(
    facts: Facts, make: CoreFunction, parameters: Sequence[Argument], variable: str
) -> tuple[str, ...]:
    if "params" not in make.roles:
        return ()
    return (f"let {variable} = {facts.params_literal(parameters)};",)


def _values(facts: Facts, update: CoreFunction) -> tuple[Argument, ...]:
    """The arguments of `update`, called as in the core."""
    found = []
    for param in facts.program.function(update.ref).params:
        if param.type is None or not is_plain(param.type):
            text = param.type.text if param.type is not None else param.name
            raise Lacking(f"how Python says `{text}` to `{update.name}`{why(facts.core, 'stream')}")
        name = in_python(param.name.lstrip("_"))
        kind = param.type.text
        default = "None" if param.type.name == "Option" else None
        found.append(Argument(name, kind, kind, in_rust(name), in_rust(name), default))
    return tuple(found)


def _returned(facts: Facts, stream: str, update: CoreFunction) -> Returned:
    found = returned(facts, update)
    if found is None:
        text = update.returns.text
        raise Lacking(f"how Python sees `{text}`, which `{stream}::{update.name}` returns")
    return found
