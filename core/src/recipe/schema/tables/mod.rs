//! The list itself.

mod attack;
mod inputs;
mod stitch;
mod study;

use super::Default::{Depends, Required, Value};
use super::Kind::{Flag, Number, Pairs, Sides, Strength, Text, Whole, Wholes, Word, Words};
use super::{Default, Key, Kind, Table};
use crate::data::{ClassOrder, Fit, Labels, Order, Orientation, PixelRange};
use crate::onnx::{Layout, Range};
use crate::recipe::words::{
    AttackLoss, AttackMethod, AttackPreset, BatchNorm, Control, Distance, EngineChoice, Form, Init, Mask, Norm,
    Optimizer, Resize, ResizeAt, Schedule, Start, Teacher, Train, Word as Listed,
};
use attack::{ATTACK, TRAIN_ATTACK};
use inputs::{DATA, DONOR};
use stitch::STITCH;
use study::{PROBE, RUN};

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
            Depends("all but `random-end`"),
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
