//! Elements of eight bits and fewer that are no whole integers of a byte: 2- and 4-bit integers and small floats. They become
//! i64 and f32, exactly.
//!
//! Elements of 4 bits lie two in a byte, those of 2 bits four in a byte, the first in the lowest bits.

use super::code;
use crate::tensor::Data;

/// How the bits of an element are a number.
enum Form {
    /// A whole number.
    Unsigned,
    /// Two's complement.
    Signed,
    /// Sign, so many exponent bits with this bias, the rest fraction.
    Float { exponent: u32, bias: i32, special: Special },
    /// A power of two alone, with this bias.
    Power { bias: i32 },
}

/// What the extreme patterns of a float stand for.
#[derive(Clone, Copy, PartialEq)]
enum Special {
    /// All exponent bits set: infinite, NaN with a fraction, as IEEE has it.
    Ieee,
    /// No infinity; all bits but the sign set: NaN.
    OnlyNan,
    /// Neither; minus zero is NaN.
    Unsigned,
    /// Every pattern is a number.
    None,
}

fn form(kind: i32) -> Option<(u32, Form)> {
    let float = |exponent, bias, special| Form::Float { exponent, bias, special };
    Some(match kind {
        code::UINT2 => (2, Form::Unsigned),
        code::INT2 => (2, Form::Signed),
        code::UINT4 => (4, Form::Unsigned),
        code::INT4 => (4, Form::Signed),
        code::FLOAT4E2M1 => (4, float(2, 1, Special::None)),
        code::FLOAT8E4M3FN => (8, float(4, 7, Special::OnlyNan)),
        code::FLOAT8E4M3FNUZ => (8, float(4, 8, Special::Unsigned)),
        code::FLOAT8E5M2 => (8, float(5, 15, Special::Ieee)),
        code::FLOAT8E5M2FNUZ => (8, float(5, 16, Special::Unsigned)),
        code::FLOAT8E8M0 => (8, Form::Power { bias: 127 }),
        _ => return None,
    })
}

/// Bits of an element of this type, if it is read here.
pub(super) fn bits(kind: i32) -> Option<u32> {
    form(kind).map(|(bits, _)| bits)
}

/// `count` elements from their bytes; `None` for types that are not read here.
pub(super) fn packed(kind: i32, bytes: &[u8], count: usize) -> Option<Result<Data, String>> {
    let (width, form) = form(kind)?;
    let per_byte = (8 / width) as usize;
    let needed = count.div_ceil(per_byte);
    if bytes.len() != needed {
        return Some(Err(format!("its sizes need {needed} bytes, {} are there; the file is damaged", bytes.len())));
    }
    let shifts = (0..8).step_by(width as usize);
    let mask = u8::MAX >> (8 - width);
    let bits = bytes.iter().flat_map(|byte| shifts.clone().map(move |shift| (byte >> shift) & mask)).take(count);
    Some(Ok(match form {
        Form::Unsigned => Data::I64(bits.map(i64::from).collect::<Vec<_>>().into()),
        Form::Signed => {
            let signed = |bits: u8| i64::from(bits) - if bits >> (width - 1) == 1 { 1 << width } else { 0 };
            Data::I64(bits.map(signed).collect::<Vec<_>>().into())
        }
        Form::Float { exponent, bias, special } => {
            Data::F32(bits.map(|b| float(b, width, exponent, bias, special)).collect::<Vec<_>>().into())
        }
        Form::Power { bias } => {
            let power = |bits: u8| if bits == u8::MAX { f32::NAN } else { 2.0_f32.powi(i32::from(bits) - bias) };
            Data::F32(bits.map(power).collect::<Vec<_>>().into())
        }
    }))
}

fn float(bits: u8, width: u32, exponent: u32, bias: i32, special: Special) -> f32 {
    let fractions = width - 1 - exponent;
    let sign = if bits >> (width - 1) == 1 { -1.0 } else { 1.0 };
    let (fraction, power) = (bits & ((1 << fractions) - 1), (bits >> fractions) & ((1 << exponent) - 1));
    let top = power == (1 << exponent) - 1;
    match special {
        Special::Unsigned if bits == 1 << (width - 1) => return f32::NAN,
        Special::Ieee if top => return if fraction == 0 { sign * f32::INFINITY } else { f32::NAN },
        Special::OnlyNan if top && fraction == (1 << fractions) - 1 => return f32::NAN,
        _ => {}
    }
    let scale = |power: i32| 2.0_f32.powi(power - bias - i32::try_from(fractions).unwrap_or(0));
    if power == 0 {
        return sign * f32::from(fraction) * scale(1);
    }
    sign * (f32::from(fraction) + f32::from(1_u8 << fractions)) * scale(i32::from(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: i32, bytes: &[u8], count: usize) -> Vec<f64> {
        match packed(kind, bytes, count).unwrap().unwrap() {
            Data::I64(v) => v.iter().map(|x| f64::from(i32::try_from(*x).unwrap())).collect(),
            Data::F32(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::F64(_) | Data::Bool(_) => Vec::new(),
        }
    }

    #[test]
    fn the_first_element_lies_in_the_lowest_bits() {
        assert_eq!(read(code::INT4, &[0x8f, 0x07], 3), [-1.0, -8.0, 7.0]);
        assert_eq!(read(code::UINT4, &[0x8f], 2), [15.0, 8.0]);
        assert_eq!(read(code::INT2, &[0b11_10_01_00], 4), [0.0, 1.0, -2.0, -1.0]);
        assert!(packed(code::INT4, &[1], 3).unwrap().is_err());
    }

    #[test]
    fn small_floats_are_read_exactly() {
        // Largest, smallest normal and smallest subnormal numbers as the formats' papers have them.
        assert_eq!(read(code::FLOAT8E4M3FN, &[0x7e, 0x08, 0x01, 0xb8], 4), [448.0, 0.015_625, 0.001_953_125, -1.0]);
        assert_eq!(read(code::FLOAT8E5M2, &[0x7b, 0x7c, 0x01], 3), [57344.0, f64::INFINITY, 2.0_f64.powi(-16)]);
        assert_eq!(read(code::FLOAT8E4M3FNUZ, &[0x7f], 1), [240.0]);
        assert_eq!(read(code::FLOAT8E5M2FNUZ, &[0x7f], 1), [57344.0]);
        assert_eq!(read(code::FLOAT4E2M1, &[0x71, 0x0a], 3), [0.5, 6.0, -1.0]);
        assert_eq!(read(code::FLOAT8E8M0, &[127, 130], 2), [1.0, 8.0]);
        assert!(read(code::FLOAT8E4M3FN, &[0x7f], 1)[0].is_nan() && read(code::FLOAT8E5M2FNUZ, &[0x80], 1)[0].is_nan());
    }
}
