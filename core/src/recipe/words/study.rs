//! Words of what a study is compared with: `[controls]`.

use std::fmt;

use super::Word;

words! {
    /// What a study is measured against, beside its cells.
    Control {
        /// The identity in place of the stitch.
        #[default]
        Identity = "identity",
        /// The end joined with itself by a stitch found in the same way: what the stitch alone costs or adds.
        SelfStitch = "self-stitch",
        /// The front with the numbers of every weight in random order: what the end and the stitch can do without it.
        RandomFront = "random-front",
        /// The stitch trained on labels in random order: what its training can learn by heart.
        ShuffledLabels = "shuffled-labels",
        /// The end with the numbers of every weight in random order: what the stitch can do before a head that knows nothing.
        RandomEnd = "random-end",
    } later []
}
