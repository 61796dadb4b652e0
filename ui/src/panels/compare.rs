//! Compare: the main figure, which fills cell by cell while a study runs, and its numbers as a table.

use egui::{Align, Color32, Layout, Panel, ScrollArea, Ui, Vec2, vec2};
use stitchscope_core::study::report::{Cell, Counts, Report, Role};

use super::shell::{command, head};
use super::start::standing;
use super::{Cx, percent, short};
use crate::command::{Act, Command};
use crate::figure::{Figure, Options, so_far};
use crate::state::{Measures, View};
use crate::theme::style::strong;
use crate::theme::{Icon, Ink, size};
use crate::widgets::button::{Weight, button, icon_button};
use crate::widgets::notice::{Tone, line};
use crate::widgets::{bars, card, figure_view, segments, text};
use crate::words;
use crate::world::{Standing, Study};

/// Pixels per point of a figure: 7 pt are then easy to read.
pub const SCALE: f32 = 1.78;

/// The figure, and beside it the cells.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let studies = shown(cx);
    head(
        ui,
        cx,
        "What survives, tap by tap",
        "Accuracy of the joined network at each cut, beside the two networks it was made of.",
        |ui, cx| {
            if !studies.is_empty() {
                command(ui, cx, Weight::Normal, Command::ExportFigure);
                if let Some(now) = segments::segments(ui, cx.theme(), cx.state.measures, &choices()) {
                    cx.choose(|state| state.measures = now);
                }
            }
        },
    );
    if studies.is_empty() {
        empty(ui, cx);
        return;
    }
    let wide = ui.available_width() > 1250.0;
    if wide {
        let frame = egui::Frame::new().inner_margin(egui::Margin { left: 14, ..egui::Margin::ZERO });
        Panel::right("cells")
            .exact_size(size::SIDE + 20.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(frame)
            .show(ui, |ui| side(ui, cx, &studies));
    }
    for study in &studies {
        running(ui, cx, study);
    }
    figure(ui, cx, &studies);
    if !wide {
        ui.add_space(size::GAP);
    }
}

fn choices() -> [(Measures, &'static str); 4] {
    [(Measures::Likeness, "Alike"), (Measures::Robust, "Robust"), (Measures::Clean, "Clean"), (Measures::All, "All")]
}

/// The studies that Compare shows; the newest where none was chosen.
pub fn shown(cx: &Cx<'_>) -> Vec<Study> {
    let chosen: Vec<Study> = cx.state.shown.iter().filter_map(|id| cx.world.study(id)).cloned().collect();
    if chosen.is_empty() { cx.world.studies.last().cloned().into_iter().collect() } else { chosen }
}

fn empty(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    card::card(ui, theme, |ui| {
        text::heading(ui, "No study yet");
        text::muted(
            ui,
            theme,
            "Run an example, or choose two networks and run the study: its curves appear here while it computes.",
        );
        ui.horizontal(|ui| {
            if !cx.bundle.examples.is_empty()
                && button(ui, theme, Weight::Primary, Some(Icon::PLAY), "Run the first example").clicked()
            {
                cx.send(Act::Example(0));
            }
            command(ui, cx, Weight::Normal, Command::Run);
        });
    });
}

/// One line for a study at work, with stop or go on.
fn running(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study) {
    let theme = cx.theme();
    // What waits is told in the bar.
    if matches!(study.standing, Standing::Done | Standing::Queued) {
        return;
    }
    ui.horizontal(|ui| {
        text::small(ui, theme, &format!("{}: {}", pair(&study.report, &study.id), standing(study)));
        match &study.standing {
            Standing::Queued | Standing::Running => {
                bars::progress(ui, theme, "Progress of the study", study.share(), 160.0);
                if icon_button(ui, theme, Icon::STOP, "Stop this study").clicked() {
                    cx.send(Act::Stop(study.id.clone()));
                }
                let stage = study.stage.as_ref().map_or("", |(stage, _, _)| stage);
                text::small(ui, theme, stage);
            }
            Standing::Stopped | Standing::Failed(_) => {
                if let Some(recipe) = study.recipe()
                    && button(ui, theme, Weight::Normal, Some(Icon::PLAY), "Go on").clicked()
                {
                    cx.send(Act::Run(Box::new(recipe), false));
                }
            }
            Standing::Done => {}
        }
    });
    if let Standing::Failed(why) = &study.standing {
        line(ui, theme, Tone::Bad, why);
    }
}

/// The figure in the room that is left.
fn figure(ui: &mut Ui, cx: &Cx<'_>, studies: &[Study]) {
    let theme = cx.theme();
    let room = ui.available_size() - vec2(2.0 * size::PAD, 2.0 * size::PAD);
    card::sized(ui, theme, ui.available_size(), |ui| {
        let one_row = studies.len() == 1 && cx.state.measures == Measures::All && room.x > 700.0;
        ScrollArea::vertical().id_salt("figure").show(ui, |ui| {
            if one_row {
                side_by_side(ui, cx, studies, room);
            } else {
                paint(ui, cx, studies, "figure", cx.state.measures, room, SCALE);
            }
        });
    });
}

/// One study: its measures beside each other rather than below, their axes level.
fn side_by_side(ui: &mut Ui, cx: &Cx<'_>, studies: &[Study], room: Vec2) {
    let attacked = studies.iter().any(|study| {
        study.report.donors.iter().any(|donor| donor.robust.is_some())
            || study.recipe().is_some_and(|r| r.attack.is_some())
    });
    let three = [Measures::Clean, Measures::Robust, Measures::Likeness];
    let two = [Measures::Clean, Measures::Likeness];
    let measures = if attacked { &three[..] } else { &two[..] };
    let count = measures.len() as f32;
    let each = vec2((room.x - 10.0 * (count - 1.0)) / count, room.y);
    let theme = cx.theme();
    let all = view("figures", cx, studies, Measures::All, each, SCALE);
    let make_all = || measures.iter().map(|measure| make(studies, theme, *measure)).collect();
    let panel = Some(figure_view::common_height(ui, &all, make_all));
    ui.with_layout(Layout::left_to_right(Align::Max), |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        for (id, measure) in ["figure-1", "figure-2", "figure-3"].iter().zip(measures) {
            let shown = figure_view::View { panel, ..view(id, cx, studies, *measure, each, SCALE) };
            figure_view::show(ui, &shown, || make(studies, theme, *measure));
        }
    });
}

