//! The parts of the window. A panel paints what it is shown and sends what it wants; it changes nothing but its own fields.

mod attack;
mod compare;
mod data;
mod export;
mod keys;
mod models;
mod palette;
mod runs;
mod settings;
mod shell;
mod slides;
mod start;
mod stitch;

use std::borrow::Cow;
use std::collections::HashMap;

use egui::{TextureHandle, Ui};
use stitchscope_core::platform::clock::Instant;
use stitchscope_core::recipe::Recipe;

use crate::bundle::Bundle;
use crate::command::Act;
use crate::state::{Slide, State, View, Words};
use crate::theme::{Surface, Surfaces as _, Theme};
use crate::words::{self, Term};
use crate::work::{Format, Twin};
use crate::world::World;

pub use stitch::cuts;

/// What panels are shown, and where they send to.
pub struct Cx<'a> {
    /// What was chosen.
    pub state: &'a State,
    /// The recipe at hand.
    pub recipe: &'a Recipe,
    /// The slides.
    pub slides: &'a [Slide],
    /// The talk, while one is given.
    pub stage: Option<OnStage<'a>>,
    /// Whether it can be undone and redone.
    pub steps: (bool, bool),
    /// What has come back.
    pub world: &'a World,
    /// What the program brings.
    pub bundle: &'a Bundle,
    /// Fields that are being filled in; forgotten at the end.
    pub moment: &'a mut Moment,
    /// What is to be done.
    pub acts: &'a mut Vec<Act>,
}

/// The talk that is being given.
#[derive(Clone, Copy)]
pub struct OnStage<'a> {
    /// The slide that is shown; none where there are no slides.
    pub slide: Option<&'a Slide>,
    /// The one behind it.
    pub next: Option<&'a Slide>,
    /// Its place, from 0.
    pub at: usize,
    /// Slides in all.
    pub count: usize,
    /// What the slide showed when it was made.
    pub twin: Option<&'a Twin>,
    /// When the talk began.
    pub since: Instant,
    /// Since when the slide is shown.
    pub turned: Instant,
}

/// What is open for a moment: never saved.
#[derive(Default)]
pub struct Moment {
    /// The palette's words and the line that is chosen.
    pub palette: Option<(String, usize)>,
    /// The key sheet is open.
    pub keys: bool,
    /// The export sheet.
    pub export: Option<ExportSheet>,
    /// The path that was chosen in a dialog, which asked before it named a file that is there.
    pub replace: String,
    /// Nothing but the figure, for an audience.
    pub present: bool,
    /// The audience sees nothing.
    pub black: bool,
    /// The slide's notes are shown below it.
    pub notes: bool,
    /// Titles and notes of slides while they are typed.
    pub slide_text: HashMap<u64, Slide>,
    /// The slide whose words are brought into view, in Slides.
    pub slide: Option<u64>,
    /// Words that networks' taps must contain, in Models.
    pub tap_filter: String,
    /// Blocks that are folded, in Models.
    pub folded: std::collections::HashSet<String>,
    /// What is looked at in the drawing of a network, in Models.
    pub looking: models::Looking,
    /// The recipe is shown as text, in Stitch.
    pub as_text: bool,
    /// That text while it is worked on.
    pub recipe_text: Option<stitch::Editing>,
    /// Textures by what they show.
    pub textures: HashMap<String, TextureHandle>,
    /// Parts around the view that a shell leaves out: `rail`, `bar`, `line`.
    pub hidden: Vec<String>,
    /// Results can be written as PDF.
    pub pdf: bool,
    /// What a browser keeps, in bytes.
    pub kept_bytes: Option<u64>,
    /// A file is held over the window.
    pub hovering: bool,
    /// How the networks' files are to be read is shown, in Stitch.
    pub more: bool,
    /// Fields of the recipe while they are typed.
    pub typed: HashMap<&'static str, String>,
    /// What is open in Runs.
    pub runs: runs::Listing,
    /// What the cells in Compare are sorted by, and whether the largest comes first; absent: as they were measured.
    pub sort: Option<(Sort, bool)>,
}

/// A column of the table of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Where the networks are cut.
    Cut,
    /// The seed.
    Seed,
    /// Clean accuracy.
    Clean,
    /// Robust accuracy.
    Robust,
    /// CKA.
    Cka,
}

