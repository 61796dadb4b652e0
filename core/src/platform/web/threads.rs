//! In a browser's Worker there is one thread: one item after the other.

/// How many run at the same time.
pub fn count() -> usize {
    1
}

/// What `run` makes of each item, in the items' order.
pub async fn each<T: Sync, R: Send>(items: &[T], run: impl AsyncFn(&T) -> R + Sync) -> Vec<R> {
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        results.push(run(item).await);
    }
    results
}
