"""BC404: AVX-512 behind a gate for nightly compilers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.bindings.nightly_simd import STABLE_SINCE, NightlyGate, nightly_gate
from bindcheck.analysis.program import Program
from bindcheck.findings import Finding, Severity
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.example_crates import binding_crate
from bindcheck.rules.manifest_findings import example_manifest, moved_to

_BINDING = """
#[pyfunction]
fn doubled(x: f64) -> f64 {
    x + x
}
"""
_SUM = """
#[target_feature(enable = "avx512f")]
unsafe fn sum_avx512(data: &[f64]) -> f64 {
    let mut lanes = _mm512_setzero_pd();
    for chunk in data.chunks_exact(8) {
        lanes = _mm512_add_pd(lanes, _mm512_loadu_pd(chunk.as_ptr()));
    }
    _mm512_reduce_add_pd(lanes)
}
"""
_GATE = '#[cfg(all(feature = "nightly-simd", target_arch = "x86_64"))]'
_STABLE = '#[cfg(target_arch = "x86_64")]'


def _crate(gate: str, attribute: str = "", *, body: str = _SUM, more: str = "") -> str:
    use = f"\n{gate}\nuse std::arch::x86_64::*;\n"
    return attribute + binding_crate(_BINDING, "doubled", core=f"{use}\n{gate}{body}{more}")


def _manifest(features: str) -> tuple[tuple[str, str], ...]:
    return (("Cargo.toml", example_manifest('"0.29"', f"\n[features]\n{features}\n")),)


class ObsoleteNightlySimd(CrateRule):
    """AVX-512 code that only nightly compilers get to see, although stable Rust compiles it.

    ## What it does

    Reports a cargo feature or `cfg` flag that keeps functions with
    `#[target_feature(enable = "avx512..")]` for nightly compilers, and `#![feature(..)]` for what
    Rust 1.89 has made stable: the AVX-512 target features and their intrinsics. A flag counts when
    it turns on one of these compiler features or has `nightly` or `unstable` in its name. Reported
    once per crate, where the cargo feature is declared, else at the attribute, else at the first
    function; `avx512fp16` is left out.

    ## Why it matters

    Wheels are built with stable Rust: the fastest kernels of the crate are not in them, and nobody
    who installs the package can have them.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: without the gate the crate needs Rust 1.89, and code that uses other unstable
    features has to stay behind it.
    """

    code: ClassVar[str] = "BC404"
    name: ClassVar[str] = "obsolete-nightly-simd"
    summary: ClassVar[str] = "nightly gate around AVX-512, which is stable"
    severity: ClassVar[Severity] = Severity.ADVICE
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _crate(
                _GATE,
                '#![cfg_attr(feature = "nightly-simd", feature(stdarch_x86_avx512))]\n',
            ),
            "behind a cargo feature",
            _manifest("default = []\nnightly-simd = []"),
        ),
        Example(_crate("#[cfg(nightly)]"), "behind a flag that the build script sets"),
        Example(
            _crate(_STABLE, "#![feature(stdarch_x86_avx512, avx512_target_feature)]\n"),
            "a compiler feature that is none any more",
        ),
        Example(
            binding_crate(_BINDING, "doubled", core='\n#[cfg(feature = "nightly")]\nmod wide;\n'),
            "a whole module",
            (("src/wide.rs", f"use std::arch::x86_64::*;\n{_SUM}"),),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(_crate(_STABLE), "compiled by stable Rust"),
        Example(
            _crate('#[cfg(feature = "wide")]'),
            "a feature that a stable compiler can turn on",
            _manifest("wide = []"),
        ),
        Example(
            _crate(_GATE, body=_SUM.replace("avx512f", "avx512f,avx512fp16")),
            "half floats are not stable in 1.89",
        ),
        Example(
            _crate('#[cfg(not(feature = "nightly-simd"))]'),
            "the alternative for stable compilers",
        ),
        Example(
            _crate(_STABLE, "#![feature(portable_simd)]\n"),
            "another compiler feature",
        ),
    )

    def check(self, program: Program) -> Iterator[Finding]:
        """Yield a finding for the gate of the crate."""
        gate = nightly_gate(program)
        if gate is None:
            return
        finding = self.finding(
            program, gate.place, gate.flag or "feature", _message(gate), help=_help(program, gate)
        )
        places = program.crate.feature_places if program.crate is not None else {}
        declared = places.get(gate.flag) if gate.feature else None
        yield finding if declared is None else moved_to(finding, declared)


def _message(gate: NightlyGate) -> str:
    if not gate.flag:
        return f"AVX-512 needs no `#![feature]` since Rust {_release()}: stable compilers refuse it"
    count = f"{gate.wide} AVX-512 function{'s' if gate.wide > 1 else ''}"
    more = f" and {gate.narrow} for older instructions" if gate.narrow else ""
    since = f"which compiles them since {_release()}"
    return f"`{gate.flag}` keeps {count}{more} from stable Rust, {since}"


def _help(program: Program, gate: NightlyGate) -> str:
    oldest = program.crate.rust_version if program.crate is not None else None
    early = oldest is not None and oldest < STABLE_SINCE
    raised = f"raise `rust-version` to {_release()} and " if early else ""
    kept = ", ".join(f"`{name}`" for name in gate.unstable)
    rest = f"; what uses {kept} stays behind it" if kept else ""
    return f"{raised}drop the gate{rest}"


def _release() -> str:
    return f"{STABLE_SINCE.major}.{STABLE_SINCE.minor}"
