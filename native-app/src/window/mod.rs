//! The window on a workstation: eframe around the `ui` library, two worker threads, files.

mod bundle;
mod ground;
mod seat;
mod services;
mod times;
mod workers;

use std::time::Instant;

use anyhow::{Result, anyhow};
use eframe::egui;
use stitchscope_ui::App;
use stitchscope_ui::command::Act;
use stitchscope_ui::state::State;

use ground::home;
use seat::Seat;
use times::Times;

/// Width and height of a window that was never left, in points.
const DEFAULT_SIZE: [f32; 2] = [1366.0, 768.0];

/// Opens the window with these files and returns when it is closed.
pub fn open(files: Vec<String>) -> Result<()> {
    let times = Times::since(Instant::now());
    let home = home();
    let seat = Seat::take(&home);
    let kept = seat.kept();
    let left = kept.as_deref().and_then(|text| State::parse(text).ok()?.window);
    let size = left.unwrap_or(DEFAULT_SIZE);
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Stitchscope")
            .with_app_id("stitchscope")
            .with_inner_size(size)
            .with_min_inner_size([900.0, 560.0])
            .with_drag_and_drop(true),
        ..eframe::NativeOptions::default()
    };
    let make = move |context: &eframe::CreationContext<'_>| {
        let services = services::Desktop::start(&context.egui_ctx, &home, seat)?;
        let mut app = App::new(&context.egui_ctx, bundle::bundle(), Box::new(services), kept.as_deref());
        app.send(&context.egui_ctx, Act::Take(files));
        Ok(Box::new(Shell { app, times }) as Box<dyn eframe::App>)
    };
    eframe::run_native("stitchscope", options, Box::new(make)).map_err(|error| {
        anyhow!("the window cannot be opened: {error}. The command line works without one: stitchscope --help")
    })
}

/// eframe's side of the application.
struct Shell {
    app: App,
    times: Times,
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.times.frame(frame.info().cpu_usage);
        self.app.logic(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.app.ui(ui);
    }

    fn on_exit(&mut self) {
        self.app.keep_now();
        self.times.write();
    }
}