/// What to write, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportSheet {
    /// What.
    pub kind: ExportKind,
    /// The kind of file of a figure.
    pub format: Format,
    /// A table for LaTeX rather than as CSV.
    pub latex: bool,
    /// Colours of a figure.
    pub theme: Theme,
    /// Width of a figure in millimetres.
    pub width_mm: f64,
    /// Every pixel of a picture becomes a square of so many.
    pub magnify: u8,
    /// The path.
    pub place: String,
}

/// What can be exported.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportKind {
    /// The figure that Compare shows.
    Figure,
    /// The cells of the studies that Compare shows.
    Table,
    /// These studies whole.
    Study,
    /// The slides as a page.
    Talk,
    /// The stitched network of a cell: study and place in its report.
    Network(String, usize),
    /// Images of the attack.
    Pictures(Box<Pictures>),
}

/// Images of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// A word for the file's name, and [C, H, W] bytes.
    pub images: Vec<(&'static str, Vec<u8>)>,
}

impl ExportKind {
    /// A name for the file.
    #[must_use]
    pub const fn file(&self, format: Format, latex: bool) -> &'static str {
        match (self, format, latex) {
            (Self::Figure, Format::Svg, _) => "figure.svg",
            (Self::Figure, Format::Png, _) => "figure.png",
            (Self::Figure, Format::Pdf, _) => "figure.pdf",
            (Self::Talk, Format::Pdf, _) => "talk.pdf",
            (Self::Table, _, false) => "cells.csv",
            (Self::Table, _, true) => "cells.tex",
            (Self::Study, ..) => "study.zip",
            (Self::Talk, ..) => "talk.html",
            (Self::Network(..), ..) => "stitched.onnx",
            (Self::Pictures(_), ..) => "image.png",
        }
    }
}

impl Cx<'_> {
    /// Sends something to be done.
    pub fn send(&mut self, act: Act) {
        self.acts.push(act);
    }

    /// Changes a choice.
    pub fn choose(&mut self, change: impl FnOnce(&mut State)) {
        // What was chosen before in this frame is kept.
        let before =
            self.acts.iter().rev().find_map(|act| if let Act::Choose(state) = act { Some(state) } else { None });
        let mut state = before.map_or_else(|| self.state.clone(), |state| state.as_ref().clone());
        change(&mut state);
        self.send(Act::Choose(Box::new(state)));
    }

    /// Changes the recipe.
    pub fn edit(&mut self, change: impl FnOnce(&mut Recipe)) {
        let before =
            self.acts.iter().rev().find_map(|act| if let Act::Edit(recipe) = act { Some(recipe) } else { None });
        let mut recipe = before.map_or_else(|| self.recipe.clone(), |recipe| recipe.as_ref().clone());
        change(&mut recipe);
        self.send(Act::Edit(Box::new(recipe)));
    }

    /// The theme.
    pub fn theme(&self) -> Theme {
        self.state.theme
    }

    /// The theme's surfaces.
    pub fn surface(&self) -> &'static Surface {
        self.state.theme.surface()
    }

    /// A term in the words that were chosen.
    pub fn word(&self, term: Term) -> &'static str {
        term.name(self.state.words)
    }

    /// A sentence in the papers' words, in the words that were chosen.
    pub fn say<'t>(&self, text: &'t str) -> Cow<'t, str> {
        words::say(self.state.words, text)
    }

    /// A reason to look twice, as a sentence in the words that were chosen.
    pub fn flag(&self, flag: &str) -> String {
        words::capital(&self.say(flag))
    }

    /// Whose words.
    pub fn words(&self) -> Words {
        self.state.words
    }
}

/// Everything in the window.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.moment.present {
        slides::present::show(ui, cx);
        slides::speaker::show(ui.ctx(), cx);
    } else {
        shell::show(ui, cx);
    }
    let ctx = ui.ctx().clone();
    palette::show(&ctx, cx);
    keys::show(&ctx, cx);
    export::show(&ctx, cx);
}

/// The view that is open.
fn view(ui: &mut Ui, cx: &mut Cx<'_>) {
    match cx.state.view {
        View::Start => start::show(ui, cx),
        View::Models => models::show(ui, cx),
        View::Data => data::show(ui, cx),
        View::Stitch => stitch::show(ui, cx),
        View::Attack => attack::show(ui, cx),
        View::Compare => compare::show(ui, cx),
        View::Runs => runs::show(ui, cx),
        View::Slides => slides::show(ui, cx),
        View::Settings => settings::show(ui, cx),
    }
}

/// The last part of a path or zoo reference, without `.onnx`: what people call a network.
fn short(reference: &str) -> &str {
    stitchscope_figures::base(reference)
}

/// `71.3 %`.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
