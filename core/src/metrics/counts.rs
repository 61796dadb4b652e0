//! Predictions on a set of images, and the counts that are made of them.

use serde::{Deserialize, Serialize};

use super::Share;

/// Correct answers out of all images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Images that count as correct.
    pub correct: u64,
    /// Images that were evaluated.
    pub total: u64,
}

/// Equal predictions out of all images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Images to which both networks give the same class.
    pub same: u64,
    /// Images that were evaluated.
    pub total: u64,
}

/// The class of each image, in order; `None` where the network gave something that is not a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predictions(pub Vec<Option<usize>>);

impl Counts {
    /// The share of correct answers with its 95 % interval; `None` without images.
    pub fn share(&self) -> Option<Share> {
        Share::wilson(self.correct, self.total)
    }
}

impl Agreement {
    /// The share of equal predictions with its 95 % interval; `None` without images.
    pub fn share(&self) -> Option<Share> {
        Share::wilson(self.same, self.total)
    }
}

impl Predictions {
    /// Indices of images that are classified as labelled.
    #[must_use]
    pub fn correct(&self, labels: &[u32]) -> Vec<usize> {
        let right = |(i, p): (usize, &Option<usize>)| (*p == Some(labels[i] as usize)).then_some(i);
        self.0.iter().enumerate().filter_map(right).collect()
    }

    /// Correct out of evaluated images.
    #[must_use]
    pub fn counts(&self, labels: &[u32]) -> Counts {
        Counts { correct: self.correct(labels).len() as u64, total: (self.0.len() - self.not_evaluated()) as u64 }
    }

    /// Equal predictions out of images that both evaluated.
    #[must_use]
    pub fn agreement(&self, other: &Self) -> Agreement {
        let both = self.0.iter().zip(&other.0).filter_map(|(a, b)| a.zip(*b)).collect::<Vec<_>>();
        Agreement { same: both.iter().filter(|(a, b)| a == b).count() as u64, total: both.len() as u64 }
    }

    /// Images on which the network gave no number.
    #[must_use]
    pub(crate) fn not_evaluated(&self) -> usize {
        self.0.iter().filter(|p| p.is_none()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_neither_right_nor_wrong() {
        let p = Predictions(vec![Some(1), None, Some(0), Some(2)]);
        assert_eq!(p.counts(&[1, 1, 1, 2]), Counts { correct: 2, total: 3 });
        let q = Predictions(vec![Some(1), Some(1), Some(1), None]);
        assert_eq!(p.agreement(&q), Agreement { same: 1, total: 2 });
    }
}
