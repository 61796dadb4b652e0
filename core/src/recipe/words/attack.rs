//! The methods of `[attack]`.

use std::fmt;

use super::Word;

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
