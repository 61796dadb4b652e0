//! Networks and images: `[front]`, `[end]`, `[data]`.

use super::*;

pub(super) const DONOR: &[Key] = &[
    key("model", Text, Required, "The network: a path to an ONNX file, or `zoo:NAME` for a bundled one."),
    key(
        "output",
        Text,
        Depends("the first that has one row of classes for each image"),
        "The output that holds the logits.",
    ),
    key(
        "layout",
        Word(words::<Layout>),
        Depends("as the file's nodes or sizes show"),
        "Where an image's channels stand in the file.",
    ),
    key(
        "size",
        Sides { to: 65_536, square: false },
        Depends("the size of the data's images"),
        "Rows and columns of the images where the file leaves them open.",
    ),
    key(
        "pixels",
        Word(words::<Range>),
        Depends("as the file's element type or first node shows"),
        "The range of the pixels that the file takes: 0 to 1, or 0 to 255.",
    ),
];

pub(super) const DATA: &[Key] = &[
    key("train", Text, Required, "Images that stitches are fitted and trained on: a path, or `zoo:NAME`."),
    key("test", Text, Required, "Images that everything is measured on: a path, or `zoo:NAME`."),
    key("train_images", Whole(1, 1_000_000_000), Depends("all"), "How many training images are used."),
    key("test_images", Whole(1, 1_000_000_000), Depends("all"), "How many test images are used."),
    key(
        "also",
        Text,
        Depends("none"),
        "Other images that donors and stitched networks are tried on too, such as those of the front's own task.",
    ),
    key(
        "order",
        Word(words::<Order>),
        Value("\"auto\""),
        "Which images are used where only some are: the first, or drawn at random over the classes; `auto` takes the first but of sets that are sorted by class.",
    ),
    key("seed", Whole(0, i64::MAX as u64), Value("0"), "Seed of that draw."),
    key(
        "size",
        Sides { to: 8192, square: true },
        Depends("as the files are"),
        "Rows and columns to which pictures are brought.",
    ),
    key(
        "fit",
        Word(words::<Fit>),
        Value("\"exact\""),
        "How: not at all, by resizing, or by resizing the shorter side and cutting the centre out.",
    ),
    only(
        "fit is center-crop",
        key(
            "shorter_side",
            Whole(1, 8192),
            Depends("the larger side of size"),
            "Length of the shorter side before the centre is cut out.",
        ),
    ),
    key(
        "pixel_range",
        Word(words::<PixelRange>),
        Value("\"0-1\""),
        "The range of images in floating point: 0 to 1, or 0 to 255.",
    ),
    key("labels", Word(words::<Labels>), Value("\"fine\""), "Which labels of CIFAR-100 count."),
    key(
        "class_order",
        Word(words::<ClassOrder>),
        Value("\"auto\""),
        "How class folders are numbered: by their names as text, as numbers, or by what they look like.",
    ),
    key(
        "orientation",
        Word(words::<Orientation>),
        Value("\"stored\""),
        "Whether pictures are turned as their EXIF data says.",
    ),
];
