//! What was measured beside accuracies, folded away under the cells: what makes a stitching result believable, or not.

use egui::{CollapsingHeader, Color32, Grid, RichText, Ui};
use stitchscope_core::report::{Cell, Counts, ProbeCount, RankCount, Role};

use super::cells::{cut, elided, share};
use super::table::FEW;
use crate::panels::Cx;
use crate::state::Dock;
use crate::theme::style::strong;
use crate::theme::{Icon, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::text;
use crate::words::{self, Term};
use crate::world::Study;

/// A column of numbers of cells.
struct Column {
    head: Term,
    /// A heading that fits the table.
    short: &'static str,
    /// The number and what is said of it; `None` where it was not measured.
    of: fn(&Cell) -> Option<(String, String)>,
}

const COLUMNS: [Column; 5] = [
    Column { head: words::AGREE, short: "agreement", of: |cell| Some((agreement(cell), String::new())) },
    Column {
        head: words::EXPLAINED,
        short: "R²",
        of: |cell| {
            let correlation = cell.measured("cca").map(|cca| format!("mean CCA {cca:.3}"));
            cell.measured("r2").map(|r2| (format!("{r2:.2}"), correlation.unwrap_or_default()))
        },
    },
    Column { head: words::OUTSIDE, short: "OOD", of: |cell| cell.ood.map(|found| outside(found.auroc)) },
    Column {
        head: words::OUTSIDE,
        short: "OOD, direct matching",
        of: |cell| cell.direct.ood.map(|found| outside(found.auroc)),
    },
    Column {
        head: words::SHIFT,
        short: "shift",
        of: |cell| {
            let found = cell.shift?;
            Some((format!("{:.2}", found.cosine), format!("the end's own: {:.3}; {} images", found.own, found.images)))
        },
    },
];

/// What the part is called.
pub const NAME: &str = "Other measures";

/// The numbers folded away, where there are cells; from there they can be given a place of their own.
pub fn folded(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    if study.report.cells.is_empty() {
        return;
    }
    CollapsingHeader::new(NAME).id_salt(("beside", &study.id)).show(ui, |ui| {
        beside(ui, cx, study);
        let button = button(ui, cx.theme(), Weight::Quiet, Some(Icon::DOWN), "Place them below the figure");
        if button.clicked() {
            cx.choose(|state| state.others = Some(Dock::Below));
        }
    });
}

/// The numbers.
pub fn beside(ui: &mut Ui, cx: &Cx<'_>, study: &Study) {
    let report = &study.report;
    measured(ui, cx, &report.cells, &study.id);
    ranks(ui, cx, &report.cells);
    probes(ui, cx, &report.probes);
}

fn measured(ui: &mut Ui, cx: &Cx<'_>, cells: &[Cell], id: &str) {
    let wanted: Vec<&Column> =
        COLUMNS.iter().filter(|column| cells.iter().any(|cell| (column.of)(cell).is_some())).collect();
    let muted = Color32::from(cx.surface().muted);
    Grid::new(("beside", id)).num_columns(wanted.len() + 1).spacing([10.0, 3.0]).striped(true).show(ui, |ui| {
        ui.label(RichText::new(cx.say("tap")).size(size::SMALL).color(muted));
        for column in &wanted {
            let head = RichText::new(cx.say(column.short)).size(size::SMALL).color(muted);
            ui.label(head).on_hover_text(column.head.hint(cx.words()));
        }
        ui.end_row();
        for cell in cells.iter().take(FEW) {
            ui.label(RichText::new(elided(&cut(cell))).size(size::SMALL + 0.5)).on_hover_text(cut(cell));
            for column in &wanted {
                let (number, hint) = (column.of)(cell).unwrap_or_default();
                let shown = ui.label(RichText::new(number).font(strong(size::SMALL + 0.5)));
                if !hint.is_empty() {
                    shown.on_hover_text(cx.say(&hint));
                }
            }
            ui.end_row();
        }
    });
    if cells.len() > FEW {
        text::small(ui, cx.theme(), &format!("The first {FEW} of {} cells; the table export has all.", cells.len()));
    }
}

/// Direct matching at several ranks, a line per cell.
fn ranks(ui: &mut Ui, cx: &Cx<'_>, cells: &[Cell]) {
    for cell in cells.iter().filter(|cell| !cell.ranks.is_empty()).take(FEW) {
        let of = |rank: &RankCount| format!("{}: {}", rank.rank, share(rank.reduced));
        let list: Vec<String> = cell.ranks.iter().map(of).collect();
        text::small(
            ui,
            cx.theme(),
            &format!("{}: {} {}", cut(cell), cx.say("direct matching at rank"), list.join(", ")),
        );
    }
}

/// What a linear classifier reads at the donors' own taps.
fn probes(ui: &mut Ui, cx: &Cx<'_>, probes: &[ProbeCount]) {
    for (role, name) in [(Role::Front, "front"), (Role::End, "end")] {
        let own = probes.iter().filter(|probe| probe.role == role && probe.rank.is_none());
        let list: Vec<String> = own.map(|probe| format!("{} {}", probe.tap, share(probe.clean))).collect();
        if !list.is_empty() {
            text::small(
                ui,
                cx.theme(),
                &format!("{}: {}", cx.say(&format!("A linear classifier on the {name} network")), list.join(", ")),
            );
        }
    }
}

fn agreement(cell: &Cell) -> String {
    share(Counts { correct: cell.agreement.same, total: cell.agreement.total })
}

fn outside(auroc: f64) -> (String, String) {
    (format!("{auroc:.2}"), "0.5 is no difference, 1 is always outside".to_owned())
}
