//! Some images of a set: the first ones, or of every class some at random.

use super::super::{DataError, Images, Order, Split};
use crate::random::{Purpose, Stream};

/// Sets of fewer images may be in order of their classes by chance.
const FEWEST: usize = 50;

/// How many images are wanted, and which.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// How many; all where left out.
    pub count: Option<usize>,
    /// Which.
    pub order: Order,
    /// Of the draw, where there is one.
    pub seed: u64,
    /// The half that is taken from: two halves never share a draw.
    pub split: Split,
}

impl Images {
    /// The images that are wished for, with a note where they are not simply the first.
    ///
    /// A draw takes equally many of every class as far as they go, and its beginning is balanced likewise.
    ///
    /// # Errors
    /// [`DataError::TooFew`] where more are wanted than there are.
    pub fn taken(self, wish: Wish) -> Result<Self, DataError> {
        let all = self.len();
        let count = wish.count.unwrap_or(all);
        if count > all {
            return Err(DataError::TooFew { set: self.name, found: all, wanted: count });
        }
        let sorted = count < all && is_sorted_by_class(&self.labels);
        let covered = classes(&self.labels[..count]);
        let of = format!("{} of the {all} {} images of {}", count, wish.split, self.name);
        match (wish.order, sorted) {
            (Order::First, true) => {
                let kinds = classes(&self.labels);
                let note = format!("{of} are taken, the first ones, which are of {covered} of {kinds} classes.");
                Ok(self.take_first(count).with_note(note))
            }
            (Order::Auto | Order::First, false) => Ok(self.take_first(count)),
            (Order::Random, _) => {
                let note = format!("{of} are drawn at random, equally many of every class (seed {}).", wish.seed);
                Ok(self.drawn(count, wish).with_note(note))
            }
            (Order::Auto, true) => {
                let kinds = classes(&self.labels);
                let note = format!(
                    "{of} are drawn at random, equally many of every class (seed {}): the set is sorted by class, so the first \
                     {count} are of {covered} of {kinds} classes; write order = \"first\" in [data] for those.",
                    wish.seed
                );
                Ok(self.drawn(count, wish).with_note(note))
            }
        }
    }

    fn drawn(self, count: usize, wish: Wish) -> Self {
        let indices = draw(&self.labels, wish);
        self.pick(&indices[..count])
    }

    fn with_note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }
}

/// How many classes have an image.
fn classes(labels: &[u32]) -> usize {
    labels.iter().collect::<std::collections::BTreeSet<_>>().len()
}

/// Whether images of a class lie together: in one piece each, or in far fewer pieces than chance would leave.
fn is_sorted_by_class(labels: &[u32]) -> bool {
    let kinds = classes(labels);
    let pieces = 1 + labels.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if kinds < 2 || kinds == labels.len() {
        return false;
    }
    pieces == kinds || (labels.len() >= FEWEST && pieces * 4 < expected_pieces(labels))
}

/// The pieces that a random order of the labels leaves on average, rounded down.
fn expected_pieces(labels: &[u32]) -> usize {
    let mut counts = std::collections::HashMap::new();
    for label in labels {
        *counts.entry(label).or_insert(0_u128) += 1;
    }
    let all = labels.len() as u128;
    let equal: u128 = counts.values().map(|count| count * count).sum();
    usize::try_from((all * all - equal) / all).unwrap_or(usize::MAX)
}

/// All indices in a random order whose every beginning has the classes equally often, as far as their images go.
fn draw(labels: &[u32], wish: Wish) -> Vec<usize> {
    let half = u32::from(wish.split == Split::Test);
    let largest = labels.iter().max().map_or(0, |label| *label as usize);
    let mut classes = vec![Vec::new(); largest + 1];
    for (index, label) in labels.iter().enumerate() {
        classes[*label as usize].push(index);
    }
    for (class, images) in (0..).zip(&mut classes) {
        Stream::new(wish.seed, Purpose::Subset, class, half).shuffle(images);
    }
    Stream::new(wish.seed, Purpose::Subset, u64::MAX, half).shuffle(&mut classes);
    let rounds = classes.iter().map(Vec::len).max().unwrap_or(0);
    (0..rounds).flat_map(|round| classes.iter().filter_map(move |images| images.get(round).copied())).collect()
}
