//! Kernels of convolutions as the shaders read them: blocks of eight output channels side by side, filled up with zeros.
//!
//! `[groups * outputs, inputs, taps]` becomes `[groups * blocks, inputs, taps, 8]`, or `[groups * blocks, taps, inputs, 8]` for kernels
//! that go tap by tap. Constants are packed once on the host; what is given at each run is packed on the device.

use stitchscope_shaders::conv::pack as pack_kernel;

use super::super::plan::{Site, Spread, TensorId};
use super::sizes::U32;
use crate::engine::EngineError;
use crate::tensor::Tensor;

/// Output channels of a block.
pub(super) const LANES: usize = 8;

/// How a kernel is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Output channels of a group.
    pub outputs: usize,
    /// Input channels of a group.
    pub inputs: usize,
    /// Cells of the kernel.
    pub taps: usize,
    /// Whether the kernel comes as a transposed convolution's: `[groups * inputs, outputs, taps]`.
    pub transposed: bool,
    /// Whether the inputs of a tap follow each other, rather than the taps of an input.
    pub tap_by_tap: bool,
}

impl Packing {
    /// Blocks of a group.
    pub(super) const fn blocks(&self) -> usize {
        self.outputs.div_ceil(LANES)
    }

    const fn words(&self) -> usize {
        self.groups * self.blocks() * self.inputs * self.taps * LANES
    }

    fn pack(&self, values: &[f32]) -> Vec<f32> {
        (0..self.words()).map(|at| self.source(at).and_then(|from| values.get(from)).copied().unwrap_or(0.0)).collect()
    }

    /// Where word `at` comes from; `None` for what is filled up.
    fn source(&self, at: usize) -> Option<usize> {
        let (lane, rest) = (at % LANES, at / LANES);
        let (block, inner) = (rest / (self.taps * self.inputs), rest % (self.taps * self.inputs));
        let (input, tap) = if self.tap_by_tap {
            (inner % self.inputs, inner / self.inputs)
        } else {
            (inner / self.taps, inner % self.taps)
        };
        let (group, output) = (block / self.blocks(), block % self.blocks() * LANES + lane);
        let row = if self.transposed {
            (group * self.inputs + input) * self.outputs + output
        } else {
            (group * self.outputs + output) * self.inputs + input
        };
        (output < self.outputs).then_some(row * self.taps + tap)
    }

    /// Argument 1, packed.
    pub(super) fn kernel(&self, site: &mut Site<'_, '_>) -> Result<TensorId, EngineError> {
        self.packed(site, 1)
    }

    /// Argument 2 in blocks, or zeros.
    pub(super) fn bias(&self, site: &mut Site<'_, '_>) -> Result<TensorId, EngineError> {
        let single = Self { inputs: 1, taps: 1, transposed: false, ..*self };
        if site.arity() < 3 { Ok(site.numbers(&vec![0.0; single.words()])) } else { single.packed(site, 2) }
    }

    fn packed(self, site: &mut Site<'_, '_>, index: usize) -> Result<TensorId, EngineError> {
        match site.constant(index) {
            Some(tensor) => Ok(self.constant(site, tensor)),
            None => {
                let given = site.input(index)?;
                self.given(site, given)
            }
        }
    }

    fn constant(self, site: &mut Site<'_, '_>, tensor: &Tensor) -> TensorId {
        site.rearranged(tensor, &format!("{self:?}"), self.words(), move |values| self.pack(values))
    }

    fn given(self, site: &mut Site<'_, '_>, w: TensorId) -> Result<TensorId, EngineError> {
        let (count, packed) = (self.words(), site.scratch(self.words()));
        let u = U32(site);
        let params = pack_kernel::Params {
            count: u.of(count)?,
            blocks: u.of(self.blocks())?,
            outputs: u.of(self.outputs)?,
            inputs: u.of(self.inputs)?,
            taps: u.of(self.taps)?,
        };
        let variant = match (self.transposed, self.tap_by_tap) {
            (false, false) => pack_kernel::Variant::Plain,
            (true, false) => pack_kernel::Variant::Transposed,
            (false, true) => pack_kernel::Variant::PlainTaps,
            (true, true) => pack_kernel::Variant::TransposedTaps,
        };
        let launch = pack_kernel::launch(variant, pack_kernel::Constants, params, pack_kernel::Bindings { w, packed });
        site.launch(launch, Spread::Elements(count), count as u64)?;
        Ok(packed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_filled_up_and_both_orders_meet() {
        // Two groups of three outputs and two inputs, one tap: row-major and transposed values of the same kernel.
        let plain = Packing { groups: 2, outputs: 3, inputs: 2, taps: 1, transposed: false, tap_by_tap: false };
        let packed = plain.pack(&[0.0, 1.0, 10.0, 11.0, 20.0, 21.0, 100.0, 101.0, 110.0, 111.0, 120.0, 121.0]);
        assert_eq!(packed[..8], [0.0, 10.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(packed[24..32], [101.0, 111.0, 121.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let transposed = Packing { transposed: true, ..plain };
        let values = [0.0, 10.0, 20.0, 1.0, 11.0, 21.0, 100.0, 110.0, 120.0, 101.0, 111.0, 121.0];
        assert_eq!(transposed.pack(&values), packed);
    }

    #[test]
    fn taps_or_inputs_come_first() {
        // One output, two inputs, three taps.
        let plain = Packing { groups: 1, outputs: 1, inputs: 2, taps: 3, transposed: false, tap_by_tap: false };
        let values = [0.0, 1.0, 2.0, 10.0, 11.0, 12.0];
        let firsts = |packing: Packing| packing.pack(&values).chunks(LANES).map(|block| block[0]).collect::<Vec<_>>();
        assert_eq!(firsts(plain), values);
        assert_eq!(firsts(Packing { tap_by_tap: true, ..plain }), [0.0, 10.0, 1.0, 11.0, 2.0, 12.0]);
    }
}
