//! The attack as given: sizes in range, a step to walk with, restarts that differ.

use std::ops::Range;

use super::AttackRecipe;
use super::error::RecipeError;
use super::fields::{Fields, SIZES};
use super::raw::{Given, RawAttack};
use super::strength::Strength;
use super::words::{Norm, Start};

// Far beyond use; a recipe may come from a stranger's link.
const MOST_STEPS: usize = 100_000;
const MOST_RESTARTS: usize = 10_000;

/// Checks `[attack]` and fills in what was left out.
pub(super) fn resolve(fields: Fields<'_>, table: toml::Spanned<RawAttack>) -> Result<AttackRecipe, RecipeError> {
    let span = table.span();
    let raw = table.into_inner();
    let norm = fields.word("norm", raw.norm)?;
    let steps = fields.count("steps", raw.steps, 20, 1..=MOST_STEPS)?;
    let eps = eps(fields, &span, norm, raw.eps)?;
    let alpha = alpha(fields, &span, raw.alpha, &eps, steps)?;
    let start = fields.word("start", raw.start)?;
    Ok(AttackRecipe {
        norm,
        alpha,
        eps,
        steps,
        restarts: restarts(fields, raw.restarts, start)?,
        start,
        loss: fields.word("loss", raw.loss)?,
    })
}

fn eps(
    fields: Fields<'_>,
    table: &Range<usize>,
    norm: Norm,
    given: Given<toml::Value>,
) -> Result<Strength, RecipeError> {
    let remedy = r#"write eps = "8/255", or leave [attack] out for clean accuracy only"#;
    let given = given.ok_or_else(|| fields.missing(table, "eps", remedy))?;
    let eps = fields.strength(&given.span(), "eps", given.get_ref())?;
    if eps.value() <= 0.0 {
        let what = format!("is {eps}, which allows no attack");
        return Err(fields.fault(&given.span(), "eps", &what, remedy));
    }
    if norm == Norm::Linf && eps.value() > 1.0 {
        let what = format!("is {eps}, and pixel values run from 0 to 1");
        return Err(fields.fault(&given.span(), "eps", &what, &format!("did you mean \"{eps}/255\"?")));
    }
    Ok(eps)
}

/// The step as given, else 2.5 eps / steps.
fn alpha(
    fields: Fields<'_>,
    table: &Range<usize>,
    given: Given<toml::Value>,
    eps: &Strength,
    steps: usize,
) -> Result<Strength, RecipeError> {
    let Some(given) = given else {
        #[expect(clippy::cast_precision_loss, reason = "steps is at most MOST_STEPS")]
        let factor = 2.5 / steps as f64;
        let scaled = eps.scaled(factor);
        let default = scaled.map_err(|err| fields.fault(table, "alpha", &err.to_string(), SIZES))?;
        return positive_step(fields, table, default);
    };
    let alpha = fields.strength(&given.span(), "alpha", given.get_ref())?;
    positive_step(fields, &given.span(), alpha)
}

fn positive_step(fields: Fields<'_>, span: &Range<usize>, alpha: Strength) -> Result<Strength, RecipeError> {
    if alpha.value() > 0.0 {
        return Ok(alpha);
    }
    let what = format!("is {alpha}, and an attack that does not move finds nothing");
    Err(fields.fault(span, "alpha", &what, "write a step above 0, or leave alpha out for 2.5 eps / steps"))
}

fn restarts(fields: Fields<'_>, given: Given<usize>, start: Start) -> Result<usize, RecipeError> {
    match &given {
        Some(many) if *many.get_ref() > 1 && start == Start::Clean => {
            let what = format!(
                r#"is {} with start = "clean": every restart would begin at the clean image and walk the same way"#,
                many.get_ref()
            );
            let remedy = r#"write restarts = 1, or start = "uniform" or "gaussian""#;
            Err(fields.fault(&many.span(), "restarts", &what, remedy))
        }
        _ => fields.count("restarts", given, 1, 1..=MOST_RESTARTS),
    }
}
