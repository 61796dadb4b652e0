//! What the numbers of arrays mean: pixels and labels.

use half::f16;

use super::array::Array;
use crate::data::layout::Layout;
use crate::data::{DataError, MAX_CLASSES, PixelRange, Pixels};

/// Channels, rows and columns of the images of an array, and their pixels.
///
/// # Errors
/// Another shape or type; numbers that are not what `range` says they are.
pub(super) fn images(array: Array<'_>, range: PixelRange) -> Result<([usize; 3], Pixels), DataError> {
    let layout = Layout::new(array.file, array.header.shape(), array.header.strides())?;
    let [_, channels, rows, columns] = layout.sizes;
    let file = array.file.to_owned();
    let size = (channels * rows * columns).max(1);
    let pixels = match (array.kind().as_str(), range) {
        ("u1", _) => Pixels::U8(layout.arrange(array.bytes)),
        ("f2" | "f4" | "f8", PixelRange::Unit) => Pixels::F32(layout.arrange(floats(array)?)),
        ("f2" | "f4" | "f8", PixelRange::Bytes) => of_bytes(&file, layout.arrange(floats(array)?), size)?,
        ("u2" | "u4" | "u8" | "i1" | "i2" | "i4" | "i8", PixelRange::Bytes) => {
            let whole = |value: i64| value as f32;
            of_bytes(&file, layout.arrange(whole_numbers(array)?.into_iter().map(whole).collect()), size)?
        }
        ("u2" | "u4" | "u8" | "i1" | "i2" | "i4" | "i8", PixelRange::Unit) => {
            let problem = format!("its values have the type {}, which does not say what white is", array.kind());
            let remedy = "if they run from 0 to 255, write pixel_range = \"0-255\" in [data]".to_owned();
            return Err(DataError::Convert { file, problem, remedy });
        }
        _ => return Err(array.wrong_type("uint8, float16, float32 or float64")),
    };
    Ok(([channels, rows, columns], pixels))
}

/// Numbers from 0 to 255 as pixels: bytes where all are whole.
fn of_bytes(file: &str, values: Vec<f32>, size: usize) -> Result<Pixels, DataError> {
    if let Some(place) = values.iter().position(|value| !(0.0..=255.0).contains(value)) {
        let problem =
            format!("value {} of image {} is {}, outside 0 to 255", place % size, place / size, values[place]);
        let remedy = "leave out pixel_range, or store bytes".to_owned();
        return Err(DataError::Convert { file: file.to_owned(), problem, remedy });
    }
    if values.iter().all(|value| *value <= 1.0) {
        let problem = "no value is above 1, so they do not seem to run to 255".to_owned();
        let remedy = "leave out pixel_range = \"0-255\"".to_owned();
        return Err(DataError::Convert { file: file.to_owned(), problem, remedy });
    }
    if values.iter().all(|value| value.fract() == 0.0) {
        return Ok(Pixels::U8(values.into_iter().map(|value| value as u8).collect()));
    }
    Ok(Pixels::F32(values.into_iter().map(|value| value / 255.0).collect()))
}

/// The values as f32, whatever width they have.
fn floats(array: Array<'_>) -> Result<Vec<f32>, DataError> {
    Ok(match array.kind().as_str() {
        "f2" => array.values::<f16>()?.into_iter().map(f16::to_f32).collect(),
        "f8" => array.values::<f64>()?.into_iter().map(|value| value as f32).collect(),
        _ => array.values()?,
    })
}

/// The values as i64; beyond it is no pixel and no class.
fn whole_numbers(array: Array<'_>) -> Result<Vec<i64>, DataError> {
    Ok(match array.kind().as_str() {
        "b1" | "u1" => widen(array.bytes),
        "u2" => widen(array.values::<u16>()?),
        "u4" => widen(array.values::<u32>()?),
        "i1" => widen(array.values::<i8>()?),
        "i2" => widen(array.values::<i16>()?),
        "i4" => widen(array.values::<i32>()?),
        "i8" => array.values()?,
        "u8" => array.values::<u64>()?.into_iter().map(|value| i64::try_from(value).unwrap_or(i64::MAX)).collect(),
        "f2" | "f4" | "f8" => {
            let file = array.file.to_owned();
            let whole = |value: f32| if value.fract() == 0.0 { Some(value as i64) } else { None };
            let values = floats(array)?.into_iter().map(whole).collect::<Option<_>>();
            values.ok_or_else(|| DataError::Convert {
                file,
                problem: "its labels are no whole numbers".to_owned(),
                remedy: "save the number of each image's class; of shares of several classes labels.argmax(1)"
                    .to_owned(),
            })?
        }
        _ => return Err(array.wrong_type("a whole-number type such as int64")),
    })
}

fn widen<T: Into<i64>>(values: Vec<T>) -> Vec<i64> {
    values.into_iter().map(Into::into).collect()
}

/// One class per image, from numbers of shape (images) or (images, 1), or from rows (images, classes) with a single 1 each.
///
/// # Errors
/// Another shape or type; rows that are not one-hot; a label beyond every class.
pub(super) fn labels(array: Array<'_>) -> Result<Vec<u32>, DataError> {
    let file = array.file.to_owned();
    let shape = array.header.shape().to_vec();
    let strides = array.header.strides().to_vec();
    let values = match shape[..] {
        [_] | [_, 1] => whole_numbers(array)?,
        [_, _] => {
            let values = whole_numbers(array)?;
            one_hot(&file, &shape, &strides, &values)?
        }
        _ => {
            let problem =
                format!("labels have the shape (images) or, one-hot, (images, classes); this array has {shape:?}");
            let remedy = "save the labels of these images".to_owned();
            return Err(DataError::Convert { file, problem, remedy });
        }
    };
    let in_range = |(index, label)| {
        let (file, limit) = (file.clone(), MAX_CLASSES);
        u32::try_from(label).map_err(|_| DataError::LabelRange { file, index, label, limit })
    };
    values.into_iter().enumerate().map(in_range).collect()
}

/// The place of the 1 in each row.
fn one_hot(file: &str, shape: &[u64], strides: &[u64], values: &[i64]) -> Result<Vec<i64>, DataError> {
    let index = |image: u64, class: u64| usize::try_from(image * strides[0] + class * strides[1]).ok();
    let value = |image, class| index(image, class).and_then(|place| values.get(place)).copied().unwrap_or(0);
    let class = |image: u64| {
        let mut ones = (0..shape[1]).filter(|class| value(image, *class) == 1);
        let class = ones.next().filter(|_| ones.next().is_none());
        let zeros = (0..shape[1]).filter(|class| value(image, *class) == 0).count() as u64;
        class.filter(|_| zeros + 1 == shape[1]).and_then(|class| i64::try_from(class).ok()).ok_or(image)
    };
    (0..shape[0]).map(class).collect::<Result<_, _>>().map_err(|image| {
        let problem =
            format!("its row {image} is not one 1 among zeros, as one-hot labels of shape {shape:?} would be");
        let remedy = "save the number of each image's class, for example labels.argmax(1)".to_owned();
        DataError::Convert { file: file.to_owned(), problem, remedy }
    })
}
