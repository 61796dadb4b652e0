//! Names short enough for a figure: donors, pairs, taps.

use stitchscope_core::report::{Cell, Report, Role};

/// `front → end`.
pub(crate) fn pair(report: &Report) -> String {
    format!("{} → {}", donor(report, Role::Front), donor(report, Role::End))
}

/// The donor's name without the way to it: `zoo:fashion-robust-a` and `/models/fashion-robust-a.onnx` are both
/// `fashion-robust-a`.
pub(crate) fn donor(report: &Report, role: Role) -> String {
    let found = report.donors.iter().find(|donor| donor.role == role);
    let fallback = match role {
        Role::Front => "front",
        Role::End => "end",
    };
    found.map(|donor| base(&donor.model)).filter(|name| !name.is_empty()).unwrap_or(fallback).to_owned()
}

/// The last part of a path or `zoo:` reference, without `.onnx`: a network's name, short enough for a figure.
#[must_use]
pub fn base(reference: &str) -> &str {
    let name = reference.strip_prefix("zoo:").unwrap_or(reference).trim_end_matches(['/', '\\']);
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.strip_suffix(".onnx").unwrap_or(name)
}

/// Where a cell was cut: one name where both cuts have the same.
pub(crate) fn tap(cell: &Cell) -> String {
    joined(&cell.front_tap, &cell.end_tap)
}

/// Two taps as one name.
pub(crate) fn joined(front: &str, end: &str) -> String {
    if front == end { front.to_owned() } else { format!("{front} → {end}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_model_is_left_out() {
        let given = ["zoo:fashion-robust-a", "C:\\nets\\a.onnx", "/data/nets/b.onnx", "c", "dir/"];
        assert_eq!(given.map(base), ["fashion-robust-a", "a", "b", "c", "dir"]);
    }
}
