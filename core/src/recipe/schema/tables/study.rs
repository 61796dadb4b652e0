//! What is measured beside, and what computes: `[probe]` and `[run]`.

use super::*;

pub(super) const PROBE: &[Key] = &[
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

pub(super) const RUN: &[Key] = &[
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
