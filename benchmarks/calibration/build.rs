//! Functions that nobody calls, before the one that is timed: a build of the same sources whose code lies elsewhere.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// How many there are; none where it is not set.
const LAYOUT: &str = "BINDCHECK_CALIBRATION_LAYOUT";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={LAYOUT}");
    let count = env::var(LAYOUT).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let folder = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&folder).join("layout.rs"), functions(count)).expect("it can be written there");
}

/// Each is longer than the one before by another amount, and none may be left out.
fn functions(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let steps =
            "    let x = x.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1;\n".repeat(1 + number * 5 % 7);
        let _ = writeln!(text, "#[inline(never)]\nfn unused_{number}(x: u64) -> u64 {{\n{steps}    x ^ {number}\n}}");
        let _ = writeln!(text, "#[used]\nstatic KEPT_{number}: fn(u64) -> u64 = unused_{number};");
    }
    text
}
