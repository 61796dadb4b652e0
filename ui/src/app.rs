//! The window: hears its workers, paints its panels, and does what they sent, in this one place.

use egui::{Context, Ui};
use stitchscope_core::recipe::Recipe;

use crate::bundle::Bundle;
use crate::command::{Act, Command};
use crate::panels::{Cx, Moment, OnStage};
use crate::services::Services;
use crate::state::{Slide, State, Timeline};
use crate::theme::style;
use crate::work::Request;
use crate::world::{Follow, Study, World};

mod act;
mod begin;
mod export;
mod files;
mod leaves;
mod look;
mod talk;

use begin::first_recipe;
pub(crate) use leaves::drawing;
use talk::Talk;
pub(crate) use talk::studies_of;

/// While something is computed, the screen is looked at at least this often, in seconds; every answer wakes it besides.
const LOOK: f64 = 0.25;
/// Choices are kept at most so often, in seconds.
const KEEP: f64 = 1.5;

/// What one works on: undone and made again as one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    /// The recipe at hand.
    pub(crate) recipe: Recipe,
    /// The slides.
    pub(crate) slides: Vec<Slide>,
}

/// The application. A shell calls [`App::logic`] and [`App::ui`] and does nothing else.
pub struct App {
    state: State,
    draft: Timeline<Draft>,
    talk: Option<Talk>,
    world: World,
    bundle: Bundle,
    moment: Moment,
    services: Box<dyn Services>,
    /// What was given to be kept last, and when.
    kept: (String, f64),
    /// Something was done since.
    touched: bool,
    /// Frames that were painted, up to two: what can wait waits until the window is seen.
    painted: u8,
    /// The window's title.
    title: String,
    /// Look of the last frame.
    styled: Option<(crate::theme::Theme, bool, u32)>,
}

impl App {
    /// A window with what a program brings and the state that was kept, if any. Fonts are given to the context at once.
    pub fn new(ctx: &Context, bundle: Bundle, services: Box<dyn Services>, kept: Option<&str>) -> Self {
        style::install_fonts(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let mut world = World::default();
        let state = match kept.map(State::parse) {
            None => State::default(),
            Some(Ok(state)) => state,
            Some(Err(why)) => {
                world.complain(format!("The kept settings cannot be read and are set aside: {why}"));
                State::default()
            }
        };
        let draft = Draft { recipe: first_recipe(&state, &bundle), slides: state.slides.clone() };
        let (draft, talk) = (Timeline::new(draft), None);
        let moment = Moment { pdf: services.writes_pdf(), ..Moment::default() };
        let kept = (String::new(), 0.0);
        let (title, styled) = ("Stitchscope".to_owned(), None);
        Self { state, draft, talk, world, bundle, moment, services, kept, touched: true, painted: 0, title, styled }
    }

    /// Before each frame: takes what came and what was dropped.
    pub fn logic(&mut self, ctx: &Context) {
        self.look(ctx);
        self.survey(ctx);
        let mut follows = Vec::new();
        while let Some(answer) = self.services.hear() {
            follows.push(self.world.hear(answer));
        }
        if let Some(picture) = self.world.copied.take() {
            ctx.copy_image(egui::ColorImage::from_rgb(picture.size, &picture.rgb));
            self.world.say("The figure is copied as a picture");
        }
        for follow in follows {
            self.follow(follow);
        }
        while let Some((choice, paths)) = self.services.chosen() {
            self.chosen(&choice, paths);
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        if !dropped.is_empty() {
            let places = self.services.dropped(&dropped);
            self.act(ctx, Act::Take(places));
        }
        self.moment.kept_bytes = self.services.kept_bytes();
        self.moment.hovering = ctx.input(|i| !i.raw.hovered_files.is_empty());
        self.frame(ctx);
        self.keys(ctx);
        self.typed();
        self.autosave(ctx);
        if self.is_waiting() {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(LOOK));
        }
    }

    /// The frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        let mut acts = Vec::new();
        let mut cx = Cx {
            state: &self.state,
            recipe: at_hand(&self.draft, self.talk.as_ref()),
            slides: &self.draft.now().slides,
            stage: stage(&self.draft, self.talk.as_ref(), &self.world),
            steps: (self.draft.can_undo(), self.draft.can_redo()),
            world: &self.world,
            bundle: &self.bundle,
            moment: &mut self.moment,
            acts: &mut acts,
        };
        crate::panels::show(ui, &mut cx);
        let ctx = ui.ctx().clone();
        if !acts.is_empty() {
            ctx.request_repaint();
        }
        for act in acts {
            self.act(&ctx, act);
        }
    }

