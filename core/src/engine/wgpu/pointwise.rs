//! Pointwise operators as WGSL expressions.
//!
//! Inside generated code f32 and f64 are `f32`, i64 is `i32`, bool is `bool`. Whatever is more than an infix operator or a built-in
//! is a function of `shaders/wgsl/shared/pointwise.wgsl`, named through its generated handle.

use stitchscope_shaders::{Function, functions};

use crate::ops::Op;
use crate::tensor::DType;

/// The type of a variable of generated code.
pub(super) const fn variable_type(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 | DType::F64 => "f32",
        DType::I64 => "i32",
        DType::Bool => "bool",
    }
}

/// The type of a stored element.
pub(super) const fn stored_type(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 | DType::F64 => "f32",
        DType::I64 => "i32",
        DType::Bool => "u32",
    }
}

/// Whether the operator treats every element by itself.
pub(super) fn is_pointwise(op: &Op) -> bool {
    let names = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    expression(op, &names, &[DType::F32; 3]).is_some()
}

/// The value of `op` on variables or literals `args` of types `types`; `None` for operators that are not pointwise.
pub(super) fn expression(op: &Op, args: &[String], types: &[DType]) -> Option<String> {
    let arg = |i: usize| args.get(i).map_or("", String::as_str);
    let (a, b, c) = (arg(0), arg(1), arg(2));
    let real = types.first().is_some_and(|t| t.is_real());
    let call = |function: &Function, extra: &[f64]| {
        let given = args[..function.arity - extra.len()].iter().cloned();
        let all: Vec<String> = given.chain(extra.iter().map(|x| spell(*x))).collect();
        format!("{}({})", function.name, all.join(", "))
    };
    Some(match op {
        Op::Add(_) => format!("({a} + {b})"),
        Op::Sub(_) => format!("({a} - {b})"),
        Op::Mul(_) => format!("({a} * {b})"),
        Op::Div(_) => format!("({a} / {b})"),
        Op::Pow(_) => call(&functions::POWER, &[]),
        Op::Min(_) if real => call(&functions::MINIMUM, &[]),
        Op::Max(_) if real => call(&functions::MAXIMUM, &[]),
        Op::Min(_) => format!("min({a}, {b})"),
        Op::Max(_) => format!("max({a}, {b})"),
        Op::Less(_) => format!("({a} < {b})"),
        Op::Greater(_) => format!("({a} > {b})"),
        Op::Equal(_) => format!("({a} == {b})"),
        Op::Not(_) => format!("(!{a})"),
        Op::And(_) => format!("({a} && {b})"),
        Op::Or(_) => format!("({a} || {b})"),
        Op::Where(_) => format!("select({c}, {b}, {a})"),
        Op::Neg(_) => format!("(-{a})"),
        Op::Abs(_) => format!("abs({a})"),
        Op::Sqrt(_) => call(&functions::SQUARE_ROOT, &[]),
        Op::Exp(_) => format!("exp({a})"),
        Op::Log(_) => call(&functions::LOGARITHM, &[]),
        Op::Relu(_) => call(&functions::RELU, &[]),
        Op::Sign(_) => call(&functions::SIGN_OF, &[]),
        Op::Sin(_) => call(&functions::SINE, &[]),
        Op::Cos(_) => call(&functions::COSINE, &[]),
        Op::Floor(_) => format!("floor({a})"),
        Op::Ceil(_) => format!("ceil({a})"),
        // Of two whole numbers as near, the even one: so WGSL has it too.
        Op::Round(_) | Op::RoundThrough(_) => format!("round({a})"),
        Op::Erf(_) => call(&functions::ERF, &[]),
        Op::Tanh(_) => call(&functions::TANGENT, &[]),
        Op::Sigmoid(_) => call(&functions::SIGMOID, &[]),
        Op::Softplus(_) => call(&functions::SOFTPLUS, &[]),
        Op::HardSwish(_) => call(&functions::HARD_SWISH, &[]),
        Op::Silu(op) => call(&functions::SILU, &[op.alpha]),
        Op::Mish(_) => call(&functions::MISH, &[]),
        Op::Gelu(gelu) if gelu.tanh => call(&functions::GELU_TANH, &[]),
        Op::Gelu(_) => call(&functions::GELU, &[]),
        Op::LeakyRelu(op) => call(&functions::LEAKY_RELU, &[op.alpha]),
        Op::PRelu(_) => call(&functions::LEAKY_RELU, &[]),
        Op::Elu(op) => call(&functions::ELU, &[op.alpha]),
        Op::Selu(op) => call(&functions::SELU, &[op.alpha, op.gamma]),
        Op::HardSigmoid(op) => call(&functions::HARD_SIGMOID, &[op.alpha, op.beta]),
        // Beyond f32 there is no number to cut off.
        Op::Clip(op) => call(&functions::CLIP, &[op.low.max(f64::from(f32::MIN)), op.high.min(f64::from(f32::MAX))]),
        Op::Cast(op) => cast(a, *types.first()?, op.to),
        _ => return None,
    })
}

fn cast(a: &str, from: DType, to: DType) -> String {
    match (from, to) {
        (DType::Bool, DType::Bool) | (DType::I64, DType::I64) | (DType::F32 | DType::F64, DType::F32 | DType::F64) => {
            a.to_owned()
        }
        (DType::F32 | DType::F64, DType::Bool) => format!("({a} != 0.0)"),
        (DType::I64, DType::Bool) => format!("({a} != 0)"),
        (_, to) => format!("{}({a})", variable_type(to)),
    }
}

/// A number as WGSL text of type f32.
fn spell(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the device computes in f32")]
    let value = value as f32;
    format!("{}f", decimal(value))
}

/// Digits that mean this number. The shortest for the largest numbers lie a little beyond them, which browsers refuse.
fn decimal(value: f32) -> String {
    let short = format!("{value:?}");
    let fits = short.parse::<f64>().is_ok_and(|read| read.abs() <= f64::from(f32::MAX));
    if fits { short } else { format!("{:?}", f64::from(value)) }
}

/// A constant of one element as WGSL text; `None` for what has no literal.
pub(super) fn literal(word: u32, dtype: DType) -> Option<String> {
    match dtype {
        DType::F32 | DType::F64 => {
            let value = f32::from_bits(word);
            // Subnormal literals may be flushed or refused.
            (value.is_normal() || value == 0.0).then(|| format!("({}f)", decimal(value)))
        }
        // The most negative integer has no literal.
        DType::I64 => (word != 1 << 31).then(|| format!("({}i)", word.cast_signed())),
        DType::Bool => Some((word != 0).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_the_shading_language_wants() {
        assert_eq!(literal(1.5_f32.to_bits(), DType::F32).unwrap(), "(1.5f)");
        assert_eq!(literal(1e-8_f32.to_bits(), DType::F64).unwrap(), "(1e-8f)");
        assert_eq!(literal(7_u32.wrapping_neg(), DType::I64).unwrap(), "(-7i)");
        assert_eq!(literal(1, DType::Bool).unwrap(), "true");
        assert_eq!(literal(f32::MAX.to_bits(), DType::F32).unwrap(), "(3.4028234663852886e38f)");
        assert_eq!(spell(f64::from(f32::MIN)), "-3.4028234663852886e38f");
        assert!(literal(f32::INFINITY.to_bits(), DType::F32).is_none());
    }

    #[test]
    fn only_pointwise_operators_have_an_expression() {
        assert!(is_pointwise(&crate::ops::add::Add.into()));
        assert!(!is_pointwise(&crate::ops::matmul::MatMul.into()));
    }
}
