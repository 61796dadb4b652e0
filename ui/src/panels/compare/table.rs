//! The cells of a study, a line each: sorted as one likes, with seed and interval; a line is chosen by a press.

use std::cmp::Ordering;

use egui::{Color32, Grid, RichText, Ui, vec2};
use stitchscope_core::report::{Cell, Counts};

use super::cells::{counts, cut, elided};
use super::plot;
use crate::panels::{Cx, Sort};
use crate::state::View;
use crate::theme::size;
use crate::theme::style::strong;
use crate::widgets::text;
use crate::words;
use crate::world::Study;

/// Height of a line of the table.
const LINE: f32 = 20.0;
/// Up to so many lines are always laid out, so that a screen reader finds them all.
pub const FEW: usize = 120;

/// The cells, a line each.
pub fn table(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let theme = cx.theme();
    if study.report.cells.is_empty() {
        text::small(ui, theme, "Cells appear here one by one.");
        return;
    }
    let shown = Columns::of(&study.report.cells);
    let order = ordered(&study.report.cells, cx.moment.sort);
    ui.spacing_mut().interact_size.y = LINE;
    ui.spacing_mut().button_padding = vec2(0.0, 1.0);
    let grid = Grid::new(("cells", &study.id)).spacing([10.0, 3.0]).min_row_height(LINE).striped(true);
    grid.show(ui, |ui| {
        heads(ui, cx, shown);
        // Of hundreds of cells only those are laid out that can be seen.
        let all = order.len() <= FEW;
        let seen = ui.clip_rect().y_range().expand(2.0 * LINE);
        for index in order {
            if all || seen.contains(ui.cursor().top()) { row(ui, cx, study, index, shown) } else { ui.end_row() }
        }
    });
    if shown.seed {
        means(ui, cx, study, shown);
    }
}

/// Mean and standard deviation over the seeds of each pair of taps.
fn means(ui: &mut Ui, cx: &Cx<'_>, study: &Study, shown: Columns) {
    let mut taps: Vec<(String, Vec<&Cell>)> = Vec::new();
    for cell in &study.report.cells {
        let name = cut(cell);
        match taps.iter_mut().find(|(known, _)| *known == name) {
            Some((_, cells)) => cells.push(cell),
            None => taps.push((name, vec![cell])),
        }
    }
    ui.add_space(size::GAP);
    text::small(ui, cx.theme(), &cx.say("Mean over the seeds of each tap, ± standard deviation:"));
    let of = |cells: &[&Cell], pick: fn(&Cell) -> Option<Counts>| {
        spread(cells.iter().filter_map(|cell| Some(100.0 * pick(cell)?.share()?.share)))
    };
    let grid = Grid::new(("means", &study.id)).spacing([10.0, 3.0]).min_row_height(LINE).striped(true);
    grid.show(ui, |ui| {
        for (name, cells) in taps.iter().take(FEW) {
            text::small(ui, cx.theme(), &elided(name)).on_hover_text(name);
            text::small(ui, cx.theme(), &cells.len().to_string());
            accuracy(ui, cx, of(cells, |cell| Some(cell.clean)), "");
            if shown.robust {
                accuracy(ui, cx, of(cells, |cell| cell.robust), "");
            }
            ui.end_row();
        }
    });
}

/// Mean and standard deviation (of a sample) of some numbers; of one number there is no deviation.
fn spread(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let numbers: Vec<f64> = numbers.collect();
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (!numbers.is_empty()).then(|| (mean, if count > 1.0 { (squares / (count - 1.0)).sqrt() } else { f64::NAN }))
}

/// A share in per cent with half the width of its interval, if any.
fn accuracy(ui: &mut Ui, cx: &Cx<'_>, value: Option<(f64, f64)>, hint: &str) {
    let Some((percent, half)) = value else {
        ui.label("");
        return;
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        let shown = ui.label(RichText::new(format!("{percent:.1}")).font(strong(size::SMALL + 0.5)));
        if half.is_finite() {
            text::small(ui, cx.theme(), &format!("±{half:.1}"));
        }
        if !hint.is_empty() {
            shown.on_hover_text(hint);
        }
    });
}

/// Per cent, and half the width of the interval.
fn interval(counts: Counts) -> Option<(f64, f64)> {
    counts.share().map(|share| (100.0 * share.share, 50.0 * (share.high - share.low)))
}

/// The columns that say something about these cells.
#[derive(Clone, Copy)]
struct Columns {
    seed: bool,
    robust: bool,
}

impl Columns {
    fn of(cells: &[Cell]) -> Self {
        let seed = cells.windows(2).any(|pair| pair[0].seed != pair[1].seed);
        Self { seed, robust: cells.iter().any(|cell| cell.robust.is_some()) }
    }
}

/// The places of the cells in the order that was chosen; as measured where none was, and among equals.
fn ordered(cells: &[Cell], by: Option<(Sort, bool)>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    let Some((sort, falling)) = by else { return order };
    let share = |counts: Option<Counts>| counts.and_then(|counts| counts.share()).map_or(f64::NAN, |share| share.share);
    let compare = |a: &Cell, b: &Cell| match sort {
        Sort::Cut => cut(a).cmp(&cut(b)),
        Sort::Seed => a.seed.cmp(&b.seed),
        Sort::Clean => number(share(Some(a.clean)), share(Some(b.clean))),
        Sort::Robust => number(share(a.robust), share(b.robust)),
        Sort::Cka => number(a.cka, b.cka),
    };
    order.sort_by(|a, b| {
        let rising = compare(&cells[*a], &cells[*b]);
        if falling { rising.reverse() } else { rising }
    });
    order
}

