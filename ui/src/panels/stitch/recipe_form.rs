//! The recipe as a form: images, connector, attack. Every change is one step of undo.

use egui::{ComboBox, DragValue, Ui};
use stitchscope_core::recipe::{AttackRecipe, Init, Norm, Recipe, Strength, Train, Word};

use super::{reading, recipe_text};
use crate::command::Act;
use crate::panels::{Cx, short};
use crate::theme::Icon;
use crate::widgets::button::{Weight, button};
use crate::widgets::{card, segments, text};
use crate::words::{self, Term};

/// The form in a card.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = cx.theme();
    let mut recipe = cx.recipe.clone();
    card::card(ui, theme, |ui| {
        ui.horizontal(|ui| {
            text::heading(ui, "Recipe");
            let forms = [(false, "Form"), (true, "Text")];
            if let Some(now) = segments::segments(ui, theme, cx.moment.as_text, &forms) {
                cx.moment.as_text = now;
            }
        });
        if cx.moment.as_text {
            recipe_text::show(ui, cx);
            return;
        }
        egui::Grid::new("recipe").num_columns(2).spacing([14.0, 7.0]).show(ui, |ui| {
            images(ui, cx, &mut recipe);
            stitch(ui, cx, &mut recipe);
            attack(ui, cx, &mut recipe);
        });
        reading::show(ui, cx, &mut recipe);
        ui.horizontal(|ui| {
            if button(ui, theme, Weight::Quiet, Some(Icon::COPY), "Copy the recipe")
                .on_hover_text("As TOML, for the command line")
                .clicked()
            {
                cx.send(Act::Copy(cx.recipe.to_toml()));
            }
        });
    });
    if recipe != *cx.recipe {
        cx.send(Act::Edit(Box::new(recipe)));
    }
}

fn name(ui: &mut Ui, cx: &Cx<'_>, term: Term) {
    ui.label(cx.word(term)).on_hover_text(term.hint(cx.words()));
}

fn images(ui: &mut Ui, cx: &Cx<'_>, recipe: &mut Recipe) {
    ui.label("Training images");
    set(ui, cx, "Training images", &mut recipe.data.train);
    ui.end_row();
    ui.label("Test images");
    set(ui, cx, "Test images", &mut recipe.data.test);
    ui.end_row();
    ui.label("How many");
    ui.horizontal(|ui| {
        count(ui, "Number of training images", " to train", &mut recipe.data.train_images);
        count(ui, "Number of test images", " to test", &mut recipe.data.test_images);
    });
    ui.end_row();
}

/// A bundled set, or what the recipe names.
fn set(ui: &mut Ui, cx: &Cx<'_>, label: &str, value: &mut String) {
    let shown = ComboBox::from_id_salt(label).width(180.0).selected_text(short(value)).show_ui(ui, |ui| {
        for (reference, images) in &cx.bundle.images {
            ui.selectable_value(value, reference.clone(), format!("{} ({images})", short(reference)));
        }
    });
    let _ = shown.response.accessible_name(label);
}

/// The first so many; dragged down to 0 it means all.
fn count(ui: &mut Ui, label: &str, suffix: &str, value: &mut Option<usize>) {
    let mut number = value.unwrap_or(0);
    let drag = DragValue::new(&mut number).range(0..=1_000_000).speed(20.0).custom_formatter(|n, _| match n {
        n if n < 1.0 => format!("all{suffix}"),
        n => format!("{n:.0}{suffix}"),
    });
    let shown = ui.add(drag).on_hover_text("The first so many; 0 takes all");
    let _ = shown.accessible_name(label);
    *value = (number > 0).then_some(number);
}

fn words_of<W: Word>(ui: &mut Ui, label: &str, value: &mut W, plain: impl Fn(W) -> &'static str) {
    let shown = ComboBox::from_id_salt(label).width(180.0).selected_text(plain(*value)).show_ui(ui, |ui| {
        for word in W::ALL {
            ui.selectable_value(value, *word, plain(*word));
        }
    });
    let _ = shown.response.accessible_name(label);
}

