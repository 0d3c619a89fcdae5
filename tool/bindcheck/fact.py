"""How the types of facts are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fact(kind: type[T]) -> type[T]:
    """A slotted dataclass with a hash, frozen for the type checker.

    Facts are made by the hundred thousand, and a dataclass that is frozen at run time takes three
    to six times as long to make. Nothing assigns to a fact: mypy sees to that. There are hundreds
    of facts, of which a run uses some: what makes, compares and describes one is written when it is
    first asked for, and comparison is the same for all.
    """
    return _slotted(kind, {"__hash__": _hash})


@dataclass_transform(field_specifiers=(field,))
def record(kind: type[T]) -> type[T]:
    """The same with fields that change, and without a hash."""
    return _slotted(kind, {"__hash__": None})


def _slotted(kind: type[T], shared: Mapping[str, object]) -> type[T]:
    own = vars(kind)
    names = tuple(own.get("__annotations__", ()))
    taken = {name for base in kind.__mro__[1:-1] for name in vars(base).get("__slots__", ())}
    namespace: dict[str, Any] = {"__eq__": _equals, "__repr__": _repr, **shared, **own}
    for name in (*names, "__dict__", "__weakref__"):
        namespace.pop(name, None)
    namespace["__doc__"] = kind.__doc__ or kind.__name__
    namespace["__slots__"] = tuple([name for name in names if name not in taken])
    namespace["__fact_fields__"] = {name: own.get(name, MISSING) for name in names}
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        namespace[name] = _OfDataclass(kind, name)
    metaclass: Any = type(kind)
    made = metaclass(kind.__name__, kind.__bases__, namespace)
    made.__qualname__ = kind.__qualname__
    made.__init__ = _late_init(made)
    made._compared = _late_reader(made)
    return cast("type[T]", made)


class _OfDataclass:
    """What `dataclasses` knows of a class, made when it is asked for it."""

    def __init__(self, kind: type, name: str):
        self._kind = kind
        self._name = name

    def __get__(self, one: object, owner: type) -> Any:
        known = vars(self._kind)
        if self._name not in known:
            dataclass(eq=False, repr=False, init=False)(self._kind)
        return known[self._name]


class _Part(NamedTuple):
    """A field of a fact; see `dataclasses.field`."""

    name: str
    default: Any
    factory: Any = MISSING
    init: bool = True
    compare: bool = True
    repr: bool = True


@cache
def _parts(kind: Any) -> tuple[_Part, ...]:
    """The fields of a fact, those of its bases first."""
    found: dict[str, _Part] = {}
    for base in reversed(kind.__mro__):
        for name, value in vars(base).get("__fact_fields__", {}).items():
            found[name] = _part(name, value)
    return tuple(found.values())


def _part(name: str, value: Any) -> _Part:
    if not isinstance(value, Field):
        return _Part(name, value)
    return _Part(name, value.default, value.default_factory, value.init, value.compare, value.repr)


_FEW = 16
"""Of most facts a short run makes fewer: to write their `__init__` would take longer."""


def _late_init(kind: Any) -> Callable[..., None]:
    """An `__init__` that sets the fields one by one, and after a few calls writes a faster one."""
    left = _FEW

    def first(self: Any, *args: Any, **given: Any) -> None:
        nonlocal left
        left -= 1
        if left > 0 and not given and _is_set(self, _parts(kind), args):
            return
        kind.__init__ = _written(kind)
        kind.__init__(self, *args, **given)

    return first


def _is_set(one: Any, parts: Sequence[_Part], values: Sequence[Any]) -> bool:
    """Set fields to values and the others to their defaults; False where there is more to do."""
    if len(values) > len(parts) or hasattr(type(one), "__post_init__"):
        return False
    for part, value in zip(parts, values, strict=False):
        setattr(one, part.name, value)
    rest = parts[len(values) :]
    for part in rest:
        setattr(one, part.name, part.default if part.factory is MISSING else part.factory())
    lacking = any(part.default is MISSING and part.factory is MISSING for part in rest)
    return not lacking and all(part.init for part in parts)


def _late_reader(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values that a fact is compared by, made when it is first called."""

    def first(one: Any) -> tuple[Any, ...]:
        kind._compared = _reader([part.name for part in _parts(kind) if part.compare])
        return cast("tuple[Any, ...]", kind._compared(one))

    return first


def _written(kind: type) -> Callable[..., None]:
    """What `dataclass` would have written."""
    known: dict[str, Any] = {"MISSING": MISSING}
    params, lines = ["self"], []
    for part in _parts(kind):
        name = part.name
        known[f"_{name}"] = part.default if part.factory is MISSING else part.factory
        if part.factory is not MISSING:
            params += [f"{name}=MISSING"] if part.init else []
            value = f"_{name}() if {name} is MISSING else {name}" if part.init else f"_{name}()"
        else:
            params += [name if part.default is MISSING else f"{name}=_{name}"] if part.init else []
            value = name if part.init else f"_{name}"
        if part.init or known[f"_{name}"] is not MISSING:
            lines.append(f"self.{name} = {value}")
    lines += ["self.__post_init__()"] if hasattr(kind, "__post_init__") else []
    text = f"def __init__({', '.join(params)}):\n  " + "\n  ".join(lines or ["pass"])
    made: dict[str, Any] = {}
    exec(text, known, made)
    return cast("Callable[..., None]", made["__init__"])


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
    kind: Any = type(self)
    shown = (part.name for part in _parts(kind) if part.repr)
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({values})"


if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(one, /, **changes):
        """`dataclasses.replace` for a fact, five times as fast."""
        made = type(one)(*_values(type(one))(one))
        for name, value in changes.items():
            setattr(made, name, value)
        return made


def is_fact(kind: type) -> bool:
    """Whether values of a type are facts, or instances of another dataclass."""
    return hasattr(kind, "__fact_fields__") or hasattr(kind, "__dataclass_fields__")


def field_names(kind: Any) -> tuple[str, ...]:
    """The names of the fields of a fact, or of another dataclass."""
    return _names(kind)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    if hasattr(kind, "__fact_fields__"):
        return tuple(part.name for part in _parts(kind))
    return tuple(one.name for one in fields(kind))


@cache
def _values(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    return _reader(field_names(kind))


__all__ = ["fact", "field_names", "is_fact", "record", "replace"]
