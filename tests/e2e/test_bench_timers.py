"""The timers themselves, with calls of known cost: compiled without Python or a crate."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess

import pytest

from bindcheck.render import render

pytestmark = pytest.mark.cargo

MAIN = """
mod runtime;

use runtime::*;
use std::ffi::c_void;
use std::os::raw::c_int;
use std::time::Instant;

fn work(microseconds: u128) {
    let begin = Instant::now();
    while begin.elapsed().as_micros() < microseconds {}
}

/// Made in 200 microseconds, dropped in two milliseconds.
struct Result_;
impl Drop for Result_ {
    fn drop(&mut self) { work(2_000) }
}

unsafe extern "C" fn native(_: *mut c_void, lead: usize, calls: usize, retained: c_int) -> f64 {
    leg(lead, calls, retained != 0, |_: &Result_| false, || { work(200); Result_ })
}

// What Python would give: a call as long as the native one, whose result costs as much to give up.
static mut OBJECT: u8 = 0;
#[no_mangle]
extern "C" fn PyObject_Vectorcall(
    _: *mut c_void, _: *const *mut c_void, _: usize, _: *mut c_void,
) -> *mut c_void {
    work(200);
    (&raw mut OBJECT).cast()
}
#[no_mangle]
extern "C" fn Py_IncRef(_: *mut c_void) {}
#[no_mangle]
extern "C" fn Py_DecRef(_: *mut c_void) { work(2_000) }
#[no_mangle]
extern "C" fn PyCFunction_NewEx(_: *mut MethodDef, _: *mut c_void, _: *mut c_void) -> *mut c_void {
    std::ptr::null_mut()
}

fn main() {
    let arguments = [std::ptr::null_mut::<c_void>(); 2];
    // `PythonCall`: callable, arguments, how many are positional, names.
    let call: [usize; 4] = [0, arguments.as_ptr() as usize, 0, 0];
    let legs: [Leg; 2] = [bindcheck_python, native];
    let calls = [call.as_ptr() as *mut c_void, std::ptr::null_mut()];
    for retained in [0, 1] {
        // `Record`: times, processor times and page faults of both sides, interrupts.
        let mut found = [0f64; 7];
        let orders = [0u8];
        runtime::LATE.store(true, std::sync::atomic::Ordering::Relaxed);
        let failed = unsafe {
            bindcheck_blocks(
                legs.as_ptr(), calls.as_ptr(), 1, 3, retained, orders.as_ptr(), 1,
                found.as_mut_ptr().cast(),
            )
        };
        assert_eq!(failed, 0);
        println!("{:?}", &found[..4]);
    }
    // After an interrupted block, and with first calls that take long.
    for late in [false, true] {
        runtime::LATE.store(late, std::sync::atomic::Ordering::Relaxed);
        let mut found = [0f64; 7];
        let legs: [Leg; 2] = [slow_at_first, slow_at_first];
        let failed = unsafe {
            bindcheck_blocks(
                legs.as_ptr(), calls.as_ptr(), 1, 3, 0, [0u8].as_ptr(), 1,
                found.as_mut_ptr().cast(),
            )
        };
        assert_eq!(failed, 0);
        println!("{:?}", &found[..4]);
    }
    for retained in [0, 1] {
        let mut found = [[0f64; 7]; 9];
        let legs: [Leg; 2] = [large, large];
        let failed = unsafe {
            bindcheck_blocks(
                legs.as_ptr(), calls.as_ptr(), 0, 1, retained, [0u8; 9].as_ptr(), 9,
                found.as_mut_ptr().cast(),
            )
        };
        assert_eq!(failed, 0);
        // The allocator learns from the first ones.
        println!("{:?}", &found[8][4..6]);
    }
    // Calls that wait: on one core, where that is no time of theirs, and where others may help.
    for alone in [1, 0] {
        runtime::LATE.store(alone == 1, std::sync::atomic::Ordering::Relaxed);
        let mut turn = 0usize;
        let (before, legs): ([Leg; 1], [Leg; 1]) = ([free], [waits]);
        let mut time = [0f64; 1];
        let every = [(&mut turn as *mut usize).cast()];
        let failed = unsafe {
            bindcheck_after(
                before.as_ptr(), every.as_ptr(), legs.as_ptr(), every.as_ptr(), 1, 4, 1, alone,
                time.as_mut_ptr(),
            )
        };
        assert_eq!(failed, 0);
        let late = runtime::LATE.load(std::sync::atomic::Ordering::Relaxed);
        println!("{:?}", [time[0], late as u8 as f64, turn as f64]);
    }
    println!("{:?}", [middle(vec![900.0, 3.0, 1.0, 5.0, 0.0]), middle(vec![2.0]), middle(vec![])]);
}