/// Paints studies with the measures that were chosen.
pub fn paint(ui: &mut Ui, cx: &Cx<'_>, studies: &[Study], id: &str, measures: Measures, room: Vec2, scale: f32) {
    let theme = cx.theme();
    figure_view::show(ui, &view(id, cx, studies, measures, room, scale), || make(studies, theme, measures));
}

fn view<'a>(
    id: &'a str,
    cx: &Cx<'_>,
    studies: &[Study],
    measures: Measures,
    room: Vec2,
    scale: f32,
) -> figure_view::View<'a> {
    let dark = cx.theme() == crate::theme::Theme::Dark;
    figure_view::View { id, edition: edition(studies, measures, dark), scale, room, panel: None }
}

fn make(studies: &[Study], theme: crate::theme::Theme, measures: Measures) -> Figure {
    let parts: Vec<_> = studies.iter().map(|study| (&study.report, study.pairs.as_slice())).collect();
    let figure = so_far(&parts, Options { theme, ..Options::default() });
    let rows = figure.rows.len();
    match measures {
        Measures::All => figure,
        Measures::Clean => figure.only(0),
        Measures::Robust => figure.only(if rows > 2 { 1 } else { 0 }),
        Measures::Likeness => figure.only(rows.saturating_sub(1)),
    }
}

/// A number that changes with anything the figure shows.
fn edition(studies: &[Study], measures: Measures, dark: bool) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (measures, dark).hash(&mut hasher);
    for study in studies {
        (&study.id, study.edition, study.report.cells.len(), study.report.donors.len()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Donors and cells as numbers; a cell opens in Stitch and Attack.
fn side(ui: &mut Ui, cx: &mut Cx<'_>, studies: &[Study]) {
    let theme = cx.theme();
    ScrollArea::vertical().id_salt("cells").auto_shrink([false, false]).show(ui, |ui| {
        for study in studies {
            card::card(ui, theme, |ui| {
                text::heading(ui, &pair(&study.report, &study.id));
                donors(ui, cx, &study.report);
                ui.add_space(2.0);
                table(ui, cx, study);
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
    ui.spacing_mut().interact_size.y = 20.0;
    ui.spacing_mut().button_padding = vec2(0.0, 1.0);
    egui::Grid::new(("cells", &study.id)).num_columns(5).spacing([10.0, 3.0]).striped(true).show(ui, |ui| {
        let head = |ui: &mut Ui, words: &str, hint: String| {
            ui.label(egui::RichText::new(words).size(size::SMALL).color(Color32::from(s.muted))).on_hover_text(hint);
        };
        head(ui, "cut", words::TAPS.hint(cx.words()));
        head(ui, "right", words::CLEAN.hint(cx.words()));
        head(ui, if attacked { "attacked" } else { "" }, words::ROBUST.hint(cx.words()));
        head(ui, "CKA", words::CKA.hint(cx.words()));
        ui.end_row();
        for (index, cell) in study.report.cells.iter().enumerate() {
            row(ui, cx, study, index, cell);
        }
    });
    if study.report.cells.is_empty() {
        text::small(ui, theme, "Cells appear here one by one.");
    }
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, study: &Study, index: usize, cell: &Cell) {
    let name = if cell.front_tap == cell.end_tap {
        cell.front_tap.clone()
    } else {
        format!("{} → {}", cell.front_tap, cell.end_tap)
    };
    let link = egui::Button::new(egui::RichText::new(&name).size(size::SMALL + 0.5)).frame(false);
    let shown = ui.add(link).on_hover_text(format!("{name}, seed {}\nShow an attack on this cell", cell.seed));
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
    ui.horizontal(|ui| {
        command(ui, cx, Weight::Quiet, Command::ExportTable);
        if button(ui, theme, Weight::Quiet, Some(Icon::COPY), "Copy").on_hover_text("Copy the cells as CSV").clicked() {
            let mut bytes = Vec::new();
            if stitchscope_core::study::csv::write_cells(&study.report.cells, &mut bytes).is_ok() {
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

fn share(counts: Counts) -> String {
    counts.share().map_or_else(|| "–".to_owned(), |share| percent(share.share))
}

fn counts(counts: Counts) -> String {
    counts.share().map_or_else(String::new, |share| share.to_string())
}
