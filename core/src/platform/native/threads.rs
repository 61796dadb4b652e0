//! Work that does not meet, on all cores: the threads of the crate `rayon`, which live as long as the program.

use rayon::prelude::*;

use super::block_on;

/// How many run at the same time.
pub fn count() -> usize {
    rayon::current_num_threads()
}

/// What `run` makes of each item, in the items' order.
pub async fn each<T: Sync, R: Send>(items: &[T], run: impl AsyncFn(&T) -> R + Sync) -> Vec<R> {
    match items {
        [only] => vec![run(only).await],
        items => items.par_iter().with_max_len(1).map(|item| block_on(run(item))).collect(),
    }
}
