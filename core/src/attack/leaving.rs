//! What happens to an image that leaves an attack: its projection is verified, its success confirmed.

use super::method::{Ball, Job};
use super::slots::End;
use super::{AttackError, Norm};
use crate::engine::{Engine, EngineError, Program};
use crate::tensor::Tensor;

/// An attacked image may leave its ball by this much: rounding of f32.
const SLACK: f64 = 1e-6;

/// A job on its way out.
pub(super) struct Leaver {
    pub job: Job,
    pub round: usize,
    pub end: End,
    /// Size of its change.
    pub size: f64,
    /// The image as it leaves [C, H, W].
    pub image: Vec<f32>,
}

/// The size of the change, after checking (where `checked`) that the image is in the ball and in [0, 1].
pub(crate) fn verify(image: usize, x: &[f32], clean: &[f32], ball: Ball, checked: bool) -> Result<f64, AttackError> {
    let size = ball.norm.size(x, clean);
    let boxed = x.iter().all(|v| (0.0..=1.0).contains(v));
    // A NaN gradient leaves NaN pixels: that image is judged by its logits instead.
    let undefined = x.iter().any(|v| v.is_nan());
    if !checked || undefined || (boxed && size <= f64::from(ball.eps) + slack(ball.norm, x.len())) {
        return Ok(size);
    }
    Err(AttackError::Projection { image, size, norm: ball.norm.word(), eps: ball.eps })
}

/// Rounding of f32: one pixel's in L-infinity and, as a length, in L2; in L1 every pixel's adds up.
fn slack(norm: Norm, pixels: usize) -> f64 {
    match norm {
        Norm::Linf | Norm::L2 => SLACK,
        #[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
        Norm::L1 => SLACK.max(pixels as f64 * f64::from(f32::EPSILON) / 4.0),
    }
}

/// Runs the plain network over all answers that are said to fool; one that does not becomes [`End::Over`].
pub(super) async fn confirm(
    engine: &dyn Engine,
    forward: &Program,
    [c, h, w]: [usize; 3],
    leavers: &mut [Leaver],
    unconfirmed: &mut usize,
) -> Result<(), AttackError> {
    let mut fooled: Vec<&mut Leaver> = leavers.iter_mut().filter(|l| l.end == End::Fooled).collect();
    if fooled.is_empty() {
        return Ok(());
    }
    let pixels = fooled.iter().flat_map(|l| l.image.iter().copied()).collect();
    let input = engine.upload(&Tensor::f32(&[fooled.len(), c, h, w], pixels)?).await?;
    let results = forward.run(&[&input]).await?;
    let logits = engine.read(results.first().ok_or(EngineError::ForeignBuffer)?).await?;
    let classes = logits.shape().get(1).copied().unwrap_or(1).max(1);
    for (leaver, row) in fooled.iter_mut().zip(logits.as_f32()?.chunks(classes)) {
        match crate::metrics::predicted_class(row) {
            None => leaver.end = End::NotANumber,
            Some(class) if class == leaver.job.label => {
                leaver.end = End::Over;
                *unconfirmed += 1;
            }
            Some(_) => {}
        }
    }
    Ok(())
}
