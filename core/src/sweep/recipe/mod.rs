//! A sweep's recipe: a recipe with `[sweep]`, which says in what its studies differ.
//!
//! ```toml
//! [sweep]
//! networks = ["zoo:fashion-*"]      # each as the front of each
//! [sweep.axes]
//! attack.eps = ["4/255", "8/255"]   # one value of each axis, all combinations
//! stitch.seeds = [[0], [1]]
//! ```

mod keys;
mod patterns;
mod rows;
#[cfg(test)]
mod tests;
mod walk;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::recipe::{Recipe, schema};
use crate::study::Shelf;
use crate::sweep::SweepError;
pub use keys::{Assignments, plain, shown};
use keys::{END, FRONT, PAIRS, SEEDS};
pub use walk::Point;
pub(super) use walk::of;

/// Longest text that is read, in bytes, as of a recipe.
const LONGEST: usize = 1 << 20;

/// A sweep, its patterns expanded and its rows read.
#[derive(Clone, Debug)]
pub struct SweepRecipe {
    /// The name that errors give.
    pub(in crate::sweep) file: String,
    /// The recipe without `[sweep]`.
    base: Table,
    /// Studies by rows; one without keys where there is no file of rows.
    rows: Vec<Assignments>,
    /// Keys with their values, the first changes slowest; without those of [`SweepRecipe::lists`].
    axes: Vec<(String, Vec<Value>)>,
    /// Values of front, end, pairs and seeds, which change faster, the last fastest; empty where the sweep does not set them.
    lists: [Vec<Value>; 4],
    /// Cells a job; absent: a job is a whole study.
    pub split: Option<usize>,
    /// Whether jobs leave stitches and verdicts beside the numbers.
    pub keep: bool,
}

/// The keys of [`SweepRecipe::lists`].
const LISTS: [&str; 4] = [FRONT, END, PAIRS, SEEDS];

/// What is kept of a job.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Keep {
    /// Numbers, stitches and verdicts.
    #[default]
    All,
    /// Numbers alone.
    Numbers,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// Each is the front of each.
    #[serde(default)]
    networks: Vec<String>,
    #[serde(default)]
    fronts: Vec<String>,
    #[serde(default)]
    ends: Vec<String>,
    rows: Option<String>,
    split: Option<usize>,
    #[serde(default)]
    keep: Keep,
    /// Read with its order elsewhere.
    #[serde(default)]
    #[expect(dead_code, reason = "named so that it is known")]
    axes: Table,
}

impl SweepRecipe {
    /// Reads a sweep; a recipe without `[sweep]` is a sweep of one study. `file` is the name that errors give.
    ///
    /// # Errors
    /// [`SweepError`] at the first key, value, pattern or row that cannot be. Whether the studies can be is found by walking through them.
    pub fn parse(text: &str, file: &str, shelf: &dyn Shelf) -> Result<Self, SweepError> {
        let unread = |why: &toml::de::Error| match Recipe::parse(text, file) {
            Err(error) => SweepError::from(error),
            Ok(_) => fault(file, why.message().to_owned(), "write one key on a line, as key = value"),
        };
        if text.len() > LONGEST {
            let what = format!("the text has {} bytes and a recipe at most {LONGEST}", text.len());
            return Err(fault(file, what, "put many rows into a file and name it with rows = \"...\" in [sweep]"));
        }
        let document = DeTable::parse(text).map_err(|e| unread(&e))?;
        let mut base: Table = text.parse().map_err(|e| unread(&e))?;
        let Some(sweep) = base.remove(schema::SWEEP.name) else {
            Recipe::parse(text, file)?; // for the places of what is wrong
            return Self::new(file, base, Vec::new()).with(&Raw::default(), shelf);
        };
        let order = order(document.get_ref());
        let all = sweep.get("axes").and_then(Value::as_table).cloned().unwrap_or_default();
        let raw: Raw = sweep.try_into().map_err(|e: toml::de::Error| {
            let names: Vec<&str> = schema::SWEEP.keys.iter().map(|key| key.name).collect();
            let known = format!("the keys of [sweep] are {}; keep is \"all\" or \"numbers\"", names.join(", "));
            fault(file, format!("[sweep]: {}", one_line(e.message())), &known)
        })?;
        let mut axes = Vec::new();
        for key in order {
            keys::check(file, &key)?;
            let value = match key.split_once('.') {
                Some((table, inner)) => all.get(&key).or_else(|| all.get(table)?.get(inner)),
                None => all.get(&key),
            };
            let values = value.and_then(Value::as_array).filter(|values| !values.is_empty()).cloned();
            let how = "write the values in square brackets, such as attack.eps = [\"4/255\", \"8/255\"] or stitch.seeds = [[0], [1]]";
            axes.push((
                key.clone(),
                values.ok_or_else(|| fault(file, format!("the axis {key} is no list of values"), how))?,
            ));
        }
        Self::new(file, base, axes).with(&raw, shelf)
    }

