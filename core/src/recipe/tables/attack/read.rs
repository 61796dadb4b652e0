//! The attack as given: sizes in range, a step to walk with, restarts that differ.

use std::ops::Range;

use super::{AttackRecipe, QUERIES, RawAttack, TARGETS, default_alpha, has};
use crate::recipe::error::RecipeError;
use crate::recipe::fields::{Fields, SIZES};
use crate::recipe::raw::Given;
use crate::recipe::strength::Strength;
use crate::recipe::words::{AttackMethod, Norm, Preset, Start, Word};

/// The norm as given, which the method must know; else the method's default.
fn norm(fields: Fields<'_>, method: AttackMethod, given: Given<String>) -> Result<Norm, RecipeError> {
    let known = method.known().norms;
    let Some(span) = given.as_ref().map(toml::Spanned::span) else { return Ok(known[0]) };
    let norm = fields.word("norm", given)?;
    if known.contains(&norm) {
        return Ok(norm);
    }
    let words: Vec<String> = known.iter().map(|norm| format!("{:?}", norm.as_str())).collect();
    let what = format!("is {:?}, which method {:?} does not work in", norm.as_str(), method.as_str());
    Err(fields.fault(&span, "norm", &what, &format!("write norm = {}", words.join(" or "))))
}

/// The settings as given, refusing those that the method does not have.
#[derive(Clone, Copy)]
struct Method<'a> {
    fields: Fields<'a>,
    method: AttackMethod,
    preset: Preset,
}

impl Method<'_> {
    fn only<T>(&self, key: &str, given: Given<T>) -> Result<Given<T>, RecipeError> {
        match &given {
            Some(value) if !has(self.method, self.preset, key) => {
                let with = |m: &&AttackMethod| Preset::ALL.iter().any(|p| has(**m, *p, key));
                let methods: Vec<String> =
                    AttackMethod::ALL.iter().filter(with).map(|m| format!("{:?}", m.as_str())).collect();
                let what = format!("is not a setting of method {:?}", self.method.as_str());
                let remedy = format!("leave it out, or write method = {}", methods.join(" or "));
                Err(self.fields.fault(&value.span(), key, &what, &remedy))
            }
            _ => Ok(given),
        }
    }
}

/// Checks `[attack]` and fills in what was left out.
pub(in crate::recipe) fn resolve(
    fields: Fields<'_>,
    table: toml::Spanned<RawAttack>,
) -> Result<AttackRecipe, RecipeError> {
    let span = table.span();
    let raw = table.into_inner();
    let method: AttackMethod = fields.word("method", raw.method)?;
    let norm = norm(fields, method, raw.norm)?;
    let of = Method { fields, method, preset: Preset::default() };
    let preset = fields.word("preset", of.only("preset", raw.preset)?)?;
    let of = Method { preset, ..of };
    let steps = fields.count("steps", of.only("steps", raw.steps)?, method.known().steps)?;
    let eps = eps(fields, &span, norm, raw.eps)?;
    let alpha = alpha(fields, &span, of.only("alpha", raw.alpha)?, (method, &eps, steps))?;
    let start = fields.word("start", of.only("start", raw.start)?)?;
    let smallest = of.only("smallest", raw.smallest)?.map_or(method.known().seeks_smallest, toml::Spanned::into_inner);
    Ok(AttackRecipe {
        method,
        preset,
        norm,
        alpha,
        eps,
        steps,
        restarts: restarts(fields, of.only("restarts", raw.restarts)?, start)?,
        start,
        loss: fields.word("loss", of.only("loss", raw.loss)?)?,
        targets: fields.count("targets", of.only("targets", raw.targets)?, TARGETS)?,
        queries: fields.count("queries", of.only("queries", raw.queries)?, QUERIES)?,
        smallest,
        transfer: raw.transfer.is_some_and(toml::Spanned::into_inner),
        checks: raw.checks.is_some_and(toml::Spanned::into_inner),
    })
}

pub(in crate::recipe) fn eps(
    fields: Fields<'_>,
    table: &Range<usize>,
    norm: Norm,
    given: Given<toml::Value>,
) -> Result<Strength, RecipeError> {
    let remedy = match fields.table {
        "attack" => r#"write eps = "8/255", or leave [attack] out for clean accuracy only"#,
        _ => r#"write eps = "8/255""#,
    };
    let given = given.ok_or_else(|| fields.missing(table, "eps", remedy))?;
    let eps = fields.strength(&given.span(), "eps", given.get_ref())?;
    if eps.value() <= 0.0 {
        let what = format!("is {eps}, which allows no attack");
        return Err(fields.fault(&given.span(), "eps", &what, remedy));
    }
    if norm == Norm::L0 && eps.value() < 1.0 {
        let what = format!("is {eps}, and l0 counts the pixel values that change");
        return Err(fields.fault(&given.span(), "eps", &what, "write eps = 10 or another number from 1 on"));
    }
    if norm == Norm::Linf && eps.value() > 1.0 {
        let what = format!("is {eps}, and pixel values run from 0 to 1");
        return Err(fields.fault(&given.span(), "eps", &what, &format!("did you mean \"{eps}/255\"?")));
    }
    Ok(eps)
}

/// The step as given, else its default.
fn alpha(
    fields: Fields<'_>,
    table: &Range<usize>,
    given: Given<toml::Value>,
    (method, eps, steps): (AttackMethod, &Strength, usize),
) -> Result<Strength, RecipeError> {
    let Some(given) = given else {
        let scaled = default_alpha(method, eps, steps);
        let default = scaled.map_err(|err| fields.fault(table, "alpha", &err.to_string(), SIZES))?;
        return positive_step(fields, table, default);
    };
    let alpha = fields.strength(&given.span(), "alpha", given.get_ref())?;
    positive_step(fields, &given.span(), alpha)
}

pub(in crate::recipe) fn positive_step(
    fields: Fields<'_>,
    span: &Range<usize>,
    alpha: Strength,
) -> Result<Strength, RecipeError> {
    if alpha.value() > 0.0 {
        return Ok(alpha);
    }
    let what = format!("is {alpha}, and an attack that does not move finds nothing");
    let default = if fields.table == "attack" { "2.5 eps / steps" } else { "a quarter of eps" };
    Err(fields.fault(span, "alpha", &what, &format!("write a step above 0, or leave alpha out for {default}")))
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
        _ => fields.count("restarts", given, 1),
    }
}
