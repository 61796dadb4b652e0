//! Words of the tables `[attack]` and `[train_attack]`.

use std::fmt;

use super::Word;

words! {
    /// The norm that bounds an attack.
    Norm {
        /// Largest change of any one pixel value.
        #[default]
        Linf = "linf",
        /// Euclidean length of the change of the whole image.
        L2 = "l2",
        /// Sum of the changes of all pixel values.
        L1 = "l1",
        /// Number of pixel values that change.
        L0 = "l0",
    } later []
}

words! {
    /// Which attack.
    AttackMethod {
        /// Projected gradient descent.
        #[default]
        Pgd = "pgd",
        /// One step of the gradient's sign.
        Fgsm = "fgsm",
        /// APGD on cross-entropy.
        ApgdCe = "apgd-ce",
        /// APGD on the difference of logits ratio.
        ApgdDlr = "apgd-dlr",
        /// APGD towards the likeliest wrong classes, one after the other.
        ApgdT = "apgd-t",
        /// The fast adaptive boundary attack.
        Fab = "fab",
        /// The same towards the likeliest wrong classes, one after the other.
        FabT = "fab-t",
        /// Random search without gradients.
        Square = "square",
        /// The smallest change in L2, by decoupled direction and norm.
        Ddn = "ddn",
        /// The smallest change in any norm, by fast minimum norm.
        Fmn = "fmn",
        /// Several of them, as `preset` says.
        AutoAttack = "autoattack",
    } later ["cw", "deepfool", "transfer"]
}

words! {
    /// Which attacks `autoattack` makes.
    AttackPreset {
        /// AutoAttack as published.
        #[default]
        Standard = "standard",
        /// AutoAttack `plus`.
        Plus = "plus",
        /// AutoAttack `rand`.
        Rand = "rand",
        /// What Balogh & Jelasity 2023 ran under that name.
        Paper = "paper",
        /// A first look.
        Quick = "quick",
        /// AutoAttack as published, and a long search on what it leaves.
        Exhaustive = "exhaustive",
        /// Short searches in place of AutoAttack: fewer passes, and it may miss images that AutoAttack finds.
        Fast = "fast",
    } later []
}

words! {
    /// Where an attack starts.
    Start {
        /// At the clean image, without randomness.
        Clean = "clean",
        /// Uniformly inside the ball.
        #[default]
        Uniform = "uniform",
        /// In a Gaussian direction.
        Gaussian = "gaussian",
    } later []
}

words! {
    /// What an attack climbs.
    AttackLoss {
        /// Cross-entropy of the true class.
        #[default]
        CrossEntropy = "cross-entropy",
        /// Largest other logit minus the true one.
        Margin = "margin",
        /// Difference of logits ratio: the margin, freed of the logits' scale.
        Dlr = "dlr",
    } later ["targeted-dlr", "kl"]
}
