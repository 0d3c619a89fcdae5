"""How the types of facts are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fact(kind: type[T]) -> type[T]:
    """A slotted dataclass with a hash, frozen for the type checker.

    Facts are made by the hundred thousand, and a dataclass that is frozen at run time takes three
    to six times as long to make. Nothing assigns to a fact: mypy sees to that. Comparison is the
    same for all facts, which saves half of the time that making the class takes.
    """
    kind.__doc__ = kind.__doc__ or kind.__name__
    made: Any = dataclass(slots=True, eq=False, repr=False)(kind)
    made._compared = _reader([one.name for one in fields(made) if one.compare])
    made._shown = [one.name for one in fields(made) if one.repr]
    for name, method in _SHARED.items():
        if name not in kind.__dict__:
            setattr(made, name, method)
    return cast("type[T]", made)


def _reader(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Gives the values of some fields."""
    if not names:
        return lambda _: ()
    values = attrgetter(*names)
    return values if len(names) > 1 else lambda one: (values(one),)


def _equals(self: Any, other: Any) -> Any:
    if other is self:
        return True
    if other.__class__ is not self.__class__:
        return NotImplemented
    return type(self)._compared(self) == type(self)._compared(other)


def _hash(self: Any) -> int:
    return hash(type(self)._compared(self))


def _repr(self: Any) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
    return f"{type(self).__qualname__}({values})"


_SHARED = {"__eq__": _equals, "__hash__": _hash, "__repr__": _repr}

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(one, /, **changes):
        """`dataclasses.replace` for a fact, five times as fast."""
        made = type(one)(*_values(type(one))(one))
        for name, value in changes.items():
            setattr(made, name, value)
        return made


def field_names(kind: Any) -> tuple[str, ...]:
    """The names of the fields of a fact."""
    return _names(kind)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


@cache
def _values(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    return _reader(field_names(kind))


__all__ = ["fact", "field_names", "replace"]
