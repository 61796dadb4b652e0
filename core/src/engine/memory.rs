//! What a run takes, computed before it is taken: where memory runs out, the system ends a program without a word.

use super::EngineError;
use super::reference::last_uses;
use crate::graph::{Graph, Node, ValueId};
use crate::platform::memory;
use crate::tensor::TensorType;

/// The part of what may be taken that a run is sized for: engines take room in doubling steps and keep it for the next run.
const SHARE: u64 = 4;

/// Bytes that live at the same time while a graph runs, as functions of the number of images.
#[derive(Debug, Default)]
pub(super) struct Demand {
    /// Moments that need the most for some number of images.
    peaks: Vec<Peak>,
    /// Results whose size is no multiple of the images, such as images times images.
    odd: Vec<(String, TensorType)>,
    /// Copies that an engine has of a tensor, in f32 where it computes in f64.
    copies: u64,
}

/// What lives while one node runs: `per_image * images + fixed` bytes.
#[derive(Clone, Debug)]
struct Peak {
    per_image: u64,
    fixed: u64,
    node: String,
    result: String,
}

impl Peak {
    const fn covers(&self, per_image: u64, fixed: u64) -> bool {
        self.per_image >= per_image && self.fixed >= fixed
    }

    const fn at(&self, images: u64) -> u64 {
        self.per_image.saturating_mul(images).saturating_add(self.fixed)
    }
}

impl Demand {
    /// Of a graph in an engine that has so many copies of each tensor.
    pub(super) fn of(graph: &Graph, copies: u64) -> Self {
        let mut demand = Self { copies, ..Self::default() };
        let last = last_uses(graph);
        let linear = |value: ValueId| {
            let ty = graph.ty(value);
            let (bytes, count) = (ty.dtype.bytes() as u64, ty.elements()?);
            Some(((count.batch as u64).saturating_mul(bytes), (count.fixed as u64).saturating_mul(bytes)))
        };
        let (mut per_image, mut fixed) = (0_u64, 0_u64);
        for (a, b) in graph.inputs().iter().filter_map(|input| linear(*input)) {
            (per_image, fixed) = (per_image.saturating_add(a), fixed.saturating_add(b));
        }
        for (position, node) in graph.nodes().iter().enumerate() {
            for output in &node.outputs {
                match linear(*output) {
                    Some((a, b)) => (per_image, fixed) = (per_image.saturating_add(a), fixed.saturating_add(b)),
                    None => demand.odd.push((node.name.clone(), graph.ty(*output).clone())),
                }
            }
            demand.note(per_image, fixed, || largest(graph, node));
            let mut done: Vec<ValueId> = node.inputs.clone();
            done.sort_unstable();
            done.dedup();
            done.retain(|v| last[v.index()] == Some(position) && graph.constant(*v).is_none());
            for (a, b) in done.into_iter().filter_map(linear) {
                (per_image, fixed) = (per_image.saturating_sub(a), fixed.saturating_sub(b));
            }
        }
        demand
    }

    fn note(&mut self, per_image: u64, fixed: u64, names: impl FnOnce() -> (String, String)) {
        if self.peaks.iter().any(|peak| peak.covers(per_image, fixed)) {
            return;
        }
        let (node, result) = names();
        let new = Peak { per_image, fixed, node, result };
        self.peaks.retain(|old| !new.covers(old.per_image, old.fixed));
        self.peaks.push(new);
    }

    /// What lives at the worst moment of a run on so many images, bytes.
    pub(super) fn most(&self, images: u64) -> u64 {
        self.peaks.iter().map(|peak| peak.at(images)).max().unwrap_or(0)
    }

    /// How many images, at most so many and at least one, a run holds comfortably.
    pub(super) fn comfortable(&self, images: usize) -> usize {
        let most = memory::budget() / SHARE / self.copies.max(1);
        let fit = |peak: &Peak| most.saturating_sub(peak.fixed) / peak.per_image.max(1);
        let count = self.peaks.iter().map(fit).min().unwrap_or(u64::MAX);
        usize::try_from(count).unwrap_or(usize::MAX).min(images).max(1)
    }

    /// Whether a run on so many images fits into what may be taken.
    ///
    /// # Errors
    /// [`EngineError::Memory`] with the node at which it would not.
    pub(super) fn check(&self, images: usize) -> Result<(), EngineError> {
        let most = memory::budget();
        let (count, refuse) = (images as u64, |node: &str, result: &str, bytes: u64| EngineError::Memory {
            node: node.to_owned(),
            result: result.to_owned(),
            bytes,
            images,
            most,
        });
        for peak in &self.peaks {
            let bytes = peak.at(count).saturating_mul(self.copies);
            if bytes > most {
                return Err(refuse(&peak.node, &peak.result, bytes));
            }
        }
        for (node, ty) in &self.odd {
            let bytes = ty.bytes_at(images).unwrap_or(u64::MAX).saturating_mul(self.copies);
            if bytes > most {
                return Err(refuse(node, &ty.to_string(), bytes));
            }
        }
        Ok(())
    }
}

/// The largest of what a node takes and makes, and who makes it.
fn largest(graph: &Graph, node: &Node) -> (String, String) {
    let tensors = node.outputs.iter().chain(&node.inputs).filter(|value| graph.constant(**value).is_none());
    let largest = tensors.max_by_key(|value| graph.ty(**value).bytes_at(1).unwrap_or(u64::MAX));
    let maker = largest.and_then(|value| graph.producer(*value)).unwrap_or(node);
    (maker.name.clone(), largest.map_or_else(String::new, |value| graph.ty(*value).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::tensor::Tensor;

    #[test]
    fn what_lives_together_is_added_up_and_what_is_done_is_not() {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&[10]));
        let first = b.relu(x).unwrap();
        let second = b.relu(first).unwrap();
        let third = b.add(second, x).unwrap();
        b.output("y", third);
        let demand = Demand::of(&b.finish(), 1);
        // The image, a result, and the result made of it: 10 f32 each.
        assert!(demand.peaks.iter().all(|peak| (peak.per_image, peak.fixed) == (120, 0)), "{demand:?}");
        demand.check(1000).unwrap();
        assert_eq!(demand.comfortable(1000), 1000);
        let fitting = demand.comfortable(usize::MAX) as u64;
        assert!(fitting * 120 * SHARE <= memory::budget() + (1 << 30), "{fitting}");
        let why = demand.check(usize::MAX).unwrap_err().to_string();
        for part in ["Relu", "f32[N, 10]", "memory_mib", "smaller batch"] {
            assert!(why.contains(part), "{why}");
        }
    }

    #[test]
    fn a_constant_blown_up_is_refused_for_one_image() {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&[1]));
        let one = b.constant(Tensor::full(&[1], 1.0));
        let bomb = b.expand(one, &[crate::tensor::Dim::fixed(1 << 45)]).unwrap();
        let sum = b.reduce_sum(bomb, &[0], true).unwrap();
        let y = b.add(x, sum).unwrap();
        b.output("y", y);
        let why = Demand::of(&b.finish(), 1).check(1).unwrap_err().to_string();
        assert!(why.contains("Expand") && why.contains("128.0 TiB"), "{why}");
    }
}
