//! The numbers beside the figure: donors, cells line by line, how they were measured.

use egui::Ui;
use stitchscope_core::report::{Cell, Counts, Report, Role};

use super::{Shown, table};
use crate::command::{Act, Command};
use crate::panels::shell::command;
use crate::panels::{Cx, percent, short};
use crate::state::Dock;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{card, text};
use crate::world::Study;

/// Donors and cells as numbers.
pub fn side(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>]) {
    let theme = cx.theme();
    for study in studies {
        card::card(ui, theme, |ui| {
            name(ui, cx, study);
            donors(ui, cx, &study.report);
            ui.add_space(2.0);
            table::table(ui, cx, study);
            if cx.state.others.is_none() {
                super::beside::folded(ui, cx, study);
            }
            foot(ui, cx, study);
        });
        ui.add_space(size::GAP);
    }
}

/// The name that a person gave the study, and its pair.
pub fn name(ui: &mut Ui, cx: &Cx<'_>, study: &Study) {
    let name = pair(&study.report, &study.id);
    match cx.state.labels.get(&study.id) {
        Some(label) => text::heading(ui, &format!("{label}: {name}")),
        None => text::heading(ui, &name),
    }
}

fn donors(ui: &mut Ui, cx: &Cx<'_>, report: &Report) {
    let tokens = cx.theme().tokens();
    for donor in &report.donors {
        let (ink, word) = match donor.role {
            Role::Front => (Ink::Front, "front"),
            Role::End => (Ink::End, "end"),
        };
        let robust = donor.robust.map(|r| format!(", robust {}", share(r))).unwrap_or_default();
        let words = format!("{word}: clean {}{robust}", share(donor.clean));
        text::colored(ui, &cx.say(&words), size::SMALL + 0.5, tokens.words(ink)).on_hover_text(counts(donor.clean));
    }
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
        if cx.state.others == Some(Dock::Hidden)
            && button(ui, theme, Weight::Quiet, Some(Icon::UNFOLDED), "Other measures").clicked()
        {
            cx.choose(|state| state.others = None);
        }
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

pub fn counts(counts: Counts) -> String {
    counts.share().map_or_else(String::new, |share| share.to_string())
}
