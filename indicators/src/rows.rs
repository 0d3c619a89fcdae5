//! The rows of a batch, handed out to threads.
//!
//! Threads are scoped and live for one call. A persistent pool would have to be rebuilt after `fork`, when its threads
//! are gone and its locks are in an unknown state; here there is nothing to rebuild. Helpers start only when the rows
//! that are left are worth the start. The calling thread is the one that looks at an interrupt, also while it waits for
//! the helpers, and tells them.

use std::mem::{MaybeUninit, take};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crate::buffer::assume_written;
use crate::error::CallError;
use crate::interrupt::{Meter, check, watched};

/// No call starts more threads than this for each core, whatever it is asked for: the thread that looks at an interrupt
/// gets its turn as one of them.
const THREADS_PER_CORE: usize = 4;
/// Work below this is done before a helper thread has started.
const WORTH_A_THREAD: Duration = Duration::from_micros(200);
/// How often a thread that waits for others looks at an interrupt.
const LOOK: Duration = Duration::from_millis(10);
/// Rows that one register holds in its lanes: threads take groups of them where that is possible.
pub const LANES: usize = 8;

/// The number of threads to use: `requested`, or for 0 as many as the CPU affinity and quota of this process allow.
fn thread_count(requested: usize) -> usize {
    // Finding out takes microseconds.
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    match requested {
        0 => cores(),
        1..=THREADS_PER_CORE => requested,
        _ => requested.min(cores() * THREADS_PER_CORE),
    }
}

/// Writes a matrix of rows of `cols` values, up to [`LANES`] consecutive rows per call of `write`.
///
/// `write` gets the index of its first row and the memory of its rows, and returns that memory as proof. The first error
/// ends the batch, and so does an interrupt.
pub fn write_rows<'o, E: Send + From<CallError>>(
    threads: usize,
    cols: usize,
    dst: &'o mut [MaybeUninit<f64>],
    write: impl for<'r> Fn(usize, &'r mut [MaybeUninit<f64>]) -> Result<&'r mut [f64], E> + Sync,
) -> Result<&'o mut [f64], E> {
    let [written] = write_rows_many(threads, cols, [dst], |row, [dst]| write(row, dst).map(|written| [written]))?;
    Ok(written)
}

/// [`write_rows`] for `M` matrices of the same shape.
///
/// # Panics
/// If `cols` is 0 or does not divide the matrices, or if `write` returns other memory than it was given: faults of the
/// core, which checks its input first.
pub fn write_rows_many<'o, const M: usize, E: Send + From<CallError>>(
    threads: usize,
    cols: usize,
    mut dst: [&'o mut [MaybeUninit<f64>]; M],
    write: impl for<'r> Fn(usize, [&'r mut [MaybeUninit<f64>]; M]) -> Result<[&'r mut [f64]; M], E> + Sync,
) -> Result<[&'o mut [f64]; M], E> {
    let rows = dst[0].len() / cols;
    assert!(dst.iter().all(|dst| dst.len() == rows * cols), "matrices of one shape");
    let threads = thread_count(threads).min(rows);
    let group = rows.div_ceil(threads.max(1)).clamp(1, LANES);
    let queue = Mutex::new(Queue { row: 0, group, cols, rest: dst.each_mut().map(|dst| &mut **dst), error: None });
    let batch = Batch { write, cells: group * cols, queue, failed: AtomicBool::new(false) };

    let begin = Instant::now();
    let more = batch.step();
    let left = rows.saturating_sub(group).div_ceil(group);
    let helpers = (threads.max(1) - 1).min(left.saturating_sub(1));
    let worth = begin.elapsed().saturating_mul(u32::try_from(left).unwrap_or(u32::MAX)) >= WORTH_A_THREAD;
    if more && worth && helpers > 0 {
        std::thread::scope(|scope| {
            let (working, waiting) = channel::<()>();
            for _ in 0..helpers {
                let working = working.clone();
                let help = || {
                    let _working = working;
                    watched(&|| batch.failed.load(Ordering::Relaxed), || batch.work());
                };
                // Where no thread can be had, this one does the work.
                if Builder::new().spawn_scoped(scope, help).is_err() {
                    break;
                }
            }
            drop(working);
            batch.work();
            // Until the last helper has dropped its end of the channel.
            while waiting.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = check() {
                    batch.fail(error.into());
                }
            }
        });
    } else {
        batch.work();
    }

    match batch.queue.into_inner().unwrap_or_else(PoisonError::into_inner).error {
        Some(error) => Err(error),
        // SAFETY: the queue is empty and no call failed, so `step` has seen the proof for every row.
        None => Ok(dst.map(|dst| unsafe { assume_written(dst) })),
    }
}

struct Queue<'a, const M: usize, E> {
    row: usize,
    group: usize,
    cols: usize,
    rest: [&'a mut [MaybeUninit<f64>]; M],
    error: Option<E>,
}

impl<'a, const M: usize, E> Queue<'a, M, E> {
    fn next(&mut self) -> Option<(usize, [&'a mut [MaybeUninit<f64>]; M])> {
        if self.rest[0].is_empty() || self.error.is_some() {
            return None;
        }
        let len = (self.group * self.cols).min(self.rest[0].len());
        let row = self.row;
        self.row += len / self.cols;
        let taken = self.rest.each_mut().map(|rest| {
            let (head, tail) = take(rest).split_at_mut(len);
            *rest = tail;
            head
        });
        Some((row, taken))
    }
}

/// What the threads of a batch share.
struct Batch<'a, const M: usize, E, W> {
    write: W,
    /// The size of a group of rows.
    cells: usize,
    queue: Mutex<Queue<'a, M, E>>,
    /// Whether the queue has an error: what helpers look at while they work.
    failed: AtomicBool,
}

