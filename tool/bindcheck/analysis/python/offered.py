"""Whether users of a package meet a binding under its own name, or under one that Python gives."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from bindcheck.analysis.bindings.module_objects import Names
from bindcheck.model.python import Chain, PythonFile, PythonImport
from bindcheck.model.words import Word
from bindcheck.python_side.calls import resolver_of
from bindcheck.python_side.resolving import Exported, Resolver
from bindcheck.python_side.side import PythonSide


class Offer(Enum):
    """How the Python code of the package has a binding.

    `OWN` for a public module that passes it on under the binding's own name, `OTHER` where the
    package has it under other names or in code of its own only, `NONE` where it does not name it.
    """

    OWN = "own"
    OTHER = "other"
    NONE = "none"


def is_private(module: str, names: Names) -> bool:
    """Whether a name of the extension lies in a module that is not for users."""
    return any(part.startswith("_") for part in (*module.split("."), *names[:-1]))


def offer_of(side: PythonSide, names: Names) -> Offer:
    """What the package makes of the binding that Python finds as `names` in the extension."""
    found = {_in_file(side, file, names) for file in _files(side, names)}
    return next((one for one in (Offer.OWN, Offer.OTHER) if one in found), Offer.NONE)


def _files(side: PythonSide, names: Names) -> Iterator[PythonFile]:
    """Modules of the package that have the name in their text, or all names of the extension."""
    word = Word(names[-1])
    for module, path in side.module_paths.items():
        inside = module.partition(".")[0] == side.layout.top
        if inside and (word.is_in(side.source(path)) or b"import *" in side.source(path)):
            file = side.runtime(module)
            if file is not None:
                yield file


def _in_file(side: PythonSide, file: PythonFile, names: Names) -> Offer:
    resolver = resolver_of(side)
    local = frozenset(_locals(resolver, file, names))
    used = any(Exported(names) in resolver.resolve(file, one) for one in _used(file, names[-1]))
    if names[-1] in local and _offers(file, names[-1], used=used):
        return Offer.OWN
    return Offer.OTHER if used or local else Offer.NONE


def _locals(resolver: Resolver, file: PythonFile, names: Names) -> Iterator[str]:
    """Names of the module that are the binding."""
    bound = [one.bound for one in file.imports if one.lasting and one.name != "*"]
    stars = [names[-1]] if any(_is_star(one) for one in file.imports) else []
    for name in dict.fromkeys((*bound, *(one.name for one in file.variables), *stars)):
        if Exported(names) in resolver.resolve(file, (name,)):
            yield name


def _is_star(one: PythonImport) -> bool:
    return one.lasting and one.name == "*"


def _used(file: PythonFile, name: str) -> Iterator[Chain]:
    """What the code of a module uses, but for what it only gives this name to."""
    passed = {one.value for one in file.variables if one.name == name}
    for scope in file.scopes:
        yield from scope.uses - (frozenset() if scope.name else passed)


def _offers(file: PythonFile, name: str, *, used: bool) -> bool:
    """Whether users are meant to find the name there.

    One that the module uses is there for itself, unless it takes all names.
    """
    if any(part.startswith("_") for part in file.module.split(".")):
        return False
    if file.public is not None:
        return name in file.public
    return any(map(_is_star, file.imports)) or not (used or name.startswith("_"))
