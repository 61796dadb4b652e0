//! Models draws networks as graphs: every node is there, named and pressable; blocks fold; two networks stand level.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use stitchscope_core::recipe::Pairs;
use stitchscope_ui::command::Act;
use stitchscope_ui::state::{Drawn, State, View};
use stitchscope_ui::work::{Chart, Stands};
use stitchscope_ui::world::Found;

use crate::shell::Window;

const SIZE: [f32; 2] = [1366.0, 768.0];
/// So high that all of a folded network is seen.
const HIGH: [f32; 2] = [1366.0, 1500.0];
const MODEL: &str = "zoo:fashion-robust-a";

fn open(drawn: Drawn, size: [f32; 2]) -> Window {
    let kept = State { view: View::Models, model: Some(MODEL.to_owned()), drawn, still: true, ..State::default() };
    let mut window = Window::open(size, Some(&kept.to_text()));
    window.until("the drawing", |app| app.world().chart.is_some());
    window.until_idle();
    window
}

fn chart(window: &Window) -> &Chart {
    window.app().world().chart.as_ref().unwrap().1.as_ref().unwrap()
}

fn button(window: &Window, words: &str) -> bool {
    window
        .harness
        .query_all_by_role(Role::Button)
        .any(|node| node.accesskit_node().label().is_some_and(|label| label.contains(words)))
}

fn press(window: &mut Window, words: &str) {
    let label = window
        .harness
        .query_all_by_role(Role::Button)
        .find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with(words)))
        .unwrap_or_else(|| panic!("nothing begins with `{words}`"));
    window.harness.get_by_role_and_label(Role::Button, &label).click();
    window.until_idle();
}

#[test]
fn the_graph_has_every_node_in_order_and_marks_every_cut() {
    let mut window = open(Drawn::Graph, SIZE);
    press(&mut window, "Unfold all");
    let drawn = chart(&window);
    let Some(Found::Here(view)) = window.app().world().models.get(MODEL) else { panic!("it was looked at") };
    let taps: Vec<&str> = view.inspection.taps.iter().map(|tap| tap.name.as_str()).collect();
    let marked: Vec<&str> =
        drawn.boxes.iter().filter_map(|found| found.tap.as_ref()).map(|(name, _)| name.as_str()).collect();
    assert_eq!(marked, taps, "the cuts of the list are those of the drawing");
    let numbers: u64 = drawn.boxes.iter().flat_map(|found| &found.weights).map(|weight| weight.count).sum();
    let all = view.inspection.parameters;
    // Constants that are not trained are told, too.
    assert!((numbers as f64 / all as f64 - 1.0).abs() < 0.05, "{numbers} of {all} numbers are told");
    for wire in &drawn.wires {
        assert!(drawn.boxes[wire.from].at[1] < drawn.boxes[wire.to].at[1], "every line goes down");
        assert!(wire.points.len() >= 2);
    }
    window.harness.check_accessibility();
}

#[test]
fn a_block_is_folded_and_unfolded_and_a_node_tells_its_weights() {
    let mut window = open(Drawn::Graph, HIGH);
    press(&mut window, "Fold all");
    let folded = chart(&window).boxes.len();
    assert!(chart(&window).open.is_empty() && folded < 20, "{folded}");
    let block = chart(&window).boxes.iter().find(|found| matches!(found.stands, Stands::Block(_))).unwrap().clone();
    press(&mut window, &format!("Block {}", block.name));
    press(&mut window, &format!("Unfold {}", block.name));
    let Stands::Block(count) = block.stands else { panic!("it was a block") };
    assert_eq!(chart(&window).boxes.len(), folded + count - 1);
    assert_eq!(chart(&window).open, std::slice::from_ref(&block.name));
    let conv =
        chart(&window).boxes.iter().find(|found| found.block == block.name && found.op == "Conv").unwrap().clone();
    press(&mut window, &format!("Conv {}", conv.name));
    let weight = &conv.weights[0];
    assert_eq!(weight.bins.iter().sum::<u64>(), weight.count);
    for said in [weight.shape.as_str(), "standard deviation", "strides"] {
        assert!(window.harness.query_all_by_label_contains(said).next().is_some(), "{said}");
    }
    assert!(
        window
            .harness
            .query_all_by_role(Role::Image)
            .any(|node| { node.accesskit_node().label().is_some_and(|label| label.starts_with("Histogram")) })
    );
    press(&mut window, &format!("Fold {}", block.name));
    assert_eq!(chart(&window).boxes.len(), folded);
}

