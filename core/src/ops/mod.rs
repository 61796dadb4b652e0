//! Operators, one file each, in folders by kind: formula, shapes, gradient, plain evaluation, ONNX mapping, examples.
//!
//! `define_ops!` is the one list. Whatever iterates over operators (gradient checks, conformance, the table in the
//! docs) iterates over it, so that none can be forgotten. An operator file answers [`OpRules`] and
//! `OpExamples`, and says its part with `part!`; `derivative` has no default, so silence does not compile.

mod error;
mod example;
mod export;
pub(crate) mod family;
mod role;

pub use error::OpError;
pub use example::{Example, Sample};
pub use export::{Attribute, Export, ExportInput, OnnxNode};
pub use role::{Axes, Images, OpPart, Part, Role, Work};

use std::fmt;

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::tensor::{Array, TensorType};

/// How an operator answers "what is your derivative?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivative {
    /// [`OpRules::backward`] builds it.
    Rule,
    /// It is the derivative of [`OpRules::parts`].
    Parts,
    /// Zero almost everywhere: nothing flows back.
    Zero,
    /// There is none to speak of, and [`OpRules::backward`] builds what takes its place, which is this.
    StandIn(&'static str),
    /// There is none, and this is why.
    None(&'static str),
}

/// A node during the reverse walk: its values in the graph under construction.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// Arguments.
    pub inputs: &'a [ValueId],
    /// Results.
    pub outputs: &'a [ValueId],
    /// Derivative of the loss by each result; `None` where no gradient arrives.
    pub upstream: &'a [Option<ValueId>],
    /// Which arguments a derivative is asked for; others may be answered with `None`.
    pub wanted: &'a [bool],
}

impl Applied<'_> {
    /// Answers for a one-result operator: calls `rule(builder, index, argument, dy)` for every wanted argument.
    ///
    /// # Errors
    /// What the rule reports.
    pub(crate) fn each_wanted(
        &self,
        b: &mut Builder,
        mut rule: impl FnMut(&mut Builder, usize, ValueId, ValueId) -> Result<ValueId, GraphError>,
    ) -> Result<Vec<Option<ValueId>>, GraphError> {
        let mut gradients = vec![None; self.inputs.len()];
        let Some(dy) = self.upstream[0] else {
            return Ok(gradients);
        };
        for (index, input) in self.inputs.iter().enumerate() {
            if self.wanted[index] {
                gradients[index] = Some(rule(b, index, *input, dy)?);
            }
        }
        Ok(gradients)
    }
}

/// What every operator file must answer, beside its [`OpPart`].
pub trait OpRules: OpPart + fmt::Debug {
    /// The operator's name, ONNX's where ONNX has it.
    fn name(&self) -> &'static str;

    /// Types of the results from the types of the arguments.
    ///
    /// # Errors
    /// [`OpError`] naming the argument and what would fit.
    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError>;

    /// Results in the oracle's precision; `batch` is the number of images in the run.
    ///
    /// # Errors
    /// [`OpError`] when the arguments are not what `infer` accepted.
    fn eval(&self, inputs: &[Array], batch: usize) -> Result<Vec<Array>, OpError>;

    /// What kind of derivative there is.
    fn derivative(&self) -> Derivative;

    /// Builds the derivative of the loss by each argument, in the same operators.
    ///
    /// # Errors
    /// [`GraphError`] from the builder, or [`GraphError::NoDerivative`].
    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let _ = (b, node);
        let why = match self.derivative() {
            Derivative::None(why) => why,
            Derivative::Rule | Derivative::Parts | Derivative::Zero | Derivative::StandIn(_) => {
                "it has no rule of its own"
            }
        };
        Err(GraphError::NoDerivative { node: String::new(), op: self.name(), why })
    }

    /// The same results in simpler operators, for gradients and for engines that lack this one.
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let _ = (b, inputs);
        Ok(None)
    }

    /// How ONNX writes it.
    fn export(&self) -> Export;
}

/// Cases on which the suites try an operator.
pub(crate) trait OpExamples {
    /// At least one case for every way the operator can be set.
    fn examples() -> Vec<Example>;
}

