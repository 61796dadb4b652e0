//! The area under the ROC curve: how well a number separates two sets.

/// Chance that a random one of `outside` is larger than a random one of `inside`, equals counting one half (the area under the ROC
/// curve): 0.5 when the numbers do not tell the sets apart. Numbers that are NaN are left out; NaN when a set is empty.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of images")]
pub fn auroc(inside: &[f64], outside: &[f64]) -> f64 {
    let tagged =
        |values: &[f64], tag: bool| values.iter().filter(|v| !v.is_nan()).map(|v| (*v, tag)).collect::<Vec<_>>();
    let (mut all, outside) = (tagged(inside, false), tagged(outside, true));
    let (n, m) = (all.len() as f64, outside.len() as f64);
    all.extend(outside);
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Mann and Whitney: the ranks of `outside`, equals sharing their mean rank.
    let (mut ranks, mut done) = (0.0, 0);
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let mean = done as f64 + (equal.len() + 1) as f64 / 2.0;
        ranks += mean * equal.iter().filter(|(_, tag)| *tag).count() as f64;
        done += equal.len();
    }
    (ranks - m * (m + 1.0) / 2.0) / (n * m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tolerance;

    #[test]
    fn sets_are_told_apart_as_the_definition_says() {
        assert_eq!(auroc(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        assert_eq!(auroc(&[3.0, 4.0], &[1.0, 2.0]), 0.0);
        assert_eq!(auroc(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 0.5);
        let (a, b) = ([0.3, 1.0, 1.0, 2.5, 7.0], [1.0, 0.1, 2.5, 8.0, f64::INFINITY, f64::NAN]);
        let pairs = a.iter().flat_map(|x| b.iter().filter(|y| !y.is_nan()).map(move |y| (x, y)));
        let wins: f64 = pairs
            .map(|(x, y)| {
                if y > x {
                    1.0
                } else if y == x {
                    0.5
                } else {
                    0.0
                }
            })
            .sum();
        assert!((auroc(&a, &b) - wins / 25.0).abs() < Tolerance::Double.bound());
        assert!(auroc(&[], &[1.0]).is_nan() && auroc(&[f64::NAN], &[1.0]).is_nan());
    }
}
