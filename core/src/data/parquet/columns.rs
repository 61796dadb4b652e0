//! Which column holds the pictures and which the labels.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::data::limits::damaged;
use crate::data::{DataError, Labels};
use crate::platform::tables::Table;
use crate::platform::{Column, Kind};

/// Names of columns of pictures, best first.
const PICTURES: [&str; 6] = ["image", "img", "picture", "images", "pixels", "jpg"];
/// Names of columns of labels, best first.
const LABELS: [&str; 8] = ["label", "labels", "class", "target", "y", "cls", "category", "class_label"];

/// The columns of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// The pictures'.
    pub pictures: String,
    /// The labels'.
    pub labels: String,
    /// Whether labels are the classes' names themselves.
    pub are_texts: bool,
    /// The classes' names, by label; empty where the file has none.
    pub classes: Vec<String>,
    /// All columns.
    all: Vec<String>,
    /// Whether the labels are one of two kinds.
    chosen: Option<Labels>,
}

/// What `datasets` writes under the key `huggingface`.
#[derive(Default, Deserialize)]
struct Remark {
    #[serde(default)]
    info: Info,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    features: BTreeMap<String, serde_json::Value>,
}

impl Info {
    /// What the column's feature is called: `Image`, `ClassLabel`, `Value`.
    fn feature(&self, column: &str) -> &str {
        self.features.get(column).and_then(|feature| feature.get("_type")).and_then(|name| name.as_str()).unwrap_or("")
    }

    /// The names of the classes of a column of labels.
    fn names(&self, column: &str) -> Vec<String> {
        let names =
            self.features.get(column).and_then(|feature| feature.get("names")).and_then(|names| names.as_array());
        let names = names.and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
        names.unwrap_or_default()
    }
}

impl Columns {
    /// The columns of a file.
    ///
    /// # Errors
    /// No column of pictures or of labels, or several that could be meant.
    pub(super) fn of(file: &str, table: &Table, wanted: Labels) -> Result<Self, DataError> {
        let remark = table.remark("huggingface").and_then(|text| serde_json::from_str::<Remark>(text).ok());
        let info = remark.unwrap_or_default().info;
        let columns = table.columns();
        distinct(file, &columns)?;
        let described = |feature: &str| {
            let fits = |column: &&Column| info.feature(&column.name) == feature;
            columns.iter().filter(fits).collect::<Vec<_>>()
        };
        let of_kind = |kinds: &[Kind]| columns.iter().filter(|column| kinds.contains(&column.kind)).collect::<Vec<_>>();
        let all: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();

        let pictures = first_filled([described("Image"), of_kind(&[Kind::Bytes])]);
        let pictures = pick(file, &pictures, &PICTURES)?
            .ok_or_else(|| none(file, "no column of pictures as files (PNG, JPEG and the like)", &all))?;
        let named = of_kind(&[Kind::Integers, Kind::Texts]);
        let named: Vec<&Column> = named.into_iter().filter(|column| is_label(&column.name)).collect();
        let labels = first_filled([described("ClassLabel"), named]);
        let (labels, chosen) = match two_kinds(&labels, wanted) {
            Some(column) => (column, Some(wanted)),
            None => (pick(file, &labels, &LABELS)?.ok_or_else(|| none(file, "no column of labels", &all))?, None),
        };
        if !matches!(labels.kind, Kind::Integers | Kind::Texts) {
            return Err(none(file, &format!("labels that are neither numbers nor texts in {}", labels.name), &all));
        }
        let classes = info.names(&labels.name);
        let are_texts = labels.kind == Kind::Texts;
        Ok(Self { pictures: pictures.name.clone(), labels: labels.name.clone(), are_texts, classes, all, chosen })
    }

    /// What one should know of the choice.
    pub(super) fn notes(&self, name: &str) -> Vec<String> {
        let Self { pictures, labels, all, .. } = self;
        let others: Vec<&str> =
            all.iter().filter(|other| *other != pictures && *other != labels).map(String::as_str).collect();
        let others = (!others.is_empty()).then(|| {
            let others = others.join(", ");
            format!("{name}: pictures are those of the column {pictures}, labels of {labels}; not read: {others}.")
        });
        let chosen = self.chosen.map(|chosen| {
            let (kind, other) = if chosen == Labels::Fine { ("fine", "coarse") } else { ("coarse", "fine") };
            format!("{name}: its {kind} labels count; labels = \"{other}\" in [data] takes the others.")
        });
        let texts = self.are_texts.then(|| format!("{name}: classes take their numbers in the order of their names."));
        [others, chosen, texts].into_iter().flatten().collect()
    }
}

/// Holds that no two columns have one name: which is meant is nothing to guess.
fn distinct(file: &str, columns: &[Column]) -> Result<(), DataError> {
    let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(damaged(file, &format!("two of its columns are called `{}`; rename one", pair[0]))),
        None => Ok(()),
    }
}

fn first_filled(lists: [Vec<&Column>; 2]) -> Vec<&Column> {
    lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
}

fn is_label(name: &str) -> bool {
    let name = name.to_lowercase();
    LABELS.contains(&name.as_str()) || [fine(&name), coarse(&name)].contains(&true)
}

fn fine(name: &str) -> bool {
    ["fine_label", "fine_labels"].contains(&name)
}

fn coarse(name: &str) -> bool {
    ["coarse_label", "coarse_labels"].contains(&name)
}

/// CIFAR-100's labels of the wanted kind, where a set has both kinds.
fn two_kinds<'a>(labels: &[&'a Column], wanted: Labels) -> Option<&'a Column> {
    let find = |is: fn(&str) -> bool| labels.iter().copied().find(|column| is(&column.name.to_lowercase()));
    let (fine, coarse) = (find(fine)?, find(coarse)?);
    Some(if wanted == Labels::Fine { fine } else { coarse })
}

/// The only candidate, or the best named one.
fn pick<'a>(file: &str, candidates: &[&'a Column], names: &[&str]) -> Result<Option<&'a Column>, DataError> {
    let named = |wanted: &&str| candidates.iter().copied().find(|column| column.name.eq_ignore_ascii_case(wanted));
    match candidates {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        [first, second, ..] => match names.iter().find_map(named) {
            Some(column) => Ok(Some(column)),
            None => Err(DataError::Ambiguous {
                path: file.to_owned(),
                first: format!("the column {}", first.name),
                second: format!("the column {}", second.name),
            }),
        },
    }
}

fn none(file: &str, what: &str, all: &[String]) -> DataError {
    let shown = all.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    DataError::Convert {
        file: file.to_owned(),
        problem: format!("it has {what}; its columns are {shown}"),
        remedy: "name columns `image` (the pictures' files as bytes) and `label`, or store the set as an .npz file"
            .to_owned(),
    }
}
