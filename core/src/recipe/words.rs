//! The words a recipe chooses from, each list in one place.
//!
//! A word that a later version will know is an error today that says so; this file is where it moves from `later` to a variant.

use std::fmt;

/// A closed list of words, as a recipe writes them.
pub trait Word: Copy + PartialEq + 'static {
    /// Every word that works, in the order in which people should see them.
    const ALL: &'static [Self];
    /// Words that are planned but do not work yet.
    const LATER: &'static [&'static str];

    /// The word as written in a recipe.
    fn as_str(self) -> &'static str;

    /// The variant of `word`, spelled exactly; `None` for every other text.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == word)
    }

    /// `"a", "b", "c"`: the list for an error message.
    fn list() -> String {
        let quoted: Vec<String> = Self::ALL.iter().map(|word| format!("{:?}", word.as_str())).collect();
        quoted.join(", ")
    }
}

/// Declares an enum of words: variants with their spelling, then the words of later versions.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),+ $(,)? } later [$($later:literal),*]) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$each])* $variant),+ }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            const LATER: &'static [&'static str] = &[$($later),*];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Shape of the linear map between the halves.
    Form {
        /// Chosen by the activation's rank: `conv1x1` for maps, `token-linear` for tokens, `linear` for vectors.
        #[default]
        Auto = "auto",
        /// One matrix over channels, shared by all positions of `[image, channel, row, column]`.
        Conv1x1 = "conv1x1",
        /// One matrix over features, shared by all tokens of `[image, token, feature]`.
        TokenLinear = "token-linear",
        /// One matrix over the features of `[image, feature]`.
        Linear = "linear",
        /// As the ranks say, a product of two thin matrices.
        LowRank = "low-rank",
        /// As the ranks say, a matrix with orthonormal rows or columns, and a bias.
        Orthogonal = "orthogonal",
        /// As the ranks say, one front channel for each channel of the end, and a bias.
        Permutation = "permutation",
        /// One matrix over all elements of the front's activation.
        Dense = "dense",
        /// One matrix over channels, whose positions become tokens.
        ConvToTokens = "conv-to-tokens",
        /// One matrix over features, whose tokens become positions.
        TokensToConv = "tokens-to-conv",
        /// As the ranks say, between two BatchNorms.
        BnConvBn = "bn-conv-bn",
    } later []
}

words! {
    /// How activations of unequal sizes are brought together.
    Resize {
        /// Not: taps of unequal sizes are refused.
        #[default]
        None = "none",
        /// Between the four neighbours.
        Bilinear = "bilinear",
        /// The nearest position.
        Nearest = "nearest",
    } later ["adaptive"]
}

words! {
    /// What the donors' BatchNorm does while a stitch is trained.
    BatchNorm {
        /// It keeps the statistics of the donors.
        #[default]
        Frozen = "frozen",
        /// It takes those of the batch, and its running ones follow.
        Adapted = "adapted",
    } later []
}

words! {
    /// Where they are resized.
    ResizeAt {
        /// Before the stitch.
        #[default]
        Before = "before",
        /// After it.
        After = "after",
    } later []
}

words! {
    /// Where the stitch starts.
    Init {
        /// At the least-squares stitch (direct matching).
        #[default]
        Direct = "direct",
        /// At the identity; needs as many channels on both sides.
        Identity = "identity",
        /// At seeded random weights.
        Random = "random",
        /// At the one-to-one assignment of channels with the largest sum of correlations.
        Permutation = "permutation",
        /// At zeros.
        Zeros = "zeros",
    } later ["pseudo-inverse"]
}

words! {
    /// What the stitch is trained on.
    Train {
        /// Nothing: the stitch stays at its start.
        None = "none",
        /// The labels (task matching).
        #[default]
        Task = "task",
        /// The donors' own outputs (soft matching).
        Soft = "soft",
        /// The labels, on images of which a share is attacked.
        Adversarial = "adversarial",
        /// The labels, and that an attack does not change the answer (TRADES).
        Trades = "trades",
        /// The end's own activations at the stitch (direct matching by gradient).
        Match = "match",
        /// The end's own activations at the stitch and at every later block, logits included (FuLA).
        Fula = "fula",
    } later ["invariant"]
}

