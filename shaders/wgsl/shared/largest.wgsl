//! The first largest pixel of `x` under a window; NaN is larger than anything, the border never wins.
//# import nan
//# import window

override DILATION_ROWS: u32;
override DILATION_COLUMNS: u32;

// The pixel's index in all of `x`, for the window's position `i` in the whole result.
fn largest(i: u32) -> u32 {
    let plane = i / (OUT_ROWS * OUT_COLUMNS);
    // Cells above or left of the image wrap around to numbers far beyond its size: one comparison covers both sides.
    let top = ((i / OUT_COLUMNS) % OUT_ROWS) * STRIDE_ROWS - PAD_TOP;
    let left = (i % OUT_COLUMNS) * STRIDE_COLUMNS - PAD_LEFT;
    var best = 0u;
    var size = 0.0;
    var any = false;
    for (var down = 0u; down < KERNEL_ROWS; down++) {
        let row = top + down * DILATION_ROWS;
        if (row >= ROWS) { continue; }
        for (var across = 0u; across < KERNEL_COLUMNS; across++) {
            let column = left + across * DILATION_COLUMNS;
            if (column >= COLUMNS) { continue; }
            let at = (plane * ROWS + row) * COLUMNS + column;
            let pixel = x[at];
            if (!any || (!is_nan(size) && (is_nan(pixel) || pixel > size))) {
                any = true;
                best = at;
                size = pixel;
            }
        }
    }
    return best;
}
