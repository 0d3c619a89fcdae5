"""Lines that export a binding which has come under a `cfg` since they were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.findings import Edit
from bindcheck.generate.adding import added
from bindcheck.generate.home import Home
from bindcheck.generate.register import Export
from bindcheck.model import Cfg, Function, Gated, Mod, Node, Use


@fact
class Line:
    """What exports a binding: where it begins, its predicates, and whether it can take more."""

    start: int
    cfg: tuple[Cfg, ...]
    free: bool


@fact
class Exporting:
    """The lines of a module: the statements of its function, the `use` declarations of its file."""

    home: Home
    source: bytes
    statements: Sequence[Node]
    uses: Sequence[Use]

    @classmethod
    def of(cls, program: Program, home: Home, source: bytes) -> Exporting:
        """The lines of the module that exports bindings."""
        body = program.body(home.ref) if isinstance(home.item, Function) else None
        statements = body.statements if body is not None else ()
        return cls(home, source, statements, program.modules[home.path].uses)

    def regated(self, exports: Iterable[Export]) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
        """The edits that put lines under gates, and what is told of those that need a hand."""
        edits: list[Edit] = []
        told: list[str] = []
        for one in exports:
            line = self._line(one.name) if one.gate else None
            if line is None or _is_under(line, one.gate):
                continue
            if line.free:
                edits.append(self._gated(line, one.gate))
            else:
                told.append(self._told(line, one))
        return tuple(edits), tuple(told)

    def _line(self, name: str) -> Line | None:
        item = self.home.item
        found = self._exported(item, name) if isinstance(item, Mod) else self._added(name)
        return next(iter(found), None)

    def _exported(self, item: Mod, name: str) -> Iterator[Line]:
        inside = (*item.scope, item.name)
        for use in self.uses:
            if use.name == name and use.scope == inside and use.attr("pymodule_export"):
                beside = [one for one in self.uses if one.statement == use.statement]
                free = len(beside) == 1 and use.attr("cfg") is None
                yield Line(use.statement.start, use.cfg, free)

    def _added(self, name: str) -> Iterator[Line]:
        for statement in self.statements:
            for found, is_path in added(statement):
                if found == name:
                    cfg = statement.cfg if isinstance(statement, Gated) else ()
                    # A name that is imported needs the gate on its import as well.
                    yield Line(statement.span.start, cfg, is_path and not cfg)

    def _gated(self, line: Line, gate: str) -> Edit:
        before = self.source[self.source.rfind(b"\n", 0, line.start) + 1 : line.start]
        indent = before[: len(before) - len(before.lstrip())].decode("utf-8")
        return Edit(self.home.path, line.start, line.start, f"#[cfg({gate})]\n{indent}")

    def _told(self, line: Line, one: Export) -> str:
        at = self.source.count(b"\n", 0, line.start) + 1
        return (
            f"left alone: `{one.name}` is there under `#[cfg({one.gate})]` alone: what exports it "
            f"has to be under that as well ({self.home.path}:{at})"
        )


def _is_under(line: Line, gate: str) -> bool:
    """Whether a line is under the predicates of a gate already."""
    flat = [inner for one in line.cfg for inner in (one.args if one.op == "all" else (one,))]
    inside = gate.removeprefix("all(").removesuffix(")") if gate.startswith("all(") else gate
    return _packed(inside) in _packed(",".join(map(str, flat)))


def _packed(text: str) -> str:
    return "".join(text.split())
