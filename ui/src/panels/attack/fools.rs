//! Who fools whom, and how the loss of an attack climbs.

use egui::{Align2, Color32, CornerRadius, FontId, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::pictures::best;
use super::{INKS, network};
use crate::panels::Cx;
use crate::theme::style::strong;
use crate::theme::{Icon, size};
use crate::widgets::curve::{Trace, curve};
use crate::widgets::{card, text};
use crate::work::Ladder;

/// Rows: made against; columns: tried on.
pub fn who_fools_whom(ui: &mut Ui, cx: &mut Cx<'_>, ladder: &Ladder) {
    let theme = cx.theme();
    let rung = cx.state.rung;
    card::card(ui, theme, |ui| {
        text::heading(ui, "Who fools whom");
        text::small(
            ui,
            theme,
            "Each row is an attack made against one network; each column a network that it is tried on.",
        );
        egui::Grid::new("fools").num_columns(ladder.networks.len() + 1).spacing([6.0, 6.0]).show(ui, |ui| {
            text::small(ui, theme, "against ↓  on →");
            for index in 0..ladder.networks.len() {
                text::colored(ui, &network(cx, ladder, index), size::SMALL, theme.tokens().words(INKS[index.min(2)]));
            }
            ui.end_row();
            for (against, climb) in ladder.climbs.iter().enumerate() {
                text::colored(
                    ui,
                    &network(cx, ladder, against),
                    size::SMALL,
                    theme.tokens().words(INKS[against.min(2)]),
                );
                for tried in 0..ladder.networks.len() {
                    let at = |rung: usize| Some(best(climb.shares.get(rung)?.get(tried)?));
                    let (Some(now), Some(before)) = (at(rung), at(0)) else { continue };
                    let class = ladder.classes.get(now).map_or("?", String::as_str);
                    let truth = ladder.label as usize;
                    let verdict = Verdict::of(now == truth, before == truth);
                    fools(
                        ui,
                        cx,
                        against,
                        (&network(cx, ladder, against), &network(cx, ladder, tried)),
                        class,
                        verdict,
                    );
                }
                ui.end_row();
            }
        });
    });
}

/// What became of a network's answer under attack. Only an answer that was right before can be fooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right under attack.
    Right,
    /// Right before and wrong under attack.
    Fooled,
    /// Wrong without an attack.
    WrongBefore,
}

impl Verdict {
    /// From whether the answer is right now, and whether it was right without an attack.
    pub const fn of(now: bool, before: bool) -> Self {
        match (now, before) {
            (true, _) => Self::Right,
            (false, true) => Self::Fooled,
            (false, false) => Self::WrongBefore,
        }
    }

    /// In words, behind a network's name.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Fooled => "fooled",
            Self::WrongBefore => "wrong from the start",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Right => "holds",
            Self::Fooled => "fooled",
            Self::WrongBefore => "was wrong",
        }
    }
}

/// One square: word and shape say it, colour only helps.
fn fools(ui: &mut Ui, cx: &mut Cx<'_>, against: usize, (made, tried): (&str, &str), class: &str, verdict: Verdict) {
    let s = cx.surface();
    let (rect, response) = ui.allocate_exact_size(vec2(112.0, 44.0), Sense::click());
    let word = verdict.word();
    response.widget_info(|| {
        WidgetInfo::labeled(
            egui::Role::Button,
            true,
            format!("made against {made}, tried on {tried}: {word}, says {class}"),
        )
    });
    let color = match verdict {
        Verdict::Right => s.good,
        Verdict::Fooled => s.bad,
        Verdict::WrongBefore => s.muted,
    };
    let edge = if response.has_focus() {
        Stroke::new(2.0, s.accent)
    } else {
        Stroke::new(if verdict == Verdict::Fooled { 2.0 } else { 1.0 }, color)
    };
    ui.painter().rect(rect, CornerRadius::same(size::ROUND_SMALL), s.sunken, edge, StrokeKind::Inside);
    let icon = match verdict {
        Verdict::Right => Icon::SHIELD,
        Verdict::Fooled => Icon::BOLT,
        Verdict::WrongBefore => Icon::CLOSE,
    };
    let at = rect.left_center() + vec2(16.0, 0.0);
    ui.painter().text(at, Align2::CENTER_CENTER, icon.glyph(), crate::theme::style::icon(18.0), color.into());
    let text_at = rect.left_center() + vec2(30.0, 0.0);
    ui.painter().text(text_at - vec2(0.0, 8.0), Align2::LEFT_CENTER, word, strong(size::SMALL), Color32::from(s.text));
    let clipped = ui.painter().with_clip_rect(rect.shrink(3.0));
    clipped.text(
        text_at + vec2(0.0, 8.0),
        Align2::LEFT_CENTER,
        class,
        FontId::proportional(size::SMALL - 1.0),
        s.muted.into(),
    );
    if response.clicked() {
        cx.choose(|state| state.against = against);
    }
}

/// The loss of the attacked network, step by step, at every strength.
pub fn losses(ui: &mut Ui, cx: &Cx<'_>, ladder: &Ladder) {
    let theme = cx.theme();
    let Some(climb) = ladder.climbs.get(cx.state.against.min(ladder.climbs.len().saturating_sub(1))) else { return };
    card::card(ui, theme, |ui| {
        text::heading(ui, "How the attack climbs");
        text::small(
            ui,
            theme,
            "Loss of the attacked network at each step, for every strength; the chosen one is strong.",
        );
        let ink = theme.tokens().mark(INKS[cx.state.against.min(2)]);
        let names: Vec<String> = ladder.strengths.iter().map(|eps| format!("{:.1}/255", eps * 255.0)).collect();
        let trace = |(index, values): (usize, &Vec<f32>)| (index, values.clone());
        let mut all: Vec<(usize, Vec<f32>)> = climb.losses.iter().enumerate().map(trace).collect();
        all.sort_by_key(|(index, _)| *index == cx.state.rung);
        let traces: Vec<Trace<'_>> = all
            .iter()
            .map(|(index, values)| Trace { name: &names[*index], color: ink, values, faint: *index != cx.state.rung })
            .collect();
        curve(ui, theme, "climb", "Loss of the attack", ("step", "loss"), 150.0, &traces);
    });
}
