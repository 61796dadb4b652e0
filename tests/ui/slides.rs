//! A talk: slides are made, told, kept, and shown from their records where nothing can be computed.

use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use proptest::prelude::*;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{Measures, Slide, State, View};
use stitchscope_ui::theme::Theme;

use crate::made_up::{crossed, drop_in, level, report};
use crate::shell::Window;

const SIZE: [f32; 2] = [1366.0, 768.0];

/// Three slides: curves, map, models.
fn told() -> Window {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(5, 0)));
    window.send(Act::Do(Command::AddSlide));
    drop_in(&mut window, &report(51, crossed(3)));
    window.send(Act::Do(Command::AddSlide));
    window.send(Act::Go(View::Models));
    window.send(Act::Do(Command::AddSlide));
    window.until_idle();
    window
}

fn titles(window: &Window) -> Vec<View> {
    window.app().slides().iter().map(|slide| slide.shot.view).collect()
}

fn kept(window: &mut Window) -> String {
    window.harness.state_mut().as_mut().unwrap().keep_now();
    window.watch.kept.lock().unwrap().clone()
}

#[test]
fn slides_are_turned_by_a_clicker_and_leave_no_trace() {
    let mut window = told();
    window.send(Act::Do(Command::Theme));
    let before = window.app().state().clone();
    let recipe = window.app().recipe().clone();
    window.send(Act::Do(Command::Present));
    assert_eq!((window.app().on_stage(), window.app().state().theme), (Some(0), Theme::Light));
    assert!(window.harness.query_by_label("1 of 3").is_some());
    window.harness.check_accessibility();
    for (key, at, view) in [
        (egui::Key::PageDown, 1, View::Compare),
        (egui::Key::PageDown, 2, View::Models),
        (egui::Key::PageDown, 2, View::Models),
        (egui::Key::PageUp, 1, View::Compare),
        (egui::Key::ArrowLeft, 0, View::Compare),
        (egui::Key::Space, 1, View::Compare),
    ] {
        window.harness.key_press(key);
        window.settle();
        assert_eq!((window.app().on_stage(), window.app().state().view), (Some(at), view), "{key:?}");
    }
    window.harness.key_press(egui::Key::Period);
    window.settle();
    assert!(window.harness.query_by_label("2 of 3").is_none(), "a full stop makes the screen black");
    window.harness.key_press(egui::Key::Period);
    window.settle();
    // What is kept while a talk is given is what was chosen before it.
    let saved = State::parse(&kept(&mut window)).unwrap();
    assert_eq!((saved.view, saved.theme, saved.slides.len()), (before.view, before.theme, 3));
    window.harness.key_press(egui::Key::Escape);
    window.settle();
    assert_eq!((window.app().on_stage(), window.app().state()), (None, &before));
    assert_eq!(*window.app().recipe(), recipe);
}

#[test]
fn slides_are_moved_removed_named_and_all_of_it_can_be_undone() {
    let mut window = told();
    window.send(Act::Go(View::Slides));
    window.harness.check_accessibility();
    window.harness.get_by_label("Move slide 3 up").click();
    window.settle();
    assert_eq!(titles(&window), [View::Compare, View::Models, View::Compare]);
    window.harness.get_by_label("Remove slide 1").click();
    window.settle();
    assert_eq!(titles(&window), [View::Models, View::Compare]);
    window.harness.get_by_label("Notes of slide 1").focus();
    window.settle();
    window.harness.get_by_label("Notes of slide 1").type_text("Say hello");
    window.settle();
    window.harness.get_by_label("Title of slide 2").focus();
    window.settle();
    assert_eq!(window.app().slides()[0].notes, "Say hello");
    for _ in 0..3 {
        window.send(Act::Do(Command::Undo));
    }
    assert_eq!(titles(&window), [View::Compare, View::Compare, View::Models]);
    window.send(Act::Do(Command::Redo));
    assert_eq!(titles(&window), [View::Compare, View::Models, View::Compare]);
}

#[test]
fn a_note_that_is_being_typed_when_the_window_closes_is_kept() {
    let mut window = told();
    window.send(Act::Go(View::Slides));
    window.harness.get_by_label("Notes of slide 2").focus();
    window.settle();
    window.harness.get_by_label("Notes of slide 2").type_text("Say hello");
    window.settle();
    assert_eq!(window.app().slides()[1].notes, "", "it is not the slide's yet: one note is one step back");
    let saved = State::parse(&kept(&mut window)).unwrap();
    assert_eq!(saved.slides[1].notes, "Say hello");
    // Whoever begins to present meanwhile sees it, too.
    window.send(Act::Present(1));
    window.settle();
    assert_eq!(window.app().slides()[1].notes, "Say hello");
}