    /// What was chosen.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What has come back.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The recipe at hand.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        at_hand(&self.draft, self.talk.as_ref())
    }

    /// The slides.
    #[must_use]
    pub fn slides(&self) -> &[Slide] {
        &self.draft.now().slides
    }

    /// The slide that is shown to an audience, from 0; none when there is no talk.
    #[must_use]
    pub fn on_stage(&self) -> Option<usize> {
        self.talk.as_ref().map(|talk| talk.at)
    }

    /// Does something, as if a panel had sent it.
    pub fn send(&mut self, ctx: &Context, act: Act) {
        self.act(ctx, act);
    }

    /// How a shell wants the window: nothing but the figure for an audience, or without some of `rail`, `bar` and `line`.
    pub fn set_up(&mut self, present: bool, hidden: &[String]) {
        self.moment.present = present;
        self.moment.hidden = hidden.to_vec();
    }

    /// Gives the state to be kept now, whatever the time: at the end.
    pub fn keep_now(&mut self) {
        self.keep(self.kept.1);
    }

    /// Whether an answer is on its way.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let asked = |found: bool| found;
        self.world.device.is_none()
            || self.world.studies.iter().any(Study::is_advancing)
            || self.world.ladder_asked.is_some()
            || self.world.samples_asked.is_some()
            || self.world.chart_asked.is_some()
            || asked(self.world.weights.values().any(|w| matches!(w, crate::world::Found::Asked)))
            || asked(self.world.models.values().any(|m| matches!(m, crate::world::Found::Asked)))
            || asked(self.world.walls.values().any(|w| matches!(w, crate::world::Found::Asked)))
    }

    /// Engines are looked for behind the first frame: opening devices takes the processor that the first frame needs.
    fn survey(&mut self, ctx: &Context) {
        match self.painted {
            0 => ctx.request_repaint(),
            1 => {
                self.look_up(Request::Survey);
                let slides: Vec<u64> = self.slides().iter().map(|slide| slide.id).collect();
                if !slides.is_empty() {
                    self.look_up(Request::Recall { slides });
                }
            }
            _ => return,
        }
        self.painted += 1;
    }

    /// The window's own frame: its size is remembered, its title has the share of the work at hand.
    fn frame(&mut self, ctx: &Context) {
        let (inner, full) = ctx.input(|i| (i.viewport().inner_rect, i.viewport().fullscreen.unwrap_or(false)));
        if let Some(rect) = inner.filter(|_| !full && self.talk.is_none()) {
            // Points on the screen, whatever the zoom of what is in the window.
            self.state.window = Some([rect.width() * self.state.zoom, rect.height() * self.state.zoom]);
        }
        let title = match self.world.at_work() {
            Some(study) => format!("{:.0} % – Stitchscope", 100.0 * study.share()),
            None => "Stitchscope".to_owned(),
        };
        if self.title != title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn look(&mut self, ctx: &Context) {
        let enlarged = self.talk.is_some() && self.state.view != crate::state::View::Compare;
        let zoom = if enlarged { self.state.zoom * talk::LARGER } else { self.state.zoom };
        let now = (self.state.theme, self.state.still, zoom.to_bits());
        if self.styled != Some(now) {
            style::install_style(ctx, self.state.theme, self.state.still);
            ctx.set_zoom_factor(zoom);
            self.styled = Some(now);
        }
    }

    /// Keys of commands. Plain letters belong to a text field that is being filled in; a button that has the focus
    /// takes only Enter and Space.
    fn keys(&mut self, ctx: &Context) {
        let typing = ctx.text_edit_focused();
        if self.moment.palette.is_some() || self.moment.export.is_some() || self.moment.runs.is_asking() {
            return;
        }
        // Keys with more modifiers first: Ctrl+Shift+Z is not Ctrl+Z.
        let mut keyed: Vec<_> = Command::all().filter_map(|command| Some((command, command.key()?))).collect();
        keyed.sort_by_key(|(_, key)| !key.modifiers.shift);
        for (command, key) in keyed {
            let plain = key.modifiers.is_none();
            let letter = plain && !matches!(key.logical_key, egui::Key::F1 | egui::Key::F11);
            if letter && (typing || self.moment.present || !command.is_keyed_in(self.state.view)) {
                continue;
            }
            if ctx.input_mut(|input| input.consume_shortcut(&key)) {
                self.act(ctx, Act::Do(command));
            }
        }
        let question = ctx.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Text(text) if text == "?")));
        if question && !typing {
            self.moment.keys = true;
        }
        let pasted = ctx.input(|i| {
            let text =
                |event: &egui::Event| if let egui::Event::Paste(text) = event { Some(text.clone()) } else { None };
            i.events.iter().find_map(text)
        });
        if let Some(text) = pasted.filter(|_| !typing && self.talk.is_none()) {
            self.paste(&text);
        }
    }

    /// Autosave: whenever something was done, now or as soon as it is time again.
    fn autosave(&mut self, ctx: &Context) {
        let (now, did) = ctx.input(|i| {
            let still = |event: &egui::Event| matches!(event, egui::Event::PointerMoved(_) | egui::Event::PointerGone);
            (i.time, !i.events.iter().all(still))
        });
        self.touched |= did;
        let wait = KEEP - (now - self.kept.1);
        match self.touched {
            false => {}
            true if wait <= 0.0 => self.keep(now),
            true => ctx.request_repaint_after(std::time::Duration::from_secs_f64(wait)),
        }
    }

    /// The state with its recipe, where it changed.
    fn keep(&mut self, now: f64) {
        self.touched = false;
        let text = self.to_keep();
        if text != self.kept.0 {
            self.services.keep(&text);
            self.kept = (text, now);
        }
    }

    fn follow(&mut self, follow: Follow) {
        self.touched |= follow != Follow::Nothing;
        match follow {
            Follow::Nothing => {}
            Follow::Model(place) => self.open_model(place),
            Follow::Images(place) => self.open_images(place),
            Follow::Recipe(text) => match Recipe::parse(&text, "recipe") {
                Ok(recipe) => {
                    self.set_recipe(recipe);
                    self.state.view = crate::state::View::Stitch;
                }
                Err(error) => self.world.complain(error.to_string()),
            },
            Follow::Slide(id, place) => self.add_picture(id, &place),
            Follow::Study(id) => {
                self.state.shown = vec![id];
                self.state.view = crate::state::View::Compare;
            }
        }
    }
}

/// The recipe that panels see: the draft's, or that of the slide on the stage.
fn at_hand<'a>(draft: &'a Timeline<Draft>, talk: Option<&'a Talk>) -> &'a Recipe {
    talk.and_then(|talk| talk.recipe.as_ref()).unwrap_or(&draft.now().recipe)
}

/// What panels know of the talk.
fn stage<'a>(draft: &'a Timeline<Draft>, talk: Option<&Talk>, world: &'a World) -> Option<OnStage<'a>> {
    let (slides, talk) = (&draft.now().slides, talk?);
    let slide = slides.get(talk.at);
    let twin = slide.and_then(|slide| world.twins.get(&slide.id));
    Some(OnStage {
        slide,
        next: slides.get(talk.at + 1),
        at: talk.at,
        count: slides.len(),
        twin,
        since: talk.since,
        turned: talk.turned,
    })
}
