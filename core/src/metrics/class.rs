//! The class that a row of logits names: the one rule for ties and for numbers that are none.

/// The index of the first largest logit; `None` when one of them is NaN, or without logits.
#[must_use]
pub fn predicted_class(logits: &[f32]) -> Option<usize> {
    first_largest(logits)
}

/// The index of the first largest value; `None` when one of them cannot be compared, as NaN, or without values.
#[must_use]
pub fn first_largest<T: PartialOrd>(values: impl IntoIterator<Item = T>) -> Option<usize> {
    let mut largest = None;
    for (index, value) in values.into_iter().enumerate() {
        value.partial_cmp(&value)?;
        match largest {
            Some((_, ref known)) if value <= *known => {}
            _ => largest = Some((index, value)),
        }
    }
    largest.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_is_the_class_and_nan_names_none() {
        assert_eq!(predicted_class(&[0.5, 2.0, 2.0]), Some(1));
        assert_eq!(predicted_class(&[f32::NEG_INFINITY; 2]), Some(0));
        assert_eq!(predicted_class(&[0.0, f32::NAN]), None);
        assert_eq!(predicted_class(&[]), None);
    }
}