#[test]
fn a_node_is_found_inside_a_folded_block_and_the_cut_is_moved_there() {
    let mut window = open(Drawn::Graph, HIGH);
    press(&mut window, "Fold all");
    window.harness.get_by_role_and_label(Role::TextInput, "Find a node").focus();
    window.settle();
    window.harness.get_by_role_and_label(Role::TextInput, "Find a node").type_text("layer3.0.add");
    window.settle();
    window.harness.key_press(egui::Key::Enter);
    window.until_idle();
    window.settle();
    assert!(chart(&window).open.iter().any(|block| block.starts_with("layer3")), "{:?}", chart(&window).open);
    assert!(button(&window, "Close what is said of the node"), "the node that was found is chosen");
    // The recipe's end is this network.
    assert_eq!(window.app().recipe().end.model, MODEL);
    press(&mut window, "Cut the end here");
    let Pairs::List(pairs) = &window.app().recipe().taps.pairs else { panic!("a pair was chosen") };
    assert_eq!(pairs[0].1, "layer3.0.add");
    assert!(window.harness.query_by_label("The end is cut here").is_some());
}

#[test]
fn front_and_end_stand_side_by_side_with_their_taps_level() {
    let window = open(Drawn::Both, [1920.0, 1080.0]);
    let drawn = chart(&window);
    let ends = |network: usize| {
        drawn
            .boxes
            .iter()
            .filter(|found| found.network == network && found.tap.as_ref().is_some_and(|(_, ends)| *ends))
            .count()
    };
    assert!(ends(0) > 5 && ends(0) == ends(1));
    assert!(drawn.links.len() >= ends(0), "every output of a block has its like");
    for (a, b) in &drawn.links {
        assert_eq!(drawn.boxes[*a].at[1], drawn.boxes[*b].at[1]);
        assert_eq!(drawn.boxes[*a].tap.as_ref().unwrap().0, drawn.boxes[*b].tap.as_ref().unwrap().0);
    }
    window.harness.check_accessibility();
}

#[test]
fn the_keyboard_walks_through_the_graph() {
    let mut window = open(Drawn::Graph, [900.0, 560.0]);
    let canvas = window
        .harness
        .query_all_by_role(Role::Image)
        .find(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("The network as a graph")));
    canvas.unwrap().focus();
    window.settle();
    for at in 0..4 {
        window.harness.key_press(egui::Key::ArrowDown);
        window.settle();
        let found = chart(&window).boxes[at].clone();
        let expected = if found.stands == Stands::Node { found.op } else { found.name };
        assert!(window.harness.query_all_by_label(&expected).next().is_some(), "{expected} is told of");
    }
    assert!(button(&window, "Close what is said of the node"));
}

#[test]
fn a_broken_network_is_marked_and_taken_off_the_shelf() {
    let mut window = Window::open(SIZE, None);
    let path = window.home.path().join("broken.onnx");
    std::fs::write(&path, b"no network").unwrap();
    let place = path.display().to_string();
    window.send(Act::Take(vec![place.clone()]));
    let key = place.clone();
    window.until("the reason", move |app| matches!(app.world().models.get(&key), Some(Found::Failed(_))));
    window.settle();
    assert!(window.harness.query_all_by_label("cannot be used").next().is_some(), "it is marked on the shelf");
    window.harness.get_by_role_and_label(Role::Button, "Take broken off the shelf").click();
    window.until_idle();
    assert!(window.app().state().models.is_empty());
    assert_ne!(window.app().state().model.as_ref(), Some(&place));
    assert!(window.harness.query_all_by_label("cannot be used").next().is_none());
}
