//! Operators of the standard that are not read, by the reason: what they work on, or what would follow from reading them.

/// A reason, with the operators that it keeps out.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// In a word or two.
    pub reason: &'static str,
    /// The reason and the remedy, as the end of a sentence about a node.
    pub why: &'static str,
    /// ONNX operator types.
    pub ops: &'static [&'static str],
}

/// All of them.
pub const REFUSED: &[Refused] = &[
    Refused {
        reason: "text",
        why: "it works on text, which no image holds; export the part of the model that takes images",
        ops: &["StringConcat", "StringNormalizer", "StringSplit", "RegexFullMatch", "TfIdfVectorizer"],
    },
    Refused {
        reason: "sequences and optionals",
        why: "it works on sequences or optional values, not on tensors; export the model without lists",
        ops: &[
            "ConcatFromSequence",
            "Optional",
            "OptionalGetElement",
            "OptionalHasElement",
            "SequenceAt",
            "SequenceConstruct",
            "SequenceEmpty",
            "SequenceErase",
            "SequenceInsert",
            "SequenceLength",
            "SplitToSequence",
        ],
    },
    Refused {
        reason: "control flow",
        why: "control flow cannot be cut or differentiated; export the model without branches that depend on data",
        ops: &["Scan", "SequenceMap"],
    },
    Refused {
        reason: "chance",
        why: "it draws random numbers of its own, so that no result could be repeated; export the model in evaluation mode: \
              model.eval()",
        ops: &["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"],
    },
    Refused {
        reason: "training",
        why: "it is a part of training; export the model in evaluation mode, up to its logits: model.eval()",
        ops: &["Adagrad", "Adam", "Gradient", "Momentum", "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"],
    },
    Refused {
        reason: "sizes that data decide",
        why: "the size of its result depends on its data, so that no stitch and no batch could be made; replace the layer",
        ops: &["Compress", "NonMaxSuppression", "NonZero", "Unique"],
    },
    Refused {
        reason: "recurrence and state",
        why: "it works through a sequence step by step, which image classifiers do not; replace the layer",
        ops: &["CausalConvWithState", "GRU", "LSTM", "LinearAttention", "RNN", "TensorScatter"],
    },
    Refused {
        reason: "signals",
        why: "it works on sound and spectra; replace the layer",
        ops: &["BlackmanWindow", "DFT", "HammingWindow", "HannWindow", "MelWeightMatrix", "STFT"],
    },
    Refused {
        reason: "bits",
        why: "it works on the bits of integers, of which no width is kept; replace the layer",
        ops: &["BitCast", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor"],
    },
    Refused {
        reason: "scales that a batch decides",
        why: "its scale depends on all images of a batch, so the logits of an image would depend on the others; quantise with \
              fixed scales (static quantisation), or give the model as it was before quantising",
        ops: &["DynamicQuantizeLinear"],
    },
    Refused {
        reason: "files",
        why: "it decodes image files; images are given as numbers here, so export the model behind it",
        ops: &["ImageDecoder"],
    },
];

/// The reason why an operator is not read, if it is a listed one.
#[must_use]
pub fn refused(op_type: &str) -> Option<&'static Refused> {
    REFUSED.iter().find(|refused| refused.ops.contains(&op_type))
}
