//! The last values of a stream.

/// Up to `capacity` values in the order they came. Memory grows with the values, so a huge capacity costs nothing ahead.
#[derive(Debug, Clone)]
pub struct Ring {
    values: Vec<f64>,
    oldest: usize,
    capacity: usize,
}

impl Ring {
    /// An empty ring.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { values: Vec::new(), oldest: 0, capacity }
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
        let mut ring = Ring::new(3);
        let replaced: Vec<_> = [1.0, 2.0, 3.0, 4.0, 5.0].map(|value| ring.push(value)).into();
        assert_eq!(replaced, [None, None, None, Some(1.0), Some(2.0)]);
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [3.0, 4.0, 5.0]);
        assert!(ring.is_full());
    }

    #[test]
    fn a_ring_without_room_keeps_nothing() {
        let mut ring = Ring::new(0);
        assert_eq!(ring.push(1.0), None);
        assert!(ring.is_empty() && ring.is_full());
    }
}
