//! What joins the halves: `[stitch]`.

use super::*;

pub(super) const STITCH: &[Key] = &[
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
        "train is not none or final",
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
        "train is match, fula or final",
        key(
            "distance",
            Word(words::<Distance>),
            Depends("`relative` for fula, `mse` for the others"),
            "The distance from the end's own activations that is lowered.",
        ),
    ),
    only(
        "train is final",
        key(
            "match_epochs",
            Whole(0, 100_000),
            Value("3"),
            "Passes over the training images that match final features, before the ones that learn the labels.",
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
    only(
        "train is not none",
        key(
            "validation",
            Number { from: (0.0, true), to: Some((1.0, false)) },
            Value("0.0"),
            "Share of the training images that are held out; the stitch that is best on them is kept.",
        ),
    ),
    only(
        "validation is above 0",
        key("patience", Whole(1, 100_000), Value("5"), "Passes without a better stitch after which the training ends."),
    ),
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
