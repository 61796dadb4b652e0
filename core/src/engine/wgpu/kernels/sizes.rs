//! Sizes as the shaders count: 32 bits, checked.

use super::super::plan::Site;
use crate::engine::EngineError;

/// Iterations of a loop that every driver carries out: Mesa's llvmpipe ends an invocation, without a word, after 65,535 in all.
pub(super) const LONGEST_LOOP: usize = 1 << 14;

/// Turns sizes into the shaders' integers, naming the node where one is too large.
pub(super) struct U32<'s, 'a, 'g>(pub &'s Site<'a, 'g>);

impl U32<'_, '_, '_> {
    /// An unsigned size.
    pub(super) fn of(&self, size: usize) -> Result<u32, EngineError> {
        u32::try_from(size).map_err(|_| self.0.broken(&format!("{size} is more than a shader can count")))
    }

    /// A signed size.
    pub(super) fn signed(&self, size: usize) -> Result<i32, EngineError> {
        i32::try_from(size).map_err(|_| self.0.broken(&format!("{size} is more than a shader can count")))
    }

    /// A whole number.
    pub(super) fn whole(&self, number: i64) -> Result<i32, EngineError> {
        i32::try_from(number).map_err(|_| self.0.broken(&format!("{number} is more than a shader can count")))
    }

    /// Up to eight sizes, filled up with ones.
    pub(super) fn eight(&self, sizes: &[usize]) -> Result<[u32; 8], EngineError> {
        let mut all = [1; 8];
        for (place, size) in all.iter_mut().zip(self.at_most_eight(sizes)?) {
            *place = self.of(*size)?;
        }
        Ok(all)
    }

    /// Up to eight strides, filled up with zeros.
    pub(super) fn eight_signed(&self, strides: &[usize]) -> Result<[i32; 8], EngineError> {
        let mut all = [0; 8];
        for (place, stride) in all.iter_mut().zip(self.at_most_eight(strides)?) {
            *place = self.signed(*stride)?;
        }
        Ok(all)
    }

    fn at_most_eight<'v>(&self, values: &'v [usize]) -> Result<&'v [usize], EngineError> {
        if values.len() <= 8 { Ok(values) } else { Err(self.0.broken("more than eight dimensions")) }
    }
}

/// Four sizes: images, channels, rows, columns.
pub(super) fn four(site: &Site<'_, '_>, shape: &[usize]) -> Result<[usize; 4], EngineError> {
    <[usize; 4]>::try_from(shape).map_err(|_| site.broken(&format!("needs images, has the shape {shape:?}")))
}