/// An ONNX operator type and the function that reads it.
pub(crate) type Import = (&'static str, fn(&mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError>);

/// The one list, by folder. `module => Type` adds the operator of `folder/module.rs`; `reads` adds files that only read ONNX
/// operators which are others in disguise. Every module has a `pub const ONNX: &[Import]` and can be named without its
/// folder.
macro_rules! define_ops {
    ($(
        $(#[$doc:meta])* $folder:ident { $($module:ident => $ty:ident),* $(,)? } reads { $($reader:ident),* $(,)? }
    )*) => {
        $(
            $(#[$doc])*
            pub mod $folder {
                $(pub mod $module;)*
                $(pub mod $reader;)*
            }
            $(pub use $folder::$module;)*
            $(pub use $folder::$reader;)*
        )*

        /// Any operator.
        #[derive(Clone, PartialEq)]
        pub enum Op {
            $($(#[doc = concat!("See [`mod@", stringify!($module), "`].")] $ty($module::$ty),)*)*
        }

        $($(impl From<$module::$ty> for Op {
            fn from(op: $module::$ty) -> Self {
                Self::$ty(op)
            }
        })*)*

        impl Op {
            /// Names of all operators, in the order of the list.
            pub const NAMES: &'static [&'static str] = &[$($(stringify!($ty)),*),*];

            /// The operator's answers.
            #[must_use]
            pub fn rules(&self) -> &dyn OpRules {
                match self {
                    $($(Self::$ty(op) => op,)*)*
                }
            }

            /// All cases of all operators, with the operator's name.
            #[must_use]
            pub fn all_examples() -> Vec<(&'static str, Vec<Example>)> {
                vec![$($((stringify!($ty), <$module::$ty as OpExamples>::examples())),*),*]
            }
        }

        impl fmt::Debug for Op {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($(Self::$ty(op) => op.fmt(f),)*)*
                }
            }
        }

        /// The ONNX operators that each file of this folder reads, with the file's path without `.rs`. Files with operators
        /// of their own come first, in the order of [`Op::NAMES`].
        pub const READ_BY_FILE: &[(&str, &[Import])] = &[
            $($((concat!(stringify!($folder), "/", stringify!($module)), $module::ONNX),)*)*
            $($((concat!(stringify!($folder), "/", stringify!($reader)), $reader::ONNX),)*)*
        ];

        /// Every ONNX operator that can be read.
        #[must_use]
        pub fn imports() -> Vec<Import> {
            READ_BY_FILE.iter().flat_map(|(_, imports)| *imports).copied().collect()
        }
    };
}

define_ops! {
    /// Sums, products and their kin, element by element, broadcast.
    arithmetic {
        add => Add,
        mul => Mul,
        sub => Sub,
        div => Div,
        pow => Pow,
        min => Min,
        max => Max,
        neg => Neg,
        abs => Abs,
        sign => Sign,
    } reads { sum, modulo }
    /// Elementary functions of one argument.
    function {
        sqrt => Sqrt,
        exp => Exp,
        log => Log,
        erf => Erf,
        clip => Clip,
        cast => Cast,
        sin => Sin,
        cos => Cos,
    } reads { reciprocal, tan, cast_like }
    /// Whole numbers near others, and what is stored as them.
    rounding {
        floor => Floor,
        ceil => Ceil,
        round => Round,
        round_through => RoundThrough,
    } reads { dequantize_linear, quantize_linear }
    /// Comparisons, truth values and choices.
    logic {
        greater => Greater,
        less => Less,
        equal => Equal,
        not => Not,
        and => And,
        or => Or,
        wher => Where,
    } reads { compare_or_equal, xor, is_nan, is_inf }
    /// Activations that are linear, or nearly so, for large arguments.
    rectifier {
        relu => Relu,
        leaky_relu => LeakyRelu,
        prelu => PRelu,
        elu => Elu,
        selu => Selu,
        softplus => Softplus,
    } reads { celu, thresholded_relu, shrink }
    /// Activations with a bounded gate.
    sigmoidal {
        sigmoid => Sigmoid,
        hard_sigmoid => HardSigmoid,
        hard_swish => HardSwish,
        silu => Silu,
        mish => Mish,
        tanh => Tanh,
        gelu => Gelu,
    } reads { softsign }
    /// The same elements under another shape or order.
    shaping {
        reshape => Reshape,
        transpose => Transpose,
        expand => Expand,
    } reads { flatten, squeeze, unsqueeze, identity, tile, range, eye_like }
    /// Pieces of tensors, put together and taken apart.
    indexing {
        slice => Slice,
        pad => Pad,
        concat => Concat,
        gather => Gather,
        gather_elements => GatherElements,
        scatter_elements => ScatterElements,
        top_k => TopK,
        one_hot => OneHot,
    } reads { split, trilu, gather_nd }
    /// What becomes one number along axes.
    reduction {
        reduce_sum => ReduceSum,
        reduce_mean => ReduceMean,
        reduce_max => ReduceMax,
        reduce_sum_square => ReduceSumSquare,
        reduce_l2 => ReduceL2,
        arg_max => ArgMax,
    } reads { reduce_min, reduce_log_sum, reduce_prod, cum_sum }
    /// Linear maps with weights.
    linear {
        matmul => MatMul,
        conv => Conv,
        conv_transpose => ConvTranspose,
        stitch => Stitch,
        stitch_grad => StitchGrad,
    } reads { gemm, attention, rotary_embedding, einsum, qlinear }
    /// Means and maxima under windows over positions.
    pooling {
        global_average_pool => GlobalAveragePool,
        max_pool => MaxPool,
        average_pool => AveragePool,
    } reads { global_max_pool, lp_pool }
    /// Normalisation by statistics, given or of the tensor itself.
    normalization {
        batch_normalization => BatchNormalization,
        layer_normalization => LayerNormalization,
        instance_normalization => InstanceNormalization,
        group_normalization => GroupNormalization,
        softmax => Softmax,
        log_softmax => LogSoftmax,
    } reads { lp_normalization, lrn, rms_normalization, mean_variance_normalization, hardmax }
    /// Images at another size.
    resampling {
        resize => Resize,
        depth_to_space => DepthToSpace,
        space_to_depth => SpaceToDepth,
    } reads { upsample, affine_grid, grid_sample }
    /// What ONNX Runtime's optimiser writes.
    microsoft {} reads { fused_gelu, fused_layers, skip_normalization, multi_head_attention }
}
