//! The table `[data]`: which images, how many of them, and how their files are read.

use serde::Deserialize;
use toml::Value;

use crate::data::{ClassOrder, Fit, Labels, Order, Orientation, PixelRange, Reading};
use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::Given;
use crate::recipe::schema::Default::{Depends, Fixed, Required};
use crate::recipe::schema::list::{key, only, quiet, text, whole, wholes, word, words};
use crate::recipe::schema::{Key, Kind};

const IMAGES: &str = r#"write a path (idx, cifar, npz, npy, image folder), or "zoo:NAME" for bundled images"#;

/// The images of a study, not yet opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataRecipe {
    /// Images that stitches are fitted and trained on: `zoo:NAME` or a path.
    pub train: String,
    /// Images that everything is measured on: `zoo:NAME` or a path.
    pub test: String,
    /// Use so many training images; absent means all.
    pub train_images: Option<usize>,
    /// Use so many test images; absent means all.
    pub test_images: Option<usize>,
    /// Other images that donors and stitched networks are tried on too, such as those of the front's own task: `zoo:NAME` or a
    /// path. As many as there are test images count.
    pub also: Option<String>,
    /// Which images are used where only some are: the first ones, or drawn at random; left out, the first ones, but of a set that is
    /// sorted by class some at random.
    pub order: Order,
    /// Seed of the draw; 0 when left out.
    pub seed: u64,
    /// How the files are read.
    pub reading: Reading,
}

/// The table's keys. Upper ends are far beyond use: a recipe may come from a stranger's link, and memory grows with them.
pub(in crate::recipe) const KEYS: &[Key] = &[
    key(
        "train",
        Kind::Images,
        Required,
        |r| Some(text(&r.data.train)),
        "Images that stitches are fitted and trained on: a path, or `zoo:NAME`.",
    ),
    key(
        "test",
        Kind::Images,
        Required,
        |r| Some(text(&r.data.test)),
        "Images that everything is measured on: a path, or `zoo:NAME`.",
    ),
    key(
        "train_images",
        Kind::Whole(1, 1_000_000_000),
        Depends("all"),
        |r| r.data.train_images.map(whole),
        "How many training images are used.",
    ),
    key(
        "test_images",
        Kind::Whole(1, 1_000_000_000),
        Depends("all"),
        |r| r.data.test_images.map(whole),
        "How many test images are used.",
    ),
    key(
        "also",
        Kind::Images,
        Depends("none"),
        |r| r.data.also.as_ref().map(text),
        "Other images that donors and stitched networks are tried on too, such as those of the front's own task.",
    ),
    quiet(key(
        "order",
        Kind::Word(words::<Order>),
        Fixed,
        |r| Some(word(r.data.order)),
        "Which images are used where only some are: the first, or drawn at random over the classes; `auto` takes the first but of sets that are sorted by class.",
    )),
    quiet(key("seed", Kind::Whole(0, i64::MAX as u64), Fixed, |r| Some(whole(r.data.seed)), "Seed of that draw.")),
    key(
        "size",
        Kind::Sides { to: 8192, square: true },
        Depends("as the files are"),
        |r| r.data.reading.size.map(sides),
        "Rows and columns to which pictures are brought.",
    ),
    quiet(key(
        "fit",
        Kind::Word(words::<Fit>),
        Fixed,
        |r| Some(word(r.data.reading.fit)),
        "How: not at all, by resizing, or by resizing the shorter side and cutting the centre out.",
    )),
    only(
        "fit is center-crop",
        key(
            "shorter_side",
            Kind::Whole(1, 8192),
            Depends("the larger side of size"),
            |r| r.data.reading.shorter_side.map(whole),
            "Length of the shorter side before the centre is cut out.",
        ),
    ),
    quiet(key(
        "pixel_range",
        Kind::Word(words::<PixelRange>),
        Fixed,
        |r| Some(word(r.data.reading.pixel_range)),
        "The range of images in floating point: 0 to 1, or 0 to 255.",
    )),
    quiet(key(
        "labels",
        Kind::Word(words::<Labels>),
        Fixed,
        |r| Some(word(r.data.reading.labels)),
        "Which labels of CIFAR-100 count.",
    )),
    quiet(key(
        "class_order",
        Kind::Word(words::<ClassOrder>),
        Fixed,
        |r| Some(word(r.data.reading.class_order)),
        "How class folders are numbered: by their names as text, as numbers, or by what they look like.",
    )),
    quiet(key(
        "orientation",
        Kind::Word(words::<Orientation>),
        Fixed,
        |r| Some(word(r.data.reading.orientation)),
        "Whether pictures are turned as their EXIF data says.",
    )),
];

/// Rows and columns: one number where they are alike.
fn sides(size: [usize; 2]) -> Value {
    if size[0] == size[1] { whole(size[0]) } else { wholes(&size) }
}

/// The table as it stands in the text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawData {
    pub train: Given<String>,
    pub test: Given<String>,
    pub train_images: Given<usize>,
    pub test_images: Given<usize>,
    pub also: Given<String>,
    pub order: Given<String>,
    pub seed: Given<u64>,
    pub size: Given<Value>,
    pub fit: Given<String>,
    pub shorter_side: Given<usize>,
    pub pixel_range: Given<String>,
    pub labels: Given<String>,
    pub class_order: Given<String>,
    pub orientation: Given<String>,
}

/// Checks the table's values, fills in what was left out.
pub(in crate::recipe) fn resolve(fields: Fields<'_>, table: toml::Spanned<RawData>) -> Result<DataRecipe, RecipeError> {
    let span = table.span();
    let raw = table.into_inner();
    let fit = fields.word("fit", raw.fit)?;
    if let Some(given) = raw.shorter_side.as_ref().filter(|_| fit != Fit::CenterCrop) {
        let remedy = r#"write fit = "center-crop" too, or leave it out"#;
        return Err(fields.fault(&given.span(), "shorter_side", "is for centre crops alone", remedy));
    }
    let reading = Reading {
        size: fields.sides("size", raw.size)?,
        fit,
        shorter_side: fields.optional_count("shorter_side", raw.shorter_side)?,
        pixel_range: fields.word("pixel_range", raw.pixel_range)?,
        labels: fields.word("labels", raw.labels)?,
        class_order: fields.word("class_order", raw.class_order)?,
        orientation: fields.word("orientation", raw.orientation)?,
    };
    Ok(DataRecipe {
        train: fields.text(&span, "train", raw.train, IMAGES)?,
        test: fields.text(&span, "test", raw.test, IMAGES)?,
        train_images: fields.optional_count("train_images", raw.train_images)?,
        test_images: fields.optional_count("test_images", raw.test_images)?,
        also: raw.also.map(|given| fields.text(&span, "also", Some(given), IMAGES)).transpose()?,
        order: fields.word("order", raw.order)?,
        seed: raw.seed.map_or(0, toml::Spanned::into_inner),
        reading,
    })
}
