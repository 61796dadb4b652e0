//! The attack as given: sizes in range, a step to walk with, restarts that differ.

use std::ops::Range;

use crate::recipe::AttackRecipe;
use crate::recipe::error::RecipeError;
use crate::recipe::fields::{Fields, SIZES};
use crate::recipe::raw::{Given, RawAttack};
use crate::recipe::strength::{Strength, StrengthError};
use crate::recipe::words::{AttackLoss, AttackMethod, AttackPreset, Norm, Start, Word};

// Far beyond use; a recipe may come from a stranger's link.
pub(in crate::recipe) const MOST_STEPS: usize = 100_000;
const MOST_RESTARTS: usize = 10_000;

const MOST_TARGETS: usize = 100_000;
const MOST_QUERIES: usize = 10_000_000;

impl AttackRecipe {
    /// A method with every setting at its default.
    ///
    /// # Errors
    /// [`StrengthError`] when the default step, a fraction of `eps`, is no size.
    pub fn new(method: AttackMethod, norm: Norm, eps: Strength) -> Result<Self, StrengthError> {
        let steps = default_steps(method);
        Ok(Self {
            method,
            preset: AttackPreset::default(),
            norm,
            alpha: default_alpha(method, &eps, steps)?,
            eps,
            steps,
            restarts: 1,
            start: Start::default(),
            loss: AttackLoss::default(),
            targets: 9,
            queries: 5000,
            smallest: seeks_smallest(method),
            transfer: false,
            checks: false,
        })
    }

    /// Whether the recipe has a setting of this name.
    pub(in crate::recipe) fn has(&self, key: &str) -> bool {
        has(self.method, self.preset, key)
    }
}

/// The settings that a method has beside norm and eps.
fn has(method: AttackMethod, preset: AttackPreset, key: &str) -> bool {
    use AttackMethod::{ApgdCe, ApgdDlr, ApgdT, AutoAttack, Ddn, Fab, FabT, Fgsm, Fmn, Pgd, Square};
    match key {
        "preset" => method == AutoAttack,
        "alpha" => method == Pgd || (method == AutoAttack && preset == AttackPreset::Paper),
        "start" | "loss" => method == Pgd,
        "steps" => matches!(method, Pgd | ApgdCe | ApgdDlr | ApgdT | Fab | FabT | Ddn | Fmn),
        "restarts" => !matches!(method, Fgsm | AutoAttack | Ddn | Fmn),
        "targets" => matches!(method, ApgdT | FabT),
        "queries" => method == Square,
        "smallest" => matches!(method, Fab | FabT),
        _ => true,
    }
}

/// Whether the method looks for the smallest change and nothing else.
const fn seeks_smallest(method: AttackMethod) -> bool {
    matches!(method, AttackMethod::Ddn | AttackMethod::Fmn)
}

/// The norms in which a method works, its default first.
pub(in crate::recipe) const fn norms(method: AttackMethod) -> &'static [Norm] {
    match method {
        AttackMethod::Ddn => &[Norm::L2],
        AttackMethod::Fmn => &[Norm::Linf, Norm::L2, Norm::L1, Norm::L0],
        _ => &[Norm::Linf, Norm::L2, Norm::L1],
    }
}

/// The norm as given, which the method must know; else the method's default.
fn norm(fields: Fields<'_>, method: AttackMethod, given: Given<String>) -> Result<Norm, RecipeError> {
    let known = norms(method);
    let Some(span) = given.as_ref().map(toml::Spanned::span) else { return Ok(known[0]) };
    let norm = fields.word("norm", given)?;
    if known.contains(&norm) {
        return Ok(norm);
    }
    let words: Vec<String> = known.iter().map(|norm| format!("{:?}", norm.as_str())).collect();
    let what = format!("is {:?}, which method {:?} does not work in", norm.as_str(), method.as_str());
    Err(fields.fault(&span, "norm", &what, &format!("write norm = {}", words.join(" or "))))
}

fn default_steps(method: AttackMethod) -> usize {
    if method == AttackMethod::Pgd { 20 } else { 100 }
}

/// 2.5 eps / steps for PGD, a quarter of eps else.
fn default_alpha(method: AttackMethod, eps: &Strength, steps: usize) -> Result<Strength, StrengthError> {
    #[expect(clippy::cast_precision_loss, reason = "steps is at most MOST_STEPS")]
    let factor = if method == AttackMethod::Pgd { 2.5 / steps as f64 } else { 0.25 };
    eps.scaled(factor)
}

/// The settings as given, refusing those that the method does not have.
#[derive(Clone, Copy)]
struct Method<'a> {
    fields: Fields<'a>,
    method: AttackMethod,
    preset: AttackPreset,
}

impl Method<'_> {
    fn only<T>(&self, key: &str, given: Given<T>) -> Result<Given<T>, RecipeError> {
        match &given {
            Some(value) if !has(self.method, self.preset, key) => {
                let with = |m: &&AttackMethod| AttackPreset::ALL.iter().any(|p| has(**m, *p, key));
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
    let of = Method { fields, method, preset: AttackPreset::default() };
    let preset = fields.word("preset", of.only("preset", raw.preset)?)?;
    let of = Method { preset, ..of };
    let steps = fields.count("steps", of.only("steps", raw.steps)?, default_steps(method), 1..=MOST_STEPS)?;
    let eps = eps(fields, &span, norm, raw.eps)?;
    let alpha = alpha(fields, &span, of.only("alpha", raw.alpha)?, (method, &eps, steps))?;
    let start = fields.word("start", of.only("start", raw.start)?)?;
    let smallest = of.only("smallest", raw.smallest)?.map_or(seeks_smallest(method), toml::Spanned::into_inner);
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
        targets: fields.count("targets", of.only("targets", raw.targets)?, 9, 1..=MOST_TARGETS)?,
        queries: fields.count("queries", of.only("queries", raw.queries)?, 5000, 1..=MOST_QUERIES)?,
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
        _ => fields.count("restarts", given, 1, 1..=MOST_RESTARTS),
    }
}