/// What a second window says, as a screen reader would hear it.
fn second_window(window: &mut Window) -> Vec<String> {
    use std::cell::RefCell;
    use std::rc::Rc;
    let heard: Rc<RefCell<Vec<String>>> = Rc::default();
    let ear = Rc::clone(&heard);
    egui::Context::set_immediate_viewport_renderer(
        move |ctx: &egui::Context, mut viewport: egui::ImmediateViewport<'_>| {
            let input = egui::RawInput {
                viewport_id: viewport.ids.this,
                viewports: std::iter::once((viewport.ids.this, egui::ViewportInfo::default())).collect(),
                screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(900.0, 620.0))),
                ..egui::RawInput::default()
            };
            let mut output = ctx.run_ui(input, |ui| (viewport.viewport_ui_cb)(ui));
            output.textures_delta.clear();
            let update = output.platform_output.accesskit_update;
            let nodes = update.map(|update| update.nodes).unwrap_or_default();
            *ear.borrow_mut() =
                nodes.iter().filter_map(|(_, node)| node.label().or_else(|| node.value()).map(str::to_owned)).collect();
        },
    );
    window.harness.ctx.set_embed_viewports(false);
    window.settle();
    heard.take()
}

#[test]
fn who_talks_has_notes_next_slide_and_clock_in_a_second_window() {
    let mut window = told();
    let mut slides = window.app().slides().to_vec();
    "Say hello".clone_into(&mut slides[0].notes);
    "The map".clone_into(&mut slides[1].title);
    window.send(Act::Slides(slides));
    window.send(Act::Do(Command::Speaker));
    assert!(!window.app().state().speaker, "where there is only one window it is not offered");
    assert!(second_window(&mut window).is_empty(), "no talk, no second window");
    window.send(Act::Do(Command::Speaker));
    assert!(window.app().state().speaker);
    window.send(Act::Do(Command::Present));
    let said = second_window(&mut window);
    for part in ["Say hello", "Next: The map", "slide 1 of 3", "0:0", "End the talk", "Next slide"] {
        assert!(said.iter().any(|said| said.contains(part)), "{part} is not in {said:?}");
    }
    window.send(Act::Turn(2));
    assert!(second_window(&mut window).iter().any(|said| said == "This is the last slide."));
    window.send(Act::Do(Command::Present));
    assert!(second_window(&mut window).iter().all(|said| said != "This is the last slide."));
}

#[test]
fn a_slide_is_shown_from_its_record_where_its_study_is_gone() {
    let mut window = told();
    let (state, home) = (kept(&mut window), Arc::clone(&window.home));
    drop(window);
    // Somebody deleted the studies: the new window knows nothing of them but what the slides keep.
    for folder in std::fs::read_dir(home.path().join("studies")).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.join("report.json").exists() {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
    let mut again = Window::open_in(home, SIZE, Some(&state));
    assert!(again.app().world().studies.is_empty());
    again.until("the records", |app| app.world().twins.len() == 3);
    again.send(Act::Present(1));
    assert!(again.harness.query_by_label_contains("Recorded").is_some());
    assert!(again.harness.query_by_label_contains("layer1.0.relu → layer1.2.relu: 70.0").is_some());
}

#[test]
fn without_slides_the_page_keys_turn_the_measures() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(5, 0)));
    window.send(Act::Do(Command::Present));
    assert_eq!(window.app().state().measures, Measures::Clean);
    window.harness.key_press(egui::Key::PageDown);
    window.settle();
    assert_eq!(window.app().state().measures, Measures::Robust);
    window.harness.key_press(egui::Key::Escape);
    window.settle();
    assert_eq!(window.app().state().measures, Measures::All);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever is done to recipe and slides: undoing all of it is the beginning, redoing all of it the end, and what is
    /// saved is opened again.
    #[test]
    fn everything_that_is_done_can_be_undone_made_again_and_opened_again(
        steps in prop::collection::vec(0u8..5, 1..12)
    ) {
        let mut window = Window::open(SIZE, None);
        window.send(Act::Go(View::Data));
        let start = (window.app().recipe().clone(), window.app().slides().to_vec());
        for step in steps {
            let mut slides: Vec<Slide> = window.app().slides().to_vec();
            match step {
                0 => window.send(Act::Do(Command::Swap)),
                1 => window.send(Act::Do(Command::AddSlide)),
                2 => {
                    slides.reverse();
                    window.send(Act::Slides(slides));
                }
                3 => {
                    slides.pop();
                    window.send(Act::Slides(slides));
                }
                _ => {
                    let mut recipe = window.app().recipe().clone();
                    recipe.stitch.epochs += 1;
                    window.send(Act::Edit(Box::new(recipe)));
                }
            }
        }
        let end = (window.app().recipe().clone(), window.app().slides().to_vec());
        for _ in 0..12 {
            window.send(Act::Do(Command::Undo));
        }
        prop_assert_eq!((window.app().recipe().clone(), window.app().slides().to_vec()), start);
        for _ in 0..12 {
            window.send(Act::Do(Command::Redo));
        }
        prop_assert_eq!((window.app().recipe().clone(), window.app().slides().to_vec()), end.clone());
        let state = kept(&mut window);
        let again = Window::open(SIZE, Some(&state));
        prop_assert_eq!((again.app().recipe().clone(), again.app().slides().to_vec()), end);
    }
}

