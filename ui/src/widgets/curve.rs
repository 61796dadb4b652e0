//! A curve over steps: losses of a training or of an attack.

use egui::{Color32, Ui, Vec2b};
use egui_plot::{HoverPosition, Line, Plot, PlotPoints, uniform_grid_spacer};

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
        .y_grid_spacer(uniform_grid_spacer(|range| marks(range.bounds)))
        .y_axis_formatter(|mark, range| number(mark.value, (*range.start(), *range.end())))
        // The axis' word stands beside its numbers, not among them.
        .y_axis_min_width(44.0)
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

/// Distances of marks: about four marks with numbers, whatever the range; by default there is often only the one at 0.
fn marks((low, high): (f64, f64)) -> [f64; 3] {
    let wanted = (high - low).abs() / 4.0;
    if !wanted.is_normal() {
        return [1.0, 5.0, 25.0];
    }
    let power = 10.0_f64.powf(wanted.log10().floor());
    let step = power * [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| *step * power >= wanted).unwrap_or(10.0);
    [step, 5.0 * step, 25.0 * step]
}

/// A mark's number with as many decimals as tell neighbours apart.
fn number(value: f64, bounds: (f64, f64)) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 12")]
    let decimals = (-marks(bounds)[0].log10() - 1e-9).ceil().clamp(0.0, 12.0) as usize;
    format!("{value:.decimals$}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_has_some_marks_with_numbers() {
        for high in [1e-6, 0.03, 0.9, 2.3, 8.0, 71.0, 1e9] {
            let marks_in = high / marks((0.0, high))[0];
            assert!((1.5..=4.0 + f64::EPSILON).contains(&marks_in), "{high}: {marks_in}");
        }
        let labels = |high| [0.0, 1.0, 2.0].map(|at| number(at * marks((0.0, high))[0], (0.0, high)));
        assert_eq!(labels(1.7), ["0.0", "0.5", "1.0"], "not 0 twice");
        assert_eq!(
            (labels(0.13), labels(8.0)),
            (["0.00", "0.05", "0.10"].map(String::from), ["0", "2", "4"].map(String::from))
        );
        assert!(marks((0.0, 0.0))[0] > 0.0 && marks((0.0, f64::NAN))[0] > 0.0);
    }
}
