"""Facts about Python sources around an extension module: stubs, packages and tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bindcheck.fact import fact
from bindcheck.findings import Location

Chain = tuple[str, ...]
"""A dotted name by its parts, `("np", "add")`; an empty first part is any expression."""


class ArgumentKind(StrEnum):
    """How an argument is passed. The words are those of `SignatureArg.kind`."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL = "positional"
    KEYWORD = "keyword-only"
    ARGS = "args"
    KWARGS = "kwargs"


@fact
class PythonArgument:
    """A parameter of a function: texts of its default and its annotation, None where it has none.

    `optional` for a default that is left open (`...`) as well as for a written one.
    """

    name: str
    kind: ArgumentKind
    default: str | None = None
    annotation: str | None = None

    @property
    def optional(self) -> bool:
        """Whether a call may leave the argument out."""
        return self.default is not None or self.kind in (ArgumentKind.ARGS, ArgumentKind.KWARGS)


@fact
class PythonItem:
    """Something that a module or class declares, with the place of its name.

    `conditional` when it stands under an `if` or `try` that nothing here decides.
    """

    name: str
    place: Location
    conditional: bool


@fact
class PythonFunction(PythonItem):
    """A function or method. `arguments` are all that are written, `self` and `cls` among them.

    `decorators` are the dotted names (`staticmethod`, `typing.overload`, `x.setter`).
    """

    arguments: tuple[PythonArgument, ...] = ()
    decorators: tuple[str, ...] = ()
    returns: str | None = None

    def has(self, *names: str) -> bool:
        """Whether one of the decorators is called so, whatever module it comes from."""
        return any(one.rpartition(".")[2] in names for one in self.decorators)

    @property
    def is_property(self) -> bool:
        """Whether Python reads it like an attribute."""
        return self.has("property", "cached_property", "getter", "setter", "deleter")


@fact
class PythonVariable(PythonItem):
    """An assigned or annotated name; `value` is the dotted name it is an alias of, if it is one."""

    annotation: str | None = None
    value: Chain = ()


@fact
class PythonClass(PythonItem):
    """A class with what its body declares; `bases` are dotted names, `""` for an expression."""

    bases: tuple[str, ...] = ()
    functions: tuple[PythonFunction, ...] = ()
    variables: tuple[PythonVariable, ...] = ()
    classes: tuple[PythonClass, ...] = ()

    def named(self, name: str) -> tuple[PythonFunction, ...]:
        """Its functions of this name: several for overloads and for a property with a setter."""
        return tuple(one for one in self.functions if one.name == name)

    @property
    def items(self) -> tuple[PythonItem, ...]:
        """All that its body binds."""
        return (*self.functions, *self.variables, *self.classes)

    @property
    def names(self) -> frozenset[str]:
        """The names of all that its body binds."""
        return frozenset(one.name for one in self.items)


@fact
class PythonImport:
    """One name that an import binds.

    `import a.b as c` binds `c` to the module `a.b` (`name` empty); `import a.b` binds `a` to `a`.
    `from a import b as c` binds `c` to `b` of `a`; `name` is `*` for a star. `module` is absolute:
    relative imports are resolved. `lasting` tells whether it is an import of the module itself and
    not one inside a function.
    """

    bound: str
    module: str
    name: str = ""
    lasting: bool = True


@fact
class PythonCall:
    """A call of a dotted name.

    `positional` counts the arguments before any `*`; `open` when there is a `*` or `**`. `blank`
    are the arguments that are a plain `None`, by keyword or number. `refused` when the call stands
    in a block that expects an exception.
    """

    target: Chain
    positional: int
    keywords: tuple[str, ...]
    blank: frozenset[str | int]
    open: bool
    refused: bool
    line: int


@fact
class PythonScope:
    """The code of one function or method, of a class body, or of the module itself (empty name).

    `name` is qualified (`Class.method`); functions inside functions belong to the outer one.
    `handed` are the dotted names that it uses for something other than calling them, `compared`
    those that it compares or sets, and `strings` the names in its strings, each once. `fetched` are
    the names that it gets with `getattr`: from what, and the name as a regular expression. `made`
    are variables with what was called for their only value.
    """

    name: str
    handed: tuple[Chain, ...]
    calls: tuple[PythonCall, ...]
    strings: tuple[str, ...]
    fetched: tuple[tuple[Chain, str], ...] = ()
    made: tuple[tuple[str, Chain], ...] = ()
    compared: tuple[Chain, ...] = ()

    @property
    def uses(self) -> frozenset[Chain]:
        """The dotted names that it reads, to call them or otherwise."""
        return frozenset((*self.handed, *(call.target for call in self.calls)))


@dataclass(frozen=True, slots=True, eq=False)
class PythonFile:
    """Everything that one Python source or stub says. Each file is equal to itself alone.

    `module` is its dotted name, empty for a file that lies in no package. `public` is a literal
    `__all__`. `dynamic` when the module makes names that are not written out (`__getattr__`,
    `globals()`). `registered` are the entries that it makes in `sys.modules`: the name, and what
    answers to it.
    """

    path: str
    module: str
    is_stub: bool
    functions: tuple[PythonFunction, ...] = ()
    classes: tuple[PythonClass, ...] = ()
    variables: tuple[PythonVariable, ...] = ()
    imports: tuple[PythonImport, ...] = ()
    scopes: tuple[PythonScope, ...] = ()
    public: tuple[str, ...] | None = None
    dynamic: bool = False
    registered: tuple[tuple[str, Chain], ...] = ()

    @property
    def items(self) -> tuple[PythonItem, ...]:
        """All that it binds itself."""
        return (*self.functions, *self.classes, *self.variables)

    def named(self, name: str) -> tuple[PythonFunction, ...]:
        """Its functions of this name: several for overloads and for alternatives."""
        return tuple(one for one in self.functions if one.name == name)

    def class_named(self, name: str) -> PythonClass | None:
        """Its class of this name."""
        return next((one for one in self.classes if one.name == name), None)
