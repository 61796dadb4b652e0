//! The shortest move onto a plane that does not leave [0, 1].
//!
//! To lower `<w, x>` by `c > 0` each pixel moves against its weight, by at most the room it has. How far is one number per image:
//! in L-infinity all move by the same `t`, in L2 by `t |w_i|`, in L1 the pixels with the largest weights go first. What is gained
//! rises with `t` and bends downwards, so Newton's steps come from below and never overshoot; each either arrives or saturates
//! further pixels.

use super::super::super::Norm;
use super::super::super::norms::l1;
use crate::graph::{Builder, GraphError, ValueId};

/// Newton's steps; each saturates at least one pixel more, in practice a few of them arrive. A move that falls short at the last is
/// one a little before the plane.
const STEPS: usize = 10;
/// Halvings of the threshold for L1.
const HALVINGS: usize = 32;
/// Larger than any `t` that matters, and small enough to be multiplied.
const FAR: f64 = 1e18;

/// Pixels: each of an image's planes has its own sums.
const PIXELS: [usize; 2] = [2, 3];

/// What all norms need.
struct Setting {
    /// Absolute weights, the largest 1.
    weights: ValueId,
    /// What is to be gained, in the same units, not negative [N, P, 1, 1].
    need: ValueId,
    /// How far each pixel can go.
    room: ValueId,
}

/// The moves from `x` [N, P, rows, columns] to `<w, u> = <w, x> - excess`, shortest in `norm` and within [0, 1]; where the box
/// does not reach the plane, its corner nearest to it. Each image has P points with a plane each; `excess` is [N, P, 1, 1].
///
/// # Errors
/// [`GraphError`] from the builder.
pub(super) fn onto_plane(
    b: &mut Builder,
    norm: Norm,
    x: ValueId,
    w: ValueId,
    excess: ValueId,
) -> Result<ValueId, GraphError> {
    let sizes = b.abs(w)?;
    let largest = b.reduce_max(sizes, &PIXELS, true)?;
    let floor = b.scalar_like(f64::from(f32::MIN_POSITIVE), largest);
    let largest = b.max(largest, floor)?;
    let weights = b.div(sizes, largest)?;
    let need = b.abs(excess)?;
    let need = b.div(need, largest)?;
    let side = b.sign(excess)?;
    let signs = b.sign(w)?;
    let against = b.mul(signs, side)?;
    let direction = b.neg(against)?;
    let room = l1::room(b, x, direction)?;
    let setting = Setting { weights, need, room };
    let amount = match norm {
        Norm::Linf => {
            let one = b.sign(weights)?;
            newton(b, &setting, one)?
        }
        Norm::L2 => newton(b, &setting, weights)?,
        Norm::L1 | Norm::L0 => greedy(b, &setting)?,
    };
    b.mul(direction, amount)
}

/// `min(t speed, room)` with the `t` that gains what is needed.
fn newton(b: &mut Builder, setting: &Setting, speed: ValueId) -> Result<ValueId, GraphError> {
    let mut t = b.scale(setting.need, 0.0)?;
    let pace = b.mul(setting.weights, speed)?;
    for _ in 0..STEPS {
        let amount = amount(b, t, speed, setting.room)?;
        let gained = weighted(b, setting.weights, amount)?;
        let missing = b.sub(setting.need, gained)?;
        // Only pixels with room left gain more.
        let free = b.sub(setting.room, amount)?;
        let free = b.relu(free)?;
        let free = b.sign(free)?;
        let slope = weighted(b, pace, free)?;
        let floor = b.scalar_like(1.0 / FAR, slope);
        let slope = b.max(slope, floor)?;
        let step = b.div(missing, slope)?;
        let step = b.clip(step, 0.0, FAR)?;
        t = b.add(t, step)?;
    }
    amount(b, t, speed, setting.room)
}

fn amount(b: &mut Builder, t: ValueId, speed: ValueId, room: ValueId) -> Result<ValueId, GraphError> {
    let far = b.mul(t, speed)?;
    b.min(far, room)
}

fn weighted(b: &mut Builder, weights: ValueId, amount: ValueId) -> Result<ValueId, GraphError> {
    let product = b.mul(weights, amount)?;
    b.reduce_sum(product, &PIXELS, true)
}

/// All room of the pixels above a threshold of weight, and a common share of those at it.
fn greedy(b: &mut Builder, setting: &Setting) -> Result<ValueId, GraphError> {
    let value = b.mul(setting.weights, setting.room)?;
    let above = |b: &mut Builder, threshold: ValueId| -> Result<ValueId, GraphError> {
        let beyond = b.sub(setting.weights, threshold)?;
        let beyond = b.relu(beyond)?;
        b.sign(beyond)
    };
    let gain = |b: &mut Builder, threshold: ValueId| -> Result<ValueId, GraphError> {
        let chosen = above(b, threshold)?;
        weighted(b, value, chosen)
    };
    let mut low = b.scale(setting.need, 0.0)?;
    let mut high = b.shift(low, 1.0)?;
    for _ in 0..HALVINGS {
        let sum = b.add(low, high)?;
        let middle = b.scale(sum, 0.5)?;
        let gained = gain(b, middle)?;
        // Enough with fewer pixels: the threshold can rise.
        let enough = b.less(setting.need, gained)?;
        low = b.select(enough, middle, low)?;
        high = b.select(enough, high, middle)?;
    }
    let (sure, all) = (above(b, high)?, above(b, low)?);
    let edge = b.sub(all, sure)?;
    let (surely, at_edge) = (weighted(b, value, sure)?, weighted(b, value, edge)?);
    let missing = b.sub(setting.need, surely)?;
    let floor = b.scalar_like(f64::from(f32::MIN_POSITIVE), at_edge);
    let at_edge = b.max(at_edge, floor)?;
    let share = b.div(missing, at_edge)?;
    let share = b.clip(share, 0.0, 1.0)?;
    let part = b.mul(edge, share)?;
    let part = b.add(sure, part)?;
    b.mul(part, setting.room)
}
