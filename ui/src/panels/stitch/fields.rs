//! Fields of the recipe's form: ranges, words and hints are those of the schema's list.

use std::ops::RangeInclusive;

use egui::{ComboBox, DragValue, Ui};
use stitchscope_core::recipe::Word;
use stitchscope_core::recipe::schema::{self, Key, Kind};

/// A key of the recipe, and what a screen reader says for its field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Table and key.
    pub at: (&'static str, &'static str),
    /// Says what the field is to who cannot see it.
    pub label: &'static str,
}

impl Field {
    /// The field of `table.key`.
    pub const fn new(table: &'static str, key: &'static str, label: &'static str) -> Self {
        Self { at: (table, key), label }
    }

    fn key(self) -> Option<&'static Key> {
        schema::key(self.at.0, self.at.1)
    }

    /// What the key decides, in sentences.
    pub fn hint(self) -> String {
        self.key().map(Key::hint).unwrap_or_default()
    }

    /// Whole numbers that the key may have, or, for a list, how many numbers it may have.
    pub fn whole(self) -> RangeInclusive<usize> {
        let sized = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        match self.key().map(|key| key.kind) {
            Some(Kind::Whole(from, to)) => sized(from)..=sized(to),
            Some(Kind::Wholes { count: (least, most), .. }) => least..=most,
            _ => 0..=usize::MAX,
        }
    }

    /// Numbers that the key may have; from `least` where the list allows smaller ones.
    pub fn number(self, least: f64) -> RangeInclusive<f64> {
        match self.key().map(|key| key.kind) {
            Some(Kind::Number { from: (from, _), to }) => from.max(least)..=to.map_or(f64::INFINITY, |(to, _)| to),
            _ => least..=f64::INFINITY,
        }
    }

    /// Shows a number that is dragged or typed.
    pub fn drag(self, ui: &mut Ui, drag: DragValue<'_>) {
        let _ = ui.add(drag).on_hover_text(self.hint()).accessible_name(self.label);
    }

    /// Shows one of the list's words, as `say` says it.
    pub fn words<W: Word>(self, ui: &mut Ui, value: &mut W, say: impl Fn(W) -> String) {
        let shown = ComboBox::from_id_salt(self.label).width(180.0).selected_text(say(*value)).show_ui(ui, |ui| {
            for word in W::ALL {
                ui.selectable_value(value, *word, say(*word));
            }
        });
        let _ = shown.response.on_hover_text(self.hint()).accessible_name(self.label);
    }
}
