//! A donor in a recipe: its file, and how that is to be understood where it does not say so itself.

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::onnx::{Interface, Layout, Range};
use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::{Depends, Required};
use crate::recipe::schema::list::{key, text, wholes, word, words};
use crate::recipe::schema::{Key, Kind};
use crate::recipe::words::Word;

const MODEL: &str = r#"write model = "network.onnx", or "zoo:NAME" for a bundled one"#;
const OUTPUT: &str = r#"write the name of one of the file's outputs, such as output = "logits", or leave it out"#;

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
}

/// The keys of a donor's table.
macro_rules! keys {
    ($side:ident) => {
        &[
            key(
                "model",
                Kind::Network,
                Required,
                |r| Some(text(&r.$side.model)),
                "The network: a path to an ONNX file, or `zoo:NAME` for a bundled one.",
            ),
            key(
                "output",
                Kind::Text,
                Depends("the first that has one row of classes for each image, features that lead to another such output passed over"),
                |r| r.$side.output.as_ref().map(text),
                "The output that holds the logits.",
            ),
            key(
                "layout",
                Kind::Word(words::<Layout>),
                Depends("as the file's nodes or sizes show"),
                |r| r.$side.layout.map(word),
                "Where an image's channels stand in the file.",
            ),
            key(
                "size",
                Kind::Sides { to: 65_536, square: false },
                Depends("the size of the data's images"),
                |r| r.$side.size.map(|sides| wholes(&sides)),
                "Rows and columns of the images where the file leaves them open.",
            ),
            key(
                "pixels",
                Kind::Word(words::<Range>),
                Depends("as the file's element type or first node shows"),
                |r| r.$side.pixels.map(word),
                "The range of the pixels that the file takes: 0 to 1, or 0 to 255.",
            ),
        ]
    };
}

/// The keys of `[front]`.
pub(in crate::recipe) const FRONT: &[Key] = keys!(front);
/// The keys of `[end]`.
pub(in crate::recipe) const END: &[Key] = keys!(end);

/// The table as it stands in the text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawDonor {
    pub model: Given<String>,
    pub output: Given<String>,
    pub layout: Given<String>,
    pub size: Given<Value>,
    pub pixels: Given<String>,
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
        layout: chosen(fields, "layout", raw.layout)?,
        size: fields.sides("size", raw.size)?,
        pixels: chosen(fields, "pixels", raw.pixels)?,
    })
}

fn chosen<W: Word + Default>(fields: Fields<'_>, key: &str, given: Given<String>) -> Result<Option<W>, RecipeError> {
    given.map(|given| fields.word(key, Some(given))).transpose()
}
