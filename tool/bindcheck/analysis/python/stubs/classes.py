"""A class in a stub beside the class of the binding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bindcheck.analysis.bindings.class_members import Member, Members
from bindcheck.analysis.bindings.effective_signature import effective_signature
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.stubs.difference import Disagreement, compared, shown, signature_help
from bindcheck.analysis.python.stubs.lookup import StubClass, bases_of
from bindcheck.analysis.python.stubs.said import Said, surest
from bindcheck.analysis.python.view import PythonView
from bindcheck.findings import Confidence
from bindcheck.model import EntryPoint
from bindcheck.model.python import PythonArgument, PythonClass, PythonFunction

_SELF = ("self", "cls", "_self", "_cls", "slf", "this")
_MAKING = ("__init__", "__new__")

# Type checkers look these up on the class; all others every object has, or nobody writes down.
_OPERATIONS = frozenset(
    re.findall(
        r"\w+",
        """
        __len__ __getitem__ __setitem__ __delitem__ __contains__ __iter__ __next__ __reversed__
        __call__ __enter__ __exit__ __await__ __aiter__ __anext__ __aenter__ __aexit__
        __bool__ __int__ __float__ __index__ __complex__ __neg__ __pos__ __abs__ __invert__
        __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__
        __lshift__ __rshift__ __and__ __xor__ __or__ __iadd__ __isub__ __imul__
        """,
    )
)


@dataclass(frozen=True)
class ClassMatch:
    """Compares the members of one class with one declaration of it."""

    program: Program
    view: PythonView
    entry: EntryPoint
    found: StubClass

    def disagreements(self) -> Iterator[Disagreement]:
        """Members that differ, that the stub lacks, and that only the stub has."""
        members = self.view.classes.members(self.entry)
        bases = tuple(bases_of(self.view.side, self.found))
        known = [one.cls for one in bases if one is not None]
        is_whole = len(known) == len(bases)
        own = [one for one in members.members if self._is_own(one)]
        for member in own:
            if member.kind == "constructor":
                yield from self._constructor(member, known, is_whole)
            else:
                yield from self._member(member, known, is_whole)
        yield from self._beyond(members, known[0])

    def _is_own(self, member: Member) -> bool:
        """Members of a base are compared with the base."""
        return member.entry is None or member.entry.class_ref == self.entry.ref

    # --- one member ----------------------------------------------------------------------------

    def _member(
        self, member: Member, classes: list[PythonClass], is_whole: bool
    ) -> Iterator[Disagreement]:
        name = member.name
        declaring = next((one for one in classes if name in one.names), None)
        if declaring is None:
            if is_whole and not _may_be_left_out(member):
                yield self._absent(member)
            return
        functions = declaring.named(name)
        # Slots have no signature, and no names.
        is_slot = name.startswith("__") and name != "__call__"
        if not functions or member.entry is None or is_slot:
            return
        if functions[0].is_property != (member.kind == "attribute"):
            what = "an attribute" if member.kind == "attribute" else "a method"
            said = "a property" if functions[0].is_property else "a method"
            yield self._differs(member, functions, [Said(f"declares {said}, `{name}` is {what}")])
        elif member.kind != "attribute":
            yield from self._method(member, member.entry, functions)

    def _method(
        self, member: Member, entry: EntryPoint, functions: tuple[PythonFunction, ...]
    ) -> Iterator[Disagreement]:
        bound = not functions[0].has("staticmethod")
        found: list[Said] = []
        if bound and member.kind == "static" and not functions[0].has("classmethod"):
            # Objects have it too.
            text = "declares a method of objects, it is static"
            found.append(Said(text, Confidence.LIKELY))
            bound = _takes_self(functions[0])
        elif not bound and member.kind == "method":
            found.append(Said("declares it static, it is a method of objects"))
        elif bound and not _takes_self(functions[0]):
            found.append(Said("lacks `self`"))
            bound = False
        found += compared(self.program, entry, functions, int(bound))
        if found:
            yield self._differs(member, functions, found)

    def _constructor(
        self, member: Member, classes: list[PythonClass], is_whole: bool
    ) -> Iterator[Disagreement]:
        entry = member.entry
        assert entry is not None  # constructors are functions
        functions = next((made for one in classes if (made := _making(one))), ())
        if functions:
            if _takes_self(functions[0]):
                found = list(compared(self.program, entry, functions, 1))
            else:
                found = [Said("lacks `self`"), *compared(self.program, entry, functions, 0)]
            if found:
                yield self._differs(member, functions, found)
            return
        arguments = effective_signature(self.program, entry)
        if is_whole and arguments:
            yield self._absent(member)

    # --- what only one side has ------------------------------------------------------------------

    def _absent(self, member: Member) -> Disagreement:
        name = "__init__" if member.kind == "constructor" else member.name
        place = self.found.cls.place
        first = {"static": "", "class": "cls"}.get(member.kind, "self")
        line = (
            signature_help(self.program, member.entry, name, first)
            if member.entry is not None and member.kind != "attribute"
            else f"`{name}`"
        )
        return Disagreement(
            place=member.place,
            item=self._item(member),
            message=f"{shown(place)} declares `{self.found.cls.name}` without `{name}`",
            help=f"add {line}" if line else "",
            confidence=Confidence.LIKELY if name in _OPERATIONS else Confidence.CERTAIN,
            absent=True,
            indicator=self.entry.indicator,
        )

    def _differs(
        self, member: Member, functions: tuple[PythonFunction, ...], said: list[Said]
    ) -> Disagreement:
        assert member.entry is not None
        name = functions[0].name
        first = {"static": "", "class": "cls"}.get(member.kind, "self")
        line = signature_help(self.program, member.entry, name, first)
        wanted = line if member.kind != "attribute" else ""
        return Disagreement(
            place=member.place,
            item=self._item(member),
            message=f"{shown(functions[0].place)} {'; '.join(one.text for one in said)}",
            help=f"in the stub: {wanted}" if wanted else "",
            confidence=surest(one.confidence for one in said),
            indicator=self.entry.indicator,
        )

    def _item(self, member: Member) -> str:
        if member.entry is not None:
            return member.entry.rust_name
        return f"{self.entry.rust_name}::{member.name}"

    def _beyond(self, members: Members, cls: PythonClass) -> Iterator[Disagreement]:
        """Methods that the stub promises and the class does not have."""
        made = _making(cls)
        if made and not members.makeable and not _is_catch_all(made[0]):
            yield Disagreement(
                place=made[0].place,
                item=cls.name,
                message=f"Python cannot construct `{cls.name}`: it has no `#[new]`",
                help="remove the constructor from the stub, or write one in Rust",
                confidence=Confidence.LIKELY,
            )
        if not members.complete:
            return
        for name in dict.fromkeys(one.name for one in cls.functions):
            if name not in members.names and not name.startswith("__"):
                yield Disagreement(
                    place=cls.named(name)[0].place,
                    item=f"{cls.name}.{name}",
                    message=f"`{cls.name}` has no `{name}`: reading it raises an AttributeError",
                    help="remove it from the stub, or export it",
                )


def _making(cls: PythonClass) -> tuple[PythonFunction, ...]:
    """Its constructor: the one of the two that says more."""
    both = [made for made in (cls.named(name) for name in _MAKING) if made]
    both.sort(key=lambda made: _is_catch_all(made[0]))
    return both[0] if both else ()


def _is_catch_all(function: PythonFunction) -> bool:
    return len(function.arguments) <= 1 or any(
        one.kind in ("args", "kwargs") for one in function.arguments
    )


def _takes_self(function: PythonFunction) -> bool:
    first: PythonArgument | None = function.arguments[0] if function.arguments else None
    return first is not None and (first.name in _SELF or first.kind == "args")


def _may_be_left_out(member: Member) -> bool:
    """Private names, and what every object has."""
    name = member.name
    if name.startswith("__") and name.endswith("__"):
        return name not in _OPERATIONS
    return name.startswith("_")
