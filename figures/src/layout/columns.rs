//! How wide the canvas and its columns are: plots of equal width, room for y labels on the left and for the words of
//! reference lines on the right of each.

use super::Span;
use crate::font::{self, Weight};
use crate::model::Figure;
use crate::svg::PT_PER_MM;
use crate::theme::FIGURE as SIZES;

/// Room between a plot's right edge and the words of its reference lines: the leader and the mark.
pub(crate) const TAG_LEAD: f64 = 13.0;
/// A plot's height as a share of its width, and the range it is held in (points).
const ASPECT: f64 = 0.58;
const HEIGHTS: (f64, f64) = (88.0, 124.0);

/// The horizontal plan, in points.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// Canvas width.
    pub(crate) width: f64,
    /// Height of every panel.
    pub(crate) panel_height: f64,
    /// Room for reference words right of each plot; 0 without references.
    pub(crate) tags: f64,
    /// The plots, left to right.
    pub(crate) plots: Vec<Span>,
}

impl Columns {
    pub(crate) fn plan(figure: &Figure) -> Self {
        let count = figure.columns.len();
        let asked = figure.width_mm * PT_PER_MM;
        let left = SIZES.margin + y_label_width(figure) + SIZES.tick + SIZES.gap;
        let tags = tag_width(figure);
        let gutters = SIZES.gutter * count.saturating_sub(1) as f64;
        let fixed = left + tags * count as f64 + gutters + SIZES.margin;
        let plot = ((asked - fixed) / count.max(1) as f64).max(SIZES.panel_min);
        let start = |index: usize| left + (plot + tags + SIZES.gutter) * index as f64;
        Self {
            width: asked.max(fixed + plot * count as f64),
            panel_height: (plot * ASPECT).clamp(HEIGHTS.0, HEIGHTS.1),
            tags,
            plots: (0..count).map(|index| Span { start: start(index), end: start(index) + plot }).collect(),
        }
    }
}

fn y_label_width(figure: &Figure) -> f64 {
    let labels = figure.rows.iter().flat_map(|row| &row.axis.ticks);
    labels.map(|(_, label)| font::width(label, SIZES.small, Weight::Regular)).fold(0.0, f64::max)
}

fn tag_width(figure: &Figure) -> f64 {
    let panels = figure.columns.iter().flat_map(|column| &column.panels);
    let tags =
        panels.flat_map(|panel| &panel.references).map(|line| font::width(&line.tag, SIZES.small, Weight::Regular));
    tags.map(|width| width + TAG_LEAD).fold(0.0, f64::max)
}
