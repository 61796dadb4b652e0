//! Every view in both themes, pixel by pixel against committed pictures: what nobody meant to change has not changed.
//!
//! Software adapters round differently (llvmpipe, SwiftShader), and letters' edges with them: a picture may differ in some pixels.
//! `UPDATE_SNAPSHOTS=1 cargo test -p stitchscope-tests --test ui snapshots` writes them anew; look at them before committing.

use egui_kittest::SnapshotOptions;
use stitchscope_ui::command::Act;
use stitchscope_ui::state::{State, View};
use stitchscope_ui::theme::Theme;

use crate::made_up;
use crate::shell::Window;

/// Small pictures: what is compared is the arrangement.
const SIZE: [f32; 2] = [960.0, 560.0];
/// Share of pixels that may differ.
const PIXELS: f32 = 0.01;

#[test]
fn every_view_looks_as_it_did_in_both_themes() {
    let mut wrong = Vec::new();
    for theme in Theme::ALL {
        let kept = State { theme, still: true, ..State::default() };
        let mut window = Window::open(SIZE, Some(&kept.to_text()));
        for view in View::ALL {
            window.send(Act::Go(view));
            if view == View::Compare {
                made_up::drop_in(&mut window, &made_up::report(50, made_up::level(5, 0)));
            }
            window.until_idle();
            compare(&mut window, &format!("{view:?}-{theme:?}"), &mut wrong);
        }
        made_up::drop_in(&mut window, &made_up::report(51, made_up::crossed(5)));
        compare(&mut window, &format!("map-{theme:?}"), &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The device's name stands on some views and differs from machine to machine: its letters are well below the pixels allowed.
fn compare(window: &mut Window, name: &str, wrong: &mut Vec<String>) {
    let differing = (SIZE[0] * SIZE[1] * PIXELS) as usize;
    let options = SnapshotOptions::new()
        .threshold(2.0)
        .max_failed_pixels(differing)
        .output_path(concat!(env!("CARGO_MANIFEST_DIR"), "/ui/snapshots"));
    if let Err(why) = window.harness.try_snapshot_options(name.to_lowercase(), &options) {
        wrong.push(why.to_string());
    }
}
