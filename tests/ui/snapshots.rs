//! Every view in both themes, pixel by pixel against committed pictures: what nobody meant to change has not changed.
//!
//! The computer that is shown is made up, so that pictures are the same on every machine. They are painted by SwiftShader; other adapters
//! draw lines elsewhere by a pixel, and where it is missing more pixels may differ. `UPDATE_SNAPSHOTS=force cargo test -p stitchscope-tests --test ui snapshots` writes the pictures
//! anew; look at them before committing.

use std::path::Path;

use egui::accesskit::Role;
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::Queryable;
use image::RgbaImage;
use stitchscope_core::engine::wgpu::adapters;
use stitchscope_core::platform::block_on;
use stitchscope_core::report::Report;
use stitchscope_ui::command::Act;
use stitchscope_ui::state::{State, View};
use stitchscope_ui::theme::Theme;

use crate::made_up;
use crate::shell::Window;

/// Small pictures: what is compared is the arrangement.
const SIZE: [f32; 2] = [960.0, 560.0];
/// Squared distance of colours beyond which a pixel differs; black and white are 35,215 apart.
const COLOURS: f32 = 2.0;
/// The adapter that has painted the pictures.
const PAINTER: &str = "SwiftShader";
/// Pixels that may differ on it: fewer than the shortest label has.
const PIXELS: usize = 12;
/// Pixels that may differ on others: a hundredth.
const ELSEWHERE: usize = (SIZE[0] * SIZE[1]) as usize / 100;
const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/snapshots");

fn open(theme: Theme) -> Window {
    let kept = State { theme, still: true, ..State::default() };
    Window::open_on(made_up::computer(), SIZE, Some(&kept.to_text()))
}

/// Shows a view as the pictures have it.
fn go(window: &mut Window, view: View) {
    window.send(Act::Go(view));
    if view == View::Compare {
        open_report(window, &made_up::report(50, made_up::level(5, 0)));
    }
    window.until_idle();
}

fn open_report(window: &mut Window, report: &Report) {
    made_up::drop_in(window, report);
    // What was opened is said with its place, which is another one each time.
    window.send(Act::Copy(String::new()));
}

/// Pixels that may differ from the committed pictures here.
fn allowed() -> usize {
    let all = block_on(adapters()).unwrap_or_default();
    if all.iter().any(|adapter| adapter.name().contains(PAINTER)) { PIXELS } else { ELSEWHERE }
}

/// Compares with the picture of that name in a folder; so many pixels may differ.
fn compare(picture: &RgbaImage, name: &str, folder: &Path, pixels: usize) -> Result<(), String> {
    let options = SnapshotOptions::new().threshold(COLOURS).max_failed_pixels(pixels).output_path(folder);
    egui_kittest::try_image_snapshot_options(picture, name, &options).map_err(|why| why.to_string())
}

#[test]
fn every_view_looks_as_it_did_in_both_themes() {
    let (mut wrong, pixels) = (Vec::new(), allowed());
    let mut look = |window: &mut Window, name: String| {
        let picture = window.harness.render().unwrap();
        wrong.extend(compare(&picture, &name.to_lowercase(), Path::new(PICTURES), pixels).err());
    };
    for theme in Theme::ALL {
        let mut window = open(theme);
        for view in View::ALL {
            go(&mut window, view);
            look(&mut window, format!("{view:?}-{theme:?}"));
        }
        open_report(&mut window, &made_up::report(51, made_up::crossed(5)));
        look(&mut window, format!("map-{theme:?}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_label_that_is_missing_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut wiped = 0;
    for theme in Theme::ALL {
        let mut window = open(theme);
        for view in View::ALL {
            go(&mut window, view);
            let picture = window.harness.render().unwrap();
            let name = format!("{view:?}-{theme:?}");
            picture.save(folder.path().join(format!("{name}.png"))).unwrap();
            assert_eq!(compare(&picture, &name, folder.path(), PIXELS), Ok(()), "a picture is like itself");
            for label in window.harness.query_all_by_role(Role::Label) {
                let Some(without) = without(&picture, label.rect()) else { continue };
                let words = label.value().unwrap_or_default();
                assert!(
                    compare(&without, &name, folder.path(), PIXELS).is_err(),
                    "{name} without {words:?} looks the same"
                );
                wiped += 1;
            }
        }
    }
    assert!(wiped > 100, "only {wiped} labels were looked at");
}

/// The picture with what stands in `place` painted over by the colour around it; `None` where nothing stands, as it is scrolled away.
fn without(picture: &RgbaImage, place: egui::Rect) -> Option<RgbaImage> {
    let place = place.intersect(egui::Rect::from_min_size(egui::Pos2::ZERO, SIZE.into()));
    let (left, top) = (place.left().floor() as u32, place.top().floor() as u32);
    let (right, bottom) = (place.right().ceil() as u32, place.bottom().ceil() as u32);
    if !place.is_positive() {
        return None;
    }
    let mut painted = picture.clone();
    let ground = *picture.get_pixel(left, top);
    for (x, y) in (left..right).flat_map(|x| (top..bottom).map(move |y| (x, y))) {
        painted.put_pixel(x, y, ground);
    }
    (painted != *picture).then_some(painted)
}
