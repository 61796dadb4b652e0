//! Words of the tables `[stitch]` and `[taps]`.

use std::fmt;

use super::Word;

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
        /// First the end's own activation before its last layer, then the labels (final-feature matching).
        Final = "final",
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
