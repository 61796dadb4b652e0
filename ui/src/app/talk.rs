//! The talk: slides are made, shown one after the other, and left again without a trace in what was chosen.

use std::borrow::Cow;

use egui::{Context, ViewportCommand};
use stitchscope_core::platform::clock::{self, Instant};
use stitchscope_core::recipe::Recipe;

use super::{App, Draft};
use crate::services::Desk;
use crate::state::{Measures, Shot, Slide, View};
use crate::theme::Theme;
use crate::work::{Drawing, Message, Request, Twin};
use crate::world::{Standing, Study, World};

/// Everything but figures is shown so much larger to an audience.
pub(super) const LARGER: f32 = 1.35;

/// A slide that is shown for fewer seconds is not told anything about.
const LEAFED: u64 = 2;

/// A talk that is being given.
pub(super) struct Talk {
    /// The slide that is shown; none while there are no slides.
    pub(super) at: usize,
    /// The slide's recipe.
    pub(super) recipe: Option<Recipe>,
    /// What was chosen before.
    before: Shot,
    theme: Theme,
    /// When it began.
    pub(super) since: Instant,
    /// Since when its slide is shown.
    pub(super) turned: Instant,
}

impl App {
    /// Keeps what is on the screen as a slide, with a record of what it shows.
    pub(super) fn add_slide(&mut self) {
        if self.talk.is_some() || self.state.view == View::Slides {
            self.world.say("Open the view that the slide should show, then keep it");
            return;
        }
        let id = self.state.next_slide;
        self.state.next_slide += 1;
        let mut shot = Shot::of(&self.state, &self.draft.now().recipe.to_toml());
        if shot.view == View::Compare && shot.shown.is_empty() {
            shot.shown = self.world.studies.last().map(|study| study.id.clone()).into_iter().collect();
        }
        let twin = self.twin(&shot);
        let slide = Slide { id, title: self.slide_title(&shot), shot, ..Slide::default() };
        let mut draft = self.draft.now().clone();
        draft.slides.push(slide);
        let count = draft.slides.len();
        self.draft.set(draft);
        self.services.send(Desk::Looks, Message::Ask(Request::Record { slide: id, twin: Box::new(twin.clone()) }));
        self.world.twins.insert(id, twin);
        self.world.say(format!("Kept as slide {count}"));
    }

    /// Asks for pictures as slides; each becomes one when it is read.
    pub(super) fn ask_for_pictures(&mut self, places: Vec<String>) {
        for place in places {
            let slide = self.state.next_slide;
            self.state.next_slide += 1;
            self.look_up(Request::Picture { slide, place });
        }
    }

    /// A picture that was read is a slide now, behind the others.
    pub(super) fn add_picture(&mut self, id: u64, place: &str) {
        let name = place.rsplit(['/', '\\']).next().unwrap_or(place);
        let title = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        let mut slides = self.draft.now().slides.clone();
        slides.push(Slide { id, title, picture: Some(name.to_owned()), ..Slide::default() });
        self.set_slides(slides);
        self.moment.slide = Some(id);
        self.world.say(format!("{name} is a slide now"));
    }

    /// The studies and the attack that a slide shows, as they are now.
    fn twin(&self, shot: &Shot) -> Twin {
        let studies = shot.shown.iter().chain(&shot.pinned).chain(shot.cell.iter().map(|(study, _)| study));
        let mut reports: Vec<(String, _)> = Vec::new();
        for id in studies {
            let known = reports.iter().any(|(known, _)| known == id);
            if let Some(study) = self.world.study(id).filter(|study| !known && !study.report.cells.is_empty()) {
                reports.push((id.clone(), study.report.clone()));
            }
        }
        let ladder = if shot.view == View::Attack { self.world.ladder.clone() } else { None };
        Twin { reports, ladder, picture: None }.light(shot.against, shot.rung)
    }

    fn slide_title(&self, shot: &Shot) -> String {
        let recipe = &self.draft.now().recipe;
        let pair = format!(
            "{} and {}",
            stitchscope_figures::base(&recipe.front.model),
            stitchscope_figures::base(&recipe.end.model)
        );
        match shot.view {
            View::Compare => match (self.drawing(), shot.measures) {
                (Drawing::Difference | Drawing::DifferenceMap(_), _) => "What changes".to_owned(),
                (Drawing::Map(shade), _) => format!("{}, tap against tap", shade.title()),
                (Drawing::Curves, Measures::All) => "Where the two networks fit together".to_owned(),
                (Drawing::Curves, Measures::Clean) => "Clean accuracy of the stitched network".to_owned(),
                (Drawing::Curves, Measures::Robust) => "Robust accuracy of the stitched network".to_owned(),
                (Drawing::Curves, Measures::Likeness) => "CKA and agreement".to_owned(),
            },
            View::Attack => format!("Image {} under attack", shot.image),
            View::Stitch => format!("Joining {pair}"),
            View::Models => "The networks".to_owned(),
            View::Data => "The images".to_owned(),
            View::Start | View::Runs | View::Slides | View::Settings => pair,
        }
    }

