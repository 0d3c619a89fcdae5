//! Looking up from work that takes long: a core asks every few milliseconds whether anybody still wants the result.
//!
//! Who wants to be able to stop a call runs it inside [`watched`], with a question that is asked meanwhile. Cores cut
//! their loops into [`pieces`], or count the work of uneven steps with a [`Meter`]; both ask by [`check`], whose error ends
//! the call like any other. Without a question nothing ends early.

use std::cell::Cell;
use std::ops::Range;

use crate::error::CallError;

/// How many steps, of nanoseconds each, are done between two questions.
pub const STEPS: usize = 1 << 20;
/// The length of a piece: a step of a loop may compute eight rows, or call into the mathematical library.
const PIECE: usize = STEPS / 8;

type Question = Cell<Option<&'static dyn Fn() -> bool>>;

thread_local! {
    /// The question of the innermost [`watched`] on this thread.
    static STOP: Question = const { Cell::new(None) };
}

/// Runs `work`, and ends it with [`CallError::Interrupted`] soon after `stop` says so.
///
/// `stop` is asked on the thread that calls; where a batch has started others, they are told.
///
/// ```
/// use bindcheck_indicators::CallError;
/// use bindcheck_indicators::alma::{AlmaError, AlmaInput, AlmaParams, alma};
/// use bindcheck_indicators::interrupt::watched;
///
/// let data = vec![1.0; 5_000_000];
/// let outcome = watched(&|| true, || alma(&AlmaInput::from_slice(&data, AlmaParams::default())));
/// assert_eq!(outcome, Err(AlmaError::Call(CallError::Interrupted)));
/// ```
pub fn watched<T>(stop: &dyn Fn() -> bool, work: impl FnOnce() -> T) -> T {
    /// Gives the thread back the question that it had, also when `work` panics.
    struct Outer<'a>(&'a Question, Option<&'static dyn Fn() -> bool>);

    impl Drop for Outer<'_> {
        fn drop(&mut self) {
            self.0.set(self.1);
        }
    }

    // SAFETY: only this thread sees the reference, and only until `outer` is dropped, when `stop` is still borrowed.
    let stop = unsafe { std::mem::transmute::<&dyn Fn() -> bool, &'static dyn Fn() -> bool>(stop) };
    STOP.with(|question| {
        let outer = Outer(question, question.replace(Some(stop)));
        let result = work();
        drop(outer);
        result
    })
}

/// Asks whether to go on.
#[inline(always)]
pub fn check() -> Result<(), CallError> {
    if asked_to_stop() { Err(CallError::Interrupted) } else { Ok(()) }
}

#[cold]
#[inline(never)]
fn asked_to_stop() -> bool {
    STOP.get().is_some_and(|stop| stop())
}

/// Counts work down to the next question.
#[derive(Debug)]
pub struct Meter {
    left: usize,
}

impl Meter {
    /// A meter with [`STEPS`] to go.
    #[must_use]
    pub const fn new() -> Self {
        Self { left: STEPS }
    }

    /// Counts steps that are about to be done; asks when the last question is too many of them ago.
    #[inline(always)]
    pub fn spend(&mut self, steps: usize) -> Result<(), CallError> {
        if let Some(left) = self.left.checked_sub(steps) {
            self.left = left;
            return Ok(());
        }
        self.left = STEPS;
        check()
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

/// Cuts the steps of a loop into ranges of some ten thousands, and asks before each but the first.
///
/// `for piece in pieces(range) { for i in piece? { .. } }` is `for i in range { .. }` that can end early.
#[inline(always)]
pub fn pieces(range: Range<usize>) -> impl Iterator<Item = Result<Range<usize>, CallError>> {
    let Range { start, end } = range;
    (start..end).step_by(PIECE).map(move |begin| {
        if begin != start {
            check()?;
        }
        Ok(begin..end.min(begin.saturating_add(PIECE)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_range_in_order() {
        for (range, count) in [(0..0, 0), (5..6, 1), (0..PIECE, 1), (7..2 * PIECE + 8, 3)] {
            let all: Vec<_> = pieces(range.clone()).map(Result::unwrap).collect();
            assert_eq!(all.len(), count);
            assert!(all.iter().all(|piece| piece.len() <= PIECE));
            assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!(all.iter().map(ExactSizeIterator::len).sum::<usize>(), range.len());
            assert!(all.first().is_none_or(|piece| piece.start == range.start));
        }
        assert_eq!(pieces(usize::MAX - 1..usize::MAX).map(Result::unwrap).next(), Some(usize::MAX - 1..usize::MAX));
    }

    #[test]
    fn a_question_is_asked_once_in_a_number_of_steps() {
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        watched(&stop, || {
            let mut meter = Meter::new();
            assert_eq!((0..30).find(|_| meter.spend(STEPS / 10).is_err()), None);
            assert_eq!(asked.get(), 2);
            assert_eq!(meter.spend(usize::MAX), Ok(()));
            assert_eq!(meter.spend(usize::MAX), Err(CallError::Interrupted));
            assert_eq!(pieces(0..PIECE).filter(Result::is_err).count(), 0);
            assert_eq!(pieces(0..PIECE + 1).filter(Result::is_err).count(), 1);
        });
        assert_eq!(check(), Ok(()));
    }

    #[test]
    fn the_innermost_question_counts_and_the_outer_one_comes_back() {
        watched(&|| true, || {
            watched(&|| false, || assert_eq!(check(), Ok(())));
            assert_eq!(check(), Err(CallError::Interrupted));
            let caught = std::panic::catch_unwind(|| watched(&|| false, || panic!("work fails")));
            assert!(caught.is_err());
            assert_eq!(check(), Err(CallError::Interrupted));
        });
        assert_eq!(check(), Ok(()));
    }

    #[test]
    fn a_question_may_start_a_call_of_its_own() {
        let stop = || watched(&|| true, check).is_err();
        assert_eq!(watched(&stop, check), Err(CallError::Interrupted));
    }

    #[test]
    fn other_threads_are_not_asked() {
        watched(&|| true, || assert_eq!(std::thread::spawn(check).join().unwrap(), Ok(())));
    }
}
