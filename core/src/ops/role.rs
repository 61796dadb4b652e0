//! What an operator is for whoever cuts a network: its part in a block, what it does to the axes, and what it costs. Every operator
//! is named in each answer, so that a new one does not compile until it is.

use super::Op;

/// An operator's part in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A nonlinear function of single elements.
    Activation,
    /// A shift and scale, by element or by channel, and what choices between such are made of.
    Affine,
    /// A move, pool or summary, which keeps what an activation made.
    Passive,
    /// Anything else: a layer.
    Layer,
}

/// What an operator does to the axes of its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// Every element stays where it was.
    InPlace,
    /// Positions come, go or are chosen; the axes keep their order.
    InOrder,
    /// It takes images `[N, C, positions..]`.
    ChannelsFirst,
    /// None of these, or its settings decide.
    Other,
}

/// Where an operator's multiply-adds come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It has none that count.
    None,
    /// Every result element is a sum over a kernel's cells and channels.
    Kernel,
    /// Every argument element goes through a kernel's cells and channels.
    TransposedKernel,
    /// Every result element is a sum over the first argument's last axis.
    Product,
}

impl Op {
    /// Its part in a block.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::Relu(_) | Self::LeakyRelu(_) | Self::PRelu(_) | Self::Elu(_) | Self::Selu(_) | Self::Softplus(_) => {
                Role::Activation
            }
            Self::Gelu(_) | Self::Silu(_) | Self::Mish(_) | Self::HardSwish(_) | Self::HardSigmoid(_) => {
                Role::Activation
            }
            Self::Sigmoid(_) | Self::Tanh(_) | Self::Clip(_) | Self::Erf(_) | Self::Exp(_) | Self::Log(_) => {
                Role::Activation
            }
            Self::Pow(_) | Self::Abs(_) | Self::Sqrt(_) | Self::Min(_) | Self::Max(_) | Self::Sin(_) | Self::Cos(_) => {
                Role::Activation
            }
            Self::Floor(_) | Self::Ceil(_) | Self::Round(_) | Self::RoundThrough(_) => Role::Activation,
            Self::Add(_) | Self::Sub(_) | Self::Mul(_) | Self::Div(_) | Self::Neg(_) | Self::Cast(_) => Role::Affine,
            Self::Expand(_) | Self::Where(_) | Self::Greater(_) | Self::Less(_) | Self::Sign(_) => Role::Affine,
            Self::BatchNormalization(_)
            | Self::InstanceNormalization(_)
            | Self::GroupNormalization(_)
            | Self::LayerNormalization(_) => Role::Affine,
            Self::Reshape(_) | Self::Transpose(_) | Self::Pad(_) | Self::Slice(_) | Self::Gather(_) => Role::Passive,
            Self::MaxPool(_) | Self::AveragePool(_) | Self::GlobalAveragePool(_) => Role::Passive,
            Self::ReduceMean(_) | Self::ReduceMax(_) | Self::ReduceSum(_) => Role::Passive,
            Self::Resize(_) | Self::DepthToSpace(_) | Self::SpaceToDepth(_) => Role::Passive,
            Self::Conv(_) | Self::ConvTranspose(_) | Self::MatMul(_) | Self::Stitch(_) | Self::StitchGrad(_) => {
                Role::Layer
            }
            Self::Softmax(_) | Self::LogSoftmax(_) | Self::ReduceSumSquare(_) | Self::ReduceL2(_) => Role::Layer,
            Self::ArgMax(_) | Self::TopK(_) | Self::OneHot(_) | Self::Concat(_) => Role::Layer,
            Self::GatherElements(_) | Self::ScatterElements(_) => Role::Layer,
            Self::Equal(_) | Self::Not(_) | Self::And(_) | Self::Or(_) => Role::Layer,
        }
    }

    /// What it does to the axes of its first argument.
    #[must_use]
    pub const fn axes(&self) -> Axes {
        match self {
            Self::Relu(_) | Self::LeakyRelu(_) | Self::PRelu(_) | Self::Elu(_) | Self::Selu(_) | Self::Softplus(_) => {
                Axes::InPlace
            }
            Self::Gelu(_) | Self::Silu(_) | Self::Mish(_) | Self::HardSwish(_) | Self::HardSigmoid(_) => Axes::InPlace,
            Self::Sigmoid(_) | Self::Tanh(_) | Self::Clip(_) | Self::Erf(_) | Self::Exp(_) | Self::Log(_) => {
                Axes::InPlace
            }
            Self::Pow(_) | Self::Abs(_) | Self::Sqrt(_) | Self::Min(_) | Self::Max(_) | Self::Sin(_) | Self::Cos(_) => {
                Axes::InPlace
            }
            Self::Floor(_) | Self::Ceil(_) | Self::Round(_) | Self::RoundThrough(_) | Self::Sign(_) => Axes::InPlace,
            Self::Add(_) | Self::Sub(_) | Self::Mul(_) | Self::Div(_) | Self::Neg(_) | Self::Cast(_) => Axes::InPlace,
            Self::Where(_) | Self::Greater(_) | Self::Less(_) | Self::Equal(_) => Axes::InPlace,
            Self::Not(_) | Self::And(_) | Self::Or(_) => Axes::InPlace,
            Self::Pad(_) | Self::Slice(_) | Self::Concat(_) | Self::Gather(_) => Axes::InOrder,
            Self::Conv(_) | Self::ConvTranspose(_) | Self::Resize(_) | Self::DepthToSpace(_) => Axes::ChannelsFirst,
            Self::SpaceToDepth(_) | Self::MaxPool(_) | Self::AveragePool(_) | Self::GlobalAveragePool(_) => {
                Axes::ChannelsFirst
            }
            Self::BatchNormalization(_) | Self::InstanceNormalization(_) | Self::GroupNormalization(_) => {
                Axes::ChannelsFirst
            }
            Self::LayerNormalization(_) | Self::MatMul(_) | Self::Stitch(_) | Self::StitchGrad(_) => Axes::Other,
            Self::Reshape(_) | Self::Transpose(_) | Self::Expand(_) | Self::TopK(_) | Self::OneHot(_) => Axes::Other,
            Self::Softmax(_) | Self::LogSoftmax(_) | Self::ArgMax(_) => Axes::Other,
            Self::ReduceMean(_) | Self::ReduceMax(_) | Self::ReduceSum(_) => Axes::Other,
            Self::ReduceSumSquare(_) | Self::ReduceL2(_) => Axes::Other,
            Self::GatherElements(_) | Self::ScatterElements(_) => Axes::Other,
        }
    }

    /// Where its multiply-adds come from.
    #[must_use]
    pub const fn work(&self) -> Work {
        match self {
            Self::Conv(_) => Work::Kernel,
            Self::ConvTranspose(_) => Work::TransposedKernel,
            Self::MatMul(_) => Work::Product,
            // A stitch is no part of a donor.
            Self::Stitch(_) | Self::StitchGrad(_) => Work::None,
            // Sums without weights.
            Self::ReduceMean(_) | Self::ReduceMax(_) | Self::ReduceSum(_) | Self::ReduceSumSquare(_) => Work::None,
            Self::ReduceL2(_) | Self::MaxPool(_) | Self::AveragePool(_) | Self::GlobalAveragePool(_) => Work::None,
            Self::Softmax(_) | Self::LogSoftmax(_) | Self::ArgMax(_) | Self::TopK(_) | Self::OneHot(_) => Work::None,
            Self::BatchNormalization(_) | Self::InstanceNormalization(_) | Self::GroupNormalization(_) => Work::None,
            Self::LayerNormalization(_) | Self::Resize(_) => Work::None,
            // Element by element.
            Self::Relu(_) | Self::LeakyRelu(_) | Self::PRelu(_) | Self::Elu(_) | Self::Selu(_) => Work::None,
            Self::Softplus(_) | Self::Gelu(_) | Self::Silu(_) | Self::Mish(_) | Self::HardSwish(_) => Work::None,
            Self::HardSigmoid(_) | Self::Sigmoid(_) | Self::Tanh(_) | Self::Clip(_) | Self::Erf(_) => Work::None,
            Self::Exp(_) | Self::Log(_) | Self::Pow(_) | Self::Abs(_) | Self::Sqrt(_) | Self::Sin(_) => Work::None,
            Self::Cos(_)
            | Self::Min(_)
            | Self::Max(_)
            | Self::Floor(_)
            | Self::Ceil(_)
            | Self::Round(_)
            | Self::RoundThrough(_) => Work::None,
            Self::Sign(_) | Self::Add(_) | Self::Sub(_) | Self::Mul(_) | Self::Div(_) | Self::Neg(_) => Work::None,
            Self::Cast(_) | Self::Where(_) | Self::Greater(_) | Self::Less(_) | Self::Equal(_) => Work::None,
            Self::Not(_) | Self::And(_) | Self::Or(_) => Work::None,
            // Moves.
            Self::Reshape(_) | Self::Transpose(_) | Self::Expand(_) | Self::Pad(_) | Self::Slice(_) => Work::None,
            Self::Concat(_) | Self::Gather(_) | Self::GatherElements(_) | Self::ScatterElements(_) => Work::None,
            Self::DepthToSpace(_) | Self::SpaceToDepth(_) => Work::None,
        }
    }
}
