"""What holds for whatever core the generator meets, shown on cores made up at random.

BINDCHECK_EXAMPLES=500 tries more of them.
"""

from __future__ import annotations

import ast
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.generate.plan import State
from bindcheck.generate.regions import find_regions
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import Inputs, load
from bindcheck.parse import parse_snippet
from bindcheck.rustfmt import Formatter
from synthetic_cores import (
    Choice,
    Core,
    Output,
    Parameter,
    Series,
    bare,
    source,
    write_reference,
    write_strict,
)

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("BINDCHECK_EXAMPLES", "15"))

PLAIN = st.from_regex(r"\A[a-z][a-z0-9_]{0,11}\Z")
NAMES = st.one_of(
    *[PLAIN] * 5,
    st.sampled_from(
        [
            # Words of either language, and names that bindings use themselves.
            *("r#type", "r#match", "r#in", "r#fn", "lambda", "def", "class", "print", "self_"),
            *("py", "kernel", "out", "threads", "data", "data_slice", "values", "params", "input"),
            *("output", "stream", "dict", "rows", "combos", "sweep", "period", "period_range"),
            *("dst", "block", "open", "close", "volume", "first", "kern", "none", "np", "result"),
        ]
    ),
).filter(lambda name: name not in RUST_WORDS)
RUST_WORDS = {
    *("as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else"),
    *("enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop"),
    *("macro", "match", "mod", "move", "mut", "priv", "pub", "ref", "return", "self", "static"),
    *("struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use"),
    *("virtual", "where", "while", "yield", "abstract", "become", "override"),
}
DEFAULTS = {
    "usize": st.integers(1, 60).map(str),
    "u32": st.integers(0, 9).map(str),
    "i32": st.integers(-9, 9).map(str),
    "f64": st.floats(-9, 9, allow_nan=False).map(lambda value: repr(round(value, 3))),
    "bool": st.sampled_from(["true", "false"]),
    "String": st.sampled_from(['"ema"', '"sma 2"', '""', '"a\\"b"']),
}


CHOICES = st.builds(
    Choice,
    st.sampled_from(["Mode", "Way", "KindOfLine"]),
    st.sampled_from(
        [
            (("Slow", "slow"), ("Fast", "fast")),
            (("Only", "only"),),
            (("BothWays", "both_ways"), ("A1", "a1"), ("SMA", "sma")),
        ]
    ),
    st.sampled_from(["", "from_str", "as_str"]),
    st.booleans(),
)


@st.composite
def parameter(draw: st.DrawFn, name: str, kind: str) -> Parameter:
    """A parameter of a kind, with some default."""
    if kind != "choice":
        return Parameter(name, kind, draw(DEFAULTS[kind]))
    choice = draw(CHOICES)
    # Each its own enum: two of one name are none.
    choice = replace(choice, name=f"{choice.name}{len(name)}{name.title().replace('#', '')}")
    text = draw(st.sampled_from([text for _, text in choice.variants]))
    return Parameter(name, kind, f'"{text}"', choice)


@st.composite
def cores(draw: st.DrawFn, *, strict: bool) -> Core:
    """A core of any shape."""
    count, extra, results = (
        draw(st.sampled_from(COUNTS)),
        draw(st.sampled_from(EXTRAS)),
        draw(RESULTS),
    )
    names = draw(st.lists(NAMES, min_size=1 + count + extra + results, unique_by=bare, max_size=30))
    name, names = names[0], names[1:]
    series = [Series(one) for one in names[:count]]
    if draw(st.booleans()):
        series[0] = Series(series[0].name, "i64")
    for at in range(1, count):
        if draw(st.booleans()):
            series[at] = Series(series[at].name, optional=True)
    kinds = draw(
        st.lists(st.sampled_from([*sorted(DEFAULTS), "choice"]), min_size=extra, max_size=extra)
    )
    parameters = tuple(
        draw(parameter(one, kind))
        for one, kind in zip(names[count : count + extra], kinds, strict=True)
    )
    elements = st.sampled_from(["f64", "f64", "f64", "bool", "i8"])
    outputs = [Output(one, draw(elements)) for one in names[count + extra :][:results]]
    kernel = strict or draw(st.sampled_from([True, True, False]))
    forms = ["range", "combos", "split", "odd", ""] if results == 1 else ["range", "combos", ""]
    if results > 1 and all(one.element == "f64" for one in outputs):
        forms += ["rows", "taken", "planes"]
    taken = draw(st.sampled_from(TAKEN))
    return Core(
        name,
        tuple(series),
        parameters,
        tuple(outputs),
        kernel=kernel,
        grid=draw(st.sampled_from(["Result", "Vec", ""])) if not strict else "Result",
        ranges=draw(st.sampled_from(["all", "first"])),
        renamed=draw(st.sampled_from(["", "lookback"])),
        into=draw(st.sampled_from(forms)) if kernel else "",
        stream=draw(st.sampled_from(["option", "plain", ""])),
        strict=strict,
        taken=taken,
        plain=draw(st.booleans()),
        vectors=bool(taken) and draw(st.booleans()),
    )


TAKEN = ("", "", "", "ref", "value", "first", "option")
COUNTS = (1, 1, 1, 2, 3, 4, 6)
EXTRAS = (1, 1, 1, 2, 2, 3, 5, 0, 9)
RESULTS = st.sampled_from([1, 1, 1, 2, 3, 4, 6, 9])


