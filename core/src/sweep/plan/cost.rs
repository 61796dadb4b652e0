//! What a study costs, in multiply-adds, before it is computed: enough to share work fairly and to say hours from days.
//!
//! Attacks stop at images that are fooled, so that theirs is an upper bound.

use crate::recipe::{AttackRecipe, Recipe, Train};

/// A step with a gradient, in forward passes.
const GRADIENT: u64 = 3;

/// What the cost of a study depends on beside its recipe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Multiply-adds of one image through the front, and through the end.
    pub operations: [u64; 2],
    /// Training images.
    pub train: u64,
    /// Test images.
    pub test: u64,
}

/// Multiply-adds of what all cells of a study have in common: the passes over the images.
pub(super) fn passes(size: Size) -> u64 {
    both(size).saturating_mul(size.train + size.test)
}

/// Multiply-adds of the donors, attacked.
pub(super) fn rest(recipe: &Recipe, size: Size) -> u64 {
    recipe.attack.as_ref().map_or(0, |attack| both(size).saturating_mul(size.test).saturating_mul(steps(attack)))
}

/// Multiply-adds of one cell, of which `seeds` share a direct stitch.
pub(super) fn cell(recipe: &Recipe, size: Size, seeds: u64) -> u64 {
    let (trains, epochs) = (recipe.stitch.train != Train::None, recipe.stitch.epochs as u64);
    // Half of each donor, whichever halves.
    let stitched = (both(size) / 2).max(1);
    let training = if trains { GRADIENT.saturating_mul(size.train).saturating_mul(epochs) } else { 0 };
    let attacked = recipe.attack.as_ref().map_or(0, steps).saturating_mul(size.test);
    let direct = attacked / seeds.max(1);
    let own = if trains { attacked.saturating_add(size.test) } else { 0 };
    stitched.saturating_mul(training.saturating_add(own).saturating_add(direct).saturating_add(1))
}

fn both(size: Size) -> u64 {
    size.operations[0].saturating_add(size.operations[1])
}

/// Forward passes that an attack takes for one image at most.
fn steps(attack: &AttackRecipe) -> u64 {
    let passes = attack.suite(0).passes();
    passes.forward.saturating_add(passes.backward.saturating_mul(GRADIENT - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(tables: &str) -> Recipe {
        let text =
            format!("[front]\nmodel = \"a\"\n[end]\nmodel = \"b\"\n[data]\ntrain = \"c\"\ntest = \"d\"\n{tables}");
        Recipe::parse(&text, "r").unwrap()
    }

    #[test]
    fn costs_are_counted_by_hand() {
        let size = Size { operations: [3, 5], train: 100, test: 10 };
        assert_eq!(passes(size), 8 * 110);
        let plain = recipe("[stitch]\ntrain = \"none\"\n");
        assert_eq!((rest(&plain, size), cell(&plain, size, 1)), (0, 4));
        let trained = recipe("[stitch]\ntrain = \"task\"\nepochs = 2\n[attack]\neps = 0.1\nsteps = 7\nrestarts = 2\n");
        assert_eq!(rest(&trained, size), 8 * 10 * 42);
        assert_eq!(cell(&trained, size, 2), 4 * (3 * 100 * 2 + (42 * 10 + 10) + 42 * 10 / 2 + 1));
    }
}
