//! Attacks: `[attack]` and `[train_attack]`.

use super::*;

/// The norms in which a training can walk along gradients.
fn norms_of_steps() -> Vec<&'static str> {
    words::<Norm>().into_iter().filter(|word| *word != Norm::L0.as_str()).collect()
}

pub(super) const ATTACK: &[Key] = &[
    key("method", Word(words::<AttackMethod>), Value("\"pgd\""), "Which attack."),
    only(
        "method is autoattack",
        key("preset", Word(words::<AttackPreset>), Value("\"standard\""), "Which attacks it makes."),
    ),
    key(
        "norm",
        Word(words::<Norm>),
        Depends("linf; l2 for ddn"),
        "The norm that bounds the change; l0 for fmn alone, l2 alone for ddn.",
    ),
    key(
        "eps",
        Strength,
        Required,
        "The bound, in pixel values from 0 to 1: in (0, 1] for linf, above 0 for l2 and l1; for l0 a number of pixel values.",
    ),
    only(
        "method is pgd, or preset is paper",
        key("alpha", Strength, Depends("2.5 eps / steps; for preset paper a quarter of eps"), "Size of one step."),
    ),
    only(
        "the method takes steps",
        key("steps", Whole(1, 100_000), Depends("20 for pgd, 100 for the others"), "Steps for each start."),
    ),
    only(
        "the method is no fgsm, ddn, fmn or suite",
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

pub(super) const TRAIN_ATTACK: &[Key] = &[
    key("norm", Word(norms_of_steps), Value("\"linf\""), "The norm that bounds the change."),
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
