//! Sizes of a figure. Lengths are in points (1/72 inch), as printers and papers count them.

/// How large things in a figure are, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureSizes {
    /// Column titles.
    pub title: f64,
    /// Panel headings, legend.
    pub text: f64,
    /// Tick labels, labels of reference lines, caption.
    pub small: f64,
    /// Distance of baselines, as a multiple of the font size.
    pub leading: f64,
    /// Empty border around everything.
    pub margin: f64,
    /// Between things that belong together.
    pub gap: f64,
    /// Between columns, and between blocks.
    pub gutter: f64,
    /// Length of axis ticks.
    pub tick: f64,
    /// Lines of series and references.
    pub line: f64,
    /// Axis lines and error bars.
    pub thin: f64,
    /// Grid lines.
    pub hair: f64,
    /// Radius of a mark; marks shrink when taps crowd.
    pub mark: f64,
    /// Smallest radius of a mark.
    pub mark_min: f64,
    /// Half width of an error bar's cap.
    pub cap: f64,
    /// Opacity of interval bands, 0..=1.
    pub band: f64,
    /// A panel's least width; a figure grows wider rather than go below.
    pub panel_min: f64,
    /// Longest a tick label may get before its middle is left out.
    pub label_max: f64,
}

/// The sizes of every figure: 7 pt is the least that journals print, and 30 px on a projector 1920 px wide.
pub const FIGURE: FigureSizes = FigureSizes {
    title: 9.0,
    text: 8.0,
    small: 7.0,
    leading: 1.35,
    margin: 8.0,
    gap: 4.0,
    gutter: 10.0,
    tick: 3.0,
    line: 1.3,
    thin: 0.8,
    hair: 0.5,
    mark: 2.5,
    mark_min: 1.3,
    cap: 1.8,
    band: 0.16,
    panel_min: 110.0,
    label_max: 100.0,
};
