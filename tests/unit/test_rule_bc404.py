"""BC404: which gates keep AVX-512 for nightly compilers, and what is said about them."""

from __future__ import annotations

import pytest

from bindcheck.analysis.bindings.nightly_simd import nightly_gate
from bindcheck.findings import Finding
from bindcheck.rules.bc404_obsolete_nightly_simd import ObsoleteNightlySimd
from bindcheck.rules.manifest_findings import example_manifest
from bindcheck.testing import audit_source, program_from

GATE = '#[cfg(all(feature = "nightly-avx", target_arch = "x86_64"))]\n'


def function(name: str, enabled: str, gate: str = GATE) -> str:
    return f'{gate}#[target_feature(enable = "{enabled}")]\nunsafe fn {name}() {{}}\n'


def reported(code: str, files: dict[str, str] | None = None) -> list[Finding]:
    return list(audit_source(code, [ObsoleteNightlySimd()], files=files).findings)


def test_functions_behind_the_gate_are_counted() -> None:
    code = "".join(function(f"f{i}", "avx512f,avx512dq,fma") for i in range(3))
    code += function("older", "avx2,fma") + function("half", "avx512f,avx512fp16")
    code += function("open", "avx512f", "") + '#[cfg(feature = "nightly-avx")]\nfn plain() {}\n'
    [finding] = reported(code)
    assert "3 AVX-512 functions and 1 for older instructions" in finding.message
    assert finding.item == "nightly-avx"
    assert finding.location.line == 3


def test_the_gate_around_most_functions_is_named() -> None:
    other = '#[cfg(feature = "unstable")]\n'
    gate = nightly_gate(
        program_from(
            {
                "src/lib.rs": function("a", "avx512f", other)
                + function("b", "avx512f")
                + function("c", "avx512f")
            }
        )
    )
    assert gate is not None
    assert (gate.flag, gate.feature, gate.wide) == ("nightly-avx", True, 2)


def test_a_gate_that_turns_on_the_compiler_feature_needs_no_telling_name() -> None:
    gated = '#![cfg_attr(feature = "wide", feature(avx512_target_feature, portable_simd))]\n'
    [finding] = reported(gated + function("f", "avx512f", '#[cfg(feature = "wide")]\n'))
    assert finding.item == "wide"
    assert finding.location.line == 1
    assert "`portable_simd`" in finding.help


def test_the_manifest_tells_where_the_feature_is_and_which_compiler_is_the_oldest() -> None:
    manifest = example_manifest('"0.29"', "[features]\ndefault = []\nnightly-avx = []\n")
    manifest = manifest.replace('edition = "2021"', 'edition = "2021"\nrust-version = "1.75"')
    [finding] = reported(function("f", "avx512f"), {"Cargo.toml": manifest})
    assert finding.location.path.endswith("Cargo.toml")
    assert manifest.splitlines()[finding.location.line - 1] == "nightly-avx = []"
    assert finding.help.startswith("raise `rust-version` to 1.89 and drop the gate")


@pytest.mark.parametrize(
    "code",
    [
        function("f", "avx2"),
        function("f", "avx512f", '#[cfg(not(feature = "nightly-avx"))]\n'),
        function("f", "avx512f", '#[cfg(feature = "simd")]\n'),
        '#![feature(portable_simd)]\n#[cfg(feature = "nightly")]\nfn f() {}\n',
        '// #![feature(stdarch_x86_avx512)]\nfn f() -> &\'static str { "avx512" }\n',
    ],
)
def test_other_gates_are_silent(code: str) -> None:
    assert not reported(code)
