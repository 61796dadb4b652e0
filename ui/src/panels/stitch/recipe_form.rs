//! The recipe as a form: images, connector, attack. Every change is one step of undo.

use egui::{ComboBox, DragValue, Ui};
use stitchscope_core::recipe::{AttackMethod, AttackRecipe, Init, Norm, Recipe, Strength, Train, Word};

use super::fields::Field;
use super::{reading, recipe_text};
use crate::command::Act;
use crate::panels::{Cx, short};
use crate::theme::Icon;
use crate::widgets::button::{Weight, button};
use crate::widgets::{card, segments, text};
use crate::words::{self, Term};

const TRAIN_IMAGES: Field = Field::new("data", "train_images", "Number of training images");
const TEST_IMAGES: Field = Field::new("data", "test_images", "Number of test images");
const TRAIN: Field = Field::new("stitch", "train", "How the stitch is found");
const INIT: Field = Field::new("stitch", "init", "Where the stitch starts");
const EPOCHS: Field = Field::new("stitch", "epochs", "Passes over the training images");
const LR: Field = Field::new("stitch", "lr", "Learning rate");
const SEEDS: Field = Field::new("stitch", "seeds", "Number of seeds");
const EPS: Field = Field::new("attack", "eps", "Strength of the attack");
const NORM: Field = Field::new("attack", "norm", "Norm of the attack");
const STEPS: Field = Field::new("attack", "steps", "Steps of the attack");
const RESTARTS: Field = Field::new("attack", "restarts", "Restarts of the attack");

/// The smallest learning rate of the form, which shows six decimals; smaller ones are written as text.
const LEAST_RATE: f64 = 1e-6;

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
        count(ui, TRAIN_IMAGES, " to train", &mut recipe.data.train_images);
        count(ui, TEST_IMAGES, " to test", &mut recipe.data.test_images);
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

/// So many of them; dragged down to 0 it means all.
fn count(ui: &mut Ui, field: Field, suffix: &str, value: &mut Option<usize>) {
    let mut number = value.unwrap_or(0);
    let drag =
        DragValue::new(&mut number).range(0..=*field.whole().end()).speed(20.0).custom_formatter(|n, _| match n {
            n if n < 1.0 => format!("all{suffix}"),
            n => format!("{n:.0}{suffix}"),
        });
    field.drag(ui, drag);
    *value = (number > 0).then_some(number);
}

fn stitch(ui: &mut Ui, cx: &Cx<'_>, recipe: &mut Recipe) {
    name(ui, cx, words::STITCH);
    TRAIN.words(ui, &mut recipe.stitch.train, |train: Train| cx.say(training(train)).into_owned());
    ui.end_row();
    ui.label("Start");
    INIT.words(ui, &mut recipe.stitch.init, |init: Init| {
        let words = if init == Init::Direct { "direct matching" } else { init.as_str() };
        cx.say(words).into_owned()
    });
    ui.end_row();
    if recipe.stitch.train != Train::None {
        ui.label("Training");
        ui.horizontal(|ui| {
            let suffix = if recipe.stitch.epochs == 1 { " pass" } else { " passes" };
            // What is shown here trains something, and no pass would train nothing.
            let passes = (*EPOCHS.whole().start()).max(1)..=*EPOCHS.whole().end();
            EPOCHS.drag(ui, DragValue::new(&mut recipe.stitch.epochs).range(passes).suffix(suffix));
            let rate = DragValue::new(&mut recipe.stitch.lr).range(LR.number(LEAST_RATE)).speed(1e-4);
            LR.drag(ui, rate.max_decimals(6).prefix("rate "));
        });
        ui.end_row();
    }
    ui.label("Repetitions");
    let mut seeds = recipe.stitch.seeds.len();
    let suffix = if seeds == 1 { " seed" } else { " seeds" };
    SEEDS.drag(ui, DragValue::new(&mut seeds).range(SEEDS.whole()).suffix(suffix));
    if seeds != recipe.stitch.seeds.len() {
        let first = recipe.stitch.seeds.first().copied().unwrap_or(0);
        recipe.stitch.seeds = (0..seeds as u64).map(|seed| first + seed).collect();
    }
    ui.end_row();
}

/// What a stitch is trained for, as the papers say it.
const fn training(train: Train) -> &'static str {
    match train {
        Train::None => "no training",
        Train::Task => "task matching",
        Train::Soft => "soft matching",
        Train::Adversarial => "adversarial training",
        Train::Trades => "TRADES",
        Train::Match => "direct matching by gradient",
        Train::Fula => "matching of all later layers",
        Train::Final => "final-feature matching",
    }
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
        NORM.words(ui, &mut attack.norm, |norm: Norm| norm.as_str().replace("linf", "L∞").replace('l', "L"));
    });
    ui.end_row();
    name(ui, cx, words::STEPS);
    ui.horizontal(|ui| {
        STEPS.drag(ui, DragValue::new(&mut attack.steps).range(STEPS.whole()));
        let suffix = if attack.restarts == 1 { " try" } else { " tries" };
        RESTARTS.drag(ui, DragValue::new(&mut attack.restarts).range(RESTARTS.whole()).suffix(suffix));
    });
    ui.end_row();
}

/// A strength as people write it; taken when it is one.
fn strength(ui: &mut Ui, cx: &mut Cx<'_>, attack: &mut AttackRecipe) {
    let typed = cx.moment.typed.entry("eps").or_insert_with(|| attack.eps.to_string());
    let field = egui::TextEdit::singleline(typed).desired_width(70.0).margin(egui::Margin::symmetric(8, 7));
    let field = ui.add(field).on_hover_text(format!("{} For example 8/255.", EPS.hint())).accessible_name(EPS.label);
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
    AttackRecipe::new(AttackMethod::default(), Norm::default(), "8/255".parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_key_of_the_schema() {
        let all = [TRAIN_IMAGES, TEST_IMAGES, TRAIN, INIT, EPOCHS, LR, SEEDS, EPS, NORM, STEPS, RESTARTS];
        for field in all {
            assert!(!field.hint().is_empty(), "{field:?}");
        }
        assert_eq!((SEEDS.whole(), STEPS.whole()), (1..=1000, 1..=100_000));
        assert_eq!(LR.number(LEAST_RATE), LEAST_RATE..=f64::INFINITY);
    }
}
