//! The list itself.

use super::Default::{Depends, Required, Value};
use super::Kind::{Flag, Number, Pairs, Sides, Strength, Text, Whole, Wholes, Word, Words};
use super::{Default, Key, Kind, Table};
use crate::data::{ClassOrder, Fit, Labels, Order, Orientation, PixelRange};
use crate::onnx::{Layout, Range};
use crate::recipe::words::{
    AttackLoss, AttackMethod, AttackPreset, BatchNorm, Control, Distance, EngineChoice, Form, Init, Mask, Norm,
    Optimizer, Resize, ResizeAt, Schedule, Start, Teacher, Train, Word as Listed,
};

/// Any number of at least 0.
const NOT_NEGATIVE: Kind = Number { from: (0.0, true), to: None };
/// Any number above 0.
const POSITIVE: Kind = Number { from: (0.0, false), to: None };

fn words<W: Listed>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.as_str()).collect()
}

const fn key(name: &'static str, kind: Kind, default: Default, about: &'static str) -> Key {
    Key { name, kind, default, when: "", about }
}

const fn only(when: &'static str, key: Key) -> Key {
    Key { when, ..key }
}

const DONOR: &[Key] = &[
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

const DATA: &[Key] = &[
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

const STITCH: &[Key] = &[
    key("form", Word(words::<Form>), Value("\"auto\""), "Shape of the linear map between the halves."),
    only("form is low-rank", key("rank", Whole(1, 1 << 20), Value("8"), "Rank of the map.")),
    only(
        "form is not dense",
        key(
            "resize",
            Word(words::<Resize>),
            Value("\"none\""),
            "How activations of unequal sizes are brought together.",
        ),
    ),
    only(
        "resize is not none",
        key(
            "resize_at",
            Word(words::<ResizeAt>),
            Value("\"before\""),
            "Whether they are resized before or after the map.",
        ),
    ),
    key("mask", Word(words::<Mask>), Value("\"none\""), "Which entries of the weight may differ from zero."),
    key("init", Word(words::<Init>), Value("\"direct\""), "Where the stitch starts."),
    key("train", Word(words::<Train>), Value("\"task\""), "What the stitch is trained on."),
    only(
        "train is not none",
        key(
            "batchnorm",
            Word(words::<BatchNorm>),
            Value("\"frozen\""),
            "What the donors' BatchNorm does while the stitch is trained.",
        ),
    ),
    only("train is soft", key("teacher", Word(words::<Teacher>), Value("\"end\""), "Whose outputs are learned.")),
    only(
        "train is soft",
        key("temperature", POSITIVE, Value("1.0"), "Temperature of the softmax whose outputs are learned."),
    ),
    only(
        "train is trades",
        key(
            "beta",
            NOT_NEGATIVE,
            Value("1.0"),
            "Weight of the divergence between the answers to clean and attacked images.",
        ),
    ),
    only(
        "train is match or fula",
        key(
            "distance",
            Word(words::<Distance>),
            Depends("`mse` for match, `relative` for fula"),
            "The distance from the end's own activations that is lowered.",
        ),
    ),
    key("l1", NOT_NEGATIVE, Value("0.0"), "Factor of the mean absolute weight in the loss."),
    key(
        "flip",
        Flag,
        Value("false"),
        "Whether training images are mirrored left to right, each with a chance of one half.",
    ),
    key(
        "crop",
        Whole(0, 4096),
        Value("0"),
        "Black pixels around training images from which they are cut out at random; 0 leaves them in place.",
    ),
    key("optimizer", Word(words::<Optimizer>), Value("\"adam\""), "What turns gradients into steps."),
    only(
        "optimizer is sgd",
        key("momentum", Number { from: (0.0, true), to: Some((1.0, false)) }, Value("0.9"), "Momentum."),
    ),
    only("optimizer is sgd", key("nesterov", Flag, Value("true"), "Whether it looks ahead (Nesterov).")),
    key("epochs", Whole(0, 100_000), Value("3"), "Passes over the training images; above 0 where anything is trained."),
    key("lr", NOT_NEGATIVE, Value("0.001"), "Learning rate; above 0 where anything is trained."),
    key("batch", Whole(1, 65_536), Value("128"), "Images in a training step."),
    key("schedule", Word(words::<Schedule>), Value("\"constant\""), "How the learning rate moves over the training."),
    key(
        "weight_decay",
        NOT_NEGATIVE,
        Value("0.0"),
        "Weight decay on weight and bias alike; added to the gradient, but for adamw.",
    ),
    key(
        "seeds",
        Wholes { from: 0, to: i64::MAX as u64, count: (1, 1000) },
        Value("[0]"),
        "One repetition of each cell for each seed.",
    ),
];

const ATTACK: &[Key] = &[
    key("method", Word(words::<AttackMethod>), Value("\"pgd\""), "Which attack."),
    only(
        "method is autoattack",
        key("preset", Word(words::<AttackPreset>), Value("\"standard\""), "Which attacks it makes."),
    ),
    key("norm", Word(words::<Norm>), Value("\"linf\""), "The norm that bounds the change."),
    key(
        "eps",
        Strength,
        Required,
        "The bound, in pixel values from 0 to 1: in (0, 1] for linf, above 0 for l2 and l1.",
    ),
    only(
        "method is pgd, or preset is paper",
        key("alpha", Strength, Depends("2.5 eps / steps; for preset paper a quarter of eps"), "Size of one step."),
    ),
    only(
        "the method takes steps",
        key("steps", Whole(1, 100_000), Depends("20 for pgd, 100 for apgd and fab"), "Steps for each start."),
    ),
    only(
        "the method is no fgsm and no suite",
        key(
            "restarts",
            Whole(1, 10_000),
            Value("1"),
            "Independent starts; an image is fooled if any of them fools it.",
        ),
    ),
    only("method is pgd", key("start", Word(words::<Start>), Value("\"uniform\""), "Where each start begins.")),
    only(
        "method is pgd",
        key("loss", Word(words::<AttackLoss>), Value("\"cross-entropy\""), "What the attack climbs."),
    ),
    only(
        "method is apgd-t or fab-t",
        key("targets", Whole(1, 100_000), Value("9"), "How many wrong classes are aimed at."),
    ),
    only(
        "method is square",
        key("queries", Whole(1, 10_000_000), Value("5000"), "Changes that are tried for each start."),
    ),
    only(
        "method is fab or fab-t",
        key("smallest", Flag, Value("false"), "Look for the smallest change of each image, whatever its size."),
    ),
    key(
        "transfer",
        Flag,
        Value("false"),
        "Evaluate each stitched network also on the images that were made to fool the donors.",
    ),
    key("checks", Flag, Value("false"), "Look twice at each result with attacks of their own on a few images."),
];

const TRAIN_ATTACK: &[Key] = &[
    key("norm", Word(words::<Norm>), Value("\"linf\""), "The norm that bounds the change."),
    key("eps", Strength, Required, "The bound, in pixel values from 0 to 1."),
    key("alpha", Strength, Depends("a quarter of eps"), "Size of one step."),
    key("steps", Whole(1, 100_000), Value("10"), "Steps."),
    only("train is adversarial", key("start", Word(words::<Start>), Value("\"clean\""), "Where it begins.")),
    only(
        "train is adversarial",
        key(
            "share",
            Number { from: (0.0, true), to: Some((1.0, true)) },
            Value("1.0"),
            "Share of each batch that is attacked.",
        ),
    ),
];

const PROBE: &[Key] = &[
    key(
        "ood",
        Flag,
        Value("true"),
        "Whether stitched activations are told apart from the end's own (out-of-distribution check).",
    ),
    only(
        "the recipe has [attack]; 0 always",
        key(
            "shift",
            Whole(0, 1_000_000),
            Value("0"),
            "How many of the first test images are attacked for the direction in which an attack moves a representation.",
        ),
    ),
    key(
        "ranks",
        Wholes { from: 1, to: 1 << 20, count: (0, 1000) },
        Value("[]"),
        "Ranks to which the front's activations and the stitch are cut.",
    ),
    key("linear", Flag, Value("false"), "Whether a linear classifier is fitted at every tap that is stitched."),
];

const RUN: &[Key] = &[
    key("engine", Word(words::<EngineChoice>), Value("\"auto\""), "What computes."),
    key("batch", Whole(1, 65_536), Value("128"), "Images in a step of an evaluation or an attack."),
    key(
        "cache_mib",
        Whole(0, 1 << 20),
        Value("2048"),
        "Memory for cached activations of the front, in MiB; 0 caches nothing.",
    ),
    key(
        "memory_mib",
        Whole(0, 1 << 24),
        Value("0"),
        "Memory that a network with what is computed on it may take, in MiB; 0 is half of what is free.",
    ),
];

/// Every table with its keys, in the order in which a recipe is written.
pub const TABLES: &[Table] = &[
    Table { name: "front", about: "The network that gives the layers before the stitch.", required: true, keys: DONOR },
    Table { name: "end", about: "The network that gives the layers after the stitch.", required: true, keys: DONOR },
    Table { name: "data", about: "The images.", required: true, keys: DATA },
    Table {
        name: "taps",
        about: "Where the networks are cut.",
        required: false,
        keys: &[key(
            "pairs",
            Pairs,
            Value("\"same\""),
            "The taps to join: block outputs of the same name, every pair of block outputs that fits, or these pairs.",
        )],
    },
    Table { name: "stitch", about: "What joins the halves, and how it is found.", required: false, keys: STITCH },
    Table {
        name: "attack",
        about: "The attack; without this table clean accuracy alone is measured.",
        required: false,
        keys: ATTACK,
    },
    Table {
        name: "train_attack",
        about: "What adversarial training and TRADES train against; norm and eps of [attack] where it is left out.",
        required: false,
        keys: TRAIN_ATTACK,
    },
    Table {
        name: "controls",
        about: "What the cells are compared with.",
        required: false,
        keys: &[key(
            "kinds",
            Words(words::<Control>),
            Depends("all of them"),
            "Which controls are made, each for every pair of taps that it fits.",
        )],
    },
    Table { name: "probe", about: "What is measured beside accuracies.", required: false, keys: PROBE },
    Table {
        name: "run",
        about: "How it is computed; it changes no result beyond rounding.",
        required: false,
        keys: RUN,
    },
];
