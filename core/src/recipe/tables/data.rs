//! The table `[data]`: which images, how many of them, and how their files are read.

use toml::Value;

use crate::data::{ClassOrder, Fit, Labels, Order, Orientation, PixelRange, Reading};
use crate::recipe::DataRecipe;
use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::{Given, RawData};
use crate::recipe::words::Word;

const MOST_IMAGES: usize = 1_000_000_000;
/// Longest side of an image.
const MOST_SIDE: usize = 8192;

const IMAGES: &str = r#"write a path (idx, cifar, npz, npy, image folder), or "zoo:NAME" for bundled images"#;
const SIZES: &str = "write size = 224, or size = [224, 160] for rows and columns";

/// Checks the table's values, fills in what was left out.
pub(in crate::recipe) fn resolve(fields: Fields<'_>, table: toml::Spanned<RawData>) -> Result<DataRecipe, RecipeError> {
    let span = table.span();
    let raw = table.into_inner();
    let some = 1..=MOST_IMAGES;
    let fit = fields.word("fit", raw.fit)?;
    if let Some(given) = raw.shorter_side.as_ref().filter(|_| fit != Fit::CenterCrop) {
        let remedy = r#"write fit = "center-crop" too, or leave it out"#;
        return Err(fields.fault(&given.span(), "shorter_side", "is for centre crops alone", remedy));
    }
    let reading = Reading {
        size: size(fields, raw.size)?,
        fit,
        shorter_side: fields.optional_count("shorter_side", raw.shorter_side, 1..=MOST_SIDE)?,
        pixel_range: fields.word("pixel_range", raw.pixel_range)?,
        labels: fields.word("labels", raw.labels)?,
        class_order: fields.word("class_order", raw.class_order)?,
        orientation: fields.word("orientation", raw.orientation)?,
    };
    Ok(DataRecipe {
        train: fields.text(&span, "train", raw.train, IMAGES)?,
        test: fields.text(&span, "test", raw.test, IMAGES)?,
        train_images: fields.optional_count("train_images", raw.train_images, some.clone())?,
        test_images: fields.optional_count("test_images", raw.test_images, some)?,
        also: raw.also.map(|given| fields.text(&span, "also", Some(given), IMAGES)).transpose()?,
        order: fields.word("order", raw.order)?,
        seed: raw.seed.map_or(0, toml::Spanned::into_inner),
        reading,
    })
}

/// Rows and columns: one number for both, or two.
fn size(fields: Fields<'_>, given: Given<Value>) -> Result<Option<[usize; 2]>, RecipeError> {
    let Some(given) = given else { return Ok(None) };
    let side = |value: &Value| {
        let side = value.as_integer().and_then(|side| usize::try_from(side).ok());
        side.filter(|side| (1..=MOST_SIDE).contains(side))
    };
    let sides = match given.get_ref() {
        Value::Array(sides) => sides.iter().map(side).collect::<Option<Vec<_>>>(),
        one => side(one).map(|side| vec![side, side]),
    };
    match sides.as_deref() {
        Some(&[rows, columns]) => Ok(Some([rows, columns])),
        _ => Err(fields.fault(&given.span(), "size", &format!("is {}", given.get_ref()), SIZES)),
    }
}

/// The lines of the table that are not at their defaults, beyond the names and numbers of images.
pub(in crate::recipe) fn lines(data: &DataRecipe) -> Vec<(&'static str, String)> {
    let reading = &data.reading;
    let mut lines = Vec::new();
    fn word<W: Word + Default>(lines: &mut Vec<(&'static str, String)>, key: &'static str, word: W) {
        if word != W::default() {
            lines.push((key, format!("{:?}", word.as_str())));
        }
    }
    word(&mut lines, "order", data.order);
    if data.seed != 0 {
        lines.push(("seed", data.seed.to_string()));
    }
    if let Some([rows, columns]) = reading.size {
        lines.push(("size", if rows == columns { rows.to_string() } else { format!("[{rows}, {columns}]") }));
    }
    word(&mut lines, "fit", reading.fit);
    if let Some(side) = reading.shorter_side {
        lines.push(("shorter_side", side.to_string()));
    }
    word(&mut lines, "pixel_range", reading.pixel_range);
    word(&mut lines, "labels", reading.labels);
    word(&mut lines, "class_order", reading.class_order);
    word(&mut lines, "orientation", reading.orientation);
    lines
}

/// Gives a list of words that another module declares its spelling in recipes.
macro_rules! spelled {
    ($($name:ident { $($variant:ident = $word:literal),+ })+) => {
        $(impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            const LATER: &'static [&'static str] = &[];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        })+
    };
}

spelled! {
    Order { Auto = "auto", First = "first", Random = "random" }
    Fit { Exact = "exact", Resize = "resize", CenterCrop = "center-crop" }
    PixelRange { Unit = "0-1", Bytes = "0-255" }
    Labels { Fine = "fine", Coarse = "coarse" }
    ClassOrder { Auto = "auto", Text = "text", Number = "number" }
    Orientation { Stored = "stored", Exif = "exif" }
}
