//! What an operator is for whoever cuts a network or takes one apart by images: its part in a block, what it does to the axes, what it
//! costs, and the images' way through it. Each operator says so in its own file (`part!`); there is no default, so silence does
//! not compile.

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

/// The images' way through an operator, for engines that take a graph apart by images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// As arguments are broadcast: the images' axis stands as far from the last in every one of them.
    Broadcast,
    /// Along the first axis of the first argument; the others are alike for all images.
    First,
    /// Its settings decide: `engine/tiling/rules.rs` has a rule for it, and without one the images stay together.
    Own,
}

/// What an operator says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its part in a block.
    pub role: Role,
    /// What it does to the axes of its first argument.
    pub axes: Axes,
    /// The images' way through it.
    pub images: Images,
    /// Where its multiply-adds come from.
    pub work: Work,
}

/// What every operator says of itself, in its own file.
pub trait OpPart {
    /// Role, axes, images and work.
    fn part(&self) -> Part;
}

/// `part!(Type: Role, Axes, Images)`, with [`Work`] behind it where there is some.
macro_rules! part {
    ($ty:ty: $role:ident, $axes:ident, $images:ident) => {
        $crate::ops::role::part!($ty: $role, $axes, $images, None);
    };
    ($ty:ty: $role:ident, $axes:ident, $images:ident, $work:ident) => {
        impl $crate::ops::role::OpPart for $ty {
            fn part(&self) -> $crate::ops::role::Part {
                $crate::ops::role::Part {
                    role: $crate::ops::role::Role::$role,
                    axes: $crate::ops::role::Axes::$axes,
                    images: $crate::ops::role::Images::$images,
                    work: $crate::ops::role::Work::$work,
                }
            }
        }
    };
}
pub(crate) use part;

impl Op {
    /// Its part in a block.
    #[must_use]
    pub fn role(&self) -> Role {
        self.rules().part().role
    }

    /// What it does to the axes of its first argument.
    #[must_use]
    pub fn axes(&self) -> Axes {
        self.rules().part().axes
    }

    /// Where its multiply-adds come from.
    #[must_use]
    pub fn work(&self) -> Work {
        self.rules().part().work
    }

    /// The images' way through it.
    #[must_use]
    pub fn images(&self) -> Images {
        self.rules().part().images
    }
}
