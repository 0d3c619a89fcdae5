//! The last values of a stream.

use crate::buffer::reserve;
use crate::error::CallError;

/// Up to `capacity` values in the order they came. The memory is reserved when it is made, so that taking a value cannot
/// fail; systems that hand out memory on first touch provide it as values come.
#[derive(Debug)]
pub struct Ring {
    values: Vec<f64>,
    oldest: usize,
    capacity: usize,
}

impl Clone for Ring {
    /// A copy with room of its own, which aborts where a `Vec` of that size would.
    fn clone(&self) -> Self {
        let mut values = Vec::with_capacity(self.capacity);
        values.extend_from_slice(&self.values);
        Self { values, ..*self }
    }
}

impl Ring {
    /// An empty ring.
    pub fn new(capacity: usize) -> Result<Self, CallError> {
        Ok(Self { values: reserve(capacity)?, oldest: 0, capacity })
    }

    /// Whether nothing was pushed yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether the next push replaces a value.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.values.len() == self.capacity
    }

    /// Takes a value; gives the oldest one, which it replaces, once the ring is full.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        if self.values.len() < self.capacity {
            self.values.push(value);
            return None;
        }
        let replaced = std::mem::replace(self.values.get_mut(self.oldest)?, value);
        self.oldest = if self.oldest + 1 == self.capacity { 0 } else { self.oldest + 1 };
        Some(replaced)
    }

    /// The values, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &f64> {
        let (newer, older) = self.values.split_at(self.oldest);
        older.iter().chain(newer)
    }
}

#[cfg(test)]
mod tests {
    use super::Ring;

    #[test]
    fn the_last_values_stay_in_order() {
        let mut ring = Ring::new(3).unwrap();
        let replaced: Vec<_> = [1.0, 2.0, 3.0, 4.0, 5.0].map(|value| ring.push(value)).into();
        assert_eq!(replaced, [None, None, None, Some(1.0), Some(2.0)]);
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [3.0, 4.0, 5.0]);
        assert!(ring.is_full());
    }

    #[test]
    fn the_room_is_there_before_the_values_and_in_a_copy() {
        let mut ring = Ring::new(100).unwrap();
        ring.push(1.0);
        let mut copy = ring.clone();
        for ring in [&mut ring, &mut copy] {
            let place = ring.values.as_ptr();
            for i in 0..250 {
                ring.push(f64::from(i));
            }
            assert_eq!(ring.values.as_ptr(), place);
        }
        assert!(Ring::new(usize::MAX / 8).is_err());
    }

    #[test]
    fn a_ring_without_room_keeps_nothing() {
        let mut ring = Ring::new(0).unwrap();
        assert_eq!(ring.push(1.0), None);
        assert!(ring.is_empty() && ring.is_full());
    }
}
