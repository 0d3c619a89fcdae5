"""Measurements as the engine hands them over, made from numbers."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.outcome import Outcome
from bindcheck.bench.samples import (
    NATIVE,
    PYTHON,
    Argument,
    Block,
    Case,
    Kind,
    Layout,
    Measurement,
    Process,
    Provenance,
    Session,
    State,
)
from bindcheck.fact import replace

PROVENANCE = Provenance(
    cpu="A processor",
    cores=2,
    governor="performance",
    kernel="Linux 6.1",
    python="3.11.2",
    numpy="2.4.0",
    rustc="1.90.0",
    bindcheck="0.1.0",
    crate="indicators",
    crate_version="1.2.3",
    commit="a" * 40,
    dirty=False,
    source_hash="0" * 16,
    profile="release",
    rustflags="",
    features=("python",),
)


def case(cols: int = 1000, rows: int = 1, name: str = "", **changes: object) -> Case:
    made = Case(
        name=name or f"kama/{'single' if rows == 1 else 'batch'}/{cols}",
        indicator="kama",
        kind=Kind.SINGLE if rows == 1 else Kind.BATCH,
        rows=rows,
        cols=cols,
        arguments=(Argument("period", 30),),
        kernel="auto",
        threads=None,
        layout=Layout.CONTIGUOUS,
        out=False,
        seed=1,
    )
    return replace(made, **changes)


@dataclass
class Maker:
    """Noise is a share of the call's time: of a process as a whole, and of a block."""

    random: random.Random = field(default_factory=lambda: random.Random(20260101))
    bias: float = 0.0005
    noise: float = 0.003
    blocks: int = 20
    preempted: float = 0.0
    drift: float = 0.0

    def process(
        self, one: Case, a_ns: float, b_ns: float, index: int = 0, **times: float
    ) -> Process:
        draw = self.random.gauss
        bias = draw(0.0, self.bias)
        blocks = []
        for number in range(self.blocks):
            drift = 1.0 + self.drift * number / self.blocks
            a = a_ns * drift * (1.0 + bias + draw(0.0, self.noise))
            b = b_ns * drift * (1.0 + draw(0.0, self.noise))
            if self.random.random() < self.preempted:
                hit = 1.0 + self.random.expovariate(1 / 0.3)
                a, b = self.random.choice(((a * hit, b), (a, b * hit)))
            blocks.append(Block("ABBA", 10, a, b, False))
        return Process(
            index=index,
            pid=100 + index,
            blocks=tuple(blocks),
            empty_a_ns=30.0,
            empty_b_ns=2.0,
            faults_a=0.0,
            faults_b=0.0,
            huge_pages="madvise",
            warmup_calls=10,
            stable=True,
            core=1,
            cells=(one.cells, one.cells),
            copy_bytes=8 * one.cells,
            **{"copy_ns": 0.0, **times},
        )

    def measurement(
        self,
        one: Case,
        a_ns: float,
        b_ns: float,
        sides: tuple[str, str] = (PYTHON, NATIVE),
        processes: int = 5,
        **times: float,
    ) -> Measurement:
        made = [self.process(one, a_ns, b_ns, index, **times) for index in range(processes)]
        return Measurement(one, sides, State.RECYCLED, tuple(made))

    def session(self, measurements: Sequence[Measurement], **changes: object) -> Session:
        made = Session(
            provenance=PROVENANCE,
            started="2026-01-01T12:00:00+00:00",
            budget_s=None,
            interrupted=False,
            measurements=tuple(measurements),
            phases=(),
            failures=(),
            notes=(),
        )
        return replace(made, **changes)

    def outcome(
        self, overhead: float = 1.02, started: str = "2026-01-01T12:00:00+00:00", **changes: str
    ) -> Outcome:
        """Single calls of two sizes with their controls; `changes` are those of the provenance."""
        made = []
        for cols in (1000, 10_000):
            native = 4.0 * cols
            for sides, a_ns in (
                ((PYTHON, NATIVE), native * overhead),
                ((PYTHON, PYTHON), native),
                ((NATIVE, NATIVE), native),
            ):
                made.append(self.measurement(case(cols), a_ns, native, sides))
        session = self.session(made, started=started)
        found = evaluate(session)
        return replace(found, provenance=replace(PROVENANCE, **changes))


@pytest.fixture
def maker() -> Maker:
    return Maker()


MakeCase = Callable[..., Case]


@pytest.fixture
def make_case() -> MakeCase:
    return case


BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """The scripts of `benchmarks/`, which import each other by their names."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def marks(benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return benchmarks("calibration_marks")


@pytest.fixture
def series(benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return benchmarks("calibration_series")


@pytest.fixture
def script(benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return benchmarks("bench_calibration")
