//! Flat grids. A dispatch has at most 65,535 workgroups along x; the engine folds what is more into y, and kernels number the
//! groups through. The last ones may lie past the end: every kernel compares with its count.

fn flat_group(wid: vec3<u32>, groups: vec3<u32>) -> u32 {
    return wid.x + wid.y * groups.x;
}
