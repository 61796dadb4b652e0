//! Indices along an axis, where negative ones count from the end.

// What stands where an index points outside its axis: NaN as f32, so that the mistake shows.
const OUTSIDE: u32 = 0x7fc00000u;

// The position that an index names; `size` or more where it is outside.
fn position(index: i32, size: u32) -> u32 {
    return u32(select(index, index + i32(size), index < 0));
}
