//! Where attacks start: all of an attack's first images.

use super::driver::state::Job;
use super::norms::l1;
use super::{Ball, Norm, Start};
use crate::random::{Purpose, Stream};

/// The first attacked image of a job at its clean image [C, H, W], in the job's ball, by the job's own random numbers.
pub(super) fn first(kind: Start, ball: Ball, seed: u64, (job, clean): (&Job, &[f32])) -> Vec<f32> {
    start(kind, Ball { eps: job.eps, ..ball }, clean, &mut job.stream(seed, Purpose::AttackStart))
}

/// The first attacked image of one start, [C, H, W], in the ball and in [0, 1].
pub(crate) fn start(kind: Start, ball: Ball, clean: &[f32], stream: &mut Stream) -> Vec<f32> {
    let eps = ball.eps;
    let change: Vec<f32> = match (kind, ball.norm) {
        (Start::Clean, _) => return clean.to_vec(),
        (Start::Uniform, Norm::Linf) => clean.iter().map(|_| stream.uniform_range(-eps, eps)).collect(),
        (Start::Gaussian, Norm::Linf) => {
            clean.iter().map(|_| (stream.gaussian_f32() * eps * 0.5).clamp(-eps, eps)).collect()
        }
        (Start::Uniform | Start::Gaussian, Norm::L2) => {
            let direction = gaussian(clean.len(), stream);
            let share = stream.uniform_f32();
            // A uniform point of the ball has radius share^(1/D); the Gaussian start takes a uniform radius.
            #[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
            let radius =
                if kind == Start::Uniform { libm::powf(share, 1.0 / clean.len().max(1) as f32) } else { share };
            on_sphere(&direction, radius * eps)
        }
        (Start::Uniform | Start::Gaussian | Start::Surface, Norm::L1) => return projected(ball, clean, stream),
        (Start::Uniform | Start::Gaussian | Start::Surface, Norm::L0) => return few(ball, clean, stream),
        (Start::Surface, Norm::Linf) => {
            let direction: Vec<f32> = clean.iter().map(|_| stream.uniform_range(-1.0, 1.0)).collect();
            let largest = direction.iter().fold(f32::MIN_POSITIVE, |m, d| m.max(d.abs()));
            direction.iter().map(|d| d / largest * eps).collect()
        }
        (Start::Surface, Norm::L2) => on_sphere(&gaussian(clean.len(), stream), eps),
    };
    clean.iter().zip(change).map(|(c, d)| (c + d).clamp(0.0, 1.0)).collect()
}

/// Gaussian noise projected onto L1 ball and box: a few changed pixels.
fn projected(ball: Ball, clean: &[f32], stream: &mut Stream) -> Vec<f32> {
    let mut x: Vec<f32> = clean.iter().zip(gaussian(clean.len(), stream)).map(|(c, d)| c + d).collect();
    l1::project_pixels(&mut x, clean, f64::from(ball.eps));
    x
}

/// As many random pixels as the ball allows, each anywhere in [0, 1].
fn few(ball: Ball, clean: &[f32], stream: &mut Stream) -> Vec<f32> {
    let mut x = clean.to_vec();
    let pixels = u32::try_from(x.len()).unwrap_or(u32::MAX);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of pixels")]
    let count = (ball.eps as u32).min(pixels);
    for _ in 0..count {
        x[stream.below(pixels) as usize] = stream.uniform_f32();
    }
    x
}

fn gaussian(count: usize, stream: &mut Stream) -> Vec<f32> {
    (0..count).map(|_| stream.gaussian_f32()).collect()
}

fn on_sphere(direction: &[f32], radius: f32) -> Vec<f32> {
    let length = direction.iter().map(|d| d * d).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    direction.iter().map(|d| d / length * radius).collect()
}
