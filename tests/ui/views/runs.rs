//! The list of studies: notes and tags, several at once, what differs, order, deletion.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{State, View};

use crate::made_up::{drop_in, level, report};
use crate::shell::Window;

/// Wide enough for all columns.
const SIZE: [f32; 2] = [2600.0, 900.0];

/// Two studies of one pair of networks, in Runs; their names.
fn two() -> (Window, [String; 2]) {
    let mut window = Window::open(SIZE, None);
    let ids = [50, 51].map(|images| drop_in(&mut window, &report(images, level(3, images as u64 - 50))));
    window.send(Act::Go(View::Runs));
    (window, ids)
}

fn press(window: &mut Window, label: &str) {
    window.harness.get_by_role_and_label(Role::Button, label).click();
    window.settle();
}

/// Presses the box of the study that stands so far below the first.
fn choose(window: &mut Window, at: usize) {
    let mut boxes: Vec<_> = window.harness.query_all_by_role(Role::CheckBox).collect();
    boxes.sort_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    boxes[at].click();
    window.settle();
}

fn has(window: &Window, words: &str) -> bool {
    window.harness.query_all_by_label_contains(words).next().is_some()
}

#[test]
fn what_tells_studies_of_one_pair_apart_is_said() {
    let (window, _) = two();
    window.harness.query_all_by_label("data.test_images 50").next().expect("the older one");
    window.harness.query_all_by_label("data.test_images 51").next().expect("the newer one");
}

#[test]
fn notes_are_kept_and_found_and_their_tags_filter() {
    let (mut window, ids) = two();
    let field = |window: &Window| {
        let fields = window.harness.query_all_by_role(Role::TextInput);
        let mut notes: Vec<_> =
            fields.filter(|node| node.rect().width() > 160.0 && node.rect().top() > 150.0).collect();
        notes.sort_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
        notes[0].focus();
        notes[0].type_text("odd at layer1 #paper");
    };
    field(&window);
    window.settle();
    let noted = window.app().state().notes.clone();
    assert_eq!(noted.get(&ids[1]).map(String::as_str), Some("odd at layer1 #paper"), "{noted:?}");
    press(&mut window, "#paper");
    assert!(has(&window, "data.test_images 51") && !has(&window, "data.test_images 50"));
    press(&mut window, "#paper");
    assert!(has(&window, "data.test_images 50"), "pressed again, all are there");
    window.harness.state_mut().as_mut().unwrap().keep_now();
    let kept = State::parse(&window.watch.kept.lock().unwrap()).unwrap();
    assert_eq!(kept.notes, noted);
}

#[test]
fn several_are_compared_at_once() {
    let (mut window, ids) = two();
    choose(&mut window, 0);
    choose(&mut window, 1);
    assert!(has(&window, "2 chosen"));
    press(&mut window, "Compare them");
    assert_eq!((window.app().state().view, window.app().state().shown.len()), (View::Compare, 2));
    assert!(ids.iter().all(|id| window.app().state().shown.contains(id)));
}

#[test]
fn the_list_is_sorted_by_its_headings() {
    let (mut window, _) = two();
    let newest_first = |window: &Window| {
        let top = |words: &str| window.harness.get_by_label(words).rect().top();
        top("data.test_images 51") < top("data.test_images 50")
    };
    assert!(newest_first(&window));
    press(&mut window, "Sort by Best clean");
    assert!(newest_first(&window), "51 is the better one");
    press(&mut window, "Sort by Best clean");
    assert!(!newest_first(&window));
    press(&mut window, "Sort by Best clean");
    assert!(newest_first(&window));
}

#[test]
fn a_study_is_deleted_with_its_files_after_a_question_and_slides_keep_their_numbers() {
    let (mut window, [older, newer]) = two();
    window.send(Act::Show(vec![newer.clone()]));
    window.send(Act::Go(View::Compare));
    window.send(Act::Do(Command::AddSlide));
    window.send(Act::Go(View::Runs));
    choose(&mut window, 0);
    press(&mut window, "Delete them…");
    window.harness.check_accessibility();
    press(&mut window, "Cancel");
    let folder = |id: &str| window.home.path().join("studies").join(id);
    let (gone, stays) = (folder(&newer), folder(&older));
    assert!(gone.exists() && window.app().world().studies.len() == 2, "nothing happens without a yes");
    press(&mut window, "Delete them…");
    press(&mut window, "Delete");
    window.until("the answer", |app| app.world().studies.len() == 1);
    assert!(!gone.exists() && stays.exists());
    assert!(!window.app().state().shown.contains(&newer));
    window.send(Act::Present(0));
    assert!(has(&window, "Recorded"), "the slide has what it showed");
}