    fn new(file: &str, base: Table, axes: Vec<(String, Vec<Value>)>) -> Self {
        let file = file.to_owned();
        Self { file, base, rows: Vec::new(), axes, lists: Default::default(), split: None, keep: true }
    }

    /// With what the table says beside its axes.
    fn with(mut self, raw: &Raw, shelf: &dyn Shelf) -> Result<Self, SweepError> {
        let file = self.file.clone();
        if raw.split == Some(0) {
            return Err(fault(
                &file,
                "split in [sweep] is 0".to_owned(),
                "write how many cells make a job, or leave it out",
            ));
        }
        (self.split, self.keep) = (raw.split, matches!(raw.keep, Keep::All));
        let donors = |patterns: &[String]| -> Result<Vec<Value>, SweepError> {
            Ok(patterns::expanded(&file, patterns, shelf)?.into_iter().map(Value::String).collect())
        };
        let both = donors(&raw.networks)?;
        for (list, own) in [(0, &raw.fronts), (1, &raw.ends)] {
            let own = donors(own)?;
            if !own.is_empty() && !both.is_empty() {
                let what = "[sweep] has networks and also fronts or ends".to_owned();
                return Err(fault(&file, what, "write networks where each is the front of each, else fronts and ends"));
            }
            self.lists[list] = if own.is_empty() { both.clone() } else { own };
        }
        for (list, key) in LISTS.iter().enumerate() {
            let Some(at) = self.axes.iter().position(|(axis, _)| axis == key) else { continue };
            let (key, values) = self.axes.remove(at);
            if !self.lists[list].is_empty() {
                let what = format!("the sweep sets {key} twice, by its donors and by an axis");
                return Err(fault(&file, what, "leave one out"));
            }
            self.lists[list] = values;
        }
        for (key, value) in
            LISTS[..2].iter().zip(&self.lists).flat_map(|(key, list)| list.iter().map(move |v| (key, v)))
        {
            if value.as_str().is_none_or(|text| text.trim().is_empty()) {
                return Err(fault(&file, format!("{key} is set to {value}"), "write the networks as texts"));
            }
        }
        self.rows = match &raw.rows {
            Some(path) => rows::read(path)?,
            None => vec![Assignments::new()],
        };
        let listed = LISTS.iter().zip(&self.lists).filter(|(_, list)| !list.is_empty()).map(|(key, _)| *key);
        let set: Vec<&str> = self.axes.iter().map(|(key, _)| key.as_str()).chain(listed).collect();
        for key in self.rows.iter().flat_map(Assignments::keys) {
            if set.contains(&key.as_str()) {
                let what = format!("the sweep sets {key} twice, by an axis or its donors and by the rows");
                return Err(fault(&file, what, "leave one out"));
            }
        }
        Ok(self)
    }

    /// The recipe without `[sweep]`, as text.
    #[must_use]
    pub fn base(&self) -> String {
        self.base.to_string()
    }

    /// The keys that differ between studies: of rows, of axes, and those that change fastest.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut of_rows: Vec<String> = self.rows.iter().flat_map(|row| row.keys().cloned()).collect();
        of_rows.sort();
        of_rows.dedup();
        let lists =
            LISTS.iter().zip(&self.lists).filter(|(_, list)| !list.is_empty()).map(|(key, _)| (*key).to_owned());
        of_rows.into_iter().chain(self.axes.iter().map(|(key, _)| key.clone())).chain(lists).collect()
    }

    /// How many studies there are.
    #[must_use]
    pub fn studies(&self) -> usize {
        let lengths = self.axes.iter().map(|(_, values)| values.len()).chain(self.lists.iter().map(|l| l.len().max(1)));
        lengths.fold(self.rows.len(), usize::saturating_mul)
    }
}

fn fault(file: &str, what: String, remedy: &str) -> SweepError {
    SweepError::Sweep { file: file.to_owned(), what, remedy: remedy.to_owned() }
}

/// The axes' keys as they stand in the text, `"attack.eps" = ...` and `attack.eps = ...` alike.
fn order(document: &DeTable<'_>) -> Vec<String> {
    let Some(axes) = table(document, schema::SWEEP.name).and_then(|sweep| table(sweep, "axes")) else {
        return Vec::new();
    };
    let mut places: Vec<(usize, String)> = Vec::new();
    for (name, value) in axes {
        match value.get_ref() {
            DeValue::Table(inner) => {
                places.extend(
                    inner.keys().map(|key| (key.span().start, format!("{}.{}", name.get_ref(), key.get_ref()))),
                );
            }
            _ => places.push((name.span().start, name.get_ref().to_string())),
        }
    }
    places.sort();
    places.into_iter().map(|(_, key)| key).collect()
}

fn table<'a, 'b>(of: &'a DeTable<'b>, name: &str) -> Option<&'a DeTable<'b>> {
    match of.iter().find(|(key, _)| key.get_ref() == name)?.1.get_ref() {
        DeValue::Table(inner) => Some(inner),
        _ => None,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
