//! Slides: choices of the window that are kept to be shown one after the other.

use serde::{Deserialize, Serialize};

use super::{Drawn, Form, Measures, State, View};
use stitchscope_figures::map::Shade;

/// A slide.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slide {
    /// Its number for good: what it showed is kept under it.
    pub id: u64,
    /// What stands above it.
    pub title: String,
    /// For the one who talks.
    pub notes: String,
    /// What it shows.
    pub shot: Shot,
    /// It shows these words instead: a line is a paragraph, one that begins with `- ` a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// It shows a picture instead, which is kept as its record: the file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// Every choice that decides what is on the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each is the field of State of that name")]
pub struct Shot {
    pub view: View,
    pub recipe: String,
    pub model: Option<String>,
    pub drawn: Drawn,
    pub images: Option<String>,
    pub class: Option<u32>,
    pub shown: Vec<String>,
    pub measures: Measures,
    pub form: Option<Form>,
    pub shade: Shade,
    pub pinned: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attacked_set: Option<String>,
    pub image: usize,
    pub rung: usize,
    pub against: usize,
    pub cell: Option<(String, usize)>,
}

impl Slide {
    /// Takes the words of another one.
    pub fn say(&mut self, other: &Self) {
        self.title.clone_from(&other.title);
        self.notes.clone_from(&other.notes);
        self.text.clone_from(&other.text);
    }
}

impl Shot {
    /// What `state` shows, with the recipe at hand.
    #[must_use]
    pub fn of(state: &State, recipe: &str) -> Self {
        Self {
            view: state.view,
            recipe: recipe.to_owned(),
            model: state.model.clone(),
            drawn: state.drawn,
            images: state.images.clone(),
            class: state.class,
            shown: state.shown.clone(),
            measures: state.measures,
            form: state.form,
            shade: state.shade,
            pinned: state.pinned.clone(),
            attacked_set: state.attacked_set.clone(),
            image: state.image,
            rung: state.rung,
            against: state.against,
            cell: state.cell.clone(),
        }
    }

    /// Makes `state` show it; the recipe is the caller's to set.
    pub fn apply(&self, state: &mut State) {
        state.view = self.view;
        state.model.clone_from(&self.model);
        state.drawn = self.drawn;
        state.images.clone_from(&self.images);
        state.class = self.class;
        state.shown.clone_from(&self.shown);
        state.measures = self.measures;
        state.form = self.form;
        state.shade = self.shade;
        state.pinned.clone_from(&self.pinned);
        state.attacked_set.clone_from(&self.attacked_set);
        state.image = self.image;
        state.rung = self.rung.min(crate::work::STRENGTHS - 1);
        state.against = self.against.min(2);
        state.cell.clone_from(&self.cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_shown_again() {
        let mut state =
            State { view: View::Attack, image: 7, rung: 3, shown: vec!["a".to_owned()], ..State::default() };
        let shot = Shot::of(&state, "recipe");
        let before = state.clone();
        (state.view, state.image) = (View::Start, 0);
        state.shown.clear();
        shot.apply(&mut state);
        assert_eq!(state, before);
    }
}
