//! The page's link: the words that it may say, and view and recipe written into it, so that a link brings the same state again.
//!
//! After `?` a link may say `recipe=` (packed, or the address of a TOML file), `report=`, `model=` (addresses; several times),
//! `view=`, `theme=light|dark`, `hide=rail,bar,line`, `present=1` and `worker=0`. After `#` the page writes `view` and `recipe`
//! itself, whenever they change. What is not understood is named in a notice.

use stitchscope_core::recipe::packed;
use stitchscope_core::words::name;
use stitchscope_ui::state::{State, View};
use stitchscope_ui::theme::Theme;
use web_sys::UrlSearchParams;

use super::window;

/// What a link asks for.
#[derive(Default)]
pub struct Link {
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
    /// Words, or words with their values, that mean nothing here.
    not_understood: Vec<String>,
}

/// The words that a link may say; `worker` is the shell's (`static/start.js`).
const WORDS: [&str; 8] = ["recipe", "report", "model", "view", "theme", "hide", "present", "worker"];

fn word<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

impl Link {
    /// What the page's own address says.
    pub fn read() -> Self {
        let mut link = Self::default();
        let Some(location) = window().map(|window| window.location()) else { return link };
        let parts = [location.search().unwrap_or_default(), location.hash().unwrap_or_default()];
        for part in parts {
            let text = part.trim_start_matches(['?', '#']);
            if let Ok(parameters) = UrlSearchParams::new_with_str(text) {
                link.take(&parameters);
            }
            let names = text.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
            link.not_understood.extend(names.filter(|name| !WORDS.contains(name)).map(str::to_owned));
        }
        link.open.extend(link.recipe_at.take());
        link
    }

    fn take(&mut self, parameters: &UrlSearchParams) {
        let all = |name: &str| parameters.get_all(name).iter().filter_map(|v| v.as_string()).collect::<Vec<_>>();
        let one = |name: &str| parameters.get(name);
        for (name, text) in ["view", "theme"].into_iter().filter_map(|name| Some((name, one(name)?))) {
            let understood = match name {
                "view" => word(&text).map(|view| self.view = Some(view)),
                _ => word(&text).map(|theme| self.theme = Some(theme)),
            };
            if understood.is_none() {
                self.not_understood.push(format!("{name}={text}"));
            }
        }
        self.present |= one("present").as_deref() == Some("1");
        if let Some(hidden) = one("hide") {
            self.hidden = hidden.split(',').map(|part| part.trim().to_owned()).collect();
        }
        self.open.extend(all("model").into_iter().chain(all("report")));
        if let Some(text) = one("recipe") {
            // What the page wrote after `#` is newer than what the link says after `?`.
            (self.recipe, self.recipe_at) = match packed::unpack(&text) {
                Some(recipe) => (Some(recipe), None),
                None => (None, Some(text)),
            };
        }
    }

    /// A sentence about what was not understood, if anything.
    pub fn notice(&self) -> Option<String> {
        let quoted: Vec<String> = self.not_understood.iter().map(|word| format!("`{}`", name(word))).collect();
        let known = WORDS.join(", ");
        (!quoted.is_empty())
            .then(|| format!("The link says {}, which is not understood; its words are {known}", quoted.join(", ")))
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
    let hash = format!("#view={view}&recipe={}", packed::pack(&state.recipe));
    if window.location().hash().is_ok_and(|now| now == hash) {
        return;
    }
    // An address that cannot be written (a page opened from a file, say) is no reason to stop.
    let _ =
        window.history().map(|history| history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&hash)));
}
