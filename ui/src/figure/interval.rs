//! The interval behind every share we show.

/// The 95 % quantile of the normal distribution, two-sided.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's 95 % interval of a share: `share` in 0..=1 of `total` images, answered as (low, high) in 0..=1.
///
/// Unlike the textbook interval it stays inside 0..=1 and has a width at 0 and at 1. `None` without images, or when `share`
/// is not in 0..=1.
#[must_use]
pub fn wilson95(share: f64, total: u64) -> Option<(f64, f64)> {
    if total == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let n = total as f64;
    let scale = 1.0 / (1.0 + Z * Z / n);
    let centre = (share + Z * Z / (2.0 * n)) * scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() * scale;
    Some(((centre - half).clamp(0.0, share), (centre + half).clamp(share, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_worked_example() {
        // 81 of 263: Newcombe (1998), method 3 gives 0.2553 to 0.3662.
        let (low, high) = wilson95(81.0 / 263.0, 263).unwrap();
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn ends_stay_inside_and_have_a_width() {
        let (low, high) = wilson95(0.0, 20).unwrap();
        assert!(low == 0.0 && (high - 0.1611).abs() < 5e-5, "{low} {high}");
        let (low, high) = wilson95(1.0, 20).unwrap();
        assert!(high == 1.0 && low < 0.84, "{low} {high}");
    }

    #[test]
    fn nothing_from_nothing() {
        assert_eq!(wilson95(0.5, 0), None);
        assert_eq!(wilson95(f64::NAN, 10), None);
        assert_eq!(wilson95(1.5, 10), None);
    }
}
