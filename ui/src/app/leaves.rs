//! The talk as something that can be written: what each slide shows, as data.

use stitchscope_core::report::Report;

use super::App;
use super::talk::studies_of;
use crate::state::{Form, Slide, View};
use crate::work::{Drawing, Leaf, Shows, Subject, Twin};
use crate::world::{Study, World};

impl App {
    /// Every slide, with the colours of the talk.
    pub(super) fn talk_as_page(&self, pdf: bool) -> Subject {
        let leaf = |slide: &Slide| Leaf {
            title: slide.title.clone(),
            notes: slide.notes.clone(),
            shows: shows(&self.world, slide, self.world.twins.get(&slide.id)),
        };
        let leaves = self.with_typed().iter().map(leaf).collect();
        Subject::Talk { pdf, theme: self.state.talk_theme, words: self.state.words, leaves }
    }
}

/// What a slide shows, as it is now or as it was when it was made.
fn shows(world: &World, slide: &Slide, twin: Option<&Twin>) -> Shows {
    let shot = &slide.shot;
    if let Some(text) = &slide.text {
        return Shows::Text(text.clone());
    }
    if let Some(name) = &slide.picture {
        let lost = || Shows::Text(format!("The picture {name} is not kept on this computer."));
        return twin.and_then(|twin| twin.picture.clone()).map_or_else(lost, Shows::Picture);
    }
    let ladder = twin.and_then(|twin| twin.ladder.as_ref());
    match (shot.view, ladder) {
        (View::Compare, _) => match drawing(world, slide, twin) {
            Some((drawing, reports)) => Shows::Figure { drawing, measures: shot.measures, reports },
            None => Shows::View(View::Compare),
        },
        (View::Attack, Some((_, ladder))) => {
            Shows::Attack { ladder: Box::new(ladder.clone()), against: shot.against, rung: shot.rung }
        }
        (view, _) => Shows::View(view),
    }
}

/// The figure of a slide of Compare; absent where nothing is measured.
pub(crate) fn drawing(world: &World, slide: &Slide, twin: Option<&Twin>) -> Option<(Drawing, Vec<Report>)> {
    let shot = &slide.shot;
    let of = |ids: &[String]| -> Vec<Study> {
        let studies = studies_of(world, twin, ids).into_iter().map(std::borrow::Cow::into_owned);
        studies.filter(|study| !study.report.cells.is_empty()).collect()
    };
    let studies = of(&shot.shown);
    let crossed = studies.iter().any(Study::is_crossed);
    let mut reports: Vec<Report> = studies.into_iter().map(|study| study.report).collect();
    let pinned = shot.pinned.as_ref().and_then(|id| of(std::slice::from_ref(id)).pop());
    let drawing = match (shot.form, crossed, pinned) {
        (Some(Form::Difference), _, Some(pinned)) => {
            reports.truncate(1);
            reports.push(pinned.report);
            if crossed { Drawing::DifferenceMap(shot.shade) } else { Drawing::Difference }
        }
        (Some(Form::Map) | None, true, _) => Drawing::Map(shot.shade),
        _ => Drawing::Curves,
    };
    if reports.is_empty() { None } else { Some((drawing, reports)) }
}
