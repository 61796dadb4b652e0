//! Boxes from VNN-LIB files of the image-classifier kind: bounds for every input `X_i`, and that some class `Y_j` is at least as large
//! as the label's. <https://www.vnnlib.org>

use super::GroundTruthError;
use super::arrays::damaged;

/// The most bytes of a file that is read.
const MOST_BYTES: usize = 1 << 26;
/// Bounds are written with few digits.
const ROUNDING: f64 = 1e-6;

/// What one file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The lower bound of every input, in order.
    pub low: Vec<f64>,
    /// The upper bound of every input.
    pub high: Vec<f64>,
    /// The class that is to stay the largest.
    pub label: usize,
    /// The classes that are asked for, in rising order; an instance that asks for some only is no question of robustness.
    pub others: Vec<usize>,
}

impl Property {
    /// Reads the text of `file`.
    ///
    /// # Errors
    /// [`GroundTruthError::File`] where it says something else than bounds and classes.
    pub fn read(file: &str, text: &str) -> Result<Self, GroundTruthError> {
        let wrong = |what: &str| damaged(file, "property", &what);
        if text.len() > MOST_BYTES {
            return Err(wrong("it is longer than 64 MiB"));
        }
        let (mut bounds, mut wins) = (Vec::new(), Vec::new());
        let tokens: Vec<&str> = text.lines().flat_map(words).collect();
        for comparison in tokens.windows(3) {
            let (smaller, larger) = match *comparison {
                ["<=", a, b] => (a, b),
                [">=", a, b] => (b, a),
                _ => continue,
            };
            let number = |word: &str| word.parse::<f64>().ok();
            match (place(smaller, "X_"), place(larger, "X_"), place(smaller, "Y_"), place(larger, "Y_")) {
                (Some(input), None, ..) => bounds.push((input, number(larger), true)),
                (None, Some(input), ..) => bounds.push((input, number(smaller), false)),
                (.., Some(label), Some(other)) => wins.push((label, other)),
                _ => return Err(wrong("it compares something else than an input with a number or two classes")),
            }
        }
        let (low, high) = (ends(&bounds, false), ends(&bounds, true));
        let count = low.as_ref().map(Vec::len);
        let (Some(low), Some(high)) = (low, high.filter(|high| Some(high.len()) == count)) else {
            return Err(wrong("not every input has two bounds"));
        };
        let Some(label) = wins.first().map(|(label, _)| *label).filter(|l| wins.iter().all(|(label, _)| label == l))
        else {
            return Err(wrong("no class stands against all others"));
        };
        let mut others: Vec<usize> = wins.into_iter().map(|(_, other)| other).collect();
        others.sort_unstable();
        others.dedup();
        Ok(Self { low, high, label, others })
    }

    /// Centre and radius, where the box is a ball in L-infinity within [0, 1].
    pub(super) fn ball(&self, file: &str) -> Result<(Vec<f32>, f32), GroundTruthError> {
        let widths = self.low.iter().zip(&self.high).map(|(low, high)| (high - low) / 2.0);
        let eps = widths.fold(0.0, f64::max);
        let centre = self.low.iter().zip(&self.high).map(|(low, high)| {
            let (clipped_below, clipped_above) = (*low <= ROUNDING, *high >= 1.0 - ROUNDING);
            let inside = *low >= -ROUNDING && *high <= 1.0 + ROUNDING && low <= high;
            match (high - low) / 2.0 >= eps - ROUNDING {
                _ if !inside => None,
                true => Some(f64::midpoint(*low, *high)),
                false if clipped_below => Some(high - eps),
                false if clipped_above => Some(low + eps),
                false => None,
            }
        });
        #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
        let centre: Option<Vec<f32>> = centre.map(|c| c.map(|c| c.clamp(0.0, 1.0) as f32)).collect();
        let problem = "it is no ball of one radius within [0, 1]; boxes in pixels are read";
        #[expect(clippy::cast_possible_truncation, reason = "radii are f32")]
        centre.map(|centre| (centre, eps as f32)).ok_or_else(|| damaged(file, "box", &problem))
    }
}

/// The words of a line without its comment.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let said = line.split(';').next().unwrap_or_default();
    said.split(|c: char| c.is_whitespace() || c == '(' || c == ')').filter(|word| !word.is_empty())
}

/// The number behind `prefix`.
fn place(word: &str, prefix: &str) -> Option<usize> {
    word.strip_prefix(prefix)?.parse().ok()
}

/// One end of every input from 0 on; `None` where one is missing.
fn ends(bounds: &[(usize, Option<f64>, bool)], upper: bool) -> Option<Vec<f64>> {
    let mut of: Vec<(usize, f64)> = Vec::new();
    for (input, value, _) in bounds.iter().filter(|(.., is_upper)| *is_upper == upper) {
        of.push((*input, (*value).filter(|v| v.is_finite())?));
    }
    of.sort_by_key(|(input, _)| *input);
    let complete = !of.is_empty() && of.iter().enumerate().all(|(place, (input, _))| place == *input);
    complete.then(|| of.into_iter().map(|(_, value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "; label 1\n(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert (<= X_0 0.3))\n(assert (>= X_0 0.1))\n\
        (assert (>= X_1 0))\n(assert (<= X_1 0.15))\n(assert (or\n (and (>= Y_0 Y_1))\n (and (<= Y_1 Y_2)) ; or so\n))";

    #[test]
    fn bounds_label_and_centre_are_read() {
        let read = Property::read("a.vnnlib", TEXT).unwrap();
        assert_eq!((read.label, &read.others[..]), (1, &[0, 2][..]));
        let (centre, eps) = read.ball("a.vnnlib").unwrap();
        assert!(
            (eps - 0.1).abs() < 1e-6 && (centre[0] - 0.2).abs() < 1e-6 && (centre[1] - 0.05).abs() < 1e-6,
            "{centre:?}"
        );
    }

    #[test]
    fn what_is_no_question_of_robustness_is_refused() {
        let said = |from: &str, to: &str| Property::read("a.vnnlib", &TEXT.replace(from, to)).unwrap_err().to_string();
        assert!(said("(assert (<= X_1 0.15))", "").contains("two bounds"));
        assert!(said("(>= Y_0 Y_1)", "(>= Y_1 Y_0)").contains("no class"));
        assert!(said("(>= Y_0 Y_1)", "(>= Y_0 0.5)").contains("compares"));
        let odd = Property::read("a.vnnlib", &TEXT.replace("X_1 0)", "X_1 0.12)")).unwrap();
        assert!(odd.ball("a.vnnlib").unwrap_err().to_string().contains("no ball"));
    }
}
