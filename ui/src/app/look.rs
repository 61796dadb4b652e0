//! Looking at networks and images: what is asked of the worker, and when again.

use stitchscope_core::recipe::Recipe;

use super::App;
use super::act::WALL;
use crate::state::View;
use crate::work::Request;
use crate::world::Found;

impl App {
    pub(super) fn open_model(&mut self, place: String) {
        if !self.state.models.contains(&place) {
            self.state.models.push(place.clone());
        }
        self.state.model = Some(place.clone());
        self.state.view = View::Models;
        self.inspect(place);
    }

    /// Looks at a network, its file read as the recipe says.
    pub(super) fn inspect(&mut self, model: String) {
        self.world.models.insert(model.clone(), Found::Asked);
        self.world.chart = self.world.chart.take().filter(|(shown, _)| !shown.models.contains(&model));
        let recipe = self.recipe().to_toml();
        self.look_up(Request::Inspect { model, recipe });
    }

    /// Looks again at networks whose files are to be read otherwise than `before` says.
    pub(super) fn read_anew(&mut self, before: &Recipe) {
        let now = self.recipe().clone();
        for (old, new) in [(&before.front, &now.front), (&before.end, &now.end)] {
            if old.model == new.model && old != new {
                self.inspect(new.model.clone());
            }
        }
    }

    pub(super) fn open_images(&mut self, place: String) {
        self.state.images = Some(place.clone());
        self.state.class = None;
        self.state.view = View::Data;
        self.world.walls.insert(place.clone(), Found::Asked);
        self.look_up(Request::Images { set: place, most: WALL });
    }
}