/// What was not measured lies below everything.
fn number(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn heads(ui: &mut Ui, cx: &mut Cx<'_>, shown: Columns) {
    head(ui, cx, Sort::Cut, "tap", &words::TAPS.hint(cx.words()));
    if shown.seed {
        head(ui, cx, Sort::Seed, "seed", &cx.say("The seed of the stitch's training and start."));
    }
    head(ui, cx, Sort::Clean, "clean %", &words::CLEAN.hint(cx.words()));
    if shown.robust {
        head(ui, cx, Sort::Robust, "robust %", &words::ROBUST.hint(cx.words()));
    }
    head(ui, cx, Sort::Cka, "CKA", &words::CKA.hint(cx.words()));
    ui.end_row();
}

/// A heading that sorts: largest first, smallest first, as measured.
fn head(ui: &mut Ui, cx: &mut Cx<'_>, sort: Sort, name: &str, hint: &str) {
    let (now, color) = (cx.moment.sort, Color32::from(cx.surface().muted));
    let arrow = match now {
        Some((by, true)) if by == sort => " ↓",
        Some((by, false)) if by == sort => " ↑",
        _ => "",
    };
    let name = cx.say(name);
    let words = RichText::new(format!("{name}{arrow}")).size(size::SMALL).color(color);
    let button = egui::Button::new(words).frame(false);
    let pressed = ui.add(button).accessible_name(format!("Sort by {}", name.trim_end_matches(" %")));
    let pressed = pressed.on_hover_text(format!("{hint}\nPress to sort"));
    if pressed.clicked() {
        cx.moment.sort = match now {
            Some((by, true)) if by == sort => Some((sort, false)),
            Some((by, false)) if by == sort => None,
            _ => Some((sort, true)),
        };
    }
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, index: usize, shown: Columns) {
    let cell = &study.report.cells[index];
    let name = cut(cell);
    let chosen = cx.state.cell.as_ref().is_some_and(|(id, place)| *id == study.id && *place == index);
    let label = RichText::new(elided(&name)).size(size::SMALL + 0.5);
    let link = ui.add(egui::Button::selectable(chosen, label)).on_hover_ui(|ui| details(ui, cx, cell));
    link.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &name));
    if link.clicked() && chosen {
        attack(cx, study, index);
    } else if link.clicked() {
        plot::choose(cx, study, index);
    }
    if shown.seed {
        text::small(ui, cx.theme(), &cell.seed.to_string());
    }
    accuracy(ui, cx, interval(cell.clean), &counts(cell.clean));
    if shown.robust {
        accuracy(ui, cx, cell.robust.and_then(interval), &cell.robust.map(counts).unwrap_or_default());
    }
    let (cka, read) = cka(cell);
    value(ui, cka, &read);
    if !cell.flags.is_empty() {
        let warn = RichText::new("!").font(strong(size::BODY)).color(Color32::from(cx.surface().warn));
        ui.label(warn).on_hover_text(cell.flags.iter().map(|flag| cx.flag(flag)).collect::<Vec<_>>().join("\n"));
    }
    ui.end_row();
}

/// CKA and how it was counted; where it has no value, why.
fn cka(cell: &Cell) -> (String, String) {
    if cell.cka.is_finite() {
        let read = format!("biased {:.4}, unbiased {:.4}", cell.cka, cell.cka_unbiased);
        return (format!("{:.2}", cell.cka), read);
    }
    let why = cell.not_computed.iter().find(|left| left.measures.iter().any(|measure| measure == "cka"));
    ("-".to_owned(), why.map(|left| left.why.clone()).unwrap_or_default())
}

fn value(ui: &mut Ui, words: String, hint: &str) {
    ui.label(RichText::new(words).font(strong(size::SMALL + 0.5))).on_hover_text(hint);
}

/// Everything that was counted for a cell, each share with its interval.
fn details(ui: &mut Ui, cx: &Cx<'_>, cell: &Cell) {
    let theme = cx.theme();
    text::heading(ui, &format!("{}, {} {}", cut(cell), cx.say("seed"), cell.seed));
    let mut lines = vec![("clean", counts(cell.clean))];
    lines.extend(cell.robust.map(|robust| ("robust", counts(robust))));
    lines.extend(cell.agreement.share().map(|share| ("agreement with the end", share.to_string())));
    Grid::new("details").num_columns(2).spacing([12.0, 2.0]).show(ui, |ui| {
        for (name, words) in lines {
            text::small(ui, theme, &cx.say(name));
            text::small(ui, theme, &words);
            ui.end_row();
        }
    });
    text::small(ui, theme, "Press to choose this cell, and again to attack it.");
}

fn attack(cx: &mut Cx<'_>, study: &Study, index: usize) {
    if let Some(recipe) = study.recipe() {
        cx.send(crate::command::Act::Edit(Box::new(recipe)));
    }
    plot::choose(cx, study, index);
    cx.choose(|state| {
        state.against = 2;
        state.view = View::Attack;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_over_seeds_has_their_deviation() {
        assert_eq!(spread([70.0, 72.0, 74.0].into_iter()), Some((72.0, 2.0)));
        assert!(spread([70.0].into_iter()).is_some_and(|(mean, deviation)| mean == 70.0 && deviation.is_nan()));
        assert_eq!(spread([].into_iter()), None);
    }

    #[test]
    fn what_was_not_measured_lies_below_everything() {
        assert_eq!(
            [number(1.0, 2.0), number(f64::NAN, 2.0), number(2.0, f64::NAN)],
            [Ordering::Less, Ordering::Less, Ordering::Greater]
        );
        assert_eq!(number(f64::NAN, f64::NAN), Ordering::Equal);
    }
}
