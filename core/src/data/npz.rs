//! NumPy files: archives (`np.savez`, `np.savez_compressed`) with one array of images and one of labels, and pairs of `.npy` files.
//!
//! The zip and npy formats are left to their libraries; what stands here is the choice of the arrays and the guard
//! before the npy header parser, which was not written for hostile text.

mod array;
mod values;

use array::Array;

use super::limits::damaged;
use super::{DataError, Images, Parts, Reading, Split};
use crate::archive::{self, Archive};

/// Names of the images, best first; those of a half come before those that name none.
const TRAIN_IMAGES: [&str; 6] = ["x_train", "train_images", "images_train", "train_x", "xtrain", "train_data"];
const TEST_IMAGES: [&str; 6] = ["x_test", "test_images", "images_test", "test_x", "xtest", "test_data"];
const ANY_IMAGES: [&str; 5] = ["images", "x", "data", "image", "imgs"];
/// Names of the labels, likewise.
const TRAIN_LABELS: [&str; 5] = ["y_train", "train_labels", "labels_train", "train_y", "ytrain"];
const TEST_LABELS: [&str; 5] = ["y_test", "test_labels", "labels_test", "test_y", "ytest"];
const ANY_LABELS: [&str; 5] = ["labels", "y", "targets", "label", "target"];
/// Arrays that a note lists before it only counts.
const MOST_NAMES: usize = 8;
/// What NumPy calls arrays that were given no names, and how many of them are read.
const NAMELESS: [&str; 3] = ["arr_0", "arr_1", "arr_2"];

/// The images and labels of one half of the archive.
///
/// Images: bytes 0 to 255, or f16, f32 or f64 in [0, 1], or any numbers from 0 to 255 where `reading` says so; (images, channels,
/// rows, columns), channels last, or (images, rows, columns). Labels: whole numbers of any type, of shape (images) or (images, 1),
/// or one-hot (images, classes). Arrays are found by their usual names (`x_test`, `test_images`, `images`, `x`; `y_test`,
/// `test_labels`, `labels`, `y`; capitals do not matter), `arr_0` and `arr_1` by their shapes.
///
/// # Errors
/// No such arrays, another type or shape, values out of range, damage.
pub fn read(file: &str, bytes: &[u8], split: Split, reading: &Reading) -> Result<Images, DataError> {
    let mut archive = archive::open(bytes).map_err(|error| damaged(file, &error))?;
    let (images, labels) = choose(file, &mut archive, split)?;
    let note = unread(file, &archive, (images, labels), split);
    let images_file = format!("{file}:{}", archive::stem(&archive, images));
    let labels_file = format!("{file}:{}", archive::stem(&archive, labels));
    let (shape, pixels) = values::images(Array::open(&images_file, &mut archive, images)?, reading.pixel_range)?;
    let labels = values::labels(Array::open(&labels_file, &mut archive, labels)?)?;
    let name = file.to_owned();
    let mut images = Images::new(Parts { name, images_file, labels_file, shape, pixels, labels, classes: vec![] })?;
    images.notes.extend(note);
    Ok(images)
}

/// What to say of arrays that are neither taken nor the other half's.
fn unread(file: &str, archive: &Archive<'_>, (images, labels): (usize, usize), split: Split) -> Option<String> {
    let others = match split {
        Split::Train => [&TEST_IMAGES[..], &TEST_LABELS],
        Split::Test => [&TRAIN_IMAGES[..], &TRAIN_LABELS],
    };
    let names = (0..archive.len()).filter(|index| ![images, labels].contains(index));
    let names = names.map(|index| archive::stem(archive, index));
    let left: Vec<String> =
        names.filter(|name| !others.iter().any(|half| half.contains(&name.to_lowercase().as_str()))).collect();
    let shown = left.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if left.len() > MOST_NAMES { format!(" and {} more", left.len() - MOST_NAMES) } else { String::new() };
    let [images, labels] = [images, labels].map(|index| archive::stem(archive, index));
    (!left.is_empty())
        .then(|| format!("{file}: images are the array {images}, labels {labels}; not read: {shown}{more}."))
}

