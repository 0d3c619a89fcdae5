"""What Python sees of a binding that keeps its interface: its declaration, and how it is called."""

from __future__ import annotations

from bindcheck.fact import fact
from bindcheck.generate.context import Facts
from bindcheck.generate.declared import kept_class
from bindcheck.generate.declared_dict import function_entry
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import with_result
from bindcheck.generate.held.parsed import Held, held_of
from bindcheck.generate.kept_batch import BatchCall, batch_call
from bindcheck.generate.kept_interface import KeptClass, KeptFunction, entry_in
from bindcheck.generate.kept_single import KeptCase, kept_case
from bindcheck.generate.kept_stream import StreamCall, stream_call
from bindcheck.generate.lacking import Lacking

Declared = KeptFunction | KeptClass | Lacking
Called = KeptCase | BatchCall | StreamCall | Lacking


@fact
class Viewed:
    """Which views are wanted: `stubs` declare bindings, `tests` call them."""

    stubs: bool
    tests: bool


@fact
class KeptView:
    """One binding as Python sees it, or what is lacking; `unread` is why nothing is known of it.

    None is what was not asked for.
    """

    unread: Lacking | None = None
    in_stub: Declared | None = None
    in_test: Called | None = None

    def declared(self) -> KeptFunction | KeptClass:
        """How a stub declares it."""
        assert self.unread is not None or self.in_stub is not None, "stubs were not asked for"
        found = self.unread or self.in_stub
        if isinstance(found, Lacking):
            raise found
        assert found is not None
        return found

    def called(self) -> Called:
        """How a test calls it, or why none does. Raises where nothing is known of the binding."""
        if self.unread is not None:
            raise self.unread
        assert self.in_test is not None, "tests were not asked for"
        return self.in_test


def view_of(facts: Facts, piece: str, text: str | None, key: str, viewed: Viewed) -> KeptView:
    """The view of a piece with this text, in the region `key`."""
    try:
        if text is None:
            raise Lacking(f"how to call the {piece}, which stays as it is written by hand")
        held = held_of(text, key)
    except Lacking as lacking:
        return KeptView(lacking)
    return KeptView(
        in_stub=_declared(facts, piece, held) if viewed.stubs else None,
        in_test=_called(facts, piece, held) if viewed.tests else None,
    )


def _declared(facts: Facts, piece: str, held: Held) -> Declared:
    try:
        if isinstance(held, HeldClass):
            return kept_class(facts, held)
        entry = entry_in(facts, piece, held)
        return function_entry(facts, piece, entry, with_result(facts, held))
    except Lacking as lacking:
        return lacking


def _called(facts: Facts, piece: str, held: Held) -> Called:
    try:
        if piece == "single":
            if isinstance(held, HeldClass):
                raise Lacking("a function for one call")
            return kept_case(facts, held)
        return stream_call(facts, held) if isinstance(held, HeldClass) else batch_call(facts, held)
    except Lacking as lacking:
        return lacking
