//! DDN, FMN and sigma-zero as their papers have them, in plain f64 loops, on a network whose gradient is written out by hand.

use stitchscope_core::attack::{Norm, Rule};
use stitchscope_core::graph::{Builder, Graph};
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::{DType, Dim, TensorType};
use stitchscope_tests::Fallible;

use crate::setting::{IMAGE, PIXELS};

const HIDDEN: usize = 9;
/// Classes of [`Smooth`].
pub const CLASSES: usize = 4;

/// `tanh(x w1 + b1) w2 + b2`, weights by row.
pub struct Smooth {
    w1: Vec<f64>,
    b1: Vec<f64>,
    w2: Vec<f64>,
    b2: Vec<f64>,
}

impl Smooth {
    /// With weights in [-1, 1].
    pub fn random(seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let mut some = |count: usize| (0..count).map(|_| f64::from(stream.uniform_range(-1.0, 1.0))).collect();
        Self { w1: some(PIXELS * HIDDEN), b1: some(HIDDEN), w2: some(HIDDEN * CLASSES), b2: some(CLASSES) }
    }

    /// Image batch to logits, in f64.
    pub fn graph(&self) -> Fallible<Graph> {
        let mut b = Builder::new();
        let [c, h, w] = IMAGE.map(Dim::fixed);
        let image = b.input("image", TensorType::new(DType::F64, &[Dim::BATCH, c, h, w]));
        let flat = b.reshape(image, &[Dim::BATCH, Dim::fixed(PIXELS)])?;
        let w1 = b.constant_like(&[PIXELS, HIDDEN], self.w1.clone(), flat)?;
        let b1 = b.constant_like(&[HIDDEN], self.b1.clone(), flat)?;
        let inner = b.matmul(flat, w1)?;
        let inner = b.add(inner, b1)?;
        let inner = b.tanh(inner)?;
        let w2 = b.constant_like(&[HIDDEN, CLASSES], self.w2.clone(), flat)?;
        let b2 = b.constant_like(&[CLASSES], self.b2.clone(), flat)?;
        let logits = b.matmul(inner, w2)?;
        let logits = b.add(logits, b2)?;
        b.output("logits", logits);
        Ok(b.finish())
    }

    fn hidden(&self, x: &[f64]) -> Vec<f64> {
        let unit = |j: usize| (0..PIXELS).map(|i| x[i] * self.w1[i * HIDDEN + j]).sum::<f64>() + self.b1[j];
        (0..HIDDEN).map(|j| unit(j).tanh()).collect()
    }

    /// The logits of one image.
    pub fn logits(&self, x: &[f64]) -> Vec<f64> {
        let h = self.hidden(x);
        (0..CLASSES).map(|k| (0..HIDDEN).map(|j| h[j] * self.w2[j * CLASSES + k]).sum::<f64>() + self.b2[k]).collect()
    }

    /// The gradient of `sum_k slope_k z_k` by the pixels.
    fn gradient(&self, x: &[f64], slope: &[f64]) -> Vec<f64> {
        let h = self.hidden(x);
        let inner: Vec<f64> = (0..HIDDEN)
            .map(|j| (0..CLASSES).map(|k| slope[k] * self.w2[j * CLASSES + k]).sum::<f64>() * (1.0 - h[j] * h[j]))
            .collect();
        (0..PIXELS).map(|i| (0..HIDDEN).map(|j| inner[j] * self.w1[i * HIDDEN + j]).sum()).collect()
    }
}

fn size(norm: Norm, change: &[f64]) -> f64 {
    let sizes = change.iter().map(|d| d.abs());
    match norm {
        Norm::Linf => sizes.fold(0.0, f64::max),
        Norm::L2 => sizes.map(|d| d * d).sum::<f64>().sqrt(),
        Norm::L1 => sizes.sum(),
        Norm::L0 => f64::from(u32::try_from(sizes.filter(|d| *d > 0.0).count()).unwrap_or(0)),
    }
}

/// The change brought to the radius, as papers write it: by sorting.
fn fitted(rule: Rule, norm: Norm, change: &[f64], eps: f64) -> Vec<f64> {
    let mut sorted: Vec<f64> = change.iter().map(|d| d.abs()).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    match norm {
        Norm::Linf => change.iter().map(|d| d.clamp(-eps, eps)).collect(),
        Norm::L2 => {
            let factor = eps / size(norm, change);
            let factor = if rule == Rule::Ddn { factor } else { factor.min(1.0) };
            change.iter().map(|d| d * factor).collect()
        }
        Norm::L1 => {
            if sorted.iter().sum::<f64>() <= eps {
                return change.to_vec();
            }
            let (mut sum, mut threshold) = (0.0, 0.0);
            for (count, value) in (1_u32..).zip(&sorted) {
                sum += value;
                let candidate = (sum - eps) / f64::from(count);
                if candidate < *value {
                    threshold = candidate;
                }
            }
            change.iter().map(|d| (d.abs() - threshold).max(0.0).copysign(*d)).collect()
        }
        Norm::L0 => {
            let place = (1..=sorted.len()).take_while(|k| u32::try_from(*k).is_ok_and(|k| f64::from(k) <= eps)).count();
            let threshold = sorted[place.max(1) - 1];
            change.iter().map(|d| if d.abs() >= threshold { *d } else { 0.0 }).collect()
        }
    }
}

