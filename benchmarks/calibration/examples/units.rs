//! Prints how long one unit of planted work takes, in nanoseconds: the slope between two amounts.

use std::hint::black_box;
use std::time::Instant;

use bindcheck_calibration::work::work;

const SHORT: usize = 20_000;
const LONG: usize = 60_000;

fn took(units: usize) -> f64 {
    let begin = Instant::now();
    black_box(work(black_box(units), 1));
    begin.elapsed().as_secs_f64() * 1e9
}

fn main() {
    // Whatever disturbs makes it longer: the shortest of many is the undisturbed one.
    let shortest = |units| (0..200).map(|_| took(units)).fold(f64::INFINITY, f64::min);
    println!("{:.6}", (shortest(LONG) - shortest(SHORT)) / (LONG - SHORT) as f64);
}
