"""Linked modules: names, bodies, calls and configuration, before anything is known about Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from bindcheck.analysis.keeping.asked import Asked
from bindcheck.analysis.keeping.kept import Kept
from bindcheck.analysis.keeping.reads import note
from bindcheck.analysis.linking.calls import CallGraph
from bindcheck.analysis.linking.expansions import Expansions
from bindcheck.analysis.linking.names import Names
from bindcheck.analysis.linking.tree import CRATE, Tree
from bindcheck.crate import Configuration, Crate, Version
from bindcheck.fact import fact, record
from bindcheck.findings import Location
from bindcheck.model import (
    Block,
    Cfg,
    Enum,
    Function,
    ItemRef,
    MacroCall,
    Module,
    Span,
    Struct,
    Use,
)
from bindcheck.model.source import in_source

Lower = Callable[[str, int], Block | None]
"""Lowers the body of function `index` of the file with this display path."""


@record
class Bodies:
    """Bodies of functions, lowered when first asked for."""

    modules: Mapping[str, Module]
    lower: Lower
    asked: Asked
    known: dict[ItemRef, Block | None] = field(default_factory=dict)

    def __call__(self, ref: ItemRef) -> Block | None:
        """The body of a function, None when it has none."""
        note(ref)
        if ref not in self.known:
            self.asked.bodies.add(ref)
            ready = self.modules[ref.path].bodies.get(ref.index)
            self.known[ref] = ready if ready is not None else self.lower(ref.path, ref.index)
        return self.known[ref]

    def forget(self, path: str) -> None:
        """Let go of the bodies of a file."""
        for index in range(len(self.modules[path].functions)):
            self.known.pop(ItemRef(path, index), None)


@fact
class Parts:
    """What `Linked` is made of."""

    crate: Crate | None
    configuration: Configuration
    pyo3: Version | None
    tree: Tree
    names: Names
    bodies: Bodies
    calls: CallGraph
    expansions: Expansions
    asked: Asked
    kept: Kept

    @classmethod
    def of(
        cls,
        crate: Crate | None,
        configurations: Mapping[str, Configuration],
        pyo3: Version | None,
        tree: Tree,
        lower: Lower,
        known: Mapping[str, object] = MappingProxyType({}),
    ) -> Parts:
        """Make the tables of names, bodies and calls for `tree`.

        `configurations` are by the name of the root; that of `crate` is the audited one. `known` is
        what was made of the crate as a whole before.
        """
        audited = configurations[CRATE]

        def active(cfg: tuple[Cfg, ...], path: str) -> bool:
            if not cfg:
                return True
            chosen = configurations.get(tree.places[path].key[0], audited)
            return chosen.holds_all(cfg) is not False

        asked = Asked()
        kept = Kept(known)
        names = Names(tree, active, kept)
        bodies = Bodies(tree.modules, lower, asked)
        expansions = Expansions(tree.modules, active, kept)
        calls = CallGraph(tree.modules, names, bodies, expansions, kept)
        return cls(crate, audited, pyo3, tree, names, bodies, calls, expansions, asked, kept)


class Linked:
    """The modules of a crate as one whole.

    Functions are named by `ItemRef(path, index)` with the index into `Module.functions`; types by
    the index into `Module.structs`, enums counted on after the structs. `orphans` are the files
    that belong to nothing, `unreached` all that no `mod` of the crate reaches.
    """

    def __init__(self, parts: Parts):
        self.parts = parts
        self.crate = parts.crate
        self.configuration = parts.configuration
        self.pyo3 = parts.pyo3
        self.modules = parts.tree.modules
        self.orphans = parts.tree.orphans
        self.unreached = frozenset((*parts.tree.orphans, *parts.tree.apart))
        self.names = parts.names
        self.asked = parts.asked
        self.keep = parts.kept.of

    def function(self, ref: ItemRef) -> Function:
        """The function or method `ref` names."""
        return self.modules[ref.path].functions[ref.index]

    def struct(self, ref: ItemRef) -> Struct | Enum:
        """The struct or enum `ref` names."""
        return self.names.type_item(ref)

    def body(self, ref: ItemRef) -> Block | None:
        """The body of a function; None when it has none or it does not parse."""
        return self.parts.bodies(ref)

    def exceeds(self, ref: ItemRef, limit: int) -> bool:
        """Whether the body of a function has more than `limit` bytes; without body it has none."""
        self.asked.limits.add((ref, limit))
        span = self.function(ref).body_span
        return span is not None and span.end - span.start > limit

    def expansion(self, ref: ItemRef, call: MacroCall) -> Block | None:
        """What a call of a macro of the crate in the body of a function stands for."""
        return self.parts.expansions.of(ref.path, call)

    def location(self, path: str, span: Span) -> Location:
        """Lines and columns of a byte range; line 1 of a file that is no Rust source.

        What a macro call stands for is where the call is; an item that a macro of the file makes
        is where the rule that was taken has it.
        """
        module = self.modules.get(path)
        if module is None:
            return Location(path, 1, 1, 1, 1)
        place = in_source(span)
        start, end = map(module.lines.position, place)
        # What begins in a call and ends in the rule that it takes is told by where it begins.
        return Location(path, *start, *max(start, end))

    def active(self, cfg: tuple[Cfg, ...], path: str | None = None) -> bool:
        """Whether all predicates hold; one that cannot be decided counts as holding.

        With `path`, in the configuration of the crate that file belongs to.
        """
        if not cfg:
            return True
        if path is not None:
            return self.names.active(cfg, path)
        return self.configuration.holds_all(cfg) is not False

    def inherited_cfg(self, path: str) -> tuple[Cfg, ...]:
        """Predicates on the `mod` declarations that lead to a file."""
        return self.parts.tree.places[path].cfg

    def in_crate(self, path: str) -> bool:
        """Whether a file belongs to the audited crate itself, not to one it depends on."""
        return self.parts.tree.places[path].key[0] == CRATE

    def module_path(self, path: str, scope: tuple[str, ...] = ()) -> tuple[str, ...]:
        """`crate::a::b`; the modules of another workspace member begin with its name."""
        return (*self.parts.tree.places[path].shown, *scope)

    def is_visible(self, module: tuple[str, ...], from_module: tuple[str, ...]) -> bool:
        """Whether `from_module` may name `module` by its full path, both as `module_path` says."""
        for depth in range(2, len(module) + 1):
            outer = module[: depth - 1]
            declared = self.names.declaration(module[:depth])
            open_to_all = declared is not None and declared.visibility in ("pub", "pub(crate)")
            if not open_to_all and from_module[: len(outer)] != outer:
                return False
        return True

    def resolve(
        self,
        segments: Sequence[str],
        path: str,
        scope: tuple[str, ...] = (),
        uses: Sequence[Use] = (),
    ) -> tuple[ItemRef, ...]:
        """Functions a path can mean at a place. `uses` are those of the blocks around it."""
        return self.names.functions(segments, path, scope, uses)

    def resolve_type(
        self,
        segments: str | Sequence[str],
        path: str,
        scope: tuple[str, ...] = (),
        uses: Sequence[Use] = (),
    ) -> ItemRef | None:
        """The struct or enum a name means at a place, aliases followed."""
        parts = segments.split("::") if isinstance(segments, str) else segments
        return self.names.type_ref(parts, path, scope, uses)

    def methods(self, type_ref: ItemRef) -> Mapping[str, tuple[ItemRef, ...]]:
        """Methods and associated functions of a struct or enum, by name."""
        return self.names.methods(type_ref)

    def callees(self, ref: ItemRef) -> Mapping[Span, tuple[ItemRef, ...]]:
        """Crate functions that each place of a body may reach.

        Keys are the spans of Call and MethodCall nodes, and of Path nodes that hand a function
        over as a value. Places from which no crate function is reached are left out.
        """
        return self.parts.calls.callees(ref)

    def called(self, ref: ItemRef) -> tuple[ItemRef, ...]:
        """All crate functions that a body names or calls, each once, in source order."""
        return tuple(dict.fromkeys(one for refs in self.callees(ref).values() for one in refs))
