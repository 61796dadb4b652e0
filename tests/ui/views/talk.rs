//! Slides of pictures, codes of links, the talk as PDF.

use egui_kittest::kittest::Queryable as _;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{State, View};
use stitchscope_ui::{Choice, theme::Theme};

use crate::made_up::{drop_in, level, report};
use crate::shell::Window;

const SIZE: [f32; 2] = [1366.0, 768.0];

/// A window with the study's figure as its first slide, in Slides.
fn slides() -> Window {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(4, 0)));
    window.send(Act::Do(Command::AddSlide));
    window.send(Act::Go(View::Slides));
    window
}

fn photo(window: &Window, name: &str) -> String {
    let path = window.home.path().join(name);
    image::RgbImage::from_fn(64, 32, |x, _| image::Rgb([if x < 32 { 250 } else { 5 }, 20, 40])).save(&path).unwrap();
    path.display().to_string()
}

fn kept(window: &mut Window) -> String {
    window.harness.state_mut().as_mut().unwrap().keep_now();
    window.watch.kept.lock().unwrap().clone()
}

fn export(window: &mut Window, as_pdf: bool) -> Vec<u8> {
    window.send(Act::Do(Command::ExportTalk));
    if as_pdf {
        window.harness.get_by_role_and_label(egui::accesskit::Role::Button, "PDF").click();
        window.settle();
    }
    window.send(Act::Export);
    let ending = if as_pdf { "talk.pdf" } else { "talk.html" };
    window.until("the file", |app| app.world().line.contains(ending));
    std::fs::read(window.written()).unwrap()
}

#[test]
fn a_picture_that_is_dropped_on_slides_is_a_slide_and_stays_one() {
    let mut window = slides();
    let path = photo(&window, "our lab.jpg");
    window.send(Act::Take(vec![path.clone()]));
    window.until("the picture", |app| app.slides().len() == 2);
    let slide = window.app().slides()[1].clone();
    assert_eq!((slide.title.as_str(), slide.picture.as_deref()), ("our lab", Some("our lab.jpg")));
    let (state, home) = (kept(&mut window), std::sync::Arc::clone(&window.home));
    drop(window);
    // The file that was chosen may go: the talk has it.
    std::fs::remove_file(path).unwrap();
    let mut again = Window::open_in(home, SIZE, Some(&state));
    again.until("the record", |app| app.world().pictures.len() == 1);
    assert_eq!(again.app().world().pictures[&slide.id].size, [64, 32]);
    again.send(Act::Present(1));
    assert!(again.harness.query_by_label_contains("picture our lab.jpg").is_some());
    again.harness.check_accessibility();
    again.send(Act::Do(Command::Present));
    let page = String::from_utf8(export(&mut again, false)).unwrap();
    assert!(page.contains("data:image/jpeg;base64,"), "the page has the file itself");
    let pdf = export(&mut again, true);
    assert!(pdf.starts_with(b"%PDF-") && String::from_utf8_lossy(&pdf).contains("/DCTDecode"), "and so has the PDF");
}

#[test]
fn a_picture_is_chosen_in_a_dialog_and_what_is_none_is_refused_by_name() {
    let mut window = slides();
    window.send(Act::Do(Command::AddPicture));
    assert_eq!(window.watch.asked.lock().unwrap().last(), Some(&Choice::Picture));
    let path = window.home.path().join("broken.png");
    std::fs::write(&path, b"\x89PNG and no more").unwrap();
    window.send(Act::Take(vec![path.display().to_string()]));
    window.until("the answer", |app| !app.world().notices.is_empty());
    assert!(window.app().world().notices[0].text.contains("broken.png"), "{:?}", window.app().world().notices);
    assert_eq!(window.app().slides().len(), 1, "no empty slide is left");
}

#[test]
fn an_address_on_a_slide_of_words_is_a_code_for_the_audience() {
    let mut window = slides();
    let mut all = window.app().slides().to_vec();
    all[0].text = Some("Try it\n- in a browser\nhttps://example.org/stitchscope".to_owned());
    window.send(Act::Slides(all));
    window.send(Act::Present(0));
    assert!(window.harness.query_by_label("QR code of https://example.org/stitchscope").is_some());
    if let Some(folder) = std::env::var_os("STITCHSCOPE_PICTURES") {
        window.harness.render().unwrap().save(std::path::Path::new(&folder).join("code.png")).unwrap();
    }
    window.send(Act::Do(Command::Present));
    assert!(String::from_utf8(export(&mut window, false)).unwrap().contains("class=\"qr\""));
}

#[test]
fn a_figure_is_pdf_with_its_recipe_attached() {
    let mut window = slides();
    window.send(Act::Do(Command::ExportFigure));
    window.harness.get_by_role_and_label(egui::accesskit::Role::Button, "PDF").click();
    window.settle();
    window.send(Act::Export);
    window.until("the file", |app| app.world().line.ends_with("figure.pdf"));
    let pdf = std::fs::read(window.written()).unwrap();
    let text = String::from_utf8_lossy(&pdf);
    if let Some(folder) = std::env::var_os("STITCHSCOPE_PICTURES") {
        std::fs::write(std::path::Path::new(&folder).join("figure.pdf"), &pdf).unwrap();
    }
    assert!(text.starts_with("%PDF-"));
    assert!(text.contains("/EmbeddedFile"), "the recipe is attached");
    assert!(!text.contains("/Subtype /Image") && !text.contains("/Subtype/Image"), "no pixels");
}

#[test]
fn a_talk_in_plain_words_is_exported_in_them() {
    let mut window = slides();
    window.send(Act::Do(Command::Words));
    let page = String::from_utf8(export(&mut window, false)).unwrap();
    assert!(page.contains("trained connector") && !page.contains(">task matching<"));
    assert_eq!(State::parse(&kept(&mut window)).unwrap().talk_theme, Theme::Light);
}
