//! Undo and redo: the values something had, in order.

/// Steps that are kept.
const MOST: usize = 200;

/// A value with its past and, after an undo, its future.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline<T> {
    past: Vec<T>,
    now: T,
    future: Vec<T>,
}

impl<T: Clone + PartialEq> Timeline<T> {
    /// A value without a past.
    pub const fn new(now: T) -> Self {
        Self { past: Vec::new(), now, future: Vec::new() }
    }

    /// The value.
    pub const fn now(&self) -> &T {
        &self.now
    }

    /// A new value; the future is gone. An equal value changes nothing.
    pub fn set(&mut self, value: T) {
        if value == self.now {
            return;
        }
        self.past.push(std::mem::replace(&mut self.now, value));
        self.future.clear();
        if self.past.len() > MOST {
            self.past.remove(0);
        }
    }

    /// One step back; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.past.pop() else { return false };
        self.future.push(std::mem::replace(&mut self.now, before));
        true
    }

    /// One step forth; whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.future.pop() else { return false };
        self.past.push(std::mem::replace(&mut self.now, after));
        true
    }

    /// Whether there is a step back.
    pub const fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step forth.
    pub const fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn undoing_everything_and_redoing_it_ends_where_it_was(values in prop::collection::vec(0u8..5, 0..60)) {
            let mut line = Timeline::new(0);
            for value in &values {
                line.set(*value);
            }
            let last = *line.now();
            let mut steps = 0;
            while line.undo() {
                steps += 1;
            }
            prop_assert_eq!(*line.now(), 0);
            prop_assert!(!line.can_undo());
            for _ in 0..steps {
                prop_assert!(line.redo());
            }
            prop_assert_eq!(*line.now(), last);
            prop_assert!(!line.can_redo());
        }
    }

    #[test]
    fn a_new_value_ends_the_future_and_the_past_is_bounded() {
        let mut line = Timeline::new(0);
        (1..=MOST + 50).for_each(|value| line.set(value));
        assert!(line.undo() && line.can_redo());
        line.set(7);
        assert!(!line.can_redo());
        let mut steps = 0;
        while line.undo() {
            steps += 1;
        }
        assert!(steps <= MOST);
    }
}
