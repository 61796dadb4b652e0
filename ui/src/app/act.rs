//! What is done about each act and each command.

use egui::Context;
use stitchscope_core::recipe::Recipe;

use super::{App, Draft};
use crate::bundle::cut_short;
use crate::command::{Act, Command};
use crate::panels::ExportKind;
use crate::services::{Choice, Desk};
use crate::state::{Form, View, Words};
use crate::theme::Surfaces as _;
use crate::work::{self, Device, Message, Request};
use crate::world::{Found, Standing};

/// Images that a wall shows.
pub(super) const WALL: usize = 400;
/// Textures that are kept; more are of images long gone.
const TEXTURES: usize = 1500;

impl App {
    pub(super) fn act(&mut self, ctx: &Context, act: Act) {
        self.touched = true;
        match act {
            Act::Do(command) => self.command(ctx, command),
            Act::Go(view) => self.state.view = view,
            Act::Example(index) => self.example(index),
            Act::Edit(recipe) => self.edit(*recipe),
            Act::Run(recipe, show) => self.run(&recipe, show),
            Act::Stop(study) => self.services.send(Desk::Studies, Message::Stop(study)),
            Act::Delete(studies) => self.delete(studies),
            Act::Show(studies) => self.state.shown = studies,
            Act::Choose(state) => self.choose(*state),
            Act::Inspect(model) => self.inspect(model),
            Act::Images(set) => {
                self.world.walls.insert(set.clone(), Found::Asked);
                self.look_up(Request::Images { set, most: WALL });
            }
            Act::Ladder(question) => {
                (self.world.ladder_failed, self.world.ladder_at) = (None, None);
                self.world.ladder_asked = Some((*question).clone());
                self.look_up(Request::Ladder(question));
            }
            Act::GiveUp => self.services.send(Desk::Looks, Message::GiveUp),
            Act::Take(places) => self.take(places),
            Act::Hold(study, held) => {
                let message = if held { Message::Pause(study) } else { Message::Resume(study) };
                self.services.send(Desk::Studies, message);
            }
            Act::Weights(study, cell) => {
                self.world.weights.insert((study.clone(), cell), Found::Asked);
                self.look_up(Request::Weights { study, cell });
            }
            Act::Samples(question) => {
                self.world.samples_asked = Some((*question).clone());
                self.look_up(Request::Samples(question));
            }
            Act::Chart(question) => {
                self.world.chart_asked = Some((*question).clone());
                self.look_up(Request::Chart(question));
            }
            Act::Slides(slides) => self.set_slides(slides),
            Act::Present(at) => self.present(ctx, at),
            Act::Turn(by) => self.turn(by),
            Act::OpenExport(kind) => self.open_export(kind),
            Act::Export => self.export(),
            Act::ChoosePlace => {
                if let Some(sheet) = &self.moment.export {
                    self.services.choose(Choice::Save(file_name(&sheet.place)));
                }
            }
            Act::Copy(text) => {
                ctx.copy_text(text);
                self.world.say("Copied");
            }
            Act::ForgetKept => {
                self.services.forget_kept();
                self.world.say("Everything that this browser kept is deleted");
            }
            Act::Notice(text) => self.world.remark(text),
            Act::Dismiss(index) => {
                if index < self.world.notices.len() {
                    self.world.notices.remove(index);
                }
            }
        }
    }

