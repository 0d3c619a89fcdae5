//! Work whose duration depends on nothing but its amount.

/// One value follows from the other, so that nothing can be done ahead: `units` steps of some cycles each.
///
/// It begins when `seed` is known and is over, for everything that follows, when this returns.
#[must_use]
pub fn work(units: usize, seed: u64) -> u64 {
    let mut state = seed;
    for _ in 0..units {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state = std::hint::black_box(state);
    }
    wait();
    state
}

/// Waits until all that was begun is done: otherwise the next call would begin beside the end of this one.
#[cfg(target_arch = "x86_64")]
fn wait() {
    // SAFETY: every x86-64 CPU has the instruction, and it changes nothing but when things happen.
    unsafe { std::arch::x86_64::_mm_lfence() };
}

#[cfg(not(target_arch = "x86_64"))]
fn wait() {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}
