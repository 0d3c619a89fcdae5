"""What a binding asks, and what it is called: what a new body takes over as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bindcheck.fact import fact
from bindcheck.generate.arguments import SeriesArgument
from bindcheck.generate.context import Facts, local_names
from bindcheck.generate.held.evidence import COLS, COMBOS, CONVERTED, ROWS, SWEEP, Evidence
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.known import functions_of
from bindcheck.generate.held.remarks import above
from bindcheck.generate.held.statements import given_for, raised
from bindcheck.generate.held.symbols import Code, Kernel
from bindcheck.generate.held.texts import (
    OURS,
    is_view,
    unwrapped,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    CoreFunction,
    Match,
    MethodCall,
    Param,
)

_LATE = frozenset({ROWS, COLS, COMBOS, SWEEP})


@fact
class Asked:
    """A binding that is read: its arguments, its checks, how its kernel is named."""

    held: HeldFunction
    facts: Facts
    series: tuple[SeriesArgument, ...]
    evidence: Evidence

    def refuse_doubts(self) -> None:
        """Raise where a new body would not do what this one does."""
        if self.evidence.doubts:
            raise self.evidence.doubts[0]

    @property
    def names(self) -> tuple[str, ...]:
        """What the arguments are called."""
        return tuple(one.name for one in self.held.arguments)

    @property
    def local(self) -> dict[str, str]:
        """Names for the variables of templates."""
        return local_names((*self.names, *self.evidence.named))

    @property
    def types(self) -> dict[str, str]:
        """The types of the arguments that mean the same throughout the body."""
        gone = set(self.evidence.named)
        plain = ((one.name, one.type) for one in self.plain() if one.name not in gone)
        return {name: kind.text for name, kind in plain if kind is not None}

    @property
    def columns(self) -> str:
        """The number of columns that a new body has by itself: the length of the first array."""
        found = (one for one in self.series if not one.optional)
        return next((f"{one.slice}.len()" for one in found), "")

    def plain(self) -> tuple[Param, ...]:
        """The arguments that are neither arrays nor the name of a kernel."""
        arrays = {one.name for one in self.series}
        kernel = self.kernel_argument()
        return tuple(
            one for one in self.held.arguments if one.name not in arrays and one.name != kernel
        )

    # --- checks ------------------------------------------------------------------------------

    def checks(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """What the body refuses before the core is called, and the names that the checks use."""
        early = self._guards()[0]
        return tuple(map(self._without_gil, early)), frozenset().union(*(c.uses for c in early))

    def late_checks(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """What the body refuses once the combinations are listed, and the names used."""
        late = self._guards()[1]
        return tuple(map(self._without_gil, late)), frozenset().union(*(c.uses for c in late))

    def _without_gil(self, guard: Code) -> str:
        """The text of a check; a variable that was computed without the interpreter still is."""
        name, equals, made = guard.text.partition(" = ")
        if guard.text not in self.evidence.apart or not made.endswith(";"):
            return guard.text
        value = Code(made.removesuffix(";"), guard.uses)
        return f"{name}{equals}{self._released(value)};"

    def late_setup(self, setup: Sequence[str]) -> tuple[str, ...]:
        """The statements among `setup` that use a variable of the late checks."""
        late = [one.text for one in self._guards()[1]]
        names = [found[1] for text in late if (found := re.match(r"let (?:mut )?(\w+)", text))]
        used = re.compile(rf"\b(?:{'|'.join(names)})\b") if names else None
        return tuple(one for one in setup if used is not None and used.search(one))

    def _guards(self) -> tuple[Sequence[Code], Sequence[Code]]:
        """The checks before the first that is about the grid, and those from there on."""
        guards = self.evidence.guards
        first = next((at for at, one in enumerate(guards) if self._is_late(one)), len(guards))
        return guards[:first], guards[first:]

    def _is_late(self, guard: Code) -> bool:
        """Whether a check is about the grid, or comes after what is raised without one."""
        listed, places = self.evidence.listed_at, self.evidence.places
        return bool(guard.uses & _LATE) or (listed is not None and places[guard.text] > listed)

    def remarked(self, lines: Iterable[str]) -> tuple[str, ...]:
        """Statements, those that the body has as well with the comments that stand above them."""
        places, source = self.evidence.places, self.held.source
        return tuple(
            (above(source, places[line]) if line in places else "") + line for line in lines
        )

    def mapping(self) -> str:
        """What makes exceptions of the core's errors, where that is not our own way."""
        found = {text for text in self.evidence.mapped if not OURS.fullmatch(text)}
        if len(found) > 1:
            raise Lacking(f"one way in which `{self.held.function.name}` tells of errors")
        return found.pop() if found else ""

    def listing(self) -> str:
        """What makes exceptions where combinations cannot be listed, if not our own way."""
        found = self.evidence.listing
        return self._converting() if found == CONVERTED else found

    def _converting(self) -> str:
        """What `?` does by itself."""
        own = self.held.made_of(one.name for one in self.evidence.calls)
        return f"{own or 'pyo3::PyErr'}::from"

    def raising(self, function: CoreFunction) -> str:
        """What makes exceptions of the errors of one call; the body may leave that to `?`."""
        if not function.fallible or self.evidence.mapped:
            return self.mapping()
        if self.evidence.converted or self.evidence.bare:
            return self._converting()
        for node in self.held.body.walk():
            maps = isinstance(node, MethodCall) and node.method == "map_err"
            if maps or (isinstance(node, Match) and any(map(raised, node.arms))):
                return ""
        fact = f"what `{self.held.function.name}` makes of errors"
        raise self.held.lacking(fact, *(one.name for one in self.evidence.calls))

    # --- kernels -----------------------------------------------------------------------------

    def kernel_argument(self) -> str:
        """The argument that names a kernel; empty: there is none."""
        if self.evidence.kernel:
            return self.evidence.kernel
        return "kernel" if "kernel" in self.names else ""

    def kernel(self, function: CoreFunction, *, batch: bool) -> str:
        """The call that reads the name of a kernel; empty where Python and the core have none."""
        name = self.kernel_argument()
        if not name:
            wanted = "kernel" in function.roles
            return f"{self.facts.kernel_type(function)}::Auto" if wanted else ""
        call = self.facts.validator(batch=batch, argument=self._kernel_name(name))
        misread = self.evidence.misread
        return f"{call.removesuffix('?')}.map_err({misread})?" if misread else call

    def _kernel_name(self, argument: str) -> str:
        """What is read as the name of a kernel: `kernel`, `Some(kernel)`, .."""
        read = self.evidence.kernel_names
        if len(read) > 1:
            raise Lacking(f"one name of a kernel that `{self.held.function.name}` reads")
        if read:
            return next(iter(read))
        given = next(one for one in self.held.arguments if one.name == argument)
        owned = given.type is not None and "String" in given.type.names()
        return f"{argument}.as_deref()" if owned else argument

    def single_kernel(self) -> tuple[str, frozenset[str]]:
        """The expression for the kernel of one call, where it is more than what an argument names.

        Also the names that it uses. Empty where the argument or the core decides alone.
        """
        found = set()
        for called in self.evidence.calls:
            function = functions_of(self.facts.core)[called.name]
            found |= {a for r, a in zip(function.roles, called.args, strict=False) if r == "kernel"}
        symbol = found.pop() if len(found) == 1 else None
        if isinstance(symbol, Kernel) or (symbol is None and not found):
            return "", frozenset()
        if not isinstance(symbol, Code):
            chosen = given_for(self.held.body, functions_of(self.facts.core), "kernel")
            raise self.held.lacking_of(f"the kernel of `{self.held.function.name}`", chosen)
        plain = symbol.text.endswith("::Auto") and not self.evidence.kernel
        return ("", frozenset()) if plain else (symbol.text, symbol.uses)

    def _released(self, made: Code) -> str:
        """What makes a series; what ran beside the core, without the interpreter, still does."""
        text = made.text if is_view(made) else unwrapped(made.text.removeprefix("&"))
        if text.endswith((">().as_slice()", ".to_vec().as_slice()")):
            text = text.removesuffix(".as_slice()")
        raised = f".map_err(|error| {self._error}::new_err(error.to_string()))?"
        if re.match(r"py\b", text) or not text.endswith(raised):
            return text
        return f"py.{self.facts.style.release}(|| {text.removesuffix(raised)}){raised}"

    @property
    def _error(self) -> str:
        return self.facts.names.external()["PyValueError"]
