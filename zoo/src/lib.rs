//! The bundled networks, images and studies, as bytes in the program. `zoo.toml` beside this crate says what each network is, how
//! it was made and what was measured; this file only hands them out.

/// A bundled set of images in the IDX format, gzipped.
#[derive(Clone, Copy, Debug)]
pub struct ImageSet {
    /// Name after `zoo:`.
    pub name: &'static str,
    /// `images-idx3-ubyte.gz`.
    pub images: &'static [u8],
    /// `labels-idx1-ubyte.gz`.
    pub labels: &'static [u8],
    /// Names of the classes, in label order.
    pub classes: &'static [&'static str],
}

/// What each network and image set is, as TOML.
pub const MANIFEST: &str = include_str!("../zoo.toml");

/// A study that is ready to run.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Its name.
    pub title: &'static str,
    /// The question it answers.
    pub about: &'static str,
    /// How long it is, in words.
    pub length: &'static str,
    /// Its recipes, as TOML; several are shown side by side.
    pub recipes: &'static [&'static str],
}

/// The demo: ordinary meets robust, both ways.
pub const DEMO: [&str; 2] =
    [include_str!("../recipes/demo-robust-to-ordinary.toml"), include_str!("../recipes/demo-ordinary-to-robust.toml")];

/// Studies to begin with.
pub const EXAMPLES: &[Example] = &[
    Example {
        title: "Robust meets ordinary",
        about: "One network was hardened against attacks, one was not. Joined at each layer, both ways: whose strength survives?",
        length: "a few minutes",
        recipes: &DEMO,
    },
    Example {
        title: "Twins",
        about: "The same network, trained twice from different random numbers. Do they understand each other's signals?",
        length: "under a minute",
        recipes: &[include_str!("../recipes/example-twins.toml")],
    },
    Example {
        title: "Digits meet clothes",
        about: "A network that has only seen handwritten digits feeds one that has only seen clothes. How far does that go?",
        length: "under a minute",
        recipes: &[include_str!("../recipes/example-strangers.toml")],
    },
];

const GARMENTS: &[&str] =
    &["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];
const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

macro_rules! models {
    ($($name:literal),* $(,)?) => {
        /// Bundled networks: name after `zoo:` and ONNX file.
        pub const MODELS: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../models/", $name, ".onnx")))),*];
    };
}

macro_rules! images {
    ($($name:literal: $classes:expr),* $(,)?) => {
        /// Bundled image sets.
        pub const IMAGES: &[ImageSet] = &[$(ImageSet {
            name: $name,
            images: include_bytes!(concat!("../data/", $name, "/images-idx3-ubyte.gz")),
            labels: include_bytes!(concat!("../data/", $name, "/labels-idx1-ubyte.gz")),
            classes: $classes,
        }),*];
    };
}

models!["fashion-standard-a", "fashion-standard-b", "fashion-robust-a", "fashion-robust-b", "mnist-standard-a"];
images! {
    "fashion-train": GARMENTS,
    "fashion-test": GARMENTS,
    "mnist-train": DIGITS,
    "mnist-test": DIGITS,
}

/// The ONNX file of a bundled network.
#[must_use]
pub fn model(name: &str) -> Option<&'static [u8]> {
    MODELS.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

/// A bundled image set.
#[must_use]
pub fn images(name: &str) -> Option<&'static ImageSet> {
    IMAGES.iter().find(|set| set.name == name)
}
