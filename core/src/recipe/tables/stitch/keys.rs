//! The keys of `[stitch]`.

use toml::Value;

use crate::recipe::schema::Default::{Depends, Fixed};
use crate::recipe::schema::list::{NOT_NEGATIVE, POSITIVE, key, only, quiet, whole, wholes, word, words};
use crate::recipe::schema::{Key, Kind};
use crate::recipe::words::{
    BatchNorm, Distance, Form, Init, Mask, Optimizer, Resize, ResizeAt, Schedule, Teacher, Train,
};

/// The table's keys. Upper ends are far beyond use: a recipe may come from a stranger's link, and memory grows with them.
pub(in crate::recipe) const KEYS: &[Key] = &[
    key(
        "form",
        Kind::Word(words::<Form>),
        Fixed,
        |r| Some(word(r.stitch.form)),
        "Shape of the linear map between the halves.",
    ),
    only(
        "form is low-rank",
        key("rank", Kind::Whole(1, 1 << 20), Fixed, |r| Some(whole(r.stitch.rank)), "Rank of the map."),
    ),
    only(
        "form is not dense",
        key(
            "resize",
            Kind::Word(words::<Resize>),
            Fixed,
            |r| Some(word(r.stitch.resize)),
            "How activations of unequal sizes are brought together.",
        ),
    ),
    only(
        "resize is not none",
        key(
            "resize_at",
            Kind::Word(words::<ResizeAt>),
            Fixed,
            |r| Some(word(r.stitch.resize_at)),
            "Whether they are resized before or after the map.",
        ),
    ),
    key(
        "mask",
        Kind::Word(words::<Mask>),
        Fixed,
        |r| Some(word(r.stitch.mask)),
        "Which entries of the weight may differ from zero.",
    ),
    key("init", Kind::Word(words::<Init>), Fixed, |r| Some(word(r.stitch.init)), "Where the stitch starts."),
    key("train", Kind::Word(words::<Train>), Fixed, |r| Some(word(r.stitch.train)), "What the stitch is trained on."),
    only(
        "train is not none or final",
        key(
            "batchnorm",
            Kind::Word(words::<BatchNorm>),
            Fixed,
            |r| Some(word(r.stitch.batchnorm)),
            "What the donors' BatchNorm does while the stitch is trained.",
        ),
    ),
    only(
        "train is soft",
        key(
            "teacher",
            Kind::Word(words::<Teacher>),
            Fixed,
            |r| Some(word(r.stitch.teacher)),
            "Whose outputs are learned.",
        ),
    ),
    only(
        "train is soft",
        key(
            "temperature",
            POSITIVE,
            Fixed,
            |r| Some(Value::Float(r.stitch.temperature)),
            "Temperature of the softmax whose outputs are learned.",
        ),
    ),
    only(
        "train is trades",
        key(
            "beta",
            NOT_NEGATIVE,
            Fixed,
            |r| Some(Value::Float(r.stitch.beta)),
            "Weight of the divergence between the answers to clean and attacked images.",
        ),
    ),
    only(
        "train is match, fula or final",
        key(
            "distance",
            Kind::Word(words::<Distance>),
            Depends("`relative` for fula, `mse` for the others"),
            |r| Some(word(r.stitch.distance)),
            "The distance from the end's own activations that is lowered.",
        ),
    ),
    only(
        "train is final",
        key(
            "match_epochs",
            Kind::Whole(0, 100_000),
            Fixed,
            |r| Some(whole(r.stitch.match_epochs)),
            "Passes over the training images that match final features, before the ones that learn the labels.",
        ),
    ),
    key(
        "l1",
        NOT_NEGATIVE,
        Fixed,
        |r| Some(Value::Float(r.stitch.l1)),
        "Factor of the mean absolute weight in the loss.",
    ),
    key(
        "flip",
        Kind::Flag,
        Fixed,
        |r| Some(Value::Boolean(r.stitch.flip)),
        "Whether training images are mirrored left to right, each with a chance of one half.",
    ),
    key(
        "crop",
        Kind::Whole(0, 4096),
        Fixed,
        |r| Some(whole(r.stitch.crop)),
        "Black pixels around training images from which they are cut out at random; 0 leaves them in place.",
    ),
    key(
        "optimizer",
        Kind::Word(words::<Optimizer>),
        Fixed,
        |r| Some(word(r.stitch.optimizer)),
        "What turns gradients into steps.",
    ),
    only(
        "optimizer is sgd",
        key(
            "momentum",
            Kind::Number { from: (0.0, true), to: Some((1.0, false)) },
            Fixed,
            |r| Some(Value::Float(r.stitch.momentum)),
            "Momentum.",
        ),
    ),
    only(
        "optimizer is sgd",
        key(
            "nesterov",
            Kind::Flag,
            Fixed,
            |r| Some(Value::Boolean(r.stitch.nesterov)),
            "Whether it looks ahead (Nesterov).",
        ),
    ),
    key(
        "epochs",
        Kind::Whole(0, 100_000),
        Fixed,
        |r| Some(whole(r.stitch.epochs)),
        "Passes over the training images; above 0 where anything is trained.",
    ),
    key(
        "lr",
        NOT_NEGATIVE,
        Fixed,
        |r| Some(Value::Float(r.stitch.lr)),
        "Learning rate; above 0 where anything is trained.",
    ),
    only(
        "train is not none",
        quiet(key(
            "validation",
            Kind::Number { from: (0.0, true), to: Some((1.0, false)) },
            Fixed,
            |r| Some(Value::Float(r.stitch.validation)),
            "Share of the training images that are held out; the stitch that is best on them is kept.",
        )),
    ),
    only(
        "validation is above 0",
        key(
            "patience",
            Kind::Whole(1, 100_000),
            Fixed,
            |r| Some(whole(r.stitch.patience)),
            "Passes without a better stitch after which the training ends.",
        ),
    ),
    key("batch", Kind::Whole(1, 65_536), Fixed, |r| Some(whole(r.stitch.batch)), "Images in a training step."),
    key(
        "schedule",
        Kind::Word(words::<Schedule>),
        Fixed,
        |r| Some(word(r.stitch.schedule)),
        "How the learning rate moves over the training.",
    ),
    key(
        "weight_decay",
        NOT_NEGATIVE,
        Fixed,
        |r| Some(Value::Float(r.stitch.weight_decay)),
        "Weight decay on weight and bias alike; added to the gradient, but for adamw.",
    ),
    key(
        "seeds",
        Kind::Wholes { from: 0, to: i64::MAX as u64, count: (1, 1000) },
        Fixed,
        |r| Some(wholes(&r.stitch.seeds)),
        "One repetition of each cell for each seed.",
    ),
];
