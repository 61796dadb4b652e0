//! The tables around Compare's figure, each at its place: right of the figure, below it, or away. The places are kept.

use egui::{Frame, Margin, Panel, Rect, ScrollArea, Ui};

use super::{Shown, beside, cells};
use crate::panels::Cx;
use crate::state::{Dock, State};
use crate::theme::size;
use crate::widgets::{card, columns, dock};

/// A default window's width less rail and margins is 1,238: from here on the figure leaves room at its right.
const WIDE: f32 = 1200.0;

/// A table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Cells,
    Others,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Cells => "Cells",
            Self::Others => beside::NAME,
        }
    }

    const fn place(self, state: &mut State) -> &mut Option<Dock> {
        match self {
            Self::Cells => &mut state.cells,
            Self::Others => &mut state.others,
        }
    }
}

/// Where the tables stand in this frame.
pub struct Places {
    parts: [(Part, Dock); 2],
    whole: Rect,
}

impl Places {
    /// As they were chosen, as far as there is room in `whole`.
    pub fn of(cx: &Cx<'_>, whole: Rect) -> Self {
        let fits = if whole.width() > WIDE { Dock::Right } else { Dock::Hidden };
        // What has no room at the right stands below.
        let narrow = whole.width() <= 2.0 * size::SIDE;
        let placed = |dock: Dock| if narrow && dock == Dock::Right { Dock::Below } else { dock };
        let cells = cx.state.cells.map_or(fits, placed);
        let others = cx.state.others.map_or(Dock::Hidden, placed);
        Self { parts: [(Part::Cells, cells), (Part::Others, others)], whole }
    }

    /// Whether any is shown.
    pub fn any(&self) -> bool {
        self.parts.iter().any(|(_, dock)| *dock != Dock::Hidden)
    }

    /// All away, or the cells back.
    pub fn toggle(&self, cx: &mut Cx<'_>) {
        let shown = self.any();
        cx.choose(|state| {
            state.cells = Some(if shown { Dock::Hidden } else { Dock::Right });
            if shown && state.others.is_some() {
                state.others = Some(Dock::Hidden);
            }
        });
    }

    fn at(&self, place: Dock) -> Vec<Part> {
        self.parts.iter().filter(|(_, dock)| *dock == place).map(|(part, _)| *part).collect()
    }

    /// Paints them; what is left of `ui` is the figure's.
    pub fn show(&self, ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>]) {
        let frame = |margin: Margin| Frame::new().inner_margin(margin);
        let right = self.at(Dock::Right);
        if !right.is_empty() {
            Panel::right("cells")
                .default_size(size::SIDE + 70.0)
                .size_range(size::SIDE * 0.8..=ui.available_width() * 0.6)
                .show_separator_line(false)
                .frame(frame(Margin { left: 14, ..Margin::ZERO }))
                .show(ui, |ui| {
                    ScrollArea::vertical().id_salt("right").auto_shrink([false, false]).show(ui, |ui| {
                        right.into_iter().for_each(|part| self.part(ui, cx, studies, part));
                    });
                });
        }
        let below = self.at(Dock::Below);
        if !below.is_empty() {
            Panel::bottom("below")
                .default_size(self.whole.height() * 0.4)
                .size_range(100.0..=(self.whole.height() * 0.7).max(101.0))
                .show_separator_line(false)
                .frame(frame(Margin { top: 10, ..Margin::ZERO }))
                .show(ui, |ui| {
                    ScrollArea::vertical().id_salt("below").auto_shrink([false, false]).show(
                        ui,
                        |ui| match below[..] {
                            [one] => self.part(ui, cx, studies, one),
                            _ => {
                                let half = (ui.available_width() - size::GUTTER) / 2.0;
                                let cells = |ui: &mut Ui, cx: &mut Cx<'_>| self.part(ui, cx, studies, Part::Cells);
                                let others = |ui: &mut Ui, cx: &mut Cx<'_>| self.part(ui, cx, studies, Part::Others);
                                columns::two(ui, cx, half, cells, others);
                            }
                        },
                    );
                });
        }
    }

    fn part(&self, ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Shown<'_>], part: Part) {
        let now = self.parts.iter().find(|(known, _)| *known == part).map_or(Dock::Hidden, |(_, dock)| *dock);
        if let Some(dock) = dock::heading(ui, cx.theme(), part.name(), now, self.whole) {
            cx.choose(|state| *part.place(state) = Some(dock));
        }
        match part {
            Part::Cells => cells::side(ui, cx, studies),
            Part::Others => {
                for study in studies.iter().filter(|study| !study.report.cells.is_empty()) {
                    card::card(ui, cx.theme(), |ui| {
                        cells::name(ui, cx, study);
                        beside::beside(ui, cx, study);
                    });
                    ui.add_space(size::GAP);
                }
            }
        }
    }
}