#[test]
fn a_slide_of_words_is_written_shown_and_kept() {
    let mut window = told();
    window.send(Act::Go(View::Slides));
    window.harness.get_by_label("Add a text slide").click();
    window.settle();
    assert_eq!(window.app().slides().len(), 4);
    window.harness.get_by_label("Text of slide 4").focus();
    window.settle();
    window.harness.get_by_label("Text of slide 4").type_text("Thank you\n- questions");
    window.settle();
    let saved = State::parse(&kept(&mut window)).unwrap();
    assert_eq!(saved.slides[3].text.as_deref(), Some("Thank you\n- questions"));
    window.send(Act::Present(3));
    window.settle();
    for words in ["Thank you", "questions"] {
        assert!(window.harness.query_by_label(words).is_some(), "{words} is on the stage");
    }
    window.harness.check_accessibility();
}

#[test]
fn a_slide_is_dragged_to_another_place_in_the_strip() {
    let mut window = told();
    window.send(Act::Go(View::Slides));
    window.until_idle();
    let first = window.app().slides()[0].id;
    let place = |window: &Window, words: &str| window.harness.get_by_label_contains(words).rect();
    let (from, to) = (place(&window, "Slide 1: ").center(), place(&window, "Slide 3: ").right_center());
    window.harness.hover_at(from);
    window.harness.drag_at(from);
    window.settle();
    window.harness.hover_at(from + egui::vec2(40.0, 0.0));
    window.settle();
    window.harness.hover_at(to + egui::vec2(-4.0, 0.0));
    window.settle();
    window.harness.drop_at(to + egui::vec2(-4.0, 0.0));
    window.settle();
    assert_eq!(window.app().slides()[2].id, first, "{:?}", titles(&window));
    window.send(Act::Do(Command::Undo));
    assert_eq!(window.app().slides()[0].id, first);
}

#[test]
fn a_talk_is_one_page_with_its_figures_and_words_and_loads_nothing() {
    let mut window = told();
    window.send(Act::Go(View::Slides));
    window.harness.get_by_label("Add a text slide").click();
    window.settle();
    window.send(Act::Do(Command::ExportTalk));
    window.send(Act::Export);
    window.until("the page", |app| app.world().line.starts_with("Written: "));
    let page = std::fs::read_to_string(window.written()).unwrap();
    assert!(window.written().ends_with("talk.html"));
    assert_eq!(page.matches("<section").count(), 4);
    assert_eq!(page.matches("<svg").count(), 2, "curves and map are drawn");
    for slide in window.app().slides() {
        assert!(page.contains(&slide.title), "{}", slide.title);
    }
    // Names of XML are addresses that nobody opens.
    let loaded = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!loaded.contains("://") && !page.contains("<script"), "it needs nothing beside it");
    assert!(page.contains("the view Models"), "what a page cannot show is named");
}

#[test]
fn how_long_a_slide_was_shown_is_kept_and_told() {
    let mut window = told();
    window.send(Act::Do(Command::Present));
    window.settle();
    std::thread::sleep(std::time::Duration::from_millis(2100));
    window.send(Act::Turn(1));
    window.send(Act::Do(Command::Present));
    let id = window.app().slides()[0].id;
    let seconds = window.app().state().rehearsed.clone();
    assert!(seconds.len() == 1 && seconds[&id] >= 2, "{seconds:?}");
    window.send(Act::Go(View::Slides));
    window.settle();
    assert!(window.harness.query_all_by_label_contains("for 1 of 3 slides").next().is_some());
}