@st.composite
def strict_cores(draw: st.DrawFn) -> Core:
    """A core for the strict style; half of them are of a kind that it takes."""
    core = draw(cores(strict=True))
    if draw(st.booleans()):
        return core
    series = tuple(Series(one.name, one.element) for one in core.series)
    numbers = tuple(one for one in core.parameters if one.kind in ("usize", "f64", "choice"))
    return Core(
        core.name,
        series,
        numbers,
        (Output("values"),),
        stream=core.stream and "option",
        strict=True,
        taken="" if core.taken == "option" else core.taken,
        plain=core.plain,
        vectors=core.vectors and core.taken != "option",
    )


class Written:
    """A crate with one made-up core, and what the generator did to it."""

    def __init__(self, core: Core, root: Path) -> None:
        self.core, self.root = core, root
        if core.strict:
            write_strict(root, (core,), REPOSITORY)
            self.crate = root / "indicators"
        else:
            write_reference(root, (core,))
            self.crate = root
        self.file = self.crate / "src" / f"{bare(core.name)}.rs"
        self.before = self.texts()
        self.result = self.run()
        self.after = self.texts()

    def load(self) -> tuple[Inputs, GenerateResult]:
        inputs, config = load(Options(paths=(self.crate / "src",)))
        assert inputs.crate is not None
        found = [core.name for core in inputs.program.cores if core.path == str(self.shown())]
        assert len(found) == 1, found
        request = Request((found[0],), Mode.WRITE)
        return inputs, generate(inputs.program, inputs.crate, config, inputs.sources, request)

    def shown(self) -> Path:
        here = Path.cwd()
        return self.file.relative_to(here) if self.file.is_relative_to(here) else self.file

    def run(self) -> GenerateResult:
        return self.load()[1]

    def texts(self) -> dict[str, str]:
        found = sorted(path for path in self.crate.rglob("*") if path.is_file())
        return {path.relative_to(self.crate).as_posix(): path.read_text() for path in found}

    def changed(self) -> set[str]:
        return {name for name, text in self.after.items() if self.before.get(name) != text}


def check_plan(written: Written) -> None:
    """Each piece is written or has one line that says why not; the exit status tells."""
    plans = [one for one in written.result.plans if one.state is not State.ABSENT]
    assert plans
    failed = [one for one in plans if one.state.failed]
    for one in failed:
        assert one.detail.startswith(("not known: ", "left alone: "))
        assert len(one.detail) > len("not known: ")
        assert "\n" not in one.detail
    assert {one.state for one in plans} <= {State.MISSING, State.LACKING, State.KEPT}
    assert written.result.status == (1 if failed else 0)
    lines = written.result.output.splitlines()
    assert len([one for one in lines if not one.startswith("also written: ")]) == len(plans)


def check_regions(written: Written) -> None:
    """The source holds the pieces that the plan says, formatted, and is otherwise untouched."""
    text = written.file.read_text()
    regions = find_regions(text, str(written.file))
    said = {one.piece for one in written.result.plans if one.state is State.MISSING}
    assert {region.key.rpartition("/")[2] for region in regions} == said - PYTHON
    rest = text
    for region in reversed(regions):
        rest = rest[: region.start] + rest[region.end :]
    assert "".join(rest.split()) == "".join(source(written.core).split())
    assert parse_snippet(text.encode()) == ()
    formatter = Formatter.find("2024" if written.core.strict else "2021")
    for region in regions:
        assert formatter.whole(region.body, written.file.parent) in (None, region.body)


PYTHON = {"register", "stub", "test"}


def check_python(written: Written) -> None:
    """Stub and test are Python; where nothing can be made, nothing is written."""
    for name in written.changed():
        if name.endswith((".py", ".pyi")):
            compile(ast.parse(written.after[name]), name, "exec")
    made = {one.piece for one in written.result.plans if one.state is State.MISSING}
    if not made:
        assert written.changed() == set()


def check_audit(written: Written) -> None:
    """The audit has nothing to say about what was generated."""
    inputs, config = load(Options(paths=(written.crate / "src",)))
    text = written.file.read_text()
    lines = [
        range(text.count("\n", 0, region.start) + 1, text.count("\n", 0, region.end) + 2)
        for region in find_regions(text, str(written.file))
    ]
    said = [
        f"{one.code} {one.message}"
        for one in audit(inputs, config).findings
        if Path(one.location.path).resolve() == written.file.resolve()
        and any(one.location.line in region for region in lines)
    ]
    assert not said, said


def check_again(written: Written) -> None:
    """A second run changes nothing; a run elsewhere gives the same."""
    again = written.run()
    assert again.status == written.result.status
    assert written.texts() == written.after
    for path in written.root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert Written(written.core, written.root).after == written.after


def check(core: Core) -> Written:
    with tempfile.TemporaryDirectory() as folder:
        written = Written(core, Path(folder).resolve())
        check_plan(written)
        check_regions(written)
        check_python(written)
        check_audit(written)
        check_again(written)
    return written


@pytest.fixture(scope="module", autouse=True)
def _room() -> None:
    """The audit makes room for deep recursion once; hypothesis wants no test to do so."""
    check(Core("warm_up"))


PROFILE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="BINDCHECK_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


ESCAPED = Core(
    name="a",
    series=(Series("a0", "f64"),),
    parameters=(Parameter("a1", "String", '"a\\"b"'),),
    outputs=(Output("b"),),
)


@PROFILE
@example(ESCAPED)
@given(cores(strict=False))
def test_any_core_in_the_style_of_a_reference(core: Core) -> None:
    check(core)


@settings(PROFILE, max_examples=max(EXAMPLES // 2, 1))
@given(strict_cores())
def test_any_core_in_strict_style(core: Core) -> None:
    check(core)
