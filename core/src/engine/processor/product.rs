//! Matrix products in f32: the operators that are one, and the stitch with its gradient.

use super::tile::{LANES, Packed, multiply};
use crate::ops::OpError;
use crate::ops::stitch::channel_axis;
use crate::tensor::Tensor;

fn made(shape: &[usize], values: Vec<f32>) -> Result<Tensor, OpError> {
    Tensor::f32(shape, values).map_err(|error| OpError::shape(error.to_string()))
}

/// Fills a panel from a matrix [inner, columns] that lies row by row.
fn from_rows(b: &[f32], columns: usize) -> impl Fn(usize, usize, &mut [[f32; LANES]]) + '_ {
    move |first, width, panel| {
        for (lanes, row) in panel.iter_mut().zip(b.chunks_exact(columns)) {
            lanes[..width].copy_from_slice(&row[first..first + width]);
        }
    }
}

/// Fills a panel from the transpose of a matrix [columns, inner] that lies row by row.
fn from_columns(b: &[f32], inner: usize) -> impl Fn(usize, usize, &mut [[f32; LANES]]) + '_ {
    move |first, width, panel| {
        for (lane, column) in b.chunks_exact(inner).skip(first).take(width).enumerate() {
            panel.iter_mut().zip(column).for_each(|(lanes, x)| lanes[lane] = *x);
        }
    }
}

/// `a` [.., rows, inner] times `b` [.., inner, columns], leading axes broadcast to those of `shape`.
pub fn matmul(a: &Tensor, b: &Tensor, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    let (Some((lead_a, &[rows, inner])), Some((lead_b, &[_, columns]))) =
        (a.shape().split_last_chunk::<2>(), b.shape().split_last_chunk::<2>())
    else {
        return Ok(None);
    };
    let lead = &shape[..shape.len() - 2];
    let (Ok(left), Ok(right)) = (a.as_f32(), b.as_f32()) else { return Ok(None) };
    let mut y = vec![0.0; shape.iter().product()];
    let mut packed: Option<(usize, Packed)> = None;
    for (index, y) in y.chunks_exact_mut(rows * columns).enumerate() {
        let (from_a, from_b) = (place(index, lead, lead_a), place(index, lead, lead_b));
        // A matrix that meets many others is packed once.
        if packed.as_ref().is_none_or(|(at, _)| *at != from_a) {
            let left = &left[from_a * rows * inner..][..rows * inner];
            packed = Some((from_a, Packed::new(rows, inner, |row, k| left[row * inner + k])));
        }
        let Some((_, matrix)) = &packed else { continue };
        let right = &right[from_b * inner * columns..][..inner * columns];
        multiply(matrix, columns, from_rows(right, columns), |row, first, sums| {
            y[row * columns + first..][..sums.len()].copy_from_slice(sums);
        });
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
pub fn stitch(x: &Tensor, w: &Tensor, bias: &Tensor, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    let (Some([_, inner, places]), &[outputs, _]) = (planes(x.shape()), w.shape()) else { return Ok(None) };
    let (Ok(signal), Ok(weights), Ok(bias)) = (x.as_f32(), w.as_f32(), bias.as_f32()) else { return Ok(None) };
    let mut y = vec![0.0; shape.iter().product()];
    if shape.len() == 4 {
        let matrix = Packed::new(outputs, inner, |output, k| weights[output * inner + k]);
        for (signal, y) in signal.chunks_exact(inner * places).zip(y.chunks_exact_mut(outputs * places)) {
            multiply(&matrix, places, from_rows(signal, places), |output, first, sums| {
                let results = &mut y[output * places + first..][..sums.len()];
                results.iter_mut().zip(sums).for_each(|(y, sum)| *y = sum + bias[output]);
            });
        }
    } else {
        let matrix = Packed::new(places, inner, |place, k| signal[place * inner + k]);
        multiply(&matrix, outputs, from_columns(weights, inner), |place, first, sums| {
            let results = &mut y[place * outputs + first..][..sums.len()];
            let sums = sums.iter().zip(&bias[first..]);
            results.iter_mut().zip(sums).for_each(|(y, (sum, bias))| *y = sum + bias);
        });
    }
    made(shape, y).map(Some)
}

/// The stitch's weight gradient [outputs, channels] and bias gradient `[outputs]`: sums over images in f64, within one in f32.
pub fn stitch_grad(dy: &Tensor, x: &Tensor, shapes: &[Vec<usize>]) -> Result<Option<Vec<Tensor>>, OpError> {
    let (Some([_, outputs, places]), Some([_, inner, _]), [weight, bias]) =
        (planes(dy.shape()), planes(x.shape()), shapes)
    else {
        return Ok(None);
    };
    let (Ok(up), Ok(signal)) = (dy.as_f32(), x.as_f32()) else { return Ok(None) };
    let (mut dw, mut db) = (vec![0.0; outputs * inner], vec![0.0; outputs]);
    let mut keep = |output: usize, first: usize, sums: &[f32]| {
        let totals = &mut dw[output * inner + first..][..sums.len()];
        totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(*sum));
    };
    if dy.shape().len() == 4 {
        for (up, signal) in up.chunks_exact(outputs * places).zip(signal.chunks_exact(inner * places)) {
            let matrix = Packed::new(outputs, places, |output, place| up[output * places + place]);
            multiply(&matrix, inner, from_columns(signal, places), &mut keep);
            for (total, row) in db.iter_mut().zip(up.chunks_exact(places)) {
                *total += row.iter().copied().map(f64::from).sum::<f64>();
            }
        }
    } else {
        let matrix = Packed::new(outputs, places, |output, place| up[place * outputs + output]);
        multiply(&matrix, inner, from_rows(signal, inner), &mut keep);
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
