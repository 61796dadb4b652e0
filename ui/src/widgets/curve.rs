//! A curve over steps: losses of a training or of an attack.

use egui::{Color32, Ui, Vec2b};
use egui_plot::{HoverPosition, Line, Plot, PlotPoints};

use crate::theme::{Color, Theme};

/// One line of a curve.
pub struct Trace<'a> {
    /// Its words.
    pub name: &'a str,
    /// Its colour.
    pub color: Color,
    /// A value per step, from step 0.
    pub values: &'a [f32],
    /// A light line behind the others.
    pub faint: bool,
}

/// Draws the lines; `what` names the curve for screen readers and `y` its axis.
pub fn curve(ui: &mut Ui, theme: Theme, id: &str, what: &str, (x, y): (&str, &str), height: f32, traces: &[Trace<'_>]) {
    let grid = Color32::from(theme.tokens().grid);
    let plot = Plot::new(id)
        .height(height)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_background(false)
        .grid_color(grid)
        .auto_bounds(Vec2b::TRUE)
        .include_y(0.0)
        .x_axis_label(x.to_owned())
        .y_axis_label(y.to_owned())
        .label_formatter(|place| match place {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nstep {:.0}: {:.3}", position.x, position.y))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    let lines: Vec<Line<'_>> = traces.iter().map(line).collect();
    let shown = plot.show(ui, |plot| lines.into_iter().for_each(|line| plot.line(line)));
    let last = traces.iter().find(|t| !t.faint).and_then(|trace| trace.values.last());
    let words = last.map_or_else(|| what.to_owned(), |last| format!("{what}, last value {last:.3}"));
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &words));
}

fn line<'a>(trace: &Trace<'_>) -> Line<'a> {
    let points: Vec<[f64; 2]> = trace.values.iter().enumerate().map(|(step, v)| [step as f64, f64::from(*v)]).collect();
    let color = Color32::from(trace.color);
    let color = if trace.faint { color.gamma_multiply(0.35) } else { color };
    Line::new(trace.name.to_owned(), PlotPoints::from(points)).color(color).width(if trace.faint { 1.0 } else { 2.2 })
}

/// Means over windows: a noisy loss as the eye should follow it.
#[must_use]
pub fn smooth(values: &[f32], window: usize) -> Vec<f32> {
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len().max(1) as f32;
    (0..values.len()).map(|i| mean(&values[i.saturating_sub(window)..=i])).collect()
}
