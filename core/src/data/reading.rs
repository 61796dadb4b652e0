//! What a person may decide about the reading of a set, where its files leave it open.

mod split;

pub use split::Split;

/// How a set is to be read. The default decides nothing: what is not clear by itself is then an error or gets a note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Rows and columns that every image is to have; left out, those that the files have.
    pub size: Option<[usize; 2]>,
    /// What is done to pictures of other sizes.
    pub fit: Fit,
    /// Pixels of the shorter side before a centre crop; the longer side of `size` when left out.
    pub shorter_side: Option<usize>,
    /// What the numbers of arrays that are not bytes mean.
    pub pixel_range: PixelRange,
    /// Which of CIFAR-100's two labels count.
    pub labels: Labels,
    /// In which order class folders take their numbers.
    pub class_order: ClassOrder,
    /// Whether pictures are turned as their EXIF data ask.
    pub orientation: Orientation,
}

/// What is done to pictures whose size is not the wanted one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Nothing: they are refused.
    #[default]
    Exact,
    /// Both sides are resized, whatever that does to the proportions.
    Resize,
    /// The shorter side is resized and the middle is cut out, as `Resize` and `CenterCrop` of torchvision do.
    CenterCrop,
}

/// What the numbers of an array of floats or wide integers mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PixelRange {
    /// 0 is black and 1 is white.
    #[default]
    Unit,
    /// 0 is black and 255 is white.
    Bytes,
}

/// Which of CIFAR-100's two labels count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// The 100 classes.
    #[default]
    Fine,
    /// The 20 superclasses.
    Coarse,
}

/// In which order class folders take their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassOrder {
    /// By number where the names are the numbers from 0 or 1 on without a gap, else as texts.
    #[default]
    Auto,
    /// As texts, which is torchvision's order: 0, 1, 10, 2.
    Text,
    /// As numbers: 0, 1, 2, 10.
    Number,
}

/// Whether pictures are turned as their EXIF data ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// They stay as they are stored, as torchvision's `ImageFolder` reads them.
    #[default]
    Stored,
    /// They are turned and mirrored as a viewer shows them.
    Exif,
}

/// Which images are taken where only some are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The first ones, but of a set that is sorted by class some of every class, drawn at random.
    #[default]
    Auto,
    /// The first ones.
    First,
    /// Drawn at random, equally many of every class.
    Random,
}
