//! Work whose duration depends on nothing but its amount.

/// One value follows from the other, so that nothing can be done ahead: `units` steps of some cycles each.
///
/// It begins when all that came before is done, and is over, for everything that follows, when this returns.
/// Never inlined, so that the bindings and the program that measures a unit run the same instructions.
#[must_use]
#[inline(never)]
pub fn work(units: usize, seed: u64) -> u64 {
    wait();
    let mut state = seed;
    for _ in 0..units {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state = std::hint::black_box(state);
    }
    wait();
    state
}

/// Waits until all that was begun is done: otherwise work would begin beside the end of what came before, and what
/// follows beside the end of the work. A processor hides 15 ns of 30 in that way.
#[cfg(target_arch = "x86_64")]
fn wait() {
    // SAFETY: every x86-64 CPU has the instruction, and it changes nothing but when things happen.
    unsafe { std::arch::x86_64::_mm_lfence() };
}

#[cfg(not(target_arch = "x86_64"))]
fn wait() {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}
