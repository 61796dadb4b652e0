//! The page's scripting interface: what a slide, an exercise or a test can make the window do from outside.

use std::cell::RefCell;
use std::rc::Rc;

use eframe::WebRunner;
use eframe::egui::Context;
use serde_json::{Map, Value, json};
use stitchscope_core::recipe::Recipe;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::work::ModelView;
use stitchscope_ui::world::{Found, Study};
use stitchscope_ui::{App, Choice};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::File;

use super::services::Inbox;

/// The window, as scripts see it.
#[wasm_bindgen]
pub struct Handle {
    shared: Rc<RefCell<Option<(App, Context)>>>,
    inbox: Rc<RefCell<Option<Rc<Inbox>>>>,
    /// Kept alive with the page.
    _runner: WebRunner,
}

impl Handle {
    pub(super) fn new(
        shared: Rc<RefCell<Option<(App, Context)>>>,
        inbox: Rc<RefCell<Option<Rc<Inbox>>>>,
        runner: WebRunner,
    ) -> Self {
        Self { shared, inbox, _runner: runner }
    }

    fn send(&self, act: Act) {
        if let Some((app, ctx)) = self.shared.borrow_mut().as_mut() {
            let ctx = ctx.clone();
            app.send(&ctx, act);
            ctx.request_repaint();
        }
    }
}

#[wasm_bindgen]
impl Handle {
    /// Does what a button of this name does; says whether there is one.
    pub fn command(&self, label: &str) -> bool {
        let found = Command::all().find(|command| command.label() == label);
        if let Some(command) = found {
            self.send(Act::Do(command));
        }
        found.is_some()
    }

    /// Plays an example, as its card's button does; counted from 0.
    pub fn example(&self, index: usize) {
        self.send(Act::Example(index));
    }

    /// Takes a recipe in TOML as the one at hand.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub fn recipe(&self, text: &str) -> Result<(), String> {
        let recipe = Recipe::parse(text, "recipe").map_err(|error| error.to_string())?;
        self.send(Act::Edit(Box::new(recipe)));
        Ok(())
    }

    /// Opens the file at an address: a network, a recipe or a report.
    pub fn open(&self, address: &str) {
        self.send(Act::Take(vec![address.to_owned()]));
    }

    /// Takes a folder with its files: `paths` within it, the folder's own name first, and as many `files`.
    pub fn folder(&self, paths: Vec<String>, files: Vec<File>) {
        if let Some(inbox) = self.inbox.borrow().as_ref() {
            inbox.take(Choice::OpenFolder, paths.into_iter().zip(files).collect());
        }
    }

    /// Puts a sentence among the notices.
    pub fn notice(&self, text: &str) {
        self.send(Act::Notice(text.to_owned()));
    }

    /// Writes what the open export sheet says.
    pub fn write(&self) {
        self.send(Act::Export);
    }

    /// What the window shows, as JSON: view, recipe, device, networks with their taps, studies with their reports, notices.
    pub fn status(&self) -> String {
        let shared = self.shared.borrow();
        let Some((app, _)) = shared.as_ref() else { return "null".to_owned() };
        let world = app.world();
        json!({
            "view": app.state().view, "theme": app.state().theme, "recipe": app.recipe().to_toml(), "device": world.device,
            "models": world.models.iter().map(|(name, found)| (name.clone(), network(found))).collect::<Map<_, _>>(),
            "studies": world.studies.iter().map(study).collect::<Vec<_>>(),
            "ladder": world.ladder.as_ref().map(|(_, ladder)| json!({
                "networks": ladder.networks, "strengths": ladder.strengths, "label": ladder.label,
            })),
            "line": world.line, "waiting": app.is_waiting(),
            "notices": world.notices.iter().map(|notice| notice.text.as_str()).collect::<Vec<_>>(),
        })
        .to_string()
    }
}

/// Its taps, or why there are none.
fn network(found: &Found<ModelView>) -> Value {
    match found {
        Found::Asked => Value::Null,
        Found::Failed(why) => json!({"failed": why}),
        Found::Here(view) => json!({"taps": view.inspection.taps.iter().map(|tap| &tap.name).collect::<Vec<_>>()}),
    }
}

fn study(study: &Study) -> Value {
    let name = |(front, end): &(String, String)| format!("{front} -> {end}");
    let curves: Map<String, Value> = study.curves.iter().map(|(pair, curve)| (name(pair), json!(curve))).collect();
    json!({
        "id": study.id, "standing": format!("{:?}", study.standing), "share": study.share(), "curves": curves,
        "notes": study.notes, "report": study.report,
    })
}
