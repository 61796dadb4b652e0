//! A weight in numbers: range, mean, deviation, histogram.

use stitchscope_core::tensor::{Data, Tensor};

use super::WeightFacts;

/// Steps of a histogram.
const BINS: usize = 32;

/// What can be said of a weight.
pub(super) fn facts(name: &str, tensor: &Tensor) -> WeightFacts {
    let count = tensor.len();
    let mut facts = match tensor.data() {
        Data::F32(v) => numbers(count, &|at| f64::from(v[at])),
        Data::F64(v) => numbers(count, &|at| v[at]),
        Data::I64(v) => numbers(count, &|at| v[at] as f64),
        Data::Bool(v) => numbers(count, &|at| f64::from(u8::from(v[at]))),
    };
    name.clone_into(&mut facts.name);
    facts.shape = tensor.shape().iter().map(usize::to_string).collect::<Vec<_>>().join("×");
    facts
}

fn numbers(count: usize, value: &dyn Fn(usize) -> f64) -> WeightFacts {
    let (mut low, mut high, mut sum, mut squares) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0.0);
    let (mut zeros, mut odd) = (0, 0);
    for number in (0..count).map(value) {
        if number.is_finite() {
            (low, high) = (low.min(number), high.max(number));
            sum += number;
            squares += number * number;
            zeros += u64::from(number == 0.0);
        } else {
            odd += 1;
        }
    }
    let finite = count as u64 - odd;
    if finite == 0 {
        (low, high) = (0.0, 0.0);
    }
    let mean = sum / finite.max(1) as f64;
    let mut bins = vec![0; if high > low { BINS } else { 0 }];
    for number in (0..count).map(value).filter(|number| number.is_finite()) {
        let at = ((number - low) / (high - low) * BINS as f64) as usize;
        if let Some(bin) = bins.get_mut(at.min(BINS - 1)) {
            *bin += 1;
        }
    }
    let deviation = (squares / finite.max(1) as f64 - mean * mean).max(0.0).sqrt();
    WeightFacts {
        name: String::new(),
        shape: String::new(),
        count: count as u64,
        low,
        high,
        mean,
        deviation,
        zeros,
        odd,
        bins,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_told_in_numbers_that_can_be_computed_by_hand() {
        let tensor = Tensor::f32(&[2, 3], vec![-1.0, 0.0, 0.0, 1.0, 1.0, 2.0]).unwrap();
        let facts = facts("w", &tensor);
        assert_eq!((facts.shape.as_str(), facts.count, facts.zeros, facts.odd), ("2×3", 6, 2, 0));
        assert_eq!((facts.low, facts.high, facts.mean), (-1.0, 2.0, 0.5));
        // Squares: (1 + 1 + 1 + 4) / 6 - 0.25.
        assert!((facts.deviation - (7.0_f64 / 6.0 - 0.25).sqrt()).abs() < 1e-12);
        assert_eq!(facts.bins.iter().sum::<u64>(), 6);
        assert_eq!((facts.bins[0], facts.bins[BINS - 1]), (1, 1), "both ends belong to it");
    }

    #[test]
    fn what_is_no_number_is_counted_apart_and_one_value_has_no_histogram() {
        let facts_of = |values: Vec<f32>| facts("w", &Tensor::f32(&[values.len()], values).unwrap());
        let some = facts_of(vec![f32::NAN, 1.0, 3.0, f32::INFINITY]);
        assert_eq!((some.odd, some.low, some.high, some.mean), (2, 1.0, 3.0, 2.0));
        assert_eq!(some.bins.iter().sum::<u64>(), 2);
        let none = facts_of(vec![f32::NAN]);
        assert_eq!((none.odd, none.low, none.mean, none.deviation), (1, 0.0, 0.0, 0.0));
        assert!(facts_of(vec![4.0; 5]).bins.is_empty());
    }
}
