"""The copy in which a size can be set compiles, however the constant is spelled."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bindcheck.bench.thresholds import find_threshold
from bindcheck.testing import program_from

SPELLINGS = {
    "own_constant": "const T: usize = 9_000; n < T",
    "binding": "let t = 9_000; n < t",
    "narrow": "let t = 9_000u32; (n as u32) < t",
    "got": "n < got()",
    "got_first": "let t = got(); t > n",
    "floats": "(n as f64) < 2e4",
    "largest": "n < FROM.max(1000)",
    "quotient": "n / 1000 < 20",
    "shifted": "n >> 10 < 20",
    "method": "n.lt(&FROM)",
    "other_method": "!n.ge(&9_000)",
    "range_from": "!(9_000..).contains(&n)",
    "range_to": "(..FROM).contains(&n)",
    "range_between": "(0..9_000).contains(&n)",
    "matches_from": "!matches!(n, 9_000..)",
    "matches_to": "matches!(n, 0..=FROM)",
    "arms": "match n { 0..=19_999 => true, _ => false }",
    "typed_arms": "match n as u32 { 0..=19_999 => true, 20_000..=u32::MAX => false }",
    "constant_arms": "match n { 0..=FROM => true, _ => false }",
    "largest_arms": "match n { 0..=19_999 => true, 20_000..=usize::MAX => false, _ => false }",
    "number_first": "9_000 > n",
    "float_first": "2e4 > n as f64",
    "loaded": "n < SET.load(Relaxed)",
    "order": "n.cmp(&FROM).is_lt()",
    "order_first": "FROM.cmp(&n).is_gt()",
    "order_named": "n.cmp(&9_000) == std::cmp::Ordering::Less",
    "order_partly": "n.partial_cmp(&FROM) == Some(std::cmp::Ordering::Less)",
    "order_matched": "matches!(n.cmp(&FROM), std::cmp::Ordering::Less)",
    "order_function": "Ord::cmp(&n, &FROM).is_lt()",
    "order_arms": "match n.cmp(&FROM) { std::cmp::Ordering::Less => true, _ => false }",
    "method_first": "FROM.gt(&n)",
    "method_function": "usize::lt(&n, &FROM)",
    "difference": "n.checked_sub(FROM).is_none()",
    "difference_bound": "if let Some(_) = n.checked_sub(FROM) { false } else { true }",
    "difference_arms": "match n.checked_sub(9_000) { None => true, Some(_) => false }",
    "difference_zero": "n.saturating_sub(FROM) == 0",
    "logarithm": "n.ilog2() < 16",
    "logarithm_cast": "(n.ilog2() as usize) < 16",
    "logarithm_checked": "n.checked_ilog2().unwrap_or(0) < 16",
    "logarithm_order": "n.ilog2().cmp(&16).is_lt()",
    "root": "n.isqrt() < 100",
    "rounded_up": "n.div_ceil(1000) < 20",
    "shifted_out": "n >> 13 == 0",
    "quotient_method": "(n / 1000).lt(&20)",
    "largest_function": "n < usize::max(FROM, 1000)",
    "checked_limit": "n < FROM.checked_mul(2).unwrap()",
    "guarded": "!matches!(n, size if size >= FROM)",
    "checked_size": "n.checked_mul(61).map_or(false, |cells| cells < FROM)",
}
SOURCE = """\
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub const FROM: usize = 8_000;
pub static SET: AtomicUsize = AtomicUsize::new(8_000);

pub fn got() -> usize {
    let said = std::env::var("WAVE_FROM");
    said.ok().and_then(|text| text.parse().ok()).unwrap_or(8_000)
}

pub fn wave_NAME(data: &[f64]) -> bool {
    let n = data.len();
    let small = { SPELLING };
    if small {
        return false;
    }
    std::thread::scope(|_| true)
}
"""


@pytest.mark.cargo
@pytest.mark.parametrize("name", SPELLINGS)
def test_the_copy_compiles(name: str, tmp_path: Path) -> None:
    source = SOURCE.replace("NAME", name).replace("SPELLING", SPELLINGS[name])
    program = program_from({"src/lib.rs": source})
    [ref] = program.resolve((f"wave_{name}",), "src/lib.rs")
    found = find_threshold(program, ref).found
    assert found is not None
    changed = found.copy.content
    copy = tmp_path / "copy.rs"
    copy.write_bytes(changed)
    command = ["rustc", "--edition", "2021", "--crate-type", "lib", "--emit", "metadata"]
    done = subprocess.run(
        [*command, "--out-dir", str(tmp_path), str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
