//! A donor in a recipe: its file, and how that is to be understood where it does not say so itself.

use std::ops::Range as Span;

use toml::{Spanned, Value};

use crate::onnx::{Interface, Layout, Range};
use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::{Given, RawDonor};
use crate::recipe::words::Word;

const MODEL: &str = r#"write model = "network.onnx", or "zoo:NAME" for a bundled one"#;
const OUTPUT: &str = r#"write the name of one of the file's outputs, such as output = "logits", or leave it out"#;
const SIZE: &str = "write size = [rows, columns], such as [224, 224], or leave it out";
/// Rows or columns, far beyond use.
const MOST_SIDE: usize = 1 << 16;

/// A network, not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DonorRef {
    /// `zoo:NAME` or a path to an ONNX file.
    pub model: String,
    /// The output that holds the logits; absent means the first that has one row of classes per image.
    pub output: Option<String>,
    /// Where the file has the channels of an image; absent means as its nodes or sizes show.
    pub layout: Option<Layout>,
    /// Rows and columns of the images where the file leaves them open; absent means those of the data.
    pub size: Option<[usize; 2]>,
    /// The range of the pixels that the file takes; absent means as its element type or first node shows.
    pub pixels: Option<Range>,
}

impl DonorRef {
    /// A network about which its file says everything.
    #[must_use]
    pub fn new(model: &str) -> Self {
        Self { model: model.to_owned(), output: None, layout: None, size: None, pixels: None }
    }

    /// How the file is to be read beside these images: channels, rows and columns.
    #[must_use]
    pub fn interface(&self, images: Option<[usize; 3]>) -> Interface {
        Interface { output: self.output.clone(), layout: self.layout, size: self.size, pixels: self.pixels, images }
    }

    /// Keys and values as a recipe writes them; what is absent is left out.
    pub(in crate::recipe) fn lines(&self) -> Vec<(&'static str, String)> {
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        let mut lines = vec![("model", quoted(&self.model))];
        lines.extend(self.output.iter().map(|name| ("output", quoted(name))));
        lines.extend(self.layout.map(|layout| ("layout", quoted(layout.as_str()))));
        lines.extend(self.size.map(|[rows, columns]| ("size", format!("[{rows}, {columns}]"))));
        lines.extend(self.pixels.map(|pixels| ("pixels", quoted(pixels.as_str()))));
        lines
    }
}

impl Word for Layout {
    const ALL: &'static [Self] = &[Self::ChannelsFirst, Self::ChannelsLast];
    const LATER: &'static [&'static str] = &[];

    fn as_str(self) -> &'static str {
        match self {
            Self::ChannelsFirst => "channels-first",
            Self::ChannelsLast => "channels-last",
        }
    }
}

impl Word for Range {
    const ALL: &'static [Self] = &[Self::Unit, Self::Bytes];
    const LATER: &'static [&'static str] = &[];

    fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Bytes => "bytes",
        }
    }
}

/// Reads `[front]` or `[end]`.
pub(in crate::recipe) fn read(fields: Fields<'_>, table: Spanned<RawDonor>) -> Result<DonorRef, RecipeError> {
    let span = table.span();
    let raw = table.into_inner();
    Ok(DonorRef {
        model: fields.text(&span, "model", raw.model, MODEL)?,
        output: match raw.output {
            Some(given) => Some(fields.text(&span, "output", Some(given), OUTPUT)?),
            None => None,
        },
        layout: word(fields, "layout", raw.layout)?,
        size: match raw.size {
            Some(given) => Some(size(fields, &given.span(), given.get_ref())?),
            None => None,
        },
        pixels: word(fields, "pixels", raw.pixels)?,
    })
}

fn word<W: Word + Default>(fields: Fields<'_>, key: &str, given: Given<String>) -> Result<Option<W>, RecipeError> {
    given.map(|given| fields.word(key, Some(given))).transpose()
}

fn size(fields: Fields<'_>, span: &Span<usize>, value: &Value) -> Result<[usize; 2], RecipeError> {
    let side = |value: &Value| usize::try_from(value.as_integer()?).ok().filter(|side| (1..=MOST_SIDE).contains(side));
    let sides = value.as_array().map(|list| list.iter().map(side).collect::<Vec<_>>());
    match sides.as_deref() {
        Some([Some(rows), Some(columns)]) => Ok([*rows, *columns]),
        _ => Err(fields.fault(span, "size", &format!("is {value}, not two whole numbers from 1 to {MOST_SIDE}"), SIZE)),
    }
}
