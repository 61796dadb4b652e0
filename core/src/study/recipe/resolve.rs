//! From what stands in the text to a recipe that can run: defaults filled in, ranges and contradictions checked.

use std::collections::HashSet;
use std::ops::Range;

use super::error::{RecipeError, Source};
use super::fields::{Fields, SIZES};
use super::raw::{Given, RawAttack, RawData, RawDonor, RawRecipe, RawRun, RawStitch, RawTaps};
use super::strength::Strength;
use super::words::{Norm, Start, Train};
use super::{
    AttackRecipe, DataRecipe, DonorRef, Pairs, Recipe, RunRecipe, StitchRecipe, TapsRecipe, pairs,
};

// Upper ends are far beyond use. They exist because a recipe may come from a stranger's link, and memory grows with these.
const MOST_IMAGES: usize = 1_000_000_000;
const MOST_BATCH: usize = 65_536;
const MOST_EPOCHS: usize = 100_000;
const MOST_SEEDS: usize = 1_000;
const MOST_STEPS: usize = 100_000;
const MOST_RESTARTS: usize = 10_000;
const MOST_CACHE_MIB: usize = 1 << 20;

const MODEL: &str = r#"write model = "network.onnx", or "zoo:NAME" for a bundled one"#;
const IMAGES: &str =
    r#"write a path (idx, cifar, npz, image folder), or "zoo:NAME" for bundled images"#;

/// Checks every value of `raw`, fills in what was left out.
pub(super) fn resolve(source: Source<'_>, raw: RawRecipe) -> Result<Recipe, RecipeError> {
    let front = required(source, "front", raw.front, MODEL)?;
    let end = required(source, "end", raw.end, MODEL)?;
    let data = required(
        source,
        "data",
        raw.data,
        r#"write train = "..." and test = "...""#,
    )?;
    Ok(Recipe {
        front: donor(
            Fields {
                source,
                table: "front",
            },
            front,
        )?,
        end: donor(
            Fields {
                source,
                table: "end",
            },
            end,
        )?,
        data: images(
            Fields {
                source,
                table: "data",
            },
            data,
        )?,
        taps: taps(source, raw.taps)?,
        stitch: stitch(
            Fields {
                source,
                table: "stitch",
            },
            raw.stitch,
        )?,
        attack: match raw.attack {
            Some(table) => Some(attack(
                Fields {
                    source,
                    table: "attack",
                },
                table,
            )?),
            None => None,
        },
        run: run(
            Fields {
                source,
                table: "run",
            },
            raw.run,
        )?,
    })
}

/// A table that every recipe has.
fn required<T>(
    source: Source<'_>,
    table: &str,
    given: Given<T>,
    remedy: &str,
) -> Result<toml::Spanned<T>, RecipeError> {
    let missing = || {
        let remedy = format!(
            "add [{table}] and below it {}",
            remedy.trim_start_matches("write ")
        );
        source.fault(
            &(0..0),
            table,
            format!("the recipe has no [{table}]"),
            remedy,
        )
    };
    given.ok_or_else(missing)
}

fn donor(fields: Fields<'_>, table: toml::Spanned<RawDonor>) -> Result<DonorRef, RecipeError> {
    let span = table.span();
    let model = fields.text(&span, "model", table.into_inner().model, MODEL)?;
    Ok(DonorRef { model })
}

fn images(fields: Fields<'_>, table: toml::Spanned<RawData>) -> Result<DataRecipe, RecipeError> {
    let span = table.span();
    let raw = table.into_inner();
    let some = 1..=MOST_IMAGES;
    Ok(DataRecipe {
        train: fields.text(&span, "train", raw.train, IMAGES)?,
        test: fields.text(&span, "test", raw.test, IMAGES)?,
        train_images: fields.optional_count("train_images", raw.train_images, some.clone())?,
        test_images: fields.optional_count("test_images", raw.test_images, some)?,
    })
}

fn taps(source: Source<'_>, raw: RawTaps) -> Result<TapsRecipe, RecipeError> {
    let pairs = match raw.pairs {
        Some(given) => pairs::read(source, &given.span(), given.get_ref())?,
        None => Pairs::default(),
    };
    Ok(TapsRecipe { pairs })
}

