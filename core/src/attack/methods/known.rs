//! What a method's file says of it: under which word recipes know it, which settings it takes, and how it is made from them; and
//! the macro that makes the program's lists of [`super`]'s one list.

use super::super::driver::Passes;
use super::super::{Attack, Ball, Norm, Preset, Stage, Start, Suite};
use super::Method;
use crate::loss::Loss;

/// The settings that an attack can be asked for. Sizes are in pixel values, which run from 0 to 1; a setting that the attack does
/// not take has no effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttackRequest {
    /// Which suite, for the method that is one.
    pub preset: Preset,
    /// Norm and radius.
    pub ball: Ball,
    /// Length of a step, or of the first one.
    pub alpha: f32,
    /// Steps for each start.
    pub steps: usize,
    /// Independent starts.
    pub restarts: usize,
    /// Where each begins.
    pub start: Start,
    /// What is raised.
    pub loss: Loss,
    /// Wrong classes that are aimed at.
    pub targets: usize,
    /// Changes that a search without gradients tries for each start.
    pub queries: usize,
    /// Look for the smallest change, whatever its size.
    pub smallest: bool,
    /// Seed of all chance.
    pub seed: u64,
}

impl AttackRequest {
    /// Where answers lie: anywhere if the smallest change is looked for.
    pub(super) fn reach(&self, smallest: bool) -> Ball {
        if smallest { Ball { eps: f32::INFINITY, ..self.ball } } else { self.ball }
    }
}

/// A method under the word by which recipes know it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The word.
    pub word: &'static str,
    /// The settings that it takes, by their names in a recipe, beside norm and radius.
    pub settings: &'static [&'static str],
    /// The norms in which it works, its default first.
    pub norms: &'static [Norm],
    /// Steps for each start where a recipe says nothing.
    pub steps: usize,
    /// The length of a step where a recipe says nothing, as a share of the radius, given the number of steps.
    pub step: fn(usize) -> f64,
    /// Looks for the smallest change and nothing else.
    pub seeks_smallest: bool,
    /// The attack.
    pub suite: fn(&AttackRequest) -> Suite,
}

/// The norms of most attacks.
pub(super) const BALLS: &[Norm] = &[Norm::Linf, Norm::L2, Norm::L1];

/// A quarter of the radius, whatever the number of steps.
pub(super) const fn quarter(_steps: usize) -> f64 {
    0.25
}

/// An attack by itself, whose stage reports know by `name`.
pub(super) fn alone(name: &'static str, attack: Attack) -> Suite {
    Suite::new(vec![Stage { name, attack }])
}

/// The settings of one attack, which know how it is carried out.
pub(crate) trait Settings: Copy {
    /// The attack on images of `shape` [C, H, W].
    fn method(self, shape: [usize; 3]) -> Box<dyn Method>;

    /// Passes that an image which stands takes, at most.
    fn passes(&self) -> Passes;

    /// The same with twice the steps, for a second look at images that stand; `None` where more steps are no stronger attack.
    fn longer(self) -> Option<Self> {
        None
    }
}

/// Passes of `steps` gradients from each of `starts`.
pub(super) fn descents(steps: usize, starts: usize) -> Passes {
    let passes = (steps as u64).saturating_mul(starts as u64);
    Passes { forward: passes, backward: passes }
}

/// The lists of attacks: what carries them out, each with its settings, and the words by which recipes know them.
macro_rules! define_attacks {
    (
        carried_out_by { $($(#[$about:meta])* $kind:ident($settings:ty)),+ $(,)? }
        known_as { $($(#[$doc:meta])* $name:ident => $known:path),+ $(,)? }
    ) => {
        /// An attack with its settings.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Attack { $($(#[$about])* $kind($settings)),+ }

        impl Attack {
            /// The attack on images of `shape` [C, H, W].
            pub(crate) fn method(&self, shape: [usize; 3]) -> Box<dyn Method> {
                match *self { $(Self::$kind(settings) => settings.method(shape)),+ }
            }

            /// Passes that an image which stands takes, at most.
            pub(crate) fn passes(&self) -> Passes {
                match self { $(Self::$kind(settings) => settings.passes()),+ }
            }

            /// The same with twice the steps; `None` where more steps are no stronger attack.
            pub(crate) fn longer(&self) -> Option<Self> {
                match *self { $(Self::$kind(settings) => settings.longer().map(Self::$kind)),+ }
            }
        }

        /// Which attack, by the word of recipes.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum AttackMethod { $($(#[$doc])* $name),+ }

        impl AttackMethod {
            /// All of them, in the order in which people should see them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What its file says of it.
            #[must_use]
            pub const fn known(self) -> &'static Known {
                match self { $(Self::$name => &$known),+ }
            }
        }

        impl std::fmt::Display for AttackMethod {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.known().word)
            }
        }
    };
}
pub(super) use define_attacks;
