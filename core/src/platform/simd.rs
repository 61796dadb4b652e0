//! The widest vectors that this processor has, found while the program runs.
//!
//! The crate `pulp` holds what has to be unsafe about it: a loop that is generic over [`Simd`] is compiled once for each kind of
//! vectors and entered through `vectorized`.

pub use pulp::{Simd, WithSimd};

/// Runs a loop with the widest vectors at hand. What it calls has to be inlined into it, or it keeps to narrow ones.
pub(crate) fn vectorized<Op: WithSimd>(op: Op) -> Op::Output {
    #[cfg(test)]
    let op = match tried::instead(op) {
        Ok(output) => return output,
        Err(op) => op,
    };
    let arch = pulp::Arch::new();
    // Processors without fused multiply-add: four lanes are still better than none.
    #[cfg(target_arch = "x86_64")]
    if let (pulp::Arch::Scalar, Some(old)) = (arch, pulp::x86::V2::try_new()) {
        return Simd::vectorize(old, op);
    }
    arch.dispatch(op)
}

/// `a * b + c` lane by lane: in one rounding where the processor has an instruction for that.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    // The one kind of vectors without the instruction: `pulp` would compute its single rounding by other means, slowly.
    if S::REGISTER_COUNT == 16 && S::F32_LANES <= 4 {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> usize {
        S::F32_LANES
    }
}

/// Numbers of 32 bits in a vector.
pub fn lanes() -> usize {
    vectorized(Lanes)
}

/// What the vectors are called, for people.
pub fn name() -> &'static str {
    match pulp::Arch::new() {
        pulp::Arch::Scalar => "narrow vectors",
        _ if lanes() >= 16 => "AVX-512",
        _ if lanes() >= 8 => "AVX2",
        _ => "vectors of four",
    }
}

/// Kinds of vectors that this processor has but would not choose, for tests.
#[cfg(test)]
pub mod tried {
    use std::cell::Cell;

    use super::{Simd, WithSimd};

    thread_local! {
        static KIND: Cell<usize> = const { Cell::new(0) };
    }

    /// What a test does, with every kind of vectors on this thread.
    pub fn all(test: impl Fn()) {
        for kind in 0..4 {
            KIND.set(kind);
            test();
        }
        KIND.set(0);
    }

    /// With the kind that was set, if this processor has it.
    pub fn instead<Op: WithSimd>(op: Op) -> Result<Op::Output, Op> {
        match KIND.get() {
            #[cfg(target_arch = "x86_64")]
            1 => match pulp::x86::V3::try_new() {
                Some(simd) => Ok(Simd::vectorize(simd, op)),
                None => Err(op),
            },
            #[cfg(target_arch = "x86_64")]
            2 => match pulp::x86::V2::try_new() {
                Some(simd) => Ok(Simd::vectorize(simd, op)),
                None => Err(op),
            },
            3 => Ok(Simd::vectorize(pulp::Scalar, op)),
            _ => Err(op),
        }
    }
}
