//! What a recipe says of its networks' files where these do not say it themselves: output, layout, size, range of the pixels.

use egui::{ComboBox, TextEdit, Ui};
use stitchscope_core::onnx::{Layout, Range};
use stitchscope_core::recipe::{DonorRef, Recipe, Word};

use crate::command::Act;
use crate::panels::Cx;
use crate::theme::Icon;
use crate::widgets::button::{Weight, button};
use crate::widgets::text;

/// Width of a field.
const WIDTH: f32 = 140.0;

/// One of the two networks.
#[derive(Clone, Copy)]
struct Donor {
    /// `front` or `end`.
    name: &'static str,
    /// Names of its fields while they are typed.
    output: &'static str,
    size: &'static str,
}

const DONORS: [Donor; 2] = [
    Donor { name: "front", output: "output of front", size: "size of front" },
    Donor { name: "end", output: "output of end", size: "size of end" },
];

/// A button that shows the fields, and these where they are asked for or something stands in them.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, recipe: &mut Recipe) {
    let said = [&recipe.front, &recipe.end].iter().any(|donor| **donor != DonorRef::new(&donor.model));
    let open = cx.moment.more || said;
    let icon = if open { Icon::UNFOLDED } else { Icon::FOLDED };
    let more = button(ui, cx.theme(), Weight::Quiet, Some(icon), "More");
    if more.on_hover_text("How the networks' files are to be read").clicked() {
        cx.moment.more = !cx.moment.more;
    }
    if !open {
        return;
    }
    egui::Grid::new("reading").num_columns(3).spacing([14.0, 7.0]).show(ui, |ui| {
        ui.label("File of");
        for donor in DONORS {
            text::small(ui, cx.theme(), donor.name);
        }
        ui.end_row();
        row(ui, cx, recipe, "Output", output);
        row(ui, cx, recipe, "Channels", layout);
        row(ui, cx, recipe, "Rows x columns", size);
        row(ui, cx, recipe, "Pixels", pixels);
    });
}

/// The same by itself, for a network that cannot be looked at before it is said how.
pub fn alone(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut recipe = cx.recipe.clone();
    show(ui, cx, &mut recipe);
    if recipe != *cx.recipe {
        cx.send(Act::Edit(Box::new(recipe)));
    }
}

fn row(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    recipe: &mut Recipe,
    label: &str,
    field: fn(&mut Ui, &mut Cx<'_>, Donor, &mut DonorRef),
) {
    ui.label(label);
    for (donor, of) in DONORS.into_iter().zip([&mut recipe.front, &mut recipe.end]) {
        field(ui, cx, donor, of);
    }
    ui.end_row();
}

fn output(ui: &mut Ui, cx: &mut Cx<'_>, donor: Donor, of: &mut DonorRef) {
    let now = of.output.clone().unwrap_or_default();
    if let Some(typed) = typed(ui, cx, donor.output, &now, "the first that fits") {
        of.output = (!typed.is_empty()).then_some(typed);
    }
}

fn size(ui: &mut Ui, cx: &mut Cx<'_>, donor: Donor, of: &mut DonorRef) {
    let now = of.size.map(|[rows, columns]| format!("{rows}x{columns}")).unwrap_or_default();
    if let Some(typed) = typed(ui, cx, donor.size, &now, "as the data, or 224x224") {
        if typed.is_empty() {
            of.size = None;
        } else if let Some(size) = sides(&typed) {
            of.size = Some(size);
        }
    }
}

/// `224x192` as rows and columns.
fn sides(typed: &str) -> Option<[usize; 2]> {
    let (rows, columns) = typed.split_once(['x', 'X', '×'])?;
    Some([rows.trim().parse().ok()?, columns.trim().parse().ok()?])
}

fn layout(ui: &mut Ui, _cx: &mut Cx<'_>, donor: Donor, of: &mut DonorRef) {
    choice(ui, &format!("Channels of {}", donor.name), &mut of.layout, |layout| match layout {
        Some(Layout::ChannelsFirst) => "first",
        Some(Layout::ChannelsLast) => "last",
        None => "as the file shows",
    });
}

fn pixels(ui: &mut Ui, _cx: &mut Cx<'_>, donor: Donor, of: &mut DonorRef) {
    choice(ui, &format!("Pixels of {}", donor.name), &mut of.pixels, |range| match range {
        Some(Range::Unit) => "0 to 1",
        Some(Range::Bytes) => "0 to 255",
        None => "as the file shows",
    });
}

/// One of the words, or none of them.
fn choice<W: Word>(ui: &mut Ui, label: &str, value: &mut Option<W>, plain: impl Fn(Option<W>) -> &'static str) {
    let shown = ComboBox::from_id_salt(label).width(WIDTH).selected_text(plain(*value)).show_ui(ui, |ui| {
        for word in std::iter::once(None).chain(W::ALL.iter().copied().map(Some)) {
            ui.selectable_value(value, word, plain(word));
        }
    });
    let _ = shown.response.accessible_name(label);
}

/// A field of text; what was typed, trimmed, once it is left. The file is read anew then, which no single letter should do.
fn typed(ui: &mut Ui, cx: &mut Cx<'_>, name: &'static str, now: &str, hint: &str) -> Option<String> {
    let typed = cx.moment.typed.entry(name).or_insert_with(|| now.to_owned());
    let field = TextEdit::singleline(typed).desired_width(WIDTH).margin(egui::Margin::symmetric(8, 7)).hint_text(hint);
    let field = ui.add(field).accessible_name(name);
    if field.lost_focus() {
        return Some(typed.trim().to_owned()).filter(|typed| typed != now);
    }
    if !field.has_focus() {
        now.clone_into(typed);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(sides("224x192"), Some([224, 192]));
        assert_eq!(sides(" 32 × 32 "), Some([32, 32]));
        assert_eq!((sides("224"), sides("axb")), (None, None));
    }
}