impl<const M: usize, E, W> Batch<'_, M, E, W>
where
    E: From<CallError>,
    W: for<'r> Fn(usize, [&'r mut [MaybeUninit<f64>]; M]) -> Result<[&'r mut [f64]; M], E>,
{
    /// Writes groups of rows until there are none left.
    fn work(&self) {
        let mut meter = Meter::new();
        while self.step() {
            if let Err(error) = meter.spend(self.cells) {
                self.fail(error.into());
            }
        }
    }

    /// Writes one group of rows; false when there is nothing left to do.
    fn step(&self) -> bool {
        let next = self.queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((row, dst)) = next else { return false };
        let given = dst.each_ref().map(|dst| (dst.as_ptr().cast::<f64>(), dst.len()));
        match (self.write)(row, dst) {
            Ok(written) => {
                let proof = written.map(|written| (written.as_ptr(), written.len()));
                assert_eq!(proof, given, "the core must return the memory it was given");
                true
            }
            Err(error) => {
                self.fail(error);
                false
            }
        }
    }

    /// Ends the batch; of several errors the first counts.
    fn fail(&self, error: E) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).error.get_or_insert(error);
        self.failed.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;

    use super::*;
    use crate::buffer::{filled, filled_many};
    use crate::error::CallError;

    fn number(first: usize, cols: usize, dst: &mut [MaybeUninit<f64>]) -> &mut [f64] {
        for (i, cell) in dst.iter_mut().enumerate() {
            cell.write((first * cols + i) as f64);
        }
        // SAFETY: the loop wrote every element.
        unsafe { assume_written(dst) }
    }

    #[test]
    fn every_row_is_written_once_at_its_place() {
        for (rows, cols, threads) in [(1, 1, 1), (7, 3, 1), (100, 13, 3), (64, 5, 0), (9, 2, 1000)] {
            let values = filled::<CallError>(rows * cols, |dst| {
                write_rows(threads, cols, dst, |row, dst| Ok(number(row, cols, dst)))
            });
            let expected: Vec<f64> = (0..rows * cols).map(|i| i as f64).collect();
            assert_eq!(values.unwrap(), expected, "{rows} x {cols} on {threads}");
        }
    }

    #[test]
    fn slow_rows_are_shared_between_threads() {
        // After the first group, which shows that rows are slow, two groups are left, and neither ends before both began.
        let begun = (Mutex::new(0), Condvar::new());
        let values = filled::<CallError>(3 * LANES, |dst| {
            write_rows(2, 1, dst, |row, dst| {
                if row == 0 {
                    std::thread::sleep(Duration::from_millis(2));
                } else {
                    let mut count = begun.0.lock().unwrap();
                    *count += 1;
                    begun.1.notify_all();
                    let wait = begun.1.wait_timeout_while(count, Duration::from_secs(60), |count| *count < 2);
                    assert!(!wait.unwrap().1.timed_out(), "one thread does all");
                }
                Ok(number(row, 1, dst))
            })
        });
        assert_eq!(values.unwrap().len(), 3 * LANES);
    }

    #[test]
    fn several_matrices_advance_together() {
        let [a, b] = filled_many::<2, CallError>(30, |dst| {
            write_rows_many(2, 3, dst, |row, dst| Ok(dst.map(|dst| number(row, 3, dst))))
        })
        .unwrap();
        assert_eq!(a, b);
    }

    #[test]
    fn an_error_in_one_row_is_the_error_of_the_batch() {
        let result = filled(40, |dst| {
            write_rows(2, 4, dst, |row, dst| if row == 0 { Ok(number(row, 4, dst)) } else { Err(CallError::EmptyGrid) })
        });
        assert_eq!(result, Err(CallError::EmptyGrid));
    }

    /// A batch whose helper works until it is told to stop, interrupted as soon as the helper has begun. The calling
    /// thread either works like that as well, or does all that is left and waits.
    fn interrupted(caller_works: bool) -> Result<Vec<f64>, CallError> {
        let caller = std::thread::current().id();
        let helped = AtomicBool::new(false);
        let begin = Instant::now();
        let until = |end: &dyn Fn() -> Result<bool, CallError>| -> Result<(), CallError> {
            while !end()? {
                assert!(begin.elapsed() < Duration::from_secs(60), "nobody is told");
                std::thread::yield_now();
            }
            Ok(())
        };
        let told = || check().map(|()| false);
        watched(&|| helped.load(Ordering::Relaxed), || {
            filled(40 * LANES, |dst| {
                write_rows(2, 1, dst, |row, dst| {
                    if std::thread::current().id() != caller {
                        helped.store(true, Ordering::Relaxed);
                        until(&told)?;
                    } else if row == 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    } else if caller_works {
                        until(&told)?;
                    } else {
                        until(&|| Ok(helped.load(Ordering::Relaxed)))?;
                    }
                    Ok(number(row, 1, dst))
                })
            })
        })
    }

    #[test]
    fn an_interrupt_ends_the_work_of_all_threads() {
        assert_eq!(interrupted(true), Err(CallError::Interrupted));
    }

    #[test]
    fn an_interrupt_is_seen_by_a_thread_that_waits_for_others() {
        assert_eq!(interrupted(false), Err(CallError::Interrupted));
    }
}