words! {
    /// Whose outputs soft matching learns.
    Teacher {
        /// The end donor's.
        #[default]
        End = "end",
        /// The front donor's.
        Front = "front",
        /// Both donors', the mean of the two losses.
        Both = "both",
        /// The mean of both donors' logits.
        Mean = "mean",
    } later []
}

words! {
    /// How far activations are from the end's own.
    Distance {
        /// Mean squared difference.
        #[default]
        Mse = "mse",
        /// Squared difference relative to the squared size of the end's own.
        Relative = "relative",
        /// 1 - CKA.
        Cka = "cka",
    } later []
}

words! {
    /// Which entries of the weight may differ from zero.
    Mask {
        /// All.
        #[default]
        None = "none",
        /// The diagonal.
        Identity = "identity",
        /// In each row the front channel of the largest correlation.
        SemiMatch = "semi-match",
        /// In each row the front channel of the largest correlation, whatever its sign.
        AbsSemiMatch = "abs-semi-match",
        /// The one-to-one assignment with the largest sum of correlations.
        Permutation = "permutation",
        /// A seeded random assignment.
        RandomPermutation = "random-permutation",
    } later []
}

words! {
    /// What turns gradients into steps.
    Optimizer {
        /// Adam, weight decay added to the gradient.
        #[default]
        Adam = "adam",
        /// Adam with decoupled weight decay.
        AdamW = "adamw",
        /// Gradient descent with momentum, weight decay added to the gradient.
        Sgd = "sgd",
    } later []
}

words! {
    /// How the learning rate moves over the training.
    Schedule {
        /// It stays.
        #[default]
        Constant = "constant",
        /// A tenth of it after one third of the epochs, a hundredth after two thirds.
        Steps = "steps",
        /// Half a cosine, step by step over the whole training, from `lr` to zero.
        Cosine = "cosine",
    } later ["one-cycle", "warmup"]
}

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
    } later ["l0"]
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

words! {
    /// What computes.
    EngineChoice {
        /// The fastest engine that is there.
        #[default]
        Auto = "auto",
        /// The processor without a library.
        Processor = "processor",
        /// The plain oracle, for comparing.
        Reference = "reference",
        /// ONNX Runtime.
        Ort = "ort",
        /// A graphics processor through wgpu.
        Wgpu = "wgpu",
    } later []
}

words! {
    /// What a study is measured against, beside its cells.
    Control {
        /// The identity in place of the stitch.
        #[default]
        Identity = "identity",
        /// The end joined with itself by a stitch found in the same way: what the stitch alone costs or adds.
        SelfStitch = "self-stitch",
        /// The front with the numbers of every weight in random order: what the end and the stitch can do without it.
        RandomFront = "random-front",
        /// The stitch trained on labels in random order: what its training can learn by heart.
        ShuffledLabels = "shuffled-labels",
    } later []
}

impl From<EngineChoice> for crate::engine::Choice {
    fn from(word: EngineChoice) -> Self {
        match word {
            EngineChoice::Auto => Self::Auto,
            EngineChoice::Processor => Self::Processor,
            EngineChoice::Reference => Self::Reference,
            EngineChoice::Ort => Self::Ort,
            EngineChoice::Wgpu => Self::Wgpu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled_back<W: Word + fmt::Debug>() {
        for &word in W::ALL {
            assert_eq!(W::from_word(word.as_str()), Some(word));
            assert!(!W::LATER.contains(&word.as_str()), "{word:?} both works and is for later");
        }
        for later in W::LATER {
            assert_eq!(W::from_word(later), None);
        }
    }

    #[test]
    fn every_word_is_read_as_it_is_written() {
        spelled_back::<Form>();
        spelled_back::<Resize>();
        spelled_back::<BatchNorm>();
        spelled_back::<ResizeAt>();
        spelled_back::<Init>();
        spelled_back::<Train>();
        spelled_back::<Teacher>();
        spelled_back::<Distance>();
        spelled_back::<Mask>();
        spelled_back::<Optimizer>();
        spelled_back::<Schedule>();
        spelled_back::<Norm>();
        spelled_back::<AttackMethod>();
        spelled_back::<AttackPreset>();
        spelled_back::<Start>();
        spelled_back::<AttackLoss>();
        spelled_back::<EngineChoice>();
    }

    #[test]
    fn spelling_is_exact() {
        assert_eq!(Train::from_word("Task"), None);
        assert_eq!(Teacher::list(), r#""end", "front", "both", "mean""#);
    }
}