fn stitch(ui: &mut Ui, cx: &Cx<'_>, recipe: &mut Recipe) {
    let paper = cx.words() == crate::state::Words::Paper;
    name(ui, cx, words::STITCH);
    words_of(ui, "How the connector is found", &mut recipe.stitch.train, |train: Train| match (train, paper) {
        (Train::None, false) => "stays as it starts",
        (Train::Task, false) => "learns from labels",
        (other, _) => other.as_str(),
    });
    ui.end_row();
    ui.label("It starts");
    words_of(ui, "Where the connector starts", &mut recipe.stitch.init, |init: Init| match (init, paper) {
        (Init::Direct, false) => "least squares",
        (Init::Identity, false) => "as it is (identity)",
        (Init::Random, false) => "at random",
        (other, _) => other.as_str(),
    });
    ui.end_row();
    if recipe.stitch.train != Train::None {
        ui.label("Training");
        ui.horizontal(|ui| {
            let suffix = if recipe.stitch.epochs == 1 { " pass" } else { " passes" };
            let epochs = ui.add(DragValue::new(&mut recipe.stitch.epochs).range(1..=1000).suffix(suffix));
            let _ = epochs.accessible_name("Passes over the training images");
            let rate =
                DragValue::new(&mut recipe.stitch.lr).range(1e-6..=1.0).speed(1e-4).max_decimals(6).prefix("rate ");
            let _ = ui.add(rate).on_hover_text("Learning rate of Adam").accessible_name("Learning rate");
        });
        ui.end_row();
    }
    ui.label("Repetitions");
    let mut seeds = recipe.stitch.seeds.len();
    let suffix = if seeds == 1 { " seed" } else { " seeds" };
    let drag = ui.add(DragValue::new(&mut seeds).range(1..=20).suffix(suffix));
    let _ = drag.on_hover_text("Each with its own random numbers").accessible_name("Number of seeds");
    if seeds != recipe.stitch.seeds.len() {
        let first = recipe.stitch.seeds.first().copied().unwrap_or(0);
        recipe.stitch.seeds = (0..seeds as u64).map(|seed| first + seed).collect();
    }
    ui.end_row();
}

fn attack(ui: &mut Ui, cx: &mut Cx<'_>, recipe: &mut Recipe) {
    ui.label("Attack");
    let mut on = recipe.attack.is_some();
    ui.checkbox(&mut on, "measure under attack");
    ui.end_row();
    match (on, recipe.attack.is_some()) {
        (true, false) => recipe.attack = usual(),
        (false, true) => recipe.attack = None,
        _ => {}
    }
    let Some(attack) = &mut recipe.attack else { return };
    name(ui, cx, words::EPS);
    ui.horizontal(|ui| {
        strength(ui, cx, attack);
        words_of(ui, "Norm of the attack", &mut attack.norm, |norm: Norm| match norm.as_str() {
            "linf" => "any pixel (L∞)",
            "l2" => "all pixels (L2)",
            other => other,
        });
    });
    ui.end_row();
    name(ui, cx, words::STEPS);
    ui.horizontal(|ui| {
        let steps = ui.add(DragValue::new(&mut attack.steps).range(1..=1000));
        let _ = steps.accessible_name("Steps of the attack");
        let suffix = if attack.restarts == 1 { " try" } else { " tries" };
        let tries = ui.add(DragValue::new(&mut attack.restarts).range(1..=100).suffix(suffix));
        let _ = tries.accessible_name("Restarts of the attack");
    });
    ui.end_row();
}

/// A strength as people write it; taken when it is one.
fn strength(ui: &mut Ui, cx: &mut Cx<'_>, attack: &mut AttackRecipe) {
    let typed = cx.moment.typed.entry("eps").or_insert_with(|| attack.eps.to_string());
    let field = egui::TextEdit::singleline(typed).desired_width(70.0).margin(egui::Margin::symmetric(8, 7));
    let field = ui.add(field).on_hover_text("For example 8/255 or 0.1").accessible_name("Strength of the attack");
    if field.changed() {
        if let Ok(eps) = typed.parse::<Strength>() {
            // The step follows, as it does where a recipe leaves it out.
            if let Ok(alpha) = eps.scaled(2.5 / attack.steps.max(1) as f64) {
                attack.alpha = alpha;
                attack.eps = eps;
            }
        }
    } else if !field.has_focus() {
        *typed = attack.eps.to_string();
    }
}

/// The attack that is switched on: what a recipe means that gives only a strength.
fn usual() -> Option<AttackRecipe> {
    let text = "[front]\nmodel = \"a\"\n[end]\nmodel = \"b\"\n[data]\ntrain = \"a\"\ntest = \"a\"\n[attack]\neps = \"8/255\"\n";
    Recipe::parse(text, "recipe").ok()?.attack
}