fn stitch(fields: Fields<'_>, raw: RawStitch) -> Result<StitchRecipe, RecipeError> {
    let default = StitchRecipe::default();
    let train: Train = fields.word("train", raw.train)?;
    let trains = train != Train::None;
    Ok(StitchRecipe {
        form: fields.word("form", raw.form)?,
        init: fields.word("init", raw.init)?,
        train,
        epochs: epochs(fields, raw.epochs, trains)?,
        lr: fields.number("lr", raw.lr, default.lr, trains)?,
        batch: fields.count("batch", raw.batch, default.batch, 1..=MOST_BATCH)?,
        schedule: fields.word("schedule", raw.schedule)?,
        weight_decay: fields.number(
            "weight_decay",
            raw.weight_decay,
            default.weight_decay,
            false,
        )?,
        seeds: seeds(fields, raw.seeds, default.seeds)?,
    })
}

fn epochs(fields: Fields<'_>, given: Given<usize>, trains: bool) -> Result<usize, RecipeError> {
    match &given {
        Some(zero) if trains && *zero.get_ref() == 0 => {
            let remedy =
                r#"write 1 or more, or train = "none" for a stitch that stays at its start"#;
            Err(fields.fault(&zero.span(), "epochs", "is 0, which trains nothing", remedy))
        }
        _ => fields.count(
            "epochs",
            given,
            StitchRecipe::default().epochs,
            0..=MOST_EPOCHS,
        ),
    }
}

fn seeds(
    fields: Fields<'_>,
    given: Given<Vec<u64>>,
    default: Vec<u64>,
) -> Result<Vec<u64>, RecipeError> {
    let Some(given) = given else {
        return Ok(default);
    };
    let fault = |what: &str, remedy: &str| Err(fields.fault(&given.span(), "seeds", what, remedy));
    let seeds = given.get_ref();
    if seeds.is_empty() {
        return fault("is an empty list", "write at least one seed, such as [0]");
    }
    if seeds.len() > MOST_SEEDS {
        let what = format!("has {} entries", seeds.len());
        return fault(&what, &format!("write at most {MOST_SEEDS}"));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = seeds.iter().find(|seed| !seen.insert(**seed)) {
        let remedy = "leave it out once: the same seed gives the same stitch again";
        return fault(&format!("has {twice} twice"), remedy);
    }
    Ok(given.into_inner())
}

fn attack(
    fields: Fields<'_>,
    table: toml::Spanned<RawAttack>,
) -> Result<AttackRecipe, RecipeError> {
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
        return Err(fields.fault(
            &given.span(),
            "eps",
            &what,
            &format!("did you mean \"{eps}/255\"?"),
        ));
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
        let default =
            scaled.map_err(|err| fields.fault(table, "alpha", &err.to_string(), SIZES))?;
        return positive_step(fields, table, default);
    };
    let alpha = fields.strength(&given.span(), "alpha", given.get_ref())?;
    positive_step(fields, &given.span(), alpha)
}

fn positive_step(
    fields: Fields<'_>,
    span: &Range<usize>,
    alpha: Strength,
) -> Result<Strength, RecipeError> {
    if alpha.value() > 0.0 {
        return Ok(alpha);
    }
    let what = format!("is {alpha}, and an attack that does not move finds nothing");
    Err(fields.fault(
        span,
        "alpha",
        &what,
        "write a step above 0, or leave alpha out for 2.5 eps / steps",
    ))
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

fn run(fields: Fields<'_>, raw: RawRun) -> Result<RunRecipe, RecipeError> {
    let default = RunRecipe::default();
    Ok(RunRecipe {
        engine: fields.word("engine", raw.engine)?,
        batch: fields.count("batch", raw.batch, default.batch, 1..=MOST_BATCH)?,
        cache_mib: fields.count(
            "cache_mib",
            raw.cache_mib,
            default.cache_mib,
            0..=MOST_CACHE_MIB,
        )?,
    })
}
