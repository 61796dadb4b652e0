//! The size of an attack or of its step, written as people write it: `8/255`, `0.25/255`, `0.1`.
//!
//! The text is kept beside the number: a report that says `8/255` is understood, one that says 0.03137 is not.

use std::fmt;
use std::str::FromStr;

/// A finite number of at least 0 with the text it was written as. Pixel values run from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Strength {
    text: String,
    numerator: f64,
    denominator: Option<f64>,
}

/// Why a text is no [`Strength`]. Each reads on after the name of the key: "eps is without a number".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrengthError {
    /// Nothing, or nothing on one side of the `/`.
    #[error("is without a number")]
    Empty,
    /// Not a number, or more than one `/`.
    #[error("is {0:?}, which is not a number")]
    NotANumber(String),
    /// NaN, infinite, or so large that it overflows.
    #[error("is {0:?}, which is not finite")]
    NotFinite(String),
    /// Below zero.
    #[error("is {0:?}, which is negative")]
    Negative(String),
    /// `8/0`.
    #[error("is {0:?}, which divides by zero")]
    ZeroDenominator(String),
}

impl Strength {
    /// The size itself: numerator over denominator, divided in f64.
    pub fn value(&self) -> f64 {
        self.numerator / self.denominator.unwrap_or(1.0)
    }

    /// A size that TOML or a slider gave as a plain number; its text is the shortest that reads back the same.
    pub(crate) fn from_number(number: f64) -> Result<Self, StrengthError> {
        number.to_string().parse()
    }

    /// `factor` times this size, still over the same denominator: 0.125 x `8/255` is `1/255`.
    pub fn scaled(&self, factor: f64) -> Result<Self, StrengthError> {
        let numerator = self.numerator * factor;
        match self.text.split_once('/') {
            Some((_, below)) => format!("{numerator}/{}", below.trim()).parse(),
            None => Self::from_number(numerator),
        }
    }
}

impl FromStr for Strength {
    type Err = StrengthError;

    fn from_str(text: &str) -> Result<Self, StrengthError> {
        let text = text.trim();
        let (numerator, denominator) = match text.split_once('/') {
            Some((above, below)) => (number(above, text)?, Some(number(below, text)?)),
            None => (number(text, text)?, None),
        };
        if denominator == Some(0.0) {
            return Err(StrengthError::ZeroDenominator(text.to_owned()));
        }
        let strength = Self { text: text.to_owned(), numerator, denominator };
        if strength.value().is_finite() { Ok(strength) } else { Err(StrengthError::NotFinite(strength.text)) }
    }
}

/// One side of the `/`, with `whole` for the message.
fn number(part: &str, whole: &str) -> Result<f64, StrengthError> {
    let part = part.trim();
    if part.is_empty() {
        return Err(StrengthError::Empty);
    }
    let number: f64 = part.parse().map_err(|_| StrengthError::NotANumber(whole.to_owned()))?;
    if !number.is_finite() {
        return Err(StrengthError::NotFinite(whole.to_owned()));
    }
    // The sign, not `< 0`: `-0` is a slip of the pen as well, and as a denominator it would flip infinities.
    if number.is_sign_negative() {
        return Err(StrengthError::Negative(whole.to_owned()));
    }
    Ok(number)
}

impl fmt::Display for Strength {
    /// The text as it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Strength, StrengthError> {
        text.parse()
    }

    #[test]
    fn text_is_kept_and_the_value_is_the_f64_quotient() {
        for (text, value) in [
            ("2/255", 2.0_f64 / 255.0),
            ("8/255", 8.0 / 255.0),
            ("0.25/255", 0.25 / 255.0),
            ("0.1", 0.1),
            ("1e-3", 0.001),
            (" 8 / 255 ", 8.0 / 255.0),
            ("0", 0.0),
        ] {
            let strength = read(text).unwrap();
            assert_eq!(strength.value().to_bits(), value.to_bits(), "{text}");
            assert_eq!(strength.to_string(), text.trim());
        }
    }

    #[test]
    fn what_is_no_size_says_why() {
        assert_eq!(read(""), Err(StrengthError::Empty));
        assert_eq!(read("/255"), Err(StrengthError::Empty));
        assert_eq!(read("8/"), Err(StrengthError::Empty));
        assert!(matches!(read("eight"), Err(StrengthError::NotANumber(_))));
        assert!(matches!(read("1/2/3"), Err(StrengthError::NotANumber(_))));
        assert!(matches!(read("3%"), Err(StrengthError::NotANumber(_))));
        assert!(matches!(read("-1/255"), Err(StrengthError::Negative(_))));
        assert!(matches!(read("8/-255"), Err(StrengthError::Negative(_))));
        assert!(matches!(read("-0"), Err(StrengthError::Negative(_))));
        assert!(matches!(read("nan"), Err(StrengthError::NotFinite(_))));
        assert!(matches!(read("inf"), Err(StrengthError::NotFinite(_))));
        assert!(matches!(read("1e300/1e-300"), Err(StrengthError::NotFinite(_))));
        assert!(matches!(read("8/0"), Err(StrengthError::ZeroDenominator(_))));
        assert_eq!(read("").unwrap_err().to_string(), "is without a number");
    }

    #[test]
    fn scaling_keeps_the_denominator() {
        assert_eq!(read("8/255").unwrap().scaled(2.5 / 20.0).unwrap().to_string(), "1/255");
        assert_eq!(read("0.5").unwrap().scaled(0.25).unwrap().to_string(), "0.125");
    }

    #[test]
    fn plain_numbers_read_back_the_same() {
        for number in [0.1, 1.0, 1e-10, 0.1 + 0.2, f64::MAX, f64::MIN_POSITIVE] {
            assert_eq!(Strength::from_number(number).unwrap().value().to_bits(), number.to_bits());
        }
        assert!(Strength::from_number(f64::NAN).is_err());
        assert!(Strength::from_number(-1.0).is_err());
    }
}
