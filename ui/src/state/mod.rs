//! What the window remembers: everything a person chose, nothing that was computed. Saved as JSON, small enough for every change.

mod slides;
mod timeline;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use slides::{Shot, Slide};
pub use timeline::Timeline;

use crate::theme::Theme;
use stitchscope_figures::map::Shade;

/// A part of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Examples, recent studies, what was found.
    #[default]
    Start,
    /// Networks and where they can be cut.
    Models,
    /// Images.
    Data,
    /// The pair, its taps, the recipe.
    Stitch,
    /// One image under attack.
    Attack,
    /// The curves.
    Compare,
    /// Queue and history.
    Runs,
    /// How the window looks and computes.
    Settings,
    /// What is going to be told, slide by slide.
    Slides,
}

impl View {
    /// Every view, in the order of the rail and of the keys 1 to 9.
    pub const ALL: [Self; 9] = [
        Self::Start,
        Self::Models,
        Self::Data,
        Self::Stitch,
        Self::Attack,
        Self::Compare,
        Self::Runs,
        Self::Slides,
        Self::Settings,
    ];
}

/// Whose words are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Words {
    /// Everyday words.
    Plain,
    /// The words of the papers.
    #[default]
    Paper,
}

/// Which panels of the main figure are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measures {
    /// All of them.
    #[default]
    All,
    /// Clean accuracy.
    Clean,
    /// Robust accuracy.
    Robust,
    /// CKA and agreement.
    Likeness,
}

impl Measures {
    /// The row of a figure with so many rows that is drawn alone; absent where all are.
    #[must_use]
    pub const fn row(self, rows: usize) -> Option<usize> {
        match self {
            Self::All => None,
            Self::Clean => Some(0),
            Self::Robust => Some(if rows > 2 { 1 } else { 0 }),
            Self::Likeness => Some(rows.saturating_sub(1)),
        }
    }
}

/// How Compare draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Curves over taps.
    #[default]
    Curves,
    /// A map of pairs of taps.
    Map,
    /// What changes from the pinned study.
    Difference,
}

/// Where a table stands beside a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dock {
    /// Right of the figure.
    Right,
    /// Below it.
    Below,
    /// Nowhere.
    Hidden,
}

/// How Models shows a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drawn {
    /// The list of places where it can be cut.
    #[default]
    Places,
    /// A graph.
    Graph,
    /// Front and end as graphs, side by side.
    Both,
}

