//! Matrix products in f32: the operators that are one, and the stitch with its gradient.

use super::finish::Finish;
use super::packed::Packed;
use super::panels::{Panels, Right, product};
use crate::engine::processor::scratch::Scratch;
use crate::ops::OpError;
use crate::ops::stitch::channel_axis;
use crate::tensor::Tensor;

fn made(shape: &[usize], values: Vec<f32>) -> Result<Tensor, OpError> {
    Tensor::f32(shape, values).map_err(|error| OpError::shape(error.to_string()))
}

/// A constant right side, packed once; `None` where it is no single matrix.
pub(crate) fn packed_right(b: &Tensor) -> Option<Panels> {
    let &[inner, columns] = b.shape() else { return None };
    (inner > 0 && columns > 0).then_some(Panels::of_rows(b.as_f32().ok()?, columns))
}

/// `a` [.., rows, inner] times `b` [.., inner, columns], leading axes broadcast to those of `shape`. `panels` is `b` where it was
/// packed beforehand; `turned` says that `b` lies as [.., columns, inner].
pub(crate) fn matmul(
    (a, b): (&Tensor, &Tensor),
    (panels, turned): (Option<&Panels>, bool),
    shape: &[usize],
    scratch: &mut Scratch,
) -> Result<Option<Tensor>, OpError> {
    let (Some((lead_a, &[rows, inner])), Some((lead_b, &[_, _])), Some((lead, &[_, columns]))) =
        (a.shape().split_last_chunk::<2>(), b.shape().split_last_chunk::<2>(), shape.split_last_chunk::<2>())
    else {
        return Ok(None);
    };
    let (Ok(left), Ok(right)) = (a.as_f32(), b.as_f32()) else { return Ok(None) };
    let mut y = scratch.take(shape.iter().product());
    let mut packed: Option<(usize, Packed)> = None;
    for (index, y) in y.chunks_exact_mut(rows * columns).enumerate() {
        let (from_a, from_b) = (place(index, lead, lead_a), place(index, lead, lead_b));
        // A matrix that meets many others is packed once.
        if packed.as_ref().is_none_or(|(at, _)| *at != from_a) {
            let left = &left[from_a * rows * inner..][..rows * inner];
            packed = Some((from_a, Packed::of_rows(left, inner)));
        }
        let Some((_, matrix)) = &packed else { continue };
        let cells = &right[from_b * inner * columns..][..inner * columns];
        let right = match panels {
            Some(panels) => Right::Panels(panels),
            None if turned => Right::Columns(cells),
            None => Right::Rows(cells),
        };
        // A matrix times another's transpose is a sum over positions, which studies compare: the same bits on every machine.
        if turned {
            product::<false>(matrix, right, columns, y, (&Finish::default(), scratch));
        } else {
            product::<true>(matrix, right, columns, y, (&Finish::default(), scratch));
        }
    }
    made(shape, y).map(Some)
}

/// Which matrix of an argument with leading axes `own` stands at `index` of the result's leading axes.
fn place(mut index: usize, lead: &[usize], own: &[usize]) -> usize {
    let (mut at, mut step) = (0, 1);
    for (axis, size) in lead.iter().enumerate().rev() {
        let digit = index % size;
        index /= size;
        // Aligned at the last axis; what is missing or 1 is broadcast.
        let own = (axis + own.len()).checked_sub(lead.len()).map_or(1, |axis| own[axis]);
        at += if own == 1 { 0 } else { digit * step };
        step *= own;
    }
    at
}

/// Sizes of an activation: images, channels and positions where channels come before positions, else 1, channels and rows.
fn planes(shape: &[usize]) -> Option<[usize; 3]> {
    let channels = *shape.get(channel_axis(shape.len()))?;
    match shape {
        [images, _, rows, columns] => Some([*images, channels, rows * columns]),
        _ => Some([1, channels, shape.iter().product::<usize>() / channels.max(1)]),
    }
}

/// `w` [outputs, channels] times every position of `x`, plus `bias`.
pub(crate) fn stitch(
    [x, w, bias]: [&Tensor; 3],
    shape: &[usize],
    scratch: &mut Scratch,
) -> Result<Option<Tensor>, OpError> {
    let (Some([_, inner, places]), &[outputs, _]) = (planes(x.shape()), w.shape()) else { return Ok(None) };
    let (Ok(signal), Ok(weights), Ok(bias)) = (x.as_f32(), w.as_f32(), bias.as_f32()) else { return Ok(None) };
    let mut y = scratch.take(shape.iter().product());
    if shape.len() == 4 {
        let (matrix, finish) = (Packed::of_rows(weights, inner), Finish { bias, ..Finish::default() });
        for (signal, y) in signal.chunks_exact(inner * places).zip(y.chunks_exact_mut(outputs * places)) {
            product::<true>(&matrix, Right::Rows(signal), places, y, (&finish, scratch));
        }
    } else {
        let matrix = Packed::of_rows(signal, inner);
        product::<true>(&matrix, Right::Columns(weights), outputs, &mut y, (&Finish::default(), scratch));
        for row in y.chunks_exact_mut(outputs) {
            row.iter_mut().zip(bias).for_each(|(y, bias)| *y += bias);
        }
    }
    made(shape, y).map(Some)
}

/// The stitch's weight gradient [outputs, channels] and bias gradient `[outputs]`: sums over images in f64, within one in f32.
pub(crate) fn stitch_grad(
    (dy, x): (&Tensor, &Tensor),
    shapes: &[Vec<usize>],
    scratch: &mut Scratch,
) -> Result<Option<Vec<Tensor>>, OpError> {
    let (Some([_, outputs, places]), Some([_, inner, _]), [weight, bias]) =
        (planes(dy.shape()), planes(x.shape()), shapes)
    else {
        return Ok(None);
    };
    let (Ok(up), Ok(signal)) = (dy.as_f32(), x.as_f32()) else { return Ok(None) };
    let (mut dw, mut db) = (vec![0.0; outputs * inner], vec![0.0; outputs]);
    let mut sums = scratch.take(outputs * inner);
    let mut add = |sums: &[f32]| dw.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(*sum));
    let plain = Finish::default();
    if dy.shape().len() == 4 {
        for (up, signal) in up.chunks_exact(outputs * places).zip(signal.chunks_exact(inner * places)) {
            let matrix = Packed::of_rows(up, places);
            product::<true>(&matrix, Right::Columns(signal), inner, &mut sums, (&plain, scratch));
            add(&sums);
            for (total, row) in db.iter_mut().zip(up.chunks_exact(places)) {
                *total += row.iter().copied().map(f64::from).sum::<f64>();
            }
        }
    } else {
        let matrix = Packed::of_columns(up, outputs);
        product::<true>(&matrix, Right::Rows(signal), inner, &mut sums, (&plain, scratch));
        add(&sums);
        for row in up.chunks_exact(outputs) {
            db.iter_mut().zip(row).for_each(|(total, up)| *total += f64::from(*up));
        }
    }
    Ok(Some(vec![made(weight, narrowed(&dw))?, made(bias, narrowed(&db))?]))
}

#[expect(clippy::cast_possible_truncation, reason = "results are f32")]
fn narrowed(totals: &[f64]) -> Vec<f32> {
    totals.iter().map(|total| *total as f32).collect()
}
