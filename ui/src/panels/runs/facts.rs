//! What a recipe says of its study, read once: names, a summary, and what tells it from other studies of the same two networks.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use stitchscope_core::recipe::{Pairs, Recipe, Word as _};

use crate::panels::short;
use crate::work::StudyId;
use crate::world::Study;

/// Keys of a recipe with their values.
type Keys = Vec<(String, String)>;

/// Of all studies, as long as none is added or changed.
#[derive(Default)]
pub(super) struct Facts {
    key: u64,
    known: HashMap<StudyId, Fact>,
}

/// Of one study.
#[derive(Clone, Debug, Default)]
pub(super) struct Fact {
    /// `front → end`.
    pub(super) names: String,
    /// Both networks as the recipe names them.
    pub(super) models: String,
    /// Taps, stitch, seeds, attack, numbers of images.
    pub(super) about: String,
    /// Keys whose values are not the same in all studies of these two networks.
    pub(super) differs: String,
}

static NOTHING: Fact =
    Fact { names: String::new(), models: String::new(), about: String::new(), differs: String::new() };

impl Facts {
    /// Reads the recipes where any study is new or changed.
    pub(super) fn renew(&mut self, studies: &[Study]) {
        let mut hasher = DefaultHasher::new();
        studies.iter().for_each(|study| (&study.id, &study.report.recipe).hash(&mut hasher));
        let key = hasher.finish();
        if key == self.key {
            return;
        }
        let read: Vec<(&Study, Recipe)> = studies.iter().filter_map(|study| Some((study, study.recipe()?))).collect();
        let mut kin = BTreeMap::<(&str, &str), Vec<(&str, Keys)>>::new();
        for (study, recipe) in &read {
            let pair = (recipe.front.model.as_str(), recipe.end.model.as_str());
            kin.entry(pair).or_default().push((&study.id, keys(&recipe.to_toml())));
        }
        let differs: HashMap<&str, String> = kin.values().flat_map(|studies| differences(studies)).collect();
        let fact = |(study, recipe): &(&Study, Recipe)| {
            let fact = Fact {
                names: format!("{} → {}", short(&recipe.front.model), short(&recipe.end.model)),
                models: format!("{} {}", recipe.front.model, recipe.end.model),
                about: about(recipe),
                differs: differs.get(study.id.as_str()).cloned().unwrap_or_default(),
            };
            (study.id.clone(), fact)
        };
        *self = Self { key, known: read.iter().map(fact).collect() };
    }

    /// What is known of a study; nothing where its recipe cannot be read.
    pub(super) fn of(&self, study: &str) -> &Fact {
        self.known.get(study).unwrap_or(&NOTHING)
    }
}

/// `table.key` with its value, for every line of a recipe's text that decides what is measured.
fn keys(toml: &str) -> Keys {
    let mut table = "";
    let mut found = Vec::new();
    for line in toml.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = name;
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| table != "run") {
            found.push((format!("{table}.{key}"), value.trim_matches('"').to_owned()));
        }
    }
    found
}

/// Of studies of the same two networks, each one's values of the keys in which not all agree.
fn differences<'a>(studies: &[(&'a str, Keys)]) -> Vec<(&'a str, String)> {
    let mut values: HashMap<&str, Vec<&str>> = HashMap::new();
    for (key, value) in studies.iter().flat_map(|(_, keys)| keys) {
        values.entry(key).or_default().push(value);
    }
    let differs = |key: &str| {
        values.get(key).is_some_and(|all| all.len() < studies.len() || all.iter().any(|value| *value != all[0]))
    };
    let of = |(id, keys): &(&'a str, Keys)| {
        let own = keys.iter().filter(|(key, _)| differs(key)).map(|(key, value)| format!("{key} {value}"));
        (*id, own.collect::<Vec<_>>().join(", "))
    };
    studies.iter().map(of).collect()
}

/// What tells one study of a pair from another: taps, stitch, seeds, attack, numbers of images.
fn about(recipe: &Recipe) -> String {
    let taps = match &recipe.taps.pairs {
        Pairs::Same => "same taps".to_owned(),
        Pairs::All => "all pairs".to_owned(),
        Pairs::List(list) if list.len() == 1 => "1 pair".to_owned(),
        Pairs::List(list) => format!("{} pairs", list.len()),
    };
    let mut parts = vec![taps, format!("{} from {}", recipe.stitch.train, recipe.stitch.init)];
    if recipe.stitch.seeds.len() > 1 {
        parts.push(format!("{} seeds", recipe.stitch.seeds.len()));
    }
    if let Some(attack) = &recipe.attack {
        parts.push(format!("{} {} {}", attack.method, attack.norm.as_str(), attack.eps));
    }
    if let Some(images) = recipe.data.test_images {
        parts.push(format!("n = {images}"));
    }
    parts.join(", ")
}

/// The tags of a note: its words that begin with `#`.
pub(super) fn tags(note: &str) -> impl Iterator<Item = &str> {
    let ends = |letter: char| letter.is_whitespace() || letter == ',' || letter == ';';
    note.split(ends).filter(|word| word.len() > 1 && word.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_what_not_all_have_alike() {
        let of = |text: &str| keys(text);
        let studies = [
            ("a", of("[data]\ntrain = \"x\"\n[stitch]\nepochs = 3\n[run]\nbatch = 1\n")),
            ("b", of("[data]\ntrain = \"x\"\n[stitch]\nepochs = 5\nseeds = [0, 1]\n[run]\nbatch = 2\n")),
        ];
        let found = differences(&studies);
        assert_eq!(found[0], ("a", "stitch.epochs 3".to_owned()));
        assert_eq!(found[1], ("b", "stitch.epochs 5, stitch.seeds [0, 1]".to_owned()));
        assert_eq!(differences(&studies[..1]), [("a", String::new())], "one alone differs from nothing");
    }

    #[test]
    fn tags_are_words_with_a_hash() {
        assert_eq!(tags("seed broken? #paper, #figure-2 # no").collect::<Vec<_>>(), ["#paper", "#figure-2"]);
    }
}