/// Every point that the published rule visits, and whether it fools.
pub fn script(
    network: &Smooth,
    (rule, norm): (Rule, Norm),
    steps: u32,
    clean: &[f64],
    label: usize,
) -> Vec<(Vec<f64>, bool)> {
    let worst_corner: Vec<f64> = clean.iter().map(|c| c.max(1.0 - c)).collect();
    let worst = size(norm, &worst_corner);
    let mut eps = if rule == Rule::Ddn || norm == Norm::L0 { 1.0 } else { f64::INFINITY };
    let (mut best, mut found) = (worst, false);
    let mut change = vec![0.0; PIXELS];
    let mut visited = Vec::new();
    for i in 0..steps {
        let cosine = (1.0 + (std::f64::consts::PI * f64::from(i) / f64::from(steps)).cos()) / 2.0;
        let alpha = 0.01 + 0.99 * cosine;
        let gamma = if rule == Rule::Ddn { 0.05 } else { 0.001 + 0.049 * cosine };
        let x: Vec<f64> = clean.iter().zip(&change).map(|(c, d)| c + d).collect();
        let z = network.logits(&x);
        let other = (0..CLASSES).filter(|k| *k != label).max_by(|a, b| z[*a].total_cmp(&z[*b])).unwrap_or(0);
        let margin = z[other] - z[label];
        let fooled = margin > 0.0;
        let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = z.iter().map(|v| (v - top).exp()).sum();
        let slope: Vec<f64> = (0..CLASSES)
            .map(|k| match rule {
                Rule::Ddn => (z[k] - top).exp() / sum - if k == label { 1.0 } else { 0.0 },
                Rule::Fmn => f64::from(i8::from(k == other) - i8::from(k == label)),
            })
            .collect();
        let gradient = network.gradient(&x, &slope);
        let now = size(norm, &change);
        visited.push((x, fooled));
        found |= fooled;
        if fooled && now < best {
            best = now;
        }
        eps = match (rule, norm, fooled) {
            (Rule::Ddn, _, true) => eps * (1.0 - gamma),
            (Rule::Ddn, _, false) => eps * (1.0 + gamma),
            (Rule::Fmn, Norm::L0, true) => (eps - 1.0).min((eps * (1.0 - gamma)).floor()).min(best).max(0.0),
            (Rule::Fmn, Norm::L0, false) => (eps + 1.0).max((eps * (1.0 + gamma)).floor()),
            (Rule::Fmn, _, true) => (eps * (1.0 - gamma)).min(best),
            (Rule::Fmn, _, false) if found => eps * (1.0 + gamma),
            (Rule::Fmn, _, false) => {
                let dual = match norm {
                    Norm::Linf => gradient.iter().map(|g| g.abs()).sum::<f64>(),
                    Norm::L1 => gradient.iter().fold(0.0, |m: f64, g| m.max(g.abs())),
                    _ => size(Norm::L2, &gradient),
                };
                now + margin.abs() / dual
            }
        }
        .min(worst);
        let length = size(Norm::L2, &gradient);
        let stepped: Vec<f64> = change.iter().zip(&gradient).map(|(d, g)| d + alpha * g / length).collect();
        let stepped = fitted(rule, norm, &stepped, eps);
        change = clean.iter().zip(&stepped).map(|(c, d)| (c + d).clamp(0.0, 1.0) - c).collect();
    }
    visited
}

/// Every point that sigma-zero visits, and whether it fools.
pub fn sigma_zero(network: &Smooth, steps: u32, clean: &[f64], label: usize) -> Vec<(Vec<f64>, bool)> {
    let rate = |step: u32| 0.1 + 0.9 * (1.0 + (std::f64::consts::PI * f64::from(step) / f64::from(steps)).cos()) / 2.0;
    let (mut change, mut first, mut second) = (vec![0.0_f64; PIXELS], vec![0.0; PIXELS], vec![0.0; PIXELS]);
    let mut threshold = 0.3_f64;
    let mut visited = Vec::new();
    for i in 0..steps {
        let x: Vec<f64> = clean.iter().zip(&change).map(|(c, d)| c + d).collect();
        let z = network.logits(&x);
        let other = (0..CLASSES).filter(|k| *k != label).max_by(|a, b| z[*a].total_cmp(&z[*b])).unwrap_or(0);
        let fooled = z[other] > z[label];
        visited.push((x.clone(), fooled));
        let slope: Vec<f64> = (0..CLASSES)
            .map(|k| if fooled { 0.0 } else { f64::from(i8::from(k == label) - i8::from(k == other)) })
            .collect();
        let mut gradient = network.gradient(&x, &slope);
        for (g, d) in gradient.iter_mut().zip(&change) {
            *g += 2.0 * d * 1e-3 / (d * d + 1e-3).powi(2) / PIXELS as f64;
        }
        let largest = gradient.iter().fold(1e-12, |most: f64, g| most.max(g.abs()));
        for p in 0..PIXELS {
            let g = gradient[p] / largest;
            first[p] = 0.9 * first[p] + 0.1 * g;
            second[p] = 0.999 * second[p] + 0.001 * g * g;
            let step = i32::try_from(i + 1).unwrap_or(i32::MAX);
            let (mean, spread) = (first[p] / (1.0 - 0.9_f64.powi(step)), second[p] / (1.0 - 0.999_f64.powi(step)));
            let moved = change[p] - rate(i) * mean / (spread.sqrt() + 1e-8);
            change[p] = (clean[p] + moved).clamp(0.0, 1.0) - clean[p];
        }
        let way = 0.01 * rate(i + 1);
        threshold = (threshold + if fooled { way } else { -way }).clamp(0.0, 1.0);
        change.iter_mut().filter(|d| d.abs() < threshold).for_each(|d| *d = 0.0);
    }
    visited
}