/// What is saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Which view is open.
    pub view: View,
    /// Colours; absent: light.
    pub theme: Theme,
    /// Whose words.
    pub words: Words,
    /// Size of everything; 1 is normal.
    pub zoom: f32,
    /// Width and height of the window in points, as it was left; absent on a page and before the first end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<[f32; 2]>,
    /// No movement but what work makes.
    pub still: bool,
    /// The recipe at hand, as TOML.
    pub recipe: String,
    /// Networks that were opened from files, as references of recipes.
    pub models: Vec<String>,
    /// The network that Models shows.
    pub model: Option<String>,
    /// How Models shows it.
    pub drawn: Drawn,
    /// The image set that Data shows.
    pub images: Option<String>,
    /// Only this class, in Data.
    pub class: Option<u32>,
    /// The studies that Compare shows, side by side.
    pub shown: Vec<String>,
    /// The panels that Compare shows.
    pub measures: Measures,
    /// Where Compare shows the table of cells; absent: right of the figure where there is room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<Dock>,
    /// Where Compare shows other measures; absent: folded below each table of cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<Dock>,
    /// Lines of the figure that Compare leaves out, by their words in the legend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// How Compare draws; absent: as fits the studies.
    pub form: Option<Form>,
    /// What a map shows.
    pub shade: Shade,
    /// The study that others are compared with.
    pub pinned: Option<String>,
    /// Names that a person gave to studies.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What a person noted about studies; words that begin with `#` are tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
    /// Studies that Runs leaves out; their files stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub put_away: Vec<String>,
    /// The image set that Attack takes its image from; absent: the recipe's test images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attacked_set: Option<String>,
    /// The image that Attack shows.
    pub image: usize,
    /// Which of the strengths Attack shows.
    pub rung: usize,
    /// The network that the attack is made against: 0 front, 1 end, 2 stitched.
    pub against: usize,
    /// The cell that Attack stitches with: study and place in its report.
    pub cell: Option<(String, usize)>,
    /// Slides, in the order of the talk.
    pub slides: Vec<Slide>,
    /// The number of the next slide; never given twice.
    pub next_slide: u64,
    /// Colours of a talk; projectors crush dark ones.
    pub talk_theme: Theme,
    /// A talk has a second window with the notes.
    pub speaker: bool,
    /// For how many seconds each slide was shown in the last talk or rehearsal, by its number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rehearsed: BTreeMap<u64, u64>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            view: View::default(),
            theme: Theme::default(),
            words: Words::default(),
            zoom: 1.0,
            window: None,
            still: false,
            recipe: String::new(),
            models: Vec::new(),
            model: None,
            drawn: Drawn::default(),
            images: None,
            class: None,
            shown: Vec::new(),
            measures: Measures::default(),
            hidden: Vec::new(),
            cells: None,
            others: None,
            form: None,
            shade: Shade::default(),
            pinned: None,
            labels: BTreeMap::new(),
            notes: BTreeMap::new(),
            put_away: Vec::new(),
            attacked_set: None,
            image: 0,
            rung: crate::work::STRENGTHS - 1,
            against: 1,
            cell: None,
            slides: Vec::new(),
            next_slide: 1,
            talk_theme: Theme::Light,
            speaker: false,
            rehearsed: BTreeMap::new(),
        }
    }
}

impl State {
    /// The state from its text; what a newer or older version wrote and this one does not know is left at its default.
    ///
    /// # Errors
    /// The parser's sentence when the text is not such a state at all.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut state: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        state.zoom = if state.zoom.is_finite() { state.zoom.clamp(0.7, 2.5) } else { 1.0 };
        state.window = state.window.filter(|size| size.iter().all(|side| (200.0..20_000.0).contains(side)));
        state.rung = state.rung.min(crate::work::STRENGTHS - 1);
        state.against = state.against.min(2);
        let highest = state.slides.iter().map(|slide| slide.id).max().unwrap_or(0);
        state.next_slide = state.next_slide.max(highest.saturating_add(1));
        Ok(state)
    }

    /// The state as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        // A struct of numbers and texts always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_saved_is_opened_again(
            view in prop::sample::select(View::ALL.to_vec()),
            dark in any::<bool>(),
            paper in any::<bool>(),
            recipe in ".*",
            shown in prop::collection::vec("[a-z0-9-]{1,12}", 0..4),
            image in any::<usize>(),
            slides in prop::collection::vec((".*", ".*", prop::sample::select(View::ALL.to_vec())), 0..4),
        ) {
            let slides: Vec<Slide> = slides.into_iter().zip(1..).map(|((title, notes, view), id)| {
                Slide { id, title, notes, shot: Shot { view, ..Shot::default() }, ..Slide::default() }
            }).collect();
            let next_slide = slides.len() as u64 + 1;
            let state = State {
                view,
                theme: if dark { Theme::Dark } else { Theme::Light },
                words: if paper { Words::Paper } else { Words::Plain },
                recipe,
                shown,
                image,
                slides,
                next_slide,
                ..State::default()
            };
            prop_assert_eq!(State::parse(&state.to_text()).unwrap(), state);
        }
    }

    #[test]
    fn a_state_of_another_version_is_read_as_far_as_it_is_known() {
        let state = State::parse(r#"{"view": "compare", "hologram": true, "zoom": 900.0, "against": 17}"#).unwrap();
        assert_eq!((state.view, state.zoom, state.against), (View::Compare, 2.5, 2));
        assert!(State::parse("no").is_err());
    }
}
