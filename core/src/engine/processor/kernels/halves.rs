//! An image as Winograd's form reads it: pixels by whether their row and column are even, so that what neighbouring tiles look at lies
//! side by side.
//!
//! A tile of 2 x 2 results at row `r`, column `c` of the tiles sees rows `2r - 1 .. 2r + 3` and columns likewise of the image. Pixels of
//! even and odd columns have a copy each, and one more that is shifted by a tile, once for even and once for odd rows.

/// Copies of a channel: even columns, odd columns, odd ones of the tile before, even ones of the tile after; of even and of odd rows.
const COPIES: usize = 8;

/// Where the cells of an image's channels go.
pub(super) struct Halves {
    channels: usize,
    /// Rows and columns of tiles: half of the image's.
    pub tiles: [usize; 2],
}

impl Halves {
    /// Of an image [channels, rows, columns] with a border of 1; `None` where a size is odd.
    pub(super) fn new([channels, rows, columns]: [usize; 3]) -> Option<Self> {
        let even = rows.is_multiple_of(2) && columns.is_multiple_of(2) && rows > 0 && columns > 0;
        even.then_some(Self { channels, tiles: [rows / 2, columns / 2] })
    }

    /// Cells of a copy: one row of tiles more than there are.
    const fn copy(&self) -> usize {
        (self.tiles[0] + 1) * self.tiles[1]
    }

    /// Cells of a channel.
    pub(super) const fn channel(&self) -> usize {
        COPIES * self.copy()
    }

    /// Cells of all channels.
    pub(super) const fn len(&self) -> usize {
        self.channels * self.channel()
    }

    /// Where the pixels in row and column `i`, `j` of each tile's 4 x 4 begin, within a channel.
    pub(super) const fn offset(&self, i: usize, j: usize) -> usize {
        let odd_row = 1 - i % 2;
        let copy = [2, 0, 1, 3][j];
        (odd_row * 4 + copy) * self.copy() + i / 2 * self.tiles[1]
    }

    /// Copies an image [channels, rows, columns].
    #[inline(always)]
    pub(super) fn fill(&self, pixels: &[f32], cells: &mut [f32]) {
        let ([high, wide], copy) = (self.tiles, self.copy());
        let channels = cells.chunks_exact_mut(self.channel()).zip(pixels.chunks_exact(4 * high * wide));
        for (cells, pixels) in channels {
            for (odd_row, cells) in cells.chunks_exact_mut(4 * copy).enumerate() {
                let (even, rest) = cells.split_at_mut(copy);
                let (odd, rest) = rest.split_at_mut(copy);
                let (before, after) = rest.split_at_mut(copy);
                // The border: above odd rows, below even ones.
                let (border, inside) = if odd_row == 1 { (0, wide) } else { (high * wide, 0) };
                even[border..][..wide].fill(0.0);
                odd[border..][..wide].fill(0.0);
                let rows = pixels.chunks_exact(2 * wide).skip(odd_row).step_by(2);
                let halves = even[inside..].chunks_exact_mut(wide).zip(odd[inside..].chunks_exact_mut(wide));
                for ((even, odd), pixels) in halves.zip(rows) {
                    for ((even, odd), pair) in even.iter_mut().zip(odd).zip(pixels.chunks_exact(2)) {
                        (*even, *odd) = (pair[0], pair[1]);
                    }
                }
                before[1..].copy_from_slice(&odd[..copy - 1]);
                before.iter_mut().step_by(wide).for_each(|cell| *cell = 0.0);
                after[..copy - 1].copy_from_slice(&even[1..]);
                after.iter_mut().skip(wide - 1).step_by(wide).for_each(|cell| *cell = 0.0);
            }
        }
    }
}
