//! The numbers beside the figure: donors, cells line by line, how they were measured.

use egui::{Color32, ScrollArea, Ui, vec2};
use stitchscope_core::report::{Cell, Counts, Report, Role};

use super::compare::Shown;
use super::shell::command;
use super::{Cx, percent, short};
use crate::command::{Act, Command};
use crate::state::View;
use crate::theme::style::strong;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{card, text};
use crate::words;
use crate::world::Study;

/// Height of a line of the table.
const LINE: f32 = 20.0;
/// Up to so many lines are always laid out, so that a screen reader finds them all.
pub const FEW: usize = 120;

/// Donors and cells as numbers; a cell opens in Stitch and Attack.
pub fn side(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>]) {
    let theme = cx.theme();
    ScrollArea::vertical().id_salt("cells").auto_shrink([false, false]).show(ui, |ui| {
        for study in studies {
            card::card(ui, theme, |ui| {
                text::heading(ui, &pair(&study.report, &study.id));
                donors(ui, cx, &study.report);
                ui.add_space(2.0);
                table(ui, cx, study);
                super::beside::beside(ui, cx, study);
                foot(ui, cx, study);
            });
            ui.add_space(size::GAP);
        }
    });
}

fn donors(ui: &mut Ui, cx: &Cx<'_>, report: &Report) {
    let tokens = cx.theme().tokens();
    for donor in &report.donors {
        let (ink, word) = match donor.role {
            Role::Front => (Ink::Front, "front"),
            Role::End => (Ink::End, "end"),
        };
        let robust = donor.robust.map(|r| format!(", {} under attack", share(r))).unwrap_or_default();
        let words = format!("{word}: {} right{robust}", share(donor.clean));
        text::colored(ui, &words, size::SMALL + 0.5, tokens.words(ink)).on_hover_text(counts(donor.clean));
    }
}

/// The cells, a line each.
fn table(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let (theme, s) = (cx.theme(), cx.surface());
    let attacked = study.report.cells.iter().any(|cell| cell.robust.is_some());
    ui.spacing_mut().interact_size.y = LINE;
    ui.spacing_mut().button_padding = vec2(0.0, 1.0);
    egui::Grid::new(("cells", &study.id)).num_columns(5).spacing([10.0, 3.0]).min_row_height(LINE).striped(true).show(
        ui,
        |ui| {
            let head = |ui: &mut Ui, words: &str, hint: String| {
                ui.label(egui::RichText::new(words).size(size::SMALL).color(Color32::from(s.muted)))
                    .on_hover_text(hint);
            };
            head(ui, "cut", words::TAPS.hint(cx.words()));
            head(ui, "right", words::CLEAN.hint(cx.words()));
            head(ui, if attacked { "robust" } else { "" }, words::ROBUST.hint(cx.words()));
            head(ui, "CKA", words::CKA.hint(cx.words()));
            ui.end_row();
            // Of hundreds of cells only those are laid out that can be seen.
            let all = study.report.cells.len() <= FEW;
            let seen = ui.clip_rect().y_range().expand(2.0 * LINE);
            for (index, cell) in study.report.cells.iter().enumerate() {
                if all || seen.contains(ui.cursor().top()) { row(ui, cx, study, index, cell) } else { ui.end_row() }
            }
        },
    );
    if study.report.cells.is_empty() {
        text::small(ui, theme, "Cells appear here one by one.");
    }
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, index: usize, cell: &Cell) {
    let name = cut(cell);
    let link = egui::Button::new(egui::RichText::new(elided(&name)).size(size::SMALL + 0.5)).frame(false);
    let shown = ui
        .add(link)
        .accessible_name(name.as_str())
        .on_hover_text(format!("{name}, seed {}\nShow an attack on this cell", cell.seed));
    if shown.clicked() {
        let cell = (study.id.clone(), index);
        if let Some(recipe) = study.recipe() {
            cx.send(Act::Edit(Box::new(recipe)));
        }
        cx.choose(|state| {
            state.cell = Some(cell);
            state.against = 2;
            state.view = View::Attack;
        });
    }
    let number = |ui: &mut Ui, words: String, hint: String| {
        ui.label(egui::RichText::new(words).font(strong(size::SMALL + 0.5))).on_hover_text(hint);
    };
    number(ui, share(cell.clean), counts(cell.clean));
    number(ui, cell.robust.map(share).unwrap_or_default(), cell.robust.map(counts).unwrap_or_default());
    number(ui, format!("{:.2}", cell.cka), format!("biased {:.4}, unbiased {:.4}", cell.cka, cell.cka_unbiased));
    if !cell.flags.is_empty() {
        let hint = cell.flags.join("\n");
        ui.label(egui::RichText::new("!").font(strong(size::BODY)).color(Color32::from(cx.surface().warn)))
            .on_hover_text(hint);
    }
    ui.end_row();
}

/// Where the networks of a cell are cut.
pub fn cut(cell: &Cell) -> String {
    if cell.front_tap == cell.end_tap {
        cell.front_tap.clone()
    } else {
        format!("{} → {}", cell.front_tap, cell.end_tap)
    }
}

/// The name, or its start and its end: the table has no more room.
pub fn elided(name: &str) -> String {
    const MOST: usize = 23;
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= MOST {
        return name.to_owned();
    }
    let (head, tail) = (&letters[..MOST / 2], &letters[letters.len() - MOST / 2..]);
    head.iter().chain(['…'].iter()).chain(tail).collect()
}

/// How it was measured, and copy.
fn foot(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let theme = cx.theme();
    if !study.notes.is_empty() {
        let header =
            egui::CollapsingHeader::new(format!("Notes ({})", study.notes.len())).id_salt(("notes", &study.id));
        header.show(ui, |ui| study.notes.iter().for_each(|note| line(ui, theme, Tone::Neutral, note)));
    }
    let environment = &study.report.environment;
    if !environment.device.is_empty() {
        text::small(ui, theme, &format!("Measured on {} ({})", environment.device, environment.engine));
    }
    if study.report.cells.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        command(ui, cx, Weight::Quiet, Command::ExportTable);
        command(ui, cx, Weight::Quiet, Command::ExportStudy);
        if button(ui, theme, Weight::Quiet, Some(Icon::COPY), "Copy").on_hover_text("Copy the cells as CSV").clicked() {
            let mut bytes = Vec::new();
            if stitchscope_core::report::csv::write_cells(&study.report.cells, &mut bytes).is_ok() {
                cx.send(Act::Copy(String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    });
}

/// `front → end` of a report, or its study's name before the donors are known.
pub fn pair(report: &Report, id: &str) -> String {
    let name = |role: Role| report.donors.iter().find(|d| d.role == role).map(|d| short(&d.model).to_owned());
    match (name(Role::Front), name(Role::End)) {
        (Some(front), Some(end)) => format!("{front} → {end}"),
        _ => {
            let mut parts = id.split("--");
            match (parts.next(), parts.next()) {
                (Some(front), Some(end)) => format!("{front} → {end}"),
                _ => id.to_owned(),
            }
        }
    }
}

pub fn share(counts: Counts) -> String {
    counts.share().map_or_else(|| "–".to_owned(), |share| percent(share.share))
}

fn counts(counts: Counts) -> String {
    counts.share().map_or_else(String::new, |share| share.to_string())
}
