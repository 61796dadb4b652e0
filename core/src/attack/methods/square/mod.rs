//! Square: a random search with squares, by forward passes alone.
//!
//! Andriushchenko et al., *Square attack: a query-efficient black-box adversarial attack via random search*, ECCV 2020. Begins with
//! stripes (L-infinity) or a grid of bumps (L2, L1) and proposes one changed square per query; what lowers the margin is kept. It sees no
//! gradient, so a network that hides its gradient does not hide from it. Unlike the published code, each image draws its own squares,
//! and a square may also touch the last row and column.

mod bumps;
mod stripes;

use super::super::driver::Passes;
use super::super::driver::state::{Job, Next, Observation, State};
use super::super::{Attack, Ball, Norm};
use super::apgd::flag;
use super::known::{BALLS, Known, Settings, alone, descents, quarter};
use super::{Answer, Initial, Inputs, Method};
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::{Purpose, Stream};
use crate::tensor::Dim;

/// Everything that defines a Square attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquareSettings {
    /// Where its images lie.
    pub ball: Ball,
    /// Changes proposed per start.
    pub queries: usize,
    /// Starts.
    pub restarts: usize,
    /// Share of the pixels that the first squares cover.
    pub first_share: f64,
    /// Stretch the schedule of sizes, made for 10,000 queries, to the number of queries. AutoAttack does not.
    pub rescale: bool,
    /// Seed of all draws.
    pub seed: u64,
}

/// Square.
pub(super) const SQUARE: Known = Known {
    word: "square",
    settings: &["restarts", "queries"],
    norms: BALLS,
    steps: 100,
    step: quarter,
    seeks_smallest: false,
    suite: |asked| {
        let settings = SquareSettings::new(asked.ball, asked.seed);
        alone("Square", Attack::Square(SquareSettings { queries: asked.queries, restarts: asked.restarts, ..settings }))
    },
};

impl Settings for SquareSettings {
    fn method(self, shape: [usize; 3]) -> Box<dyn Method> {
        Box::new(Square { settings: self, shape })
    }

    fn passes(&self) -> Passes {
        Passes { backward: 0, ..descents(self.queries, self.restarts) }
    }
}

impl SquareSettings {
    /// As in AutoAttack: 5,000 queries from squares of 80 % of the pixels.
    #[must_use]
    pub const fn new(ball: Ball, seed: u64) -> Self {
        Self { ball, queries: 5000, restarts: 1, first_share: 0.8, rescale: false, seed }
    }

    /// Share of the pixels in the square of query `index`, counted from 0.
    #[must_use]
    pub fn share(&self, index: usize) -> f64 {
        let at = if self.rescale { index * 10_000 / self.queries.max(1) } else { index };
        let halvings = HALVED_AFTER.iter().filter(|after| at > **after).count();
        self.first_share / f64::from(1_u32 << halvings.min(HALVED_AFTER.len()))
    }

    /// The side of that square in an image of `height` and `width`, where squares are not larger than the shorter side.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a side in pixels"
    )]
    fn side(&self, index: usize, [height, width]: [usize; 2], least: usize) -> usize {
        let side = (self.share(index) * (height * width) as f64).sqrt().round_ties_even() as usize;
        let side = side.max(least);
        // The bumps of L2 and L1 need a middle.
        let side = if self.ball.norm == Norm::Linf { side } else { side | 1 };
        side.min(height).min(width)
    }
}

/// The last query of each size.
const HALVED_AFTER: [usize; 9] = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

/// Square on images of one shape.
pub(crate) struct Square {
    pub settings: SquareSettings,
    /// Channels, rows, columns.
    pub shape: [usize; 3],
}

impl Method for Square {
    fn ball(&self) -> Ball {
        self.settings.ball
    }

    fn restarts(&self) -> usize {
        self.settings.restarts
    }

    fn loss(&self, _b: &mut Builder, _at: Answer) -> Result<Option<ValueId>, GraphError> {
        Ok(None)
    }

    fn parameters(&self) -> usize {
        let [c, h, w] = self.shape;
        1 + if self.settings.ball.norm == Norm::Linf { stripes::parameters(c) } else { bumps::parameters(c, h, w) }
    }

