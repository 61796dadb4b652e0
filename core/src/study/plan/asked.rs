//! What a recipe's stitch asks for, in the words of those who make it.

use super::{Network, Pair};
use crate::recipe::{BatchNorm, Form, Init, Mask, Recipe, Resize, ResizeAt, StitchRecipe, Train, Word as _};
use crate::stitch::{Asked, Constraint, FormError, Interpolation, Joint};
use crate::tensor::TensorType;

/// What joins two taps of the networks, as the recipe asks.
pub(in crate::study) fn joint(
    recipe: &StitchRecipe,
    (front, end): (&Network, &Network),
    (front_tap, end_tap): (usize, usize),
) -> Result<Joint, FormError> {
    // Forms that are about the matrix take the shape that the taps have.
    let form = if takes_any_shape(recipe.form) { "auto" } else { recipe.form.as_str() };
    let [_, rows, columns] = front.image;
    let late = recipe.resize_at == ResizeAt::After;
    let asked = Asked { form, resize: interpolation(recipe), late, image: [rows, columns] };
    let candidates: Vec<(&str, &TensorType)> = end.taps.iter().map(|t| (t.name.as_str(), &t.ty)).collect();
    let (front_tap, end_tap) = (&front.taps[front_tap], &end.taps[end_tap]);
    Joint::between(asked, (&front_tap.name, &front_tap.ty), (&end_tap.name, &end_tap.ty), &candidates)
}

/// The kind of map that direct matching looks among.
pub(in crate::study) fn constraint(stitch: &StitchRecipe) -> Constraint {
    match stitch.form {
        Form::LowRank => Constraint::LowRank(stitch.rank),
        Form::Orthogonal => Constraint::Orthogonal,
        Form::Permutation => Constraint::Permutation,
        Form::Auto
        | Form::Conv1x1
        | Form::TokenLinear
        | Form::Linear
        | Form::Dense
        | Form::ConvToTokens
        | Form::TokensToConv
        | Form::BnConvBn => Constraint::None,
    }
}

/// How positions between others are made.
pub(in crate::study) fn interpolation(stitch: &StitchRecipe) -> Option<Interpolation> {
    match stitch.resize {
        Resize::None => None,
        Resize::Bilinear => Some(Interpolation::Bilinear),
        Resize::Nearest => Some(Interpolation::Nearest),
    }
}

/// What joins a pair, in the report's words.
pub(in crate::study) fn form_word(stitch: &StitchRecipe, pair: Pair) -> String {
    if takes_any_shape(stitch.form) { stitch.form.to_string() } else { pair.joint.form.word().to_owned() }
}

/// Whether a form is about the matrix, not about the shape of the taps.
pub(in crate::study) fn takes_any_shape(form: Form) -> bool {
    matches!(form, Form::LowRank | Form::Orthogonal | Form::Permutation | Form::BnConvBn)
}

/// Whether correlations of channels are needed to begin.
pub(in crate::study) fn needs_correlations(stitch: &StitchRecipe) -> bool {
    let masked = matches!(stitch.mask, Mask::SemiMatch | Mask::AbsSemiMatch | Mask::Permutation);
    masked || stitch.init == Init::Permutation
}

/// Whether the front's activations stay the same from epoch to epoch and are all that a step needs of it.
pub(in crate::study) fn may_cache(recipe: &Recipe) -> bool {
    let attacks = match recipe.stitch.train {
        Train::None => return false,
        Train::Adversarial => recipe.stitch.attack.as_ref().is_none_or(|a| a.share > 0.0),
        Train::Trades => recipe.stitch.beta > 0.0,
        Train::Task | Train::Soft | Train::Match | Train::Fula | Train::Final => false,
    };
    !attacks && !recipe.stitch.has_views() && recipe.stitch.batchnorm == BatchNorm::Frozen
}