/// The images of one `.npy` file with the labels of another; each is a name for errors and the file's bytes.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_pair(images: (&str, &[u8]), labels: (&str, &[u8]), reading: &Reading) -> Result<Images, DataError> {
    let (shape, pixels) = values::images(Array::read(images.0, images.1, images.1.len() as u64)?, reading.pixel_range)?;
    let all = values::labels(Array::read(labels.0, labels.1, labels.1.len() as u64)?)?;
    let (images_file, labels_file) = (images.0.to_owned(), labels.0.to_owned());
    let severities = severities(&all);
    let parts =
        Parts { name: images.0.to_owned(), images_file, labels_file, shape, pixels, labels: all, classes: vec![] };
    let mut images = Images::new(parts)?;
    images.notes.extend(severities.map(|each| {
        format!(
            "{}: its labels come five times over, as in CIFAR-10-C, where the images lie by severity, {each} each: the first are of \
             the mildest.",
            images.name
        )
    }));
    Ok(images)
}

/// How many images each of five severities has, where the labels are the same five times over.
fn severities(labels: &[u32]) -> Option<usize> {
    let each = labels.len() / 5;
    let first = labels.get(..each)?;
    let varied = first.iter().any(|label| Some(label) != first.first());
    let repeated = labels.len() == 5 * each && labels.chunks_exact(each.max(1)).all(|part| part == first);
    (varied && repeated).then_some(each)
}

/// Whether `bytes` begin as a zip archive does.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Whether `bytes` begin as an npy array does.
pub(crate) fn looks_like_array(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x93NUMPY")
}

/// Where images and labels of the half lie.
fn choose(file: &str, archive: &mut Archive<'_>, split: Split) -> Result<(usize, usize), DataError> {
    let names: Vec<String> = (0..archive.len()).map(|index| archive::stem(archive, index).to_lowercase()).collect();
    let find = |wanted: &[&str]| wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
    let (images, labels, others) = match split {
        Split::Train => (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES),
        Split::Test => (TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES),
    };
    let (images, half_labels) = match (find(&images), find(&ANY_IMAGES)) {
        (Some(images), _) => (images, &labels[..]),
        (None, Some(images)) => (images, &[][..]),
        (None, None) => match (find(&others), nameless(file, archive, &names)?) {
            (None, Some(pair)) => return Ok(pair),
            (others, _) => return Err(no_images(file, split, others, &names)),
        },
    };
    let labels = find(half_labels).or_else(|| find(&ANY_LABELS)).ok_or_else(|| {
        let wanted = format!("an array of labels beside {} (labels, y or {})", names[images], labels[0]);
        DataError::Incomplete { path: file.to_owned(), wanted }
    })?;
    Ok((images, labels))
}

/// The two arrays of an archive that names none: images have three or four axes, labels one or two.
fn nameless(file: &str, archive: &mut Archive<'_>, names: &[String]) -> Result<Option<(usize, usize)>, DataError> {
    let found: Vec<usize> = NAMELESS.iter().filter_map(|wanted| names.iter().position(|name| name == wanted)).collect();
    let [first, second] = found[..] else { return Ok(None) };
    let axes = |archive: &mut Archive<'_>, index| Ok::<_, DataError>(array::shape(file, archive, index)?.len());
    Ok(match (axes(archive, first)?, axes(archive, second)?) {
        (3 | 4, 1 | 2) => Some((first, second)),
        (1 | 2, 3 | 4) => Some((second, first)),
        _ => None,
    })
}

fn no_images(file: &str, split: Split, other: Option<usize>, names: &[String]) -> DataError {
    let path = file.to_owned();
    if let Some(other) = other {
        return DataError::MissingHalf { path, split, found: names[other].clone() };
    }
    let shown = names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
    let wanted = format!("an array of images (images, x, x_train or x_test; it has: {shown})");
    DataError::Incomplete { path, wanted }
}

#[cfg(test)]
mod tests;
