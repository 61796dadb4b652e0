//! The painting side: eframe on a canvas, painted through WebGL2, with the window of the `ui` library in it.

mod dialogs;
mod link;
mod rehearsal;
mod script;
mod services;

use std::cell::RefCell;
use std::rc::Rc;

use eframe::{WebOptions, WebRunner, egui};
use js_sys::Function;
use stitchscope_ui::command::Act;
use stitchscope_ui::{App, Bundle, Example};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{HtmlCanvasElement, Worker};

use crate::browser::global;
use link::Link;
pub use script::Handle;
use services::Browser;

/// Opens the window on `canvas`. `worker` computes; without one the page does. `files` as for [`crate::worker`]; `crashed` is told
/// when the page or its Worker cannot go on.
///
/// # Errors
/// When the canvas cannot be painted on.
#[wasm_bindgen]
pub async fn page(
    canvas: HtmlCanvasElement,
    worker: Option<Worker>,
    files: String,
    crashed: Function,
) -> Result<Handle, JsValue> {
    let runner = WebRunner::new();
    tell_of_panics(&crashed);
    let shared: Rc<RefCell<Option<(App, egui::Context)>>> = Rc::default();
    let inbox: Rc<RefCell<Option<Rc<services::Inbox>>>> = Rc::default();
    let (theirs, files_come_in) = (Rc::clone(&shared), Rc::clone(&inbox));
    let make = move |context: &eframe::CreationContext<'_>| {
        let ctx = context.egui_ctx.clone();
        let link = Link::read();
        let services = Browser::start(&ctx, worker, &files, &crashed);
        files_come_in.replace(Some(services.inbox()));
        let kept = link.state(services::kept().as_deref());
        let mut app = App::new(&ctx, bundle(), Box::new(services), kept.as_deref());
        app.set_up(link.present, &link.hidden);
        if let Some(text) = link.notice() {
            app.send(&ctx, Act::Notice(text));
        }
        if !link.open.is_empty() {
            app.send(&ctx, Act::Take(link.open));
        }
        theirs.replace(Some((app, ctx)));
        Ok(Box::new(Shell { shared: theirs }) as Box<dyn eframe::App>)
    };
    let options = WebOptions { renderer: eframe::Renderer::Glow, ..WebOptions::default() };
    let size = egui::vec2(pixels(canvas.client_width()), pixels(canvas.client_height()));
    runner.start(canvas, options, Box::new(make)).await?;
    wasm_bindgen_futures::spawn_local(rehearsal::rehearse(bundle(), size));
    Ok(Handle::new(shared, inbox, runner))
}

/// eframe's side of the application, shared with the page's scripts.
struct Shell {
    shared: Rc<RefCell<Option<(App, egui::Context)>>>,
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if let Some((app, _)) = self.shared.borrow_mut().as_mut() {
            app.logic(ctx);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if let Some((app, _)) = self.shared.borrow_mut().as_mut() {
            app.ui(ui);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes of screens")]
const fn pixels(count: i32) -> f32 {
    count as f32
}

/// What the page brings.
fn bundle() -> Bundle {
    let examples = stitchscope_zoo::EXAMPLES.iter().map(|example| Example {
        title: example.title.to_owned(),
        about: example.about.to_owned(),
        length: example.length.to_owned(),
        recipes: example.recipes.iter().map(|text| (*text).to_owned()).collect(),
    });
    Bundle::of(stitchscope_zoo::MANIFEST, examples.collect())
}

/// A panic ends the page's window; a card tells of it and of what to do.
fn tell_of_panics(crashed: &Function) {
    let before = std::panic::take_hook();
    // A hook must be `Send`; the page has one thread and the function stays on it.
    let name = "stitchscopeCrashed";
    let _ = js_sys::Reflect::set(&js_sys::global(), &name.into(), crashed);
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        if let Some(crashed) = global::<Function>(name) {
            let _ = crashed.call1(&JsValue::UNDEFINED, &info.to_string().into());
        }
    }));
}

/// The page's window object.
fn window() -> Option<web_sys::Window> {
    js_sys::global().dyn_into().ok()
}
