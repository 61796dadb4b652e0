//! Which tile of results a workgroup of a graphics card computes, by shape: one rule for products and convolutions.

/// So many workgroups keep a card busy; fewer take as long.
const BUSY: usize = 128;

/// A variant of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile<V> {
    /// Which one.
    pub variant: V,
    /// Rows of results that a workgroup computes.
    pub rows: usize,
    /// Columns of results that a workgroup computes.
    pub columns: usize,
    /// Terms of a sum that it takes at a time; the last ones are filled up.
    pub inner: usize,
    /// Percent of the peak that the static bench estimates for it.
    pub speed: usize,
}

/// A product, or many side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Rows of results.
    pub rows: usize,
    /// Columns of results.
    pub columns: usize,
    /// Terms of each sum; for a convolution, of each of its taps.
    pub inner: usize,
    /// How many such products there are.
    pub copies: usize,
}

impl<V> Tile<V> {
    /// Workgroups that compute all.
    pub(super) const fn groups(&self, wanted: &Wanted) -> usize {
        wanted.copies * wanted.rows.div_ceil(self.rows) * wanted.columns.div_ceil(self.columns)
    }

    /// Time of a card that `least` workgroups keep busy, in units that are the same for all tiles: what is filled up costs as much as what is
    /// wanted.
    fn cost(&self, wanted: &Wanted, least: usize) -> usize {
        let terms = wanted.inner.max(1).next_multiple_of(self.inner);
        self.groups(wanted).max(least) * self.rows * self.columns * terms / self.speed
    }
}

/// The tile that is done first; the first of those that take as long. `tiles` must not be empty.
pub(super) fn cheapest<V: Copy>(tiles: &[Tile<V>], wanted: &Wanted) -> Tile<V> {
    least(tiles, wanted, BUSY)
}

/// The same where there are workgroups enough, as sums are split until there are.
pub(super) fn cheapest_busy<V: Copy>(tiles: &[Tile<V>], wanted: &Wanted) -> Tile<V> {
    least(tiles, wanted, 0)
}

fn least<V: Copy>(tiles: &[Tile<V>], wanted: &Wanted, busy: usize) -> Tile<V> {
    let cost = |tile: &Tile<V>| tile.cost(wanted, busy);
    tiles.iter().skip(1).fold(tiles[0], |best, tile| if cost(tile) < cost(&best) { *tile } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_results_get_large_tiles_and_narrow_ones_narrow_tiles() {
        let tile = |variant, rows, columns, inner, speed| Tile { variant, rows, columns, inner, speed };
        let tiles = [tile("large", 64, 128, 16, 80), tile("narrow", 16, 128, 16, 60), tile("thin", 64, 128, 4, 50)];
        let of = |rows, columns, inner| cheapest(&tiles, &Wanted { rows, columns, inner, copies: 1 }).variant;
        assert_eq!(of(64, 1 << 20, 64), "large");
        assert_eq!(of(16, 1 << 20, 64), "narrow");
        assert_eq!(of(64, 1 << 20, 3), "thin");
        // Too few workgroups to fill a card: smaller ones spread the work.
        assert_eq!(of(64, 128, 64), "narrow");
    }
}
