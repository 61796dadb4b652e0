//! The page's address: what it asks for at the start, and the recipe at hand, so that a link brings the same state again.
//!
//! After `?` a link may say `recipe=` (packed, or the address of a TOML file), `report=`, `model=` (addresses; several times),
//! `view=`, `theme=light|dark`, `hide=rail,bar,line`, `present=1` and `worker=0`. After `#` the page writes `view` and `recipe`
//! itself, whenever they change.

use stitchscope_ui::link;
use stitchscope_ui::state::{State, View};
use stitchscope_ui::theme::Theme;
use web_sys::UrlSearchParams;

use super::window;

/// What a link asks for.
#[derive(Default)]
pub struct Address {
    recipe: Option<String>,
    view: Option<View>,
    theme: Option<Theme>,
    /// Nothing but the figure.
    pub present: bool,
    /// Parts of the window that are left out.
    pub hidden: Vec<String>,
    /// Files to open.
    pub open: Vec<String>,
    /// The address of a recipe to open.
    recipe_at: Option<String>,
}

fn word<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

impl Address {
    /// The page's address.
    pub fn read() -> Self {
        let mut address = Self::default();
        let Some(location) = window().map(|window| window.location()) else { return address };
        let parts = [location.search().unwrap_or_default(), location.hash().unwrap_or_default()];
        for part in parts {
            let text = part.trim_start_matches(['?', '#']);
            if let Ok(parameters) = UrlSearchParams::new_with_str(text) {
                address.take(&parameters);
            }
        }
        address.open.extend(address.recipe_at.take());
        address
    }

    fn take(&mut self, parameters: &UrlSearchParams) {
        let all = |name: &str| parameters.get_all(name).iter().filter_map(|v| v.as_string()).collect::<Vec<_>>();
        let one = |name: &str| parameters.get(name);
        self.view = one("view").and_then(|text| word(&text)).or(self.view);
        self.theme = one("theme").and_then(|text| word(&text)).or(self.theme);
        self.present |= one("present").as_deref() == Some("1");
        if let Some(hidden) = one("hide") {
            self.hidden = hidden.split(',').map(|part| part.trim().to_owned()).collect();
        }
        self.open.extend(all("model").into_iter().chain(all("report")));
        if let Some(text) = one("recipe") {
            // What the page wrote after `#` is newer than what the link says after `?`.
            (self.recipe, self.recipe_at) = match link::unpack(&text) {
                Some(recipe) => (Some(recipe), None),
                None => (None, Some(text)),
            };
        }
    }

    /// The kept state with what the link says over it.
    pub fn state(&self, kept: Option<&str>) -> Option<String> {
        // A first visit follows the colours of the visitor's system.
        let first = kept.is_none().then(wished_theme).flatten();
        let theme = self.theme.or(first);
        if self.recipe.is_none() && self.view.is_none() && theme.is_none() {
            return kept.map(str::to_owned);
        }
        let mut state = kept.and_then(|text| State::parse(text).ok()).unwrap_or_default();
        if let Some(recipe) = &self.recipe {
            state.recipe.clone_from(recipe);
        }
        state.view = self.view.unwrap_or(state.view);
        state.theme = theme.unwrap_or(state.theme);
        Some(state.to_text())
    }
}

/// The theme that the visitor's system asks for, where it is not the page's own.
fn wished_theme() -> Option<Theme> {
    let query = window()?.match_media("(prefers-color-scheme: dark)").ok()??;
    query.matches().then_some(Theme::Dark)
}

/// Writes view and recipe into the address, without a new entry of the browser's history.
pub fn write(state: &State) {
    let Some(window) = window() else { return };
    let view = serde_json::to_value(state.view).ok();
    let view = view.as_ref().and_then(|view| view.as_str()).unwrap_or_default();
    let hash = format!("#view={view}&recipe={}", link::pack(&state.recipe));
    if window.location().hash().is_ok_and(|now| now == hash) {
        return;
    }
    // An address that cannot be written (a page opened from a file, say) is no reason to stop.
    let _ =
        window.history().map(|history| history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&hash)));
}
