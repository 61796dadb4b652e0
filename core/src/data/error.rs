//! What can be wrong with a dataset, each case as one sentence: the file, the place, the remedy.

use super::Split;
use crate::platform::FileError;

/// A dataset that cannot be used.
///
/// `file` is the path or, for bytes, the name the caller gave them; inside an archive `archive.npz:array`.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A path at which no reader finds its files.
    #[error(
        "{path} is no dataset: {found}; give an IDX, CIFAR, .npz, .npy or .parquet file, or a folder with such files or with one folder of pictures per class"
    )]
    Unknown {
        /// The path.
        path: String,
        /// What is there instead.
        found: String,
    },
    /// Only the other half of the dataset is there.
    #[error("{path} has no {split} images, only {found}; give the place of the {split} images")]
    MissingHalf {
        /// The path.
        path: String,
        /// The half that was asked for.
        split: Split,
        /// What is there.
        found: String,
    },
    /// A file that belongs to the dataset is not there.
    #[error("{path} lacks {wanted}; fetch the dataset again or put that file there")]
    Incomplete {
        /// The folder or archive.
        path: String,
        /// The missing file or array.
        wanted: String,
    },
    /// Two files could be meant.
    #[error(
        "{path} holds both {first} and {second}, and either could be meant; keep only one, or give the file itself"
    )]
    Ambiguous {
        /// The folder.
        path: String,
        /// One candidate.
        first: String,
        /// The other candidate.
        second: String,
    },
    /// The file's header says something that cannot be.
    #[error("{file} cannot be read: {problem}; check that it is the right file, or fetch it again")]
    Malformed {
        /// The file.
        file: String,
        /// Where and what.
        problem: String,
    },
    /// The file is whole, but holds its values in a form that is not read.
    #[error("{file}: {problem}; {remedy}")]
    Convert {
        /// The file.
        file: String,
        /// What it holds.
        problem: String,
        /// How to bring it into a form that is read.
        remedy: String,
    },
    /// The file is shorter or longer than it says.
    #[error(
        "{file} should hold {expected} bytes of values and holds {found}; it is damaged or cut short: fetch it again"
    )]
    WrongLength {
        /// The file.
        file: String,
        /// Bytes (or values) that the header promises.
        expected: u64,
        /// Bytes (or values) found; one more than expected where reading stopped at the first too many.
        found: u64,
    },
    /// More data than a program should load.
    #[error("{file} asks for {bytes} bytes of memory, above the limit of {limit}; give a smaller part of the dataset")]
    TooLarge {
        /// The file.
        file: String,
        /// Bytes asked for.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A compressed file that promises more than it can hold.
    #[error(
        "{file} says it unpacks to {expected} bytes, more than its {packed} packed bytes can hold; it is damaged or made to exhaust memory: fetch it again from its source"
    )]
    Bomb {
        /// The file.
        file: String,
        /// Bytes it promises.
        expected: u64,
        /// Bytes it has.
        packed: u64,
    },
    /// Another number of labels than images.
    #[error(
        "{images} holds {image_count} images but {labels} holds {label_count} labels; give two files of the same set"
    )]
    CountMismatch {
        /// Where the images are.
        images: String,
        /// How many.
        image_count: usize,
        /// Where the labels are.
        labels: String,
        /// How many.
        label_count: usize,
    },
    /// A pixel outside [0, 1].
    #[error(
        "{file}: value {place} of image {image} is {value}, outside 0 to 1; if they run to 255 write pixel_range = \"0-255\" in [data], else store bytes or 0 to 1 and leave normalisation to the network"
    )]
    PixelRange {
        /// The file.
        file: String,
        /// The image, from 0.
        image: usize,
        /// The value within the image, from 0, in the order channel, row, column.
        place: usize,
        /// The value.
        value: f32,
    },
    /// A label without a class.
    #[error("{file}: label {index} is {label}, but labels must be 0 to {}; check that this is the right label file", limit - 1)]
    LabelRange {
        /// The file.
        file: String,
        /// The label's place, from 0.
        index: usize,
        /// The label.
        label: i64,
        /// Labels must be below this.
        limit: u32,
    },
    /// A shape that is not clearly a set of images.
    #[error(
        "{file} has the shape {shape:?}: {problem}; store images as (count, channels, rows, columns) or (count, rows, columns, channels) with 1 or 3 channels, or as (count, rows, columns)"
    )]
    Layout {
        /// The file.
        file: String,
        /// The shape found.
        shape: Vec<u64>,
        /// Why it cannot be read.
        problem: &'static str,
    },
    /// Two images of different sizes.
    #[error("{first} is {}x{} but {second} is {}x{} pixels; write fit = \"center-crop\" or \"resize\" in [data] to bring them to one size", first_size.0, first_size.1, second_size.0, second_size.1)]
    SizeMismatch {
        /// The first image's file.
        first: String,
        /// Its columns and rows.
        first_size: (u32, u32),
        /// The file that differs.
        second: String,
        /// Its columns and rows.
        second_size: (u32, u32),
    },
    /// Images of one size, but not of the wanted one.
    #[error("{set} holds images of {}x{} where {}x{} are wanted; write fit = \"center-crop\" or \"resize\" in [data], or choose other data", found.0, found.1, wanted.0, wanted.1)]
    OtherSize {
        /// The set.
        set: String,
        /// Its columns and rows.
        found: (usize, usize),
        /// The wanted ones.
        wanted: (usize, usize),
    },
    /// A picture too small for the middle that is to be cut out of it.
    #[error("{file} comes to {}x{} before the crop, smaller than the wanted {}x{}; make shorter_side in [data] larger", found.0, found.1, wanted.0, wanted.1)]
    SmallCrop {
        /// The picture.
        file: String,
        /// Its columns and rows once resized.
        found: (usize, usize),
        /// The wanted ones.
        wanted: (usize, usize),
    },
    /// Two halves of which each has classes that the other lacks.
    #[error(
        "{train} and {test} have different classes: only the first has {extra}; only the second has {missing}; rename the folders so that the same class has the same name in both"
    )]
    ClassesDiffer {
        /// The training half.
        train: String,
        /// What only it has.
        extra: String,
        /// The test half.
        test: String,
        /// What only it has.
        missing: String,
    },
    /// Fewer images than asked for.
    #[error("{set} holds {found} images, the recipe asks for {wanted}; ask for fewer")]
    TooFew {
        /// The set.
        set: String,
        /// Its images.
        found: usize,
        /// Those asked for.
        wanted: usize,
    },
    /// No image at all.
    #[error("{file} holds no image; check that it is the right file, or fetch it again")]
    Empty {
        /// The file.
        file: String,
    },
}