    /// The proposal and the best image.
    fn fields(&self) -> usize {
        2
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let [_, best] = inputs.all()?;
        let best = inputs.kept(b, 0, best)?;
        let proposal = match self.settings.ball.norm {
            Norm::Linf => stripes::propose(b, inputs, best, self.shape)?,
            Norm::L2 | Norm::L1 | Norm::L0 => bumps::propose(b, inputs, best, self.shape, self.settings.ball.norm)?,
        };
        Ok(vec![proposal, best])
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        let mut stream = job.stream(self.settings.seed, Purpose::AttackSearch);
        let ball = Ball { eps: job.eps, ..self.settings.ball };
        let x = match ball.norm {
            Norm::Linf => stripes::first(clean, self.shape, ball.eps, &mut stream),
            Norm::L2 | Norm::L1 | Norm::L0 => bumps::first(clean, self.shape, ball, &mut stream),
        };
        let state = Search {
            settings: self.settings,
            shape: self.shape,
            label: job.label,
            target: job.target,
            stream,
            asked: 0,
            best: f64::INFINITY,
            parameters: Vec::new(),
        };
        Initial { fields: vec![x.clone(), x], state: Box::new(state) }
    }
}

/// The bookkeeping of one start.
struct Search {
    settings: SquareSettings,
    shape: [usize; 3],
    label: usize,
    target: usize,
    stream: Stream,
    /// Queries proposed so far.
    asked: usize,
    /// The smallest margin.
    best: f64,
    parameters: Vec<f64>,
}

impl State for Search {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        if seen.fooled {
            return Next::Fooled;
        }
        let margin = margin(seen.logits, self.label);
        let accept = margin < self.best;
        self.best = self.best.min(margin);
        if self.asked >= self.settings.queries {
            return Next::Done;
        }
        let [c, h, w] = self.shape;
        let linf = self.settings.ball.norm == Norm::Linf;
        let side = self.settings.side(self.asked, [h, w], if linf { 1 } else { 3 });
        self.parameters = vec![flag(accept)];
        self.parameters.extend(if linf {
            stripes::draw(side, [c, h, w], &mut self.stream)
        } else {
            bumps::draw(side, [c, h, w], &mut self.stream)
        });
        self.asked += 1;
        Next::Step
    }

    fn parameters(&self) -> Vec<f64> {
        if self.parameters.is_empty() {
            let [c, h, w] = self.shape;
            let linf = self.settings.ball.norm == Norm::Linf;
            return vec![0.0; 1 + if linf { stripes::parameters(c) } else { bumps::parameters(c, h, w) }];
        }
        self.parameters.clone()
    }

    fn target(&self) -> usize {
        self.target
    }
}

/// True logit minus the best other.
fn margin(logits: &[f64], label: usize) -> f64 {
    let others = logits.iter().enumerate().filter(|(i, _)| *i != label).map(|(_, z)| *z);
    logits.get(label).copied().unwrap_or(f64::NAN) - others.fold(f64::NEG_INFINITY, f64::max)
}

/// A random sign.
fn sign(stream: &mut Stream) -> f64 {
    if stream.below(2) == 0 { -1.0 } else { 1.0 }
}

/// A position in 0..=`last`.
fn position(last: usize, stream: &mut Stream) -> usize {
    stream.below(u32::try_from(last + 1).unwrap_or(u32::MAX)) as usize
}

/// A position or side as a parameter.
#[expect(clippy::cast_precision_loss, reason = "pixels of an image side")]
fn number(value: usize) -> f64 {
    value as f64
}

/// 1 within the square of `side` at (`row`, `column`), each [N, 1, 1, 1]; 0 elsewhere: [N, 1, H, W].
fn window(
    b: &mut Builder,
    (row, column, side): (ValueId, ValueId, ValueId),
    [height, width]: [usize; 2],
) -> Result<ValueId, GraphError> {
    let down = axis_window(b, row, side, &[1, 1, height, 1])?;
    let right = axis_window(b, column, side, &[1, 1, 1, width])?;
    b.mul(down, right)
}

/// 1 at positions `from .. from + side` of one axis.
fn axis_window(b: &mut Builder, from: ValueId, side: ValueId, shape: &[usize]) -> Result<ValueId, GraphError> {
    let count = shape.iter().product::<usize>();
    // Half a pixel off, so that no comparison is one of equals.
    let middles = (0..count).map(|i| number(i) + 0.5).collect();
    let middles = b.constant_like(shape, middles, from)?;
    let past = b.sub(middles, from)?;
    let past = b.relu(past)?;
    let past = b.sign(past)?;
    let end = b.add(from, side)?;
    let before = b.sub(end, middles)?;
    let before = b.relu(before)?;
    let before = b.sign(before)?;
    b.mul(past, before)
}

/// `x` [.., H, W] summed over each channel: [N, C, 1, 1].
fn channel_sum(b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
    b.reduce_sum(x, &[2, 3], true)
}

/// One number per channel as [N, C, 1, 1], from parameter `index` on.
fn per_channel(b: &mut Builder, inputs: &Inputs, index: usize, channels: usize) -> Result<ValueId, GraphError> {
    let block = inputs.parameter_block(b, index, [channels, 1, 1])?;
    debug_assert_eq!(b.ty(block).shape[1], Dim::fixed(channels));
    Ok(block)
}
