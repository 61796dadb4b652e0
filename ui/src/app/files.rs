//! Files that come in and go: what was dropped or chosen, and studies that are deleted.

use super::App;
use crate::services::Choice;
use crate::state::View;
use crate::work::{Export, Request, StudyId, Subject};

impl App {
    /// Files that were chosen in a dialog.
    pub(super) fn chosen(&mut self, choice: &Choice, paths: Vec<String>) {
        let Some(first) = paths.first().cloned() else { return };
        match choice {
            Choice::Open | Choice::OpenFolder => self.take(paths),
            Choice::Picture => self.ask_for_pictures(paths),
            Choice::Save(_) if self.moment.export.is_some() => {
                if let Some(sheet) = &mut self.moment.export {
                    self.moment.replace.clone_from(&first);
                    sheet.place = first;
                }
            }
            Choice::Save(_) => {
                let subject = Subject::Text(self.recipe().to_toml());
                self.look_up(Request::Export(Box::new(Export { subject, place: first, replace: true })));
            }
        }
    }

    /// Opens what was given; in Slides a picture becomes a slide.
    pub(super) fn take(&mut self, places: Vec<String>) {
        let on_slides = self.state.view == View::Slides && self.talk.is_none();
        let is_picture = |place: &String| {
            let ending = place.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
            on_slides && ending.is_some_and(|ending| ["png", "jpg", "jpeg"].contains(&ending.as_str()))
        };
        let (pictures, others): (Vec<String>, Vec<String>) = places.into_iter().partition(is_picture);
        others.into_iter().for_each(|place| self.look_up(Request::Take { place }));
        self.ask_for_pictures(pictures);
    }

    /// Studies go with everything that was said of them; slides keep their records.
    pub(super) fn delete(&mut self, studies: Vec<StudyId>) {
        let state = &mut self.state;
        let gone = |id: &String| studies.contains(id);
        state.shown.retain(|id| !gone(id));
        state.put_away.retain(|id| !gone(id));
        state.labels.retain(|id, _| !gone(id));
        state.notes.retain(|id, _| !gone(id));
        state.pinned = state.pinned.take().filter(|id| !gone(id));
        state.cell = state.cell.take().filter(|(id, _)| !gone(id));
        studies.into_iter().for_each(|study| self.look_up(Request::Delete { study }));
    }
}
