//! What is exported, and where to.

use stitchscope_core::report::Report;

use super::App;
use crate::panels::{ExportKind, ExportSheet, Pictures};
use crate::state::Form;
use crate::theme::Theme;
use crate::work::{Drawing, Export, Format, Request, Subject, numbered};
use crate::world::Study;

/// Width of a figure: a page of a two-column paper.
const WIDTH_MM: f64 = 180.0;

impl App {
    /// Studies that Compare shows and that have something to show; the newest where none was chosen.
    fn shown_studies(&self) -> Vec<&Study> {
        let measured = |study: &&Study| !study.report.cells.is_empty();
        let chosen = self.state.shown.iter().filter_map(|id| self.world.study(id));
        let studies: Vec<&Study> = chosen.filter(measured).collect();
        if studies.is_empty() { self.world.studies.iter().rev().find(measured).into_iter().collect() } else { studies }
    }

    /// The figure that Compare shows.
    pub(super) fn drawing(&self) -> Drawing {
        let crossed = self.shown_studies().iter().any(|study| study.is_crossed());
        let pinned = self.state.pinned.as_ref().is_some_and(|id| self.world.study(id).is_some());
        match (self.state.form, crossed) {
            (Some(Form::Difference), true) if pinned => Drawing::DifferenceMap(self.state.shade),
            (Some(Form::Difference), false) if pinned => Drawing::Difference,
            (Some(Form::Map) | None, true) => Drawing::Map(self.state.shade),
            _ => Drawing::Curves,
        }
    }

    pub(super) fn open_export(&mut self, kind: ExportKind) {
        let of_study = !matches!(kind, ExportKind::Pictures(_) | ExportKind::Talk);
        if kind == ExportKind::Talk && self.slides().is_empty() {
            self.world.say("There is no slide yet: open a view and press P");
            return;
        }
        if of_study && self.shown_studies().is_empty() {
            self.world.say("There is nothing to export yet: run a study first");
            return;
        }
        let name = kind.file(Format::Svg, false);
        let study = if of_study { self.shown_studies().first().map(|study| study.id.clone()) } else { None };
        let study = study.map(|id| format!("{id}-")).unwrap_or_default();
        let place = format!("{}{study}{name}", self.services.results());
        self.moment.export = Some(ExportSheet {
            kind,
            format: Format::Svg,
            latex: false,
            theme: Theme::Light,
            width_mm: WIDTH_MM,
            magnify: 8,
            place,
        });
    }

    pub(super) fn export(&mut self) {
        let Some(sheet) = self.moment.export.take() else { return };
        match &sheet.kind {
            ExportKind::Figure => self.figure(&sheet),
            ExportKind::Table => self.tables(&sheet),
            ExportKind::Study => {
                let studies: Vec<(String, Report)> =
                    self.shown_studies().iter().map(|study| (study.id.clone(), study.report.clone())).collect();
                for (index, (study, report)) in studies.into_iter().enumerate() {
                    let subject = Subject::Archive { study, report: Box::new(report) };
                    self.write(subject, numbered(&sheet.place, index + 1));
                }
            }
            ExportKind::Talk => self.write(self.talk_as_page(sheet.format == Format::Pdf), sheet.place.clone()),
            ExportKind::Network(study, cell) => self.network(study, *cell, sheet.place.clone()),
            ExportKind::Pictures(pictures) => self.pictures(pictures, &sheet),
        }
    }

    fn write(&mut self, subject: Subject, place: String) {
        let replace = self.moment.replace == place;
        self.look_up(Request::Export(Box::new(Export { subject, place, replace })));
    }

    fn figure(&mut self, sheet: &ExportSheet) {
        let subject = self.figure_as(sheet.format, sheet.theme, sheet.width_mm);
        self.write(subject, sheet.place.clone());
    }

    /// The figure that Compare shows goes to the clipboard as it looks on the screen, with its caption.
    pub(super) fn copy_figure(&mut self) {
        if self.shown_studies().is_empty() {
            self.world.say("There is nothing to copy yet: run a study first");
            return;
        }
        let subject = self.figure_as(Format::Png, self.state.theme, WIDTH_MM);
        self.world.say("Drawing the figure for the clipboard…");
        self.look_up(Request::Copy(Box::new(subject)));
    }

    fn figure_as(&self, format: Format, theme: Theme, width_mm: f64) -> Subject {
        let drawing = self.drawing();
        let mut reports: Vec<Report> = self.shown_studies().iter().map(|study| study.report.clone()).collect();
        if matches!(drawing, Drawing::Difference | Drawing::DifferenceMap(_)) {
            reports.truncate(1);
            let pinned = self.state.pinned.as_ref().and_then(|id| self.world.study(id));
            reports.extend(pinned.map(|study| study.report.clone()));
        }
        Subject::Figure { drawing, reports, format, theme, width_mm }
    }

    /// A table names no donors, so each study gets a file of its own.
    fn tables(&mut self, sheet: &ExportSheet) {
        let reports: Vec<Report> = self.shown_studies().iter().map(|study| study.report.clone()).collect();
        for (index, report) in reports.into_iter().enumerate() {
            let report = Box::new(report);
            let subject = if sheet.latex { Subject::Latex(report) } else { Subject::Table(report) };
            self.write(subject, numbered(&sheet.place, index + 1));
        }
    }

    fn network(&mut self, study: &str, cell: usize, place: String) {
        let found = self.world.study(study).and_then(|known| {
            let measured = known.report.cells.get(cell)?;
            Some((known.report.recipe.clone(), (measured.front_tap.clone(), measured.end_tap.clone())))
        });
        match found {
            Some((recipe, taps)) => {
                self.write(Subject::Network { study: study.to_owned(), recipe, cell, taps }, place);
            }
            None => self.world.complain("This cell is not known any more: run its study again"),
        }
    }

    fn pictures(&mut self, pictures: &Pictures, sheet: &ExportSheet) {
        for (word, pixels) in &pictures.images {
            let place = match sheet.place.rsplit_once('.') {
                Some((stem, ending)) if !ending.contains(['/', '\\']) => format!("{stem}-{word}.{ending}"),
                _ => format!("{}-{word}.png", sheet.place),
            };
            let subject =
                Subject::Picture { shape: pictures.shape, pixels: pixels.clone(), magnify: usize::from(sheet.magnify) };
            self.write(subject, place);
        }
    }
}
