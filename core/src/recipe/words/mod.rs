//! The words a recipe chooses from, each list in one place, by table.
//!
//! By a macro of our own and not by the crate strum: a list also names the words of later versions, types of other rooms get their spelling here and
//! not where they stand, and four derives on twenty types would be longer than the macro.
//!
//! A word that a later version will know is an error today that says so; its file is where it moves from `later` to a variant.

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

// Behind the macro, which they use.
mod spelled;
mod stitch;
mod study;

pub use crate::attack::{AttackMethod, Norm, Preset, Start};
pub use crate::engine::Choice;
pub use crate::loss::Loss;
pub use crate::stitch::{Distance, Schedule};
pub use stitch::{BatchNorm, Form, Init, Mask, Optimizer, Resize, ResizeAt, Teacher, Train};
pub use study::Control;

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled_back<W: Word + std::fmt::Debug>() {
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
        spelled_back::<Preset>();
        spelled_back::<Start>();
        spelled_back::<Loss>();
        spelled_back::<Choice>();
        spelled_back::<Control>();
    }

    #[test]
    fn spelling_is_exact() {
        assert_eq!(Train::from_word("Task"), None);
        assert_eq!(Teacher::list(), r#""end", "front", "both", "mean""#);
    }
}
