//! Variants: a kernel compiled several times with other constants.
//!
//! A row of `variants.txt` reads `family/name  variant  TILE=8 OTHER=2`; each name stands in the kernel as
//! `const TILE: u32 = 4u; //# variant`, whose value is replaced. `#` begins a comment. Without rows there is one variant, `default`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::fault::Fault;
use super::source::{File, Sources};

const MARK: &str = "//# variant";
const PATH: &str = "shaders/variants.txt";

/// One variant of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name, in small letters.
    pub variant: String,
    /// The constants that it sets.
    pub values: Vec<(String, String)>,
    /// The line in `variants.txt`.
    pub line: usize,
}

impl Row {
    /// The one row of a kernel that has none.
    pub fn default_row() -> Self {
        Self { variant: "default".to_owned(), values: Vec::new(), line: 1 }
    }

    /// The kernel with this row's constants.
    ///
    /// # Errors
    /// If it marks no such constant.
    pub fn apply(&self, file: &File) -> Result<File, Fault> {
        let mut lines: Vec<String> = file.text.lines().map(str::to_owned).collect();
        for (name, value) in &self.values {
            let declaration = format!("const {name}:");
            let marked = |line: &&mut String| line.starts_with(&declaration) && line.trim_end().ends_with(MARK);
            let Some(line) = lines.iter_mut().find(marked) else {
                return Err(Fault::new(PATH, self.line, format!("{} has no `{declaration} .. {MARK}`", file.path)));
            };
            let Some((declared, _)) = line.split_once('=') else {
                return Err(Fault::new(PATH, self.line, format!("`{declaration}` in {} has no value", file.path)));
            };
            *line = format!("{declared}= {value}; {MARK}");
        }
        Ok(File { text: lines.join("\n") + "\n", ..file.clone() })
    }
}

/// The rows by kernel.
#[derive(Debug, Default)]
pub struct Variants {
    rows: BTreeMap<String, Vec<Row>>,
    default: Vec<Row>,
}

impl Variants {
    /// Reads `variants.txt` of the crate at `folder`.
    ///
    /// # Errors
    /// If it cannot be read, or a row is malformed or names no kernel.
    pub fn read(folder: &Path, sources: &Sources) -> Result<Self, Fault> {
        let text = fs::read_to_string(folder.join("variants.txt"))
            .map_err(|e| Fault::new(PATH, 1, format!("cannot be read: {e}")))?;
        let known: Vec<&str> = sources.kernels.iter().map(|file| file.name.as_str()).collect();
        Self::parse(&text, &known)
    }

    /// Parses the rows; `known` are the kernels that there are.
    ///
    /// # Errors
    /// If a row is malformed, doubled or names no kernel.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, Fault> {
        let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            let [kernel, variant, settings @ ..] = words.as_slice() else {
                if words.is_empty() {
                    continue;
                }
                return Err(Fault::new(PATH, line_number, "a row is `family/name  variant  NAME=value ..`"));
            };
            if !known.contains(kernel) {
                return Err(Fault::new(PATH, line_number, format!("there is no kernel `{kernel}`")));
            }
            let values = settings.iter().map(|setting| value(setting, line_number)).collect::<Result<_, _>>()?;
            let siblings = rows.entry((*kernel).to_owned()).or_default();
            if siblings.iter().any(|row| row.variant == *variant) {
                return Err(Fault::new(PATH, line_number, format!("`{kernel}` has a variant `{variant}` already")));
            }
            siblings.push(Row { variant: (*variant).to_owned(), values, line: line_number });
        }
        Ok(Self { rows, default: vec![Row::default_row()] })
    }

    /// The variants of a kernel, at least one.
    pub fn rows(&self, kernel: &str) -> &[Row] {
        self.rows.get(kernel).unwrap_or(&self.default)
    }
}

fn value(setting: &str, line: usize) -> Result<(String, String), Fault> {
    let parts = setting.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
    let (name, value) = parts.ok_or_else(|| Fault::new(PATH, line, format!("`{setting}` is not `NAME=value`")))?;
    Ok((name.to_owned(), value.to_owned()))
}
