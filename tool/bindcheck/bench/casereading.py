"""Cases out of a TOML file: whatever is wrong with one is told with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes, arguments_of, as_whole, expanded, refuse_own_threads
from bindcheck.bench.chosen import chosen
from bindcheck.bench.samples import Argument, Case, Kind, Layout, Scalar, Steps
from bindcheck.bench.subjects import Selection, Subject, check_kernel, check_python
from bindcheck.bench.sweeps import BLANK, rows_of, swept
from bindcheck.bench.texts import argument_text
from bindcheck.config import nearest
from bindcheck.crate import TomlFile, parse_toml, read_toml
from bindcheck.errors import BindcheckError
from bindcheck.model import CoreApi

_KEYS = frozenset(
    {
        *("indicator", "kind", "sizes", "arguments", "python", "native"),
        *("kernel", "threads", "layout", "out", "seed"),
    }
)
_HEAD = re.compile(r"^[ \t]*\[\[[ \t]*case[ \t]*\]\]", re.MULTILINE)
_NUMBERS = "a list of whole numbers above 0, such as [100, 1e4]"
_MOST = 2**48
"""Values that no memory holds."""


def read_cases(program: Program, path: Path) -> Selection:
    """All cases of a file, checked against the crate; BindcheckError with path and line."""
    file = read_toml(path)
    for key in sorted(set(file.data) - {"case"}):
        near = nearest(key, ["case"]) or "; cases are written as [[case]]"
        raise BindcheckError(f"unknown key {key!r}{near}", path, file.line(key))
    entries = file.data.get("case")
    if not isinstance(entries, list) or not entries:
        raise BindcheckError("has no [[case]]", path, file.line("case"))
    places = list(_places(file, len(entries)))
    return Selection(
        tuple(
            one
            for at, entry in enumerate(entries)
            for one in _Entry(program, path, places[at], at + 1, entry).subjects()
        )
    )


_Place = tuple[TomlFile, int]
"""The part of a file that holds an entry, and how many lines there are before it."""


def _places(file: TomlFile, count: int) -> Iterator[_Place]:
    """The place of each entry; the whole file where they are not written as tables."""
    starts = [found.start() for found in _HEAD.finditer(file.text)]
    if len(starts) != count:
        yield from [(file, 0)] * count
        return
    for start, end in zip(starts, [*starts[1:], len(file.text)], strict=True):
        part = parse_toml(file.path, file.text[start:end])
        yield part, file.text.count("\n", 0, start)


class _Entry:
    """One `[[case]]`."""

    def __init__(self, program: Program, path: Path, place: _Place, number: int, table: Any):
        self.program = program
        self.path = path
        self.part, self.before = place
        self.number = number
        if not isinstance(table, dict):
            self.fail("is no table")
        self.table: dict[str, Any] = table

    def fail(self, message: str, *keys: str) -> NoReturn:
        """Refuse what stands at `keys`."""
        line = self.part.line("case", *keys)
        place = None if line is None else line + self.before
        raise BindcheckError(f"[[case]] {self.number}: {message}", self.path, place)

    def subjects(self) -> list[Subject]:
        """The case in all its sizes."""
        for key in sorted(set(self.table) - _KEYS):
            near = nearest(key, _KEYS) or f"; known are {', '.join(sorted(_KEYS))}"
            self.fail(f"unknown key {key!r}{near}", key)
        core = self._core()
        kind = Kind(self._word("kind", [one.value for one in Kind], None))
        base = self._base(core, kind)
        axes = Axes(
            sizes=self._sizes(),
            kernels=(base.kernel,),
            threads=(base.threads,),
            layouts=(base.layout,),
            outs=(base.out,),
        )
        subjects = [Subject(case, core) for case in expanded(base, axes)]
        self._check(subjects[0])
        return subjects

    def _base(self, core: CoreApi, kind: Kind) -> Case:
        arguments = self._arguments(core, kind)
        return Case(
            name="",
            indicator=core.name,
            kind=kind,
            rows=rows_of(arguments) if kind is Kind.BATCH else 1,
            cols=0,
            arguments=arguments,
            kernel=self._kernel(),
            threads=self._threads(core),
            layout=Layout(self._word("layout", [one.value for one in Layout], "contiguous")),
            out=self._flag("out"),
            seed=self._whole("seed", Axes().seed, 0),
        )

    def _check(self, subject: Subject) -> None:
        for check, key in ((check_kernel, "kernel"), (check_python, "indicator")):
            try:
                check(self.program, subject)
            except BindcheckError as error:
                self.fail(error.message, key)

    # --- members ---------------------------------------------------------------------------

    def _core(self) -> CoreApi:
        name = self._needed("indicator")
        if not isinstance(name, str):
            self.fail(f"indicator is {name!r}: write a name", "indicator")
        try:
            return chosen(self.program, [name])[0]
        except BindcheckError as error:
            self.fail(error.message, "indicator")

    def _needed(self, key: str) -> Any:
        if key not in self.table:
            self.fail(f"lacks {key!r}")
        return self.table[key]

    def _word(self, key: str, allowed: Collection[str], default: str | None) -> str:
        value = self._needed(key) if default is None else self.table.get(key, default)
        if value not in allowed:
            near = nearest(value, allowed) if isinstance(value, str) else ""
            self.fail(f"{key} is {value!r}: write {' or '.join(allowed)}{near}", key)
        return str(value)

    def _kernel(self) -> str | None:
        value = self.table.get("kernel")
        if value is not None and not isinstance(value, str):
            self.fail(f"kernel is {value!r}: write the name of one", "kernel")
        return value

    def _threads(self, core: CoreApi) -> int | None:
        if "threads" not in self.table:
            return None
        try:
            refuse_own_threads(core, "threads", "`{} = ..` in `arguments`")
        except BindcheckError as error:
            self.fail(error.message, "threads")
        return self._whole("threads", 1, 1)

    def _flag(self, key: str) -> bool:
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            self.fail(f"{key} is {value!r}: write true or false", key)
        return value

    def _whole(self, key: str, default: int, least: int) -> int:
        given = self.table.get(key, default)
        value = as_whole(given)
        if not _is_whole(value, least):
            self.fail(f"{key} is {given!r}: write a whole number from {least} on", key)
        return int(value)

    def _sizes(self) -> tuple[int, ...]:
        given = self._needed("sizes")
        sizes = [as_whole(one) for one in given] if isinstance(given, list) else []
        if not sizes or _too_many(given) or not all(_is_whole(one, 1) for one in sizes):
            self.fail(f"sizes is {given!r}: write {_NUMBERS}{_too_many(given)}", "sizes")
        return tuple(dict.fromkeys(sizes))

    # --- arguments -------------------------------------------------------------------------

    def _arguments(self, core: CoreApi, kind: Kind) -> tuple[Argument, ...]:
        """The arguments of the case. What one side gets besides must be what the other gets."""
        common = self._given("arguments", kind)
        python = common | self._given("python", kind)
        native = common | self._given("native", kind)
        if python != native:
            what = "grids" if kind is Kind.BATCH else "arguments"
            self.fail(
                f"the sides have different {what}: python {_described(python, kind)}, "
                f"native {_described(native, kind)}; a ratio of the two would mean nothing",
                "python" if "python" in self.table else "native",
            )
        try:
            found = arguments_of(self.program, core, kind, python, "`{} = ..` in `arguments`")
        except BindcheckError as error:
            self.fail(error.message, *self._blamed(error.message, python))
        return swept(core, found, 1) if kind is Kind.BATCH else found

    def _blamed(self, message: str, given: Mapping[str, Any]) -> tuple[str, ...]:
        """The argument that an error is about."""
        for table in ("python", "native", "arguments"):
            for name in given:
                if name in self.table.get(table, {}) and re.search(f"[`']{name}[`']", message):
                    return table, name
        return ("arguments",)

    def _given(self, key: str, kind: Kind) -> dict[str, Scalar | Steps]:
        table = self.table.get(key, {})
        if not isinstance(table, dict):
            self.fail(f"{key} is {table!r}: write {{ period = 30 }}, or a table", key)
        return {name: self._value(key, name, one, kind) for name, one in table.items()}

    def _value(self, key: str, name: str, value: Any, kind: Kind) -> Scalar | Steps:
        if value == BLANK:
            self.fail(
                f'{name} has no value yet: write one in place of "{BLANK}", or leave out the entry',
                key,
                name,
            )
        if not isinstance(value, list):
            if isinstance(value, (bool, int, float, str)):
                return value
            self.fail(f"{name} is {value!r}, which is no value of a parameter", key, name)
        numbers = [one for one in value if isinstance(one, (int, float)) and one is not True]
        if len(value) != 3 or len(numbers) != 3:
            self.fail(f"{name} is {value}, which is no sweep: write [start, stop, step]", key, name)
        if kind is Kind.SINGLE:
            self.fail(f"{name} is a sweep, which only a batch takes: write one value", key, name)
        return value[0], value[1], value[2]


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _too_many(given: Any) -> str:
    """The tail of a message where one of the sizes is more than any memory holds."""
    numbers = given if isinstance(given, list) else []
    large = [one for one in numbers if isinstance(one, int | float) and one >= _MOST]
    return f"; {large[0]:g} are more values than any memory holds" if large else ""


def _described(given: Mapping[str, Scalar | Steps], kind: Kind) -> str:
    arguments = tuple(Argument(name, value) for name, value in given.items())
    shown = ", ".join(map(argument_text, arguments)) or "defaults"
    return f"{rows_of(arguments)} rows ({shown})" if kind is Kind.BATCH else shown
