//! What is at hand while cells are made, and the stitched network that everything asks.

use crate::engine::{Engine, Program};
use crate::graph::Graph;
use crate::metrics::Predictions;
use crate::recipe::Control;
use crate::rewrite;
use crate::stitch::{Adapted, Weights};
use crate::study::attacked::Crafted;
use crate::study::events::{Progress, Stage};
use crate::study::signals::OwnModels;
use crate::study::stitched::{halves, joined};
use crate::study::timing::Watch;
use crate::study::{Pair, Plan, StudyError, Teachers};

/// What a cell needs beside the plan.
pub(super) struct CellWork<'a> {
    pub engine: &'a dyn Engine,
    pub plan: &'a Plan,
    /// The front donor's predictions on the test images, where stitched networks are held against them.
    pub front: Option<&'a Predictions>,
    /// The end donor's predictions on the test images.
    pub end: &'a Predictions,
    /// Whose outputs stitches learn, where they learn outputs.
    pub teachers: Option<&'a Teachers>,
    /// Images made to fool the donors, where the recipe asks for them.
    pub crafted: Option<&'a Crafted>,
    /// What the end's own activations are like, where stitched ones are compared with them.
    pub own: Option<&'a OwnModels>,
    /// The kind of control that is being made.
    pub control: Option<Control>,
    /// Where the time goes.
    pub watch: &'a Watch,
}

/// A stitched network, built, simplified and compiled once for everything that asks for its logits.
pub(super) struct StitchedNetwork {
    /// Image batch [N, C, H, W] to logits [N, K].
    pub graph: Graph,
    /// The same, compiled.
    pub program: Program,
    /// Which network it is, for progress and messages.
    pub about: Progress,
}

impl CellWork<'_> {
    /// Joins the halves of a pair by a stitch, with the donors' statistics where these adapted, and makes the network ready.
    pub(super) async fn network(
        &self,
        pair: Pair,
        (weights, adapted): (&Weights, &Adapted),
        what: &str,
    ) -> Result<StitchedNetwork, StudyError> {
        let (front, end) = halves(&self.plan.front, &self.plan.end, pair)?;
        let graph = rewrite::simplify(&joined((&front, &end), weights, adapted)?)?;
        let program = self.engine.compile(&graph).await?;
        Ok(StitchedNetwork { graph, program, about: self.about(pair, Some(what)) })
    }

    /// What progress on a pair says, and on which of its networks.
    pub(super) fn about(&self, pair: Pair, network: Option<&str>) -> Progress {
        let (front, end) = self.plan.names(pair);
        let (pair, network) = (Some((front.to_owned(), end.to_owned())), network.map(str::to_owned));
        let control = self.control.map(|kind| kind.to_string());
        Progress { pair, network, control, ..Progress::of(Stage::Images) }
    }
}