unsafe extern "C" fn free(_: *mut c_void, lead: usize, calls: usize, retained: c_int) -> f64 {
    leg(lead, calls, retained != 0, |_: &()| false, || ())
}

/// Each call gives up the core for 20 milliseconds.
unsafe extern "C" fn waits(turn: *mut c_void, lead: usize, calls: usize, retained: c_int) -> f64 {
    let turn = &mut *turn.cast::<usize>();
    leg(lead, calls, retained != 0, |_: &()| false, || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        *turn += 1;
    })
}

/// A megabyte that is written.
unsafe extern "C" fn large(_: *mut c_void, lead: usize, calls: usize, retained: c_int) -> f64 {
    leg(lead, calls, retained != 0, |_: &Vec<u8>| false, || vec![1u8; 1 << 20])
}

unsafe extern "C" fn slow_at_first(
    _: *mut c_void, lead: usize, calls: usize, retained: c_int,
) -> f64 {
    let mut made = 0;
    leg(lead, calls, retained != 0, |_: &()| false, || {
        work(if made == 0 { 20_000 } else { 200 });
        made += 1;
    })
}
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[list[float]]:
    """Time and processor time (ns) of both sides: recycled, retained, at first, and later on."""
    if shutil.which("rustc") is None:
        pytest.skip("needs rustc")
    folder = tmp_path_factory.mktemp("timers")
    (folder / "main.rs").write_text("#![allow(warnings)]\n" + MAIN)
    (folder / "runtime.rs").write_text(
        render("bench/runtime.rs.j2", {})
        .replace("static LATE", "pub static LATE")
        .replace("fn middle(", "pub fn middle(")
    )
    command = ["rustc", "--edition", "2021", "-O", "main.rs"]
    subprocess.run(command, cwd=folder, check=True)
    printed = subprocess.run([folder / "main"], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_giving_up_what_was_recycled_belongs_to_the_call(records: list[list[float]]) -> None:
    assert min(records[0][:2]) > 2_000_000.0


def test_giving_up_what_was_retained_is_on_no_clock(records: list[list[float]]) -> None:
    """Of the time on the clock a neighbour may take any part: it has no upper bound."""
    a_ns, b_ns, a_cpu_ns, b_cpu_ns = records[1]
    assert min(a_ns, b_ns) >= 200_000.0
    assert 0.0 < max(a_cpu_ns, b_cpu_ns) < 600_000.0


def test_processor_time_is_that_of_the_calls_under_the_clock(records: list[list[float]]) -> None:
    """Before somebody interrupts, nothing looks at it after the untimed call: it is not known."""
    assert records[2][2:] == [0.0, 0.0]
    a_ns, b_ns, a_cpu_ns, b_cpu_ns = records[3]
    assert min(a_ns, b_ns) >= 200_000.0
    assert 0.0 < min(a_cpu_ns, b_cpu_ns) <= max(a_cpu_ns, b_cpu_ns) < 600_000.0


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_memory_is_used_again_unless_results_are_retained(records: list[list[float]]) -> None:
    """A megabyte has 256 pages, or fewer large ones."""
    recycled, retained = records[4:6]
    assert max(recycled) < 5.0
    assert min(retained) >= 1.0
    assert max(retained) <= 300.0


@pytest.mark.skipif(platform.system() != "Linux", reason="no processor time")
def test_a_call_after_another_has_no_time_of_others_on_its_core(records: list[list[float]]) -> None:
    alone, helped = (one[0] for one in records[6:8])
    assert 0.0 < alone < 10_000_000.0
    assert helped >= 20_000_000.0


def test_calls_after_others_are_as_many_as_wanted_and_leave_the_blocks_as_they_were(
    records: list[list[float]],
) -> None:
    assert [one[1:] for one in records[6:8]] == [[1.0, 5.0], [0.0, 5.0]]


def test_single_calls_that_took_long_do_not_count(records: list[list[float]]) -> None:
    assert records[8] == [3.0, 2.0, 0.0]
