"""The `cfg` predicates that what a binding uses stands under: the binding exists under them too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from bindcheck.generate.context import Facts, core_scope
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.supported import called
from bindcheck.model import Cfg, Item


def gated(facts: Facts, piece: str) -> str:
    """What goes inside `#[cfg(..)]` of a new binding; empty where it always exists."""
    gate = facts.style.gate
    return all_of([*([gate] if gate else []), *_texts(own_gates(facts, piece), gate)])


def own_gates(facts: Facts, piece: str) -> tuple[Cfg, ...]:
    """Predicates on the items of its file that a binding uses, each once."""
    found = [cfg for item in _used(facts, piece) for cfg in item.cfg]
    for cfg in found:
        if "?" in str(cfg):
            raise Lacking(f"what the `cfg` of the core of `{facts.bare}` asks for")
    return tuple(dict.fromkeys(found))


def export_gate(facts: Facts, piece: str, around: Iterable[Cfg]) -> str:
    """What a line that exports a binding needs beside the style's gate, and what is `around` it."""
    program, path = facts.program, facts.core.path
    try:
        wanted = (*program.inherited_cfg(path), *own_gates(facts, piece))
    except Lacking:
        return ""
    held = {_bare(str(cfg)) for cfg in around} | {_bare(_gate(facts))}
    left = (cfg for cfg in dict.fromkeys(wanted) if not _is_given(cfg, held))
    return all_of(map(str, left))


def _is_given(cfg: Cfg, held: Collection[str]) -> bool:
    """Whether a predicate holds wherever those that are `held` do."""
    one_of = cfg.op == "any" and any(_is_given(one, held) for one in cfg.args)
    return one_of or _bare(str(cfg)) in held


def all_of(texts: Iterable[str]) -> str:
    """One predicate for several."""
    found = list(texts)
    return found[0] if len(found) == 1 else f"all({', '.join(found)})" if found else ""


def _gate(facts: Facts) -> str:
    return facts.style.gate


def _texts(found: Iterable[Cfg], gate: str) -> Iterator[str]:
    """The predicates as text, without the gate itself."""
    for cfg in found:
        text = str(cfg)
        if _bare(text) != _bare(gate):
            yield text


def _bare(text: str) -> str:
    return text.replace(" ", "")


def _used(facts: Facts, piece: str) -> Iterator[Item]:
    """The functions that a piece calls, and the structs that it names."""
    core, program = facts.core, facts.program
    for function in called(facts, piece):
        yield program.function(function.ref)
    if core.stream is not None and piece == "stream":
        yield program.struct(core.stream.ref)
    if core.input is not None and piece != "stream":
        yield program.struct(core.input)
    names = (core.params_struct, core.range_struct if piece == "batch" else None)
    for name in names:
        ref = program.resolve_type(name, core.path, core_scope(facts)) if name else None
        if ref is not None and ref.path == core.path:
            yield program.struct(ref)
