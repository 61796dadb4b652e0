//! Convolution in f32: weights packed once, the image copied once with its border, results finished as they are kept.

use super::field::Field;
use super::finish::Finish;
use super::packed::Packed;
use super::tile::{Results, Signal, multiply};
use super::winograd::Winograd;
use crate::engine::processor::scratch::Scratch;
use crate::ops::conv::Conv;
use crate::tensor::Tensor;

/// A convolution of images of one size, ready to run on any number of them.
pub(crate) enum Plan {
    Direct(Direct),
    Winograd(Winograd),
}

/// Every sum as the definition has it.
pub(crate) struct Direct {
    field: Field,
    /// One a group: [outputs / groups, channels / groups times kernel cells].
    kernels: Vec<Packed>,
    /// Elements of an image's group and of its results.
    seen: usize,
    /// Rows times columns of the results.
    places: usize,
}

impl Plan {
    /// For `x` [images, channels, rows, columns], `w` [outputs, channels / groups, kernel rows, kernel columns] and a result of
    /// `shape`; `None` where a size is 0 or they contradict each other.
    pub(crate) fn new(op: &Conv, x: &[usize], w: &Tensor, shape: &[usize]) -> Option<Self> {
        Self::of(op, x, w, shape, true)
    }

    /// As [`Plan::new`], where Winograd's form may be ruled out.
    pub(crate) fn of(op: &Conv, x: &[usize], w: &Tensor, shape: &[usize], winograd: bool) -> Option<Self> {
        let (&[_, channels, rows, columns], &[outputs, inner, down, across]) = (x, w.shape()) else { return None };
        let &[_, results, high, wide] = shape else { return None };
        let fits = op.groups > 0 && inner * op.groups == channels && outputs % op.groups == 0 && results == outputs;
        if !fits || [channels, rows, columns, outputs, down, across, high, wide].contains(&0) {
            return None;
        }
        let (w, cells, per_group) = (w.as_f32().ok()?, inner * down * across, outputs / op.groups);
        let image = [inner, rows, columns];
        let form = winograd.then(|| Winograd::new(op, image, w, outputs, [down, across])).flatten();
        if let Some(form) = form {
            return Some(Self::Winograd(form));
        }
        let kernels = w.chunks_exact(per_group * cells).map(|w| Packed::of_rows(w, cells)).collect();
        let field = Field::new(op, image, [down, across], [high, wide]);
        Some(Self::Direct(Direct { field, kernels, seen: inner * rows * columns, places: high * wide }))
    }

    /// `y` [images, outputs, rows', columns'] of `x`, finished so.
    pub(crate) fn run(&self, x: &[f32], y: &mut [f32], finish: &Finish<'_>, scratch: &mut Scratch) {
        match self {
            Self::Direct(direct) => direct.run(x, y, finish, scratch),
            Self::Winograd(form) => form.run(x, y, finish, scratch),
        }
    }
}

impl Direct {
    fn run(&self, x: &[f32], y: &mut [f32], finish: &Finish<'_>, scratch: &mut Scratch) {
        let per_group = self.kernels.first().map_or(0, Packed::rows);
        let pieces = x.chunks_exact(self.seen).zip(y.chunks_exact_mut(per_group * self.places));
        let groups = self.kernels.iter().enumerate().cycle();
        for (piece, ((pixels, y), (group, kernel))) in pieces.zip(groups).enumerate() {
            let cells = if self.field.is_plain() {
                pixels
            } else {
                let cells = scratch.field(self.field.len());
                self.field.fill(pixels, &mut cells[..self.field.len()]);
                &*cells
            };
            let signal = Signal { cells, offsets: &self.field.offsets, columns: self.places };
            let finish = finish.from(group * per_group, piece * per_group * self.places);
            multiply::<true>(kernel, signal, Results { cells: y, stride: self.places, finish });
        }
    }
}
