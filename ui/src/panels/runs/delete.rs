//! The question before studies are deleted: it cannot be undone.

use egui::{Id, Modal, Ui};

use crate::command::Act;
use crate::panels::Cx;
use crate::theme::{Icon, size};
use crate::widgets::button::{Weight, button};
use crate::widgets::text;
use crate::work::StudyId;

/// Asks, where it was wished for.
pub(super) fn ask(ui: &Ui, cx: &mut Cx<'_>) {
    if !cx.moment.runs.deleting {
        return;
    }
    let theme = cx.theme();
    let listing = &cx.moment.runs;
    let chosen = listing.chosen.iter().filter(|id| cx.world.study(id).is_some_and(|study| !study.is_open()));
    let chosen: Vec<StudyId> = chosen.cloned().collect();
    let busy = listing.chosen.len() - chosen.len();
    let modal = Modal::new(Id::unique("delete")).frame(crate::theme::style::card(theme)).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let count = chosen.len();
        text::heading(ui, &if count == 1 { "Delete one study?".to_owned() } else { format!("Delete {count} studies?") });
        text::muted(
            ui,
            theme,
            &cx.say(
                "Reports, stitches and journals are deleted where this window keeps them; copies and exports elsewhere stay, and slides keep the numbers that they show. This cannot be undone.",
            ),
        );
        if busy > 0 {
            text::muted(ui, theme, &format!("{busy} at work or waiting: stop them first."));
        }
        ui.add_space(size::GAP);
        ui.horizontal(|ui| {
            let sure = ui.add_enabled_ui(count > 0, |ui| {
                button(ui, theme, Weight::Primary, Some(Icon::DELETE), "Delete").clicked()
            });
            (sure.inner, button(ui, theme, Weight::Normal, None, "Cancel").clicked())
        })
        .inner
    });
    let (sure, cancel) = modal.inner;
    if sure {
        cx.moment.runs.chosen.retain(|id| !chosen.contains(id));
        cx.send(Act::Delete(chosen));
    }
    if sure || cancel || modal.should_close() {
        cx.moment.runs.deleting = false;
    }
}
