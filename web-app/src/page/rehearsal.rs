//! Views painted once where nobody sees them, right after the page has come up.
//!
//! Browsers compile a function of the program when it is first called. Without a rehearsal that is while a visitor waits for
//! a view to open, and over 50 ms in one frame. It has a window of its own, of which nothing is shown, sent or kept.

use eframe::egui::{Context, Pos2, RawInput, Rect, Vec2};
use stitchscope_ui::command::Act;
use stitchscope_ui::state::View;
use stitchscope_ui::work::{Answer, Message};
use stitchscope_ui::{App, Bundle, Choice, Desk, Services};

use crate::browser::sleep;

/// Milliseconds between views: the visitor's own frames come first.
const PAUSE: u32 = 60;
/// What a view needs to settle.
const FRAMES: usize = 2;

/// Paints each view with the first example waiting in the queue.
pub async fn rehearse(bundle: Bundle, size: Vec2) {
    let ctx = Context::default();
    let mut app = App::new(&ctx, bundle, Box::new(Silence), None);
    app.send(&ctx, Act::Example(0));
    // The example has opened its view; the others come after.
    paint(&ctx, &mut app, size);
    for view in View::ALL {
        sleep(PAUSE).await;
        app.send(&ctx, Act::Go(view));
        paint(&ctx, &mut app, size);
    }
}

fn paint(ctx: &Context, app: &mut App, size: Vec2) {
    for _ in 0..FRAMES {
        let input = RawInput { screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)), ..RawInput::default() };
        app.logic(ctx);
        let painted = ctx.run_ui(input, |ui| app.ui(ui));
        drop(ctx.tessellate(painted.shapes, painted.pixels_per_point));
    }
}

/// Nobody listens and nobody answers.
struct Silence;

impl Services for Silence {
    fn send(&mut self, _desk: Desk, _message: Message) {}

    fn hear(&mut self) -> Option<Answer> {
        None
    }

    fn keep(&mut self, _state: &str) {}

    fn choose(&mut self, _choice: Choice) {}

    fn chosen(&mut self) -> Option<(Choice, Vec<String>)> {
        None
    }

    fn results(&self) -> String {
        String::new()
    }
}
