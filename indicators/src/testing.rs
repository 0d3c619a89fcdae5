//! What the tests of several indicators share.

/// Not a number.
pub const NAN: f64 = f64::NAN;
/// Infinity.
pub const INF: f64 = f64::INFINITY;

/// A reproducible walk around 100.
pub fn walk(len: usize) -> Vec<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut price = 100.0;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        price += (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        price
    };
    std::iter::repeat_with(step).take(len).collect()
}

/// The bits of each value, all NaN being one.
pub fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| if value.is_nan() { NAN.to_bits() } else { value.to_bits() }).collect()
}