    /// Begins the talk at a slide, or ends it.
    pub(super) fn present(&mut self, ctx: &Context, at: usize) {
        self.rehearse();
        if let Some(talk) = self.talk.take() {
            talk.before.apply(&mut self.state);
            self.state.theme = talk.theme;
        } else {
            let (before, now) = (Shot::of(&self.state, ""), clock::now());
            self.talk = Some(Talk { at: 0, recipe: None, before, theme: self.state.theme, since: now, turned: now });
            self.state.theme = self.state.talk_theme;
            if self.draft.now().slides.is_empty() {
                self.state.view = View::Compare;
                if self.state.measures == Measures::All {
                    self.state.measures = Measures::Clean;
                }
            }
            self.go(at);
        }
        self.moment.present = self.talk.is_some();
        self.moment.black = false;
        ctx.send_viewport_cmd(ViewportCommand::Fullscreen(self.moment.present));
    }

    /// So many slides on; the last slide and the first one stay.
    pub(super) fn turn(&mut self, by: isize) {
        self.moment.black = false;
        self.rehearse();
        let at = self.talk.as_ref().map_or(0, |talk| talk.at.saturating_add_signed(by));
        self.go(at);
    }

    /// Notes for how long the slide on the stage was shown. What is only leafed through says nothing.
    fn rehearse(&mut self) {
        let Some(talk) = &mut self.talk else { return };
        let now = clock::now();
        let seconds = now.duration_since(std::mem::replace(&mut talk.turned, now)).as_secs();
        if let Some(slide) = self.draft.now().slides.get(talk.at).filter(|_| seconds >= LEAFED) {
            self.state.rehearsed.insert(slide.id, seconds);
        }
    }

    fn go(&mut self, at: usize) {
        let slides = &self.draft.now().slides;
        let at = at.min(slides.len().saturating_sub(1));
        let (Some(slide), Some(talk)) = (slides.get(at), self.talk.as_mut()) else { return };
        talk.at = at;
        talk.recipe = Recipe::parse(&slide.shot.recipe, "slide").ok();
        slide.shot.apply(&mut self.state);
        self.world.ladder_failed = None;
    }

    /// The slides are now these; what is not among them any more can be had back by undo.
    pub(super) fn set_slides(&mut self, slides: Vec<Slide>) {
        let recipe = self.draft.now().recipe.clone();
        self.draft.set(Draft { recipe, slides });
    }

    /// Switches the second window of talks.
    pub(super) fn speaker(&mut self, ctx: &Context) {
        if ctx.embed_viewports() {
            self.world.say("There is only one window here: N shows the notes below a slide while presenting");
            return;
        }
        self.state.speaker = !self.state.speaker;
        self.world.say(if self.state.speaker {
            "Notes on a second screen: while presenting, your notes come up in a window of their own"
        } else {
            "Notes on a second screen: off"
        });
    }

    /// Titles and notes become the slides' when their field is left; where it is gone before that, here.
    pub(super) fn typed(&mut self) {
        let gone = self.talk.is_some() || self.state.view != View::Slides;
        if gone && !self.moment.slide_text.is_empty() {
            let slides = self.with_typed();
            self.moment.slide_text.clear();
            self.set_slides(slides);
        }
    }

    /// The slides with what is being typed.
    pub(super) fn with_typed(&self) -> Vec<Slide> {
        let mut slides = self.draft.now().slides.clone();
        for slide in &mut slides {
            if let Some(typed) = self.moment.slide_text.get(&slide.id) {
                slide.say(typed);
            }
        }
        slides
    }

    /// The state as it is kept: without the talk, with what is being typed.
    pub(super) fn to_keep(&self) -> String {
        let mut state = self.state.clone();
        if let Some(talk) = &self.talk {
            talk.before.apply(&mut state);
            state.theme = talk.theme;
        }
        let draft = self.draft.now();
        state.recipe = draft.recipe.to_toml();
        state.slides = self.with_typed();
        state.to_text()
    }
}

/// The studies of a slide: as they are where they are finished or at work, else as they were when the slide was made.
pub(crate) fn studies_of<'a>(world: &'a World, twin: Option<&Twin>, ids: &[String]) -> Vec<Cow<'a, Study>> {
    let live = |id: &String| {
        let usable = |study: &&Study| matches!(study.standing, Standing::Done | Standing::Running | Standing::Paused);
        world.study(id).filter(usable).map(Cow::Borrowed)
    };
    let kept = |id: &String| {
        let (_, report) = twin?.reports.iter().find(|(known, _)| known == id)?;
        let mut study = crate::world::finished(id, report.clone());
        study.recorded = true;
        Some(Cow::Owned(study))
    };
    let any = |id: &String| world.study(id).map(Cow::Borrowed);
    ids.iter().filter_map(|id| live(id).or_else(|| kept(id)).or_else(|| any(id))).collect()
}
