"""A file as a `Module` whose facts are read when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from bindcheck.model import Block, Function, LateLines, MadeLines, Module, Problem, Span
from bindcheck.parse.bodies import inner_scope, lower_span, read_span
from bindcheck.parse.comments import generated_in
from bindcheck.parse.items import TOO_DEEP
from bindcheck.parse.late import Source
from bindcheck.parse.made import made_items
from bindcheck.parse.marks import Odd
from bindcheck.parse.mask import mask
from bindcheck.parse.modules import whole_module
from bindcheck.parse.skim import Skimmer

_SUPPRESSION = re.compile(rb"bindcheck:\s*ignore\b")


class SkimmedModule(Module):
    """A module that knows its items by name and place, and reads the rest when it is asked."""

    __slots__ = ("late",)
    late: Source

    def __getattr__(self, name: str) -> Any:
        if name == "problems":
            return tuple(self.late.problems)
        if name == "lines":
            late = self.late
            made = late.size < len(late.source)
            value: Any = MadeLines(late.source, late.origins) if made else LateLines(late.source)
        elif name == "digest":
            value = blake2b(self.late.source[: self.late.size]).hexdigest()
        else:
            raise AttributeError(name)
        setattr(self, name, value)
        return value

    def note(self, problems: tuple[Problem, ...]) -> None:
        """Take over what has been found not to parse."""
        for problem in problems:
            self.late.note(problem)

    def body(self, index: int) -> Block | None:
        """The body of a function; what does not parse in it becomes a problem of the module."""
        function = self.functions[index]
        if function.body_span is None:
            return None
        lowered = read_span(self.late.text, function.body_span, inner_scope(function))
        if lowered is None:
            return None
        for span in lowered.too_deep:
            self.late.note(Problem(TOO_DEEP, span, function.span))
        for problem in lowered.problems:
            self.late.note(replace(problem, extent=function.span))
        return lowered.block


def lower_body(source: bytes, module: Module, index: int) -> Block | None:
    """The IR of the body of `module.functions[index]`, None for a declaration without body.

    `source` is the file that `module` was made from.
    """
    known = module.bodies.get(index)
    if known is not None:
        return known
    if isinstance(module, SkimmedModule):
        return module.body(index)
    function = module.functions[index]
    if function.body_span is None:
        return None
    return lower_span(source + module.made, function.body_span, inner_scope(function))


def skim_module(path: str, source: bytes, *, making: bool = True) -> Module:
    """Like `parse_module`, for a file of which little will be asked.

    Facts are the same. Places that do not parse become `problems` when somebody asks for what is
    there; a file whose brackets do not pair up is parsed whole. With `making`, what calls of the
    file's own macros make for Python is read as if it stood behind the file.
    """
    module = _skimmed(path, Source(source))
    made = made_items(module, source) if making else None
    if made is None:
        return module
    whole = _skimmed(path, Source(source + made.text, len(source), made.origins))
    # What behind a file cannot be skimmed, or does not parse, would be called an error of the file.
    if len(whole.problems) > len(module.problems) or type(whole) is not type(module):
        return module
    if not isinstance(whole, SkimmedModule):
        return replace(whole, made=made.text, calls=made.calls)
    facts = {name: getattr(whole, name) for name in _SET}
    return _made(facts | {"made": made.text, "calls": made.calls})


def _skimmed(path: str, source: Source) -> Module:
    code = None if _SUPPRESSION.search(source.source) else mask(source.source)
    if code is None:
        return whole_module(path, source.source, source.size, source.origins)
    skimmer = Skimmer(source, code)
    try:
        skimmer.run()
    except Odd:
        return whole_module(path, source.source, source.size, source.origins)
    return _module(path, skimmer)


def reordered(module: Module, order: Sequence[int | None]) -> Module:
    """The same file with its functions counted in another order.

    In place of None there is a function of no name that nothing can be asked of.
    """
    places = {at: place for place, at in enumerate(order) if at is not None}
    impls = (
        replace(one, functions=tuple(places[at] for at in one.functions)) for one in module.impls
    )
    facts = {
        "functions": tuple(_GONE if at is None else module.functions[at] for at in order),
        "impls": tuple(impls),
        "bodies": {places[at]: body for at, body in module.bodies.items()},
    }
    return _made({name: getattr(module, name) for name in _SET} | facts)


_GONE = Function("", ("",), (), (), "", Span(0, 0), Span(0, 0), "")
_SET = (
    *("path", "late", "functions", "structs", "enums", "impls", "consts", "aliases", "uses"),
    *("mods", "macros", "ignores", "generated", "inner_attrs", "bodies", "made", "calls"),
)


def _made(facts: Mapping[str, object]) -> SkimmedModule:
    one = SkimmedModule.__new__(SkimmedModule)
    for name, value in facts.items():
        object.__setattr__(one, name, value)
    return one


def _module(path: str, skimmer: Skimmer) -> Module:
    facts = {
        "path": path,
        "late": skimmer.source,
        "functions": tuple(skimmer.functions),
        "structs": tuple(skimmer.structs),
        "enums": tuple(skimmer.enums),
        "impls": tuple(skimmer.impls),
        "consts": tuple(skimmer.consts),
        "aliases": tuple(skimmer.aliases),
        "uses": tuple(skimmer.uses),
        "mods": tuple(skimmer.mods),
        "macros": tuple(skimmer.macros),
        "ignores": (),
        "generated": generated_in(skimmer.source.source),
        "inner_attrs": skimmer.inner_attrs,
        "bodies": skimmer.bodies,
        "made": b"",
        "calls": frozenset(),
    }
    return _made(facts)