    fn command(&mut self, ctx: &Context, command: Command) {
        match command {
            Command::Open(view) => self.state.view = view,
            Command::Palette => self.moment.palette = Some((String::new(), 0)),
            Command::Keys => self.moment.keys = !self.moment.keys,
            Command::OpenFiles => self.services.choose(Choice::Open),
            Command::OpenFolder => self.services.choose(Choice::OpenFolder),
            Command::SaveRecipe => self.services.choose(Choice::Save("recipe.toml".to_owned())),
            Command::Undo => self.step(false),
            Command::Redo => self.step(true),
            Command::Run => self.run(&self.recipe().clone(), true),
            Command::Stop => self.stop(),
            Command::Swap => self.swap(),
            Command::ExportFigure => self.open_export(ExportKind::Figure),
            Command::ExportTable => self.open_export(ExportKind::Table),
            Command::ExportStudy => self.open_export(ExportKind::Study),
            Command::CopyFigure => self.copy_figure(),
            Command::ExportTalk => self.open_export(ExportKind::Talk),
            Command::AddSlide => self.add_slide(),
            Command::AddPicture => self.services.choose(Choice::Picture),
            Command::Pause => self.pause(),
            Command::Pin => self.pin(),
            Command::Theme => self.state.theme = self.state.theme.other(),
            Command::Words => {
                self.state.words = if self.state.words == Words::Plain { Words::Paper } else { Words::Plain };
            }
            Command::Present => self.present(ctx, 0),
            Command::Speaker => self.speaker(ctx),
            Command::Larger => self.state.zoom = (self.state.zoom + 0.1).min(2.5),
            Command::Smaller => self.state.zoom = (self.state.zoom - 0.1).max(0.7),
            Command::FrontBack => self.move_cut(-1, 0),
            Command::FrontOn => self.move_cut(1, 0),
            Command::EndBack => self.move_cut(0, -1),
            Command::EndOn => self.move_cut(0, 1),
        }
    }

    pub(super) fn look_up(&mut self, request: Request) {
        self.services.send(Desk::Looks, Message::Ask(request));
    }

    fn choose(&mut self, state: crate::state::State) {
        let asked = |state: &crate::state::State| (state.image, state.cell.clone(), state.attacked_set.clone());
        let question = asked(&state) != asked(&self.state);
        if question {
            self.world.ladder_failed = None;
        }
        if self.moment.textures.len() > TEXTURES {
            self.moment.textures.clear();
        }
        self.state = state;
    }

    /// Text from elsewhere: a recipe, or nothing we know.
    pub(super) fn paste(&mut self, text: &str) {
        match Recipe::parse(text, "pasted recipe") {
            Ok(recipe) => {
                self.set_recipe(recipe);
                self.state.view = View::Stitch;
                self.world.say("Recipe pasted; undo takes it back");
            }
            Err(error) if text.contains("[front]") => self.world.complain(error.to_string()),
            Err(_) => self.world.say("What was pasted is no recipe: nothing was changed"),
        }
    }

    /// A changed recipe, if it is one; a fault is told where it was made.
    fn edit(&mut self, recipe: Recipe) {
        match recipe.check() {
            Ok(()) => {
                self.world.ladder_failed = None;
                let before = self.recipe().clone();
                self.set_recipe(recipe);
                self.read_anew(&before);
            }
            Err(fault) => self.world.say(fault.to_string()),
        }
    }

    fn step(&mut self, forth: bool) {
        let before = self.recipe().clone();
        let moved = if forth { self.draft.redo() } else { self.draft.undo() };
        self.read_anew(&before);
        self.moment.typed.clear();
        self.moment.slide_text.clear();
        self.world.say(match (forth, moved) {
            (false, true) => "The last change is undone",
            (true, true) => "The change is made again",
            (false, false) => "There is nothing to undo",
            (true, false) => "There is nothing to redo",
        });
    }

    fn example(&mut self, index: usize) {
        let Some(example) = self.bundle.examples.get(index).cloned() else { return };
        let slow = self.world.device.as_ref().is_some_and(Device::is_slow);
        let mut shown = Vec::new();
        for (place, text) in example.recipes.iter().enumerate() {
            match Recipe::parse(text, &example.title) {
                Ok(mut recipe) => {
                    if slow {
                        cut_short(&mut recipe);
                    }
                    shown.push(work::name(&recipe));
                    self.order(&recipe);
                    if place == 0 {
                        self.set_recipe(recipe);
                    }
                }
                Err(error) => self.world.complain(error.to_string()),
            }
        }
        self.state.shown = shown;
        self.state.view = View::Compare;
    }

