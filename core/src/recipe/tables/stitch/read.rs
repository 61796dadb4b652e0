//! The stitch as given: settings that the form or the training does not have are refused, and those that contradict each other.

use std::ops::Range;

use toml::Spanned;

use super::{RawStitch, StitchRecipe};
use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::Given;
use crate::recipe::schema::list::{NOT_NEGATIVE, POSITIVE};
use crate::recipe::words::{Distance, Form, Init, Mask, Train, Word};

const SEED_TWICE: &str = "leave it out once: the same seed gives the same stitch again";

/// The settings as given, refusing those that the stitch does not have.
struct Of<'a> {
    fields: Fields<'a>,
    stitch: StitchRecipe,
}

impl Of<'_> {
    fn only<T>(&self, key: &str, given: Given<T>) -> Result<Given<T>, RecipeError> {
        let Some(value) = given.as_ref().filter(|_| !self.stitch.has(key)) else { return Ok(given) };
        let (of, remedy) = match key {
            "rank" => (format!("form {:?}", self.stitch.form.as_str()), r#"form = "low-rank""#),
            "resize" => (format!("form {:?}", self.stitch.form.as_str()), r#"form = "auto""#),
            "resize_at" => (format!("resize {:?}", self.stitch.resize.as_str()), r#"resize = "bilinear""#),
            "batchnorm" => (format!("train {:?}", self.stitch.train.as_str()), r#"train = "task""#),
            "teacher" | "temperature" => (format!("train {:?}", self.stitch.train.as_str()), r#"train = "soft""#),
            "beta" => (format!("train {:?}", self.stitch.train.as_str()), r#"train = "trades""#),
            "distance" => (format!("train {:?}", self.stitch.train.as_str()), r#"train = "match", "fula" or "final""#),
            "match_epochs" => (format!("train {:?}", self.stitch.train.as_str()), r#"train = "final""#),
            "validation" => (format!("train {:?}", self.stitch.train.as_str()), r#"train = "task""#),
            "patience" => ("a training without held-out images".to_owned(), "validation = 0.1"),
            _ => (format!("optimizer {:?}", self.stitch.optimizer.as_str()), r#"optimizer = "sgd""#),
        };
        let (what, remedy) = (format!("is not a setting of {of}"), format!("leave it out, or write {remedy}"));
        Err(self.fields.fault(&value.span(), key, &what, &remedy))
    }
}

/// Checks `[stitch]` and fills in what was left out.
pub(in crate::recipe) fn resolve(fields: Fields<'_>, raw: RawStitch) -> Result<StitchRecipe, RecipeError> {
    let default = StitchRecipe::default();
    let form_span = raw.form.as_ref().map(Spanned::span);
    let of = |given: &Given<String>| given.as_ref().map(Spanned::span);
    let (init_span, mask_span) = (of(&raw.init), of(&raw.mask));
    let train: Train = fields.word("train", raw.train)?;
    let form = fields.word("form", raw.form)?;
    let shape = Of { fields, stitch: StitchRecipe { form, ..default.clone() } };
    let words = StitchRecipe {
        form,
        resize: fields.word("resize", shape.only("resize", raw.resize)?)?,
        mask: fields.word("mask", raw.mask)?,
        init: fields.word("init", raw.init)?,
        train,
        optimizer: fields.word("optimizer", raw.optimizer)?,
        schedule: fields.word("schedule", raw.schedule)?,
        ..default.clone()
    };
    let trains = train != Train::None;
    let epochs_span = raw.epochs.as_ref().map(Spanned::span);
    let own = Of { fields, stitch: words.clone() };
    let validation = fields.number("validation", own.only("validation", raw.validation)?, default.validation)?;
    let words = StitchRecipe { validation, ..words };
    let own = Of { fields, stitch: words.clone() };
    let distance = match own.only("distance", raw.distance)? {
        None if train == Train::Fula => Distance::Relative,
        given => fields.word("distance", given)?,
    };
    let flag = |given: Given<bool>, default: bool| given.map_or(default, Spanned::into_inner);
    let stitch = StitchRecipe {
        rank: fields.count("rank", own.only("rank", raw.rank)?, default.rank)?,
        resize_at: fields.word("resize_at", own.only("resize_at", raw.resize_at)?)?,
        batchnorm: fields.word("batchnorm", own.only("batchnorm", raw.batchnorm)?)?,
        teacher: fields.word("teacher", own.only("teacher", raw.teacher)?)?,
        temperature: fields.number("temperature", own.only("temperature", raw.temperature)?, default.temperature)?,
        beta: fields.number("beta", own.only("beta", raw.beta)?, default.beta)?,
        distance,
        match_epochs: fields.count(
            "match_epochs",
            own.only("match_epochs", raw.match_epochs)?,
            default.match_epochs,
        )?,
        l1: fields.number("l1", raw.l1, default.l1)?,
        flip: flag(raw.flip, default.flip),
        crop: fields.count("crop", raw.crop, default.crop)?,
        momentum: fields.number("momentum", own.only("momentum", raw.momentum)?, default.momentum)?,
        nesterov: flag(own.only("nesterov", raw.nesterov)?, default.nesterov),
        // Final features may be all that is matched.
        epochs: epochs(fields, raw.epochs, trains && train != Train::Final)?,
        lr: fields.number_of("lr", raw.lr, default.lr, if trains { POSITIVE } else { NOT_NEGATIVE })?,
        patience: fields.count("patience", own.only("patience", raw.patience)?, default.patience)?,
        batch: fields.count("batch", raw.batch, default.batch)?,
        weight_decay: fields.number("weight_decay", raw.weight_decay, default.weight_decay)?,
        seeds: fields.wholes("seeds", raw.seeds, default.seeds, SEED_TWICE)?,
        ..words
    };
    if let Some(span) = epochs_span.filter(|_| train == Train::Final && stitch.epochs + stitch.match_epochs == 0) {
        return Err(fields.fault(
            &span,
            "epochs",
            "is 0 as match_epochs is, which trains nothing",
            "write 1 or more for one of them",
        ));
    }
    whole(fields, &stitch, [form_span, init_span, mask_span])?;
    Ok(stitch)
}

/// Whether form, init and mask go together with each other and with the training; each with its place, where it is given.
fn whole(fields: Fields<'_>, stitch: &StitchRecipe, spans: [Option<Range<usize>>; 3]) -> Result<(), RecipeError> {
    let [form_span, init_span, mask_span] = spans;
    let solved = matches!(stitch.form, Form::Orthogonal | Form::Permutation);
    let entangled = matches!(stitch.form, Form::LowRank | Form::BnConvBn);
    let word = stitch.form.as_str();
    if let Some(span) = form_span.filter(|_| solved && stitch.train != Train::None) {
        let what = format!("is {word:?}, which is solved for and not trained");
        return Err(fields.fault(&span, "form", &what, r#"write train = "none", or another form"#));
    }
    if let Some(span) = init_span.filter(|_| solved && stitch.init != Init::Direct) {
        let what = format!("is {:?}, but form {word:?} has one solution and no start", stitch.init.as_str());
        return Err(fields.fault(&span, "init", &what, r#"leave it out, or write init = "direct""#));
    }
    if let Some(span) = mask_span.filter(|_| stitch.mask != Mask::None && (solved || entangled)) {
        let what = format!("is {:?}, and form {word:?} has no single entries to mask", stitch.mask.as_str());
        return Err(fields.fault(&span, "mask", &what, r#"leave one of them out"#));
    }
    Ok(())
}

fn epochs(fields: Fields<'_>, given: Given<usize>, trains: bool) -> Result<usize, RecipeError> {
    match &given {
        Some(zero) if trains && *zero.get_ref() == 0 => {
            let remedy = r#"write 1 or more, or train = "none" for a stitch that stays at its start"#;
            Err(fields.fault(&zero.span(), "epochs", "is 0, which trains nothing", remedy))
        }
        _ => fields.count("epochs", given, StitchRecipe::default().epochs),
    }
}