    fn run(&mut self, recipe: &Recipe, show: bool) {
        let id = self.order(recipe);
        if show {
            self.state.shown = vec![id];
            self.state.view = View::Compare;
        }
    }

    /// Asks for a study, unless it is waited for already.
    fn order(&mut self, recipe: &Recipe) -> work::StudyId {
        let (id, text) = (work::name(recipe), recipe.to_toml());
        if self.world.study(&id).is_some_and(crate::world::Study::is_open) {
            return id;
        }
        self.world.order(&id, &text);
        self.world.say("Study asked for");
        self.services.send(Desk::Studies, Message::Ask(Request::Study { study: id.clone(), recipe: text }));
        id
    }

    fn stop(&mut self) {
        match self.world.at_work().map(|study| study.id.clone()) {
            Some(id) => self.services.send(Desk::Studies, Message::Stop(id)),
            None => self.world.say("Nothing is running"),
        }
    }

    fn swap(&mut self) {
        let mut recipe = self.recipe().clone();
        std::mem::swap(&mut recipe.front, &mut recipe.end);
        if let stitchscope_core::recipe::Pairs::List(list) = &mut recipe.taps.pairs {
            list.iter_mut().for_each(|(front, end)| std::mem::swap(front, end));
        }
        self.edit(recipe);
    }

    /// Moves the cuts by so many taps.
    fn move_cut(&mut self, front: isize, end: isize) {
        let recipe = self.recipe();
        let view = |model: &str| match self.world.models.get(model) {
            Some(Found::Here(view)) => Some(view),
            _ => None,
        };
        let (Some(a), Some(b)) = (view(&recipe.front.model), view(&recipe.end.model)) else { return };
        let (f, e) = crate::panels::cuts(recipe, a, b);
        let name = |view: &work::ModelView, index: usize, by: isize| {
            let taps = &view.inspection.taps;
            let moved = index.saturating_add_signed(by).min(taps.len().saturating_sub(1));
            taps.get(moved).map(|tap| tap.name.clone())
        };
        if let (Some(f), Some(e)) = (name(a, f, front), name(b, e, end)) {
            let mut recipe = recipe.clone();
            recipe.taps.pairs = stitchscope_core::recipe::Pairs::List(vec![(f, e)]);
            self.edit(recipe);
        }
    }

    /// The recipe at hand is now this one; while a talk is given, only for its slide.
    pub(super) fn set_recipe(&mut self, recipe: Recipe) {
        match &mut self.talk {
            Some(talk) => talk.recipe = Some(recipe),
            None => {
                let slides = self.draft.now().slides.clone();
                self.draft.set(Draft { recipe, slides });
            }
        }
    }

    fn pause(&mut self) {
        let Some(study) = self.world.at_work() else {
            self.world.say("Nothing is running");
            return;
        };
        let (id, held) = (study.id.clone(), study.standing != Standing::Paused);
        if held {
            self.world.say("Pausing at the next step…");
        }
        let message = if held { Message::Pause(id) } else { Message::Resume(id) };
        self.services.send(Desk::Studies, message);
    }

    fn pin(&mut self) {
        if self.state.pinned.take().is_some() {
            self.state.form = self.state.form.filter(|form| *form != Form::Difference);
            self.world.say("No study is pinned");
            return;
        }
        let shown = self.state.shown.first().cloned();
        match shown.or_else(|| self.world.studies.last().map(|study| study.id.clone())) {
            Some(id) => {
                self.state.pinned = Some(id);
                self.world.say("Pinned: show another study to see what changes from this one to it");
            }
            None => self.world.say("There is no study to pin yet"),
        }
    }
}

/// The last part of a path.
fn file_name(place: &str) -> String {
    place.rsplit(['/', '\\']).next().unwrap_or(place).to_owned()
}
