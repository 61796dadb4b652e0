//! The stitch as given: what joins the halves, where it starts, what it learns from, and how.

use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;

use crate::recipe::error::RecipeError;
use crate::recipe::fields::Fields;
use crate::recipe::raw::{Given, RawStitch};
use crate::recipe::resolve::MOST_BATCH;
use crate::recipe::train_attack::TrainAttackRecipe;
use crate::recipe::words::{
    BatchNorm, Distance, Form, Init, Mask, Optimizer, Resize, ResizeAt, Schedule, Teacher, Train, Word,
};

// Upper ends are far beyond use. They exist because a recipe may come from a stranger's link, and memory grows with these.
const MOST_EPOCHS: usize = 100_000;
const MOST_SEEDS: usize = 1_000;
pub(in crate::recipe) const MOST_RANK: usize = 1 << 20;
const MOST_CROP: usize = 4_096;

/// What joins the halves and how it is found. A setting that the form, the training or the optimiser does not have keeps its
/// default.
#[derive(Clone, Debug, PartialEq)]
pub struct StitchRecipe {
    /// Shape of the linear map.
    pub form: Form,
    /// Rank of `low-rank`, at most the smaller number of channels; 8 when left out.
    pub rank: usize,
    /// How taps of unequal sizes are brought together; `none` when left out, which refuses them.
    pub resize: Resize,
    /// Where; `before` the stitch when left out.
    pub resize_at: ResizeAt,
    /// Which entries of the weight may differ from zero.
    pub mask: Mask,
    /// Where it starts.
    pub init: Init,
    /// What it is trained on.
    pub train: Train,
    /// What the donors' BatchNorm does meanwhile; `frozen` when left out.
    pub batchnorm: BatchNorm,
    /// Whose outputs `soft` learns; `end` when left out.
    pub teacher: Teacher,
    /// Temperature of `soft`, above 0; 1 when left out.
    pub temperature: f64,
    /// Weight of the divergence of `trades`, at least 0; 1 when left out.
    pub beta: f64,
    /// What `match`, `final` and `fula` lower; `relative` for `fula` and `mse` for the others when left out.
    pub distance: Distance,
    /// Passes over the training images by which `final` matches before it learns the labels; 3 when left out.
    pub match_epochs: usize,
    /// Factor of `mean |W|` in the loss, at least 0.
    pub l1: f64,
    /// Whether training images are mirrored left to right, each with a chance of one half.
    pub flip: bool,
    /// Training images are cut out at random from ones with a border of so many black pixels; 0 leaves them in place.
    pub crop: usize,
    /// What turns gradients into steps.
    pub optimizer: Optimizer,
    /// Momentum of `sgd`, in [0, 1); 0.9 when left out.
    pub momentum: f64,
    /// Whether `sgd` looks ahead (Nesterov); it does when left out.
    pub nesterov: bool,
    /// Passes over the training images.
    pub epochs: usize,
    /// Learning rate.
    pub lr: f64,
    /// Share of the training images that are held out, in [0, 1); the stitch that is best on them is kept. None when left out.
    pub validation: f64,
    /// Passes without a better stitch after which a training with held-out images ends; 5 when left out.
    pub patience: usize,
    /// Images per training step.
    pub batch: usize,
    /// How the learning rate moves.
    pub schedule: Schedule,
    /// Weight decay on weight and bias alike, at least 0; added to the gradient, but for `adamw`.
    pub weight_decay: f64,
    /// One repetition per seed; distinct, at least one.
    pub seeds: Vec<u64>,
    /// The attack that `adversarial` and `trades` train against (`[train_attack]`); left out, [`TrainAttackRecipe::default_for`].
    pub attack: Option<TrainAttackRecipe>,
}

impl Default for StitchRecipe {
    /// Task matching from the least-squares stitch, 3 epochs of Adam at 1e-3, one seed.
    fn default() -> Self {
        Self {
            form: Form::default(),
            rank: 8,
            resize: Resize::default(),
            resize_at: ResizeAt::default(),
            mask: Mask::default(),
            init: Init::default(),
            train: Train::default(),
            batchnorm: BatchNorm::default(),
            teacher: Teacher::default(),
            temperature: 1.0,
            beta: 1.0,
            distance: Distance::default(),
            match_epochs: 3,
            l1: 0.0,
            flip: false,
            crop: 0,
            optimizer: Optimizer::default(),
            momentum: 0.9,
            nesterov: true,
            epochs: 3,
            lr: 1e-3,
            validation: 0.0,
            patience: 5,
            batch: 128,
            schedule: Schedule::default(),
            weight_decay: 0.0,
            seeds: vec![0],
            attack: None,
        }
    }
}

impl StitchRecipe {
    /// Whether the recipe has a setting of this name.
    pub(in crate::recipe) fn has(&self, key: &str) -> bool {
        match key {
            "rank" => self.form == Form::LowRank,
            "resize" => self.form != Form::Dense,
            "resize_at" => self.resize != Resize::None,
            // Statistics that adapted to one loss would be carried into the other.
            "batchnorm" => !matches!(self.train, Train::None | Train::Final),
            "teacher" | "temperature" => self.train == Train::Soft,
            "beta" => self.train == Train::Trades,
            "distance" => matches!(self.train, Train::Match | Train::Fula | Train::Final),
            "match_epochs" => self.train == Train::Final,
            "validation" => self.train != Train::None,
            "patience" => self.validation > 0.0,
            "momentum" | "nesterov" => self.optimizer == Optimizer::Sgd,
            _ => true,
        }
    }

    /// Whether training sees every image in changing views.
    #[must_use]
    pub const fn has_views(&self) -> bool {
        self.flip || self.crop > 0
    }
}

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
    let validation = below_one(fields, "validation", own.only("validation", raw.validation)?, default.validation)?;
    let words = StitchRecipe { validation, ..words };
    let own = Of { fields, stitch: words.clone() };
    let distance = match own.only("distance", raw.distance)? {
        None if train == Train::Fula => Distance::Relative,
        given => fields.word("distance", given)?,
    };
    let flag = |given: Given<bool>, default: bool| given.map_or(default, Spanned::into_inner);
    let stitch = StitchRecipe {
        rank: fields.count("rank", own.only("rank", raw.rank)?, default.rank, 1..=MOST_RANK)?,
        resize_at: fields.word("resize_at", own.only("resize_at", raw.resize_at)?)?,
        batchnorm: fields.word("batchnorm", own.only("batchnorm", raw.batchnorm)?)?,
        teacher: fields.word("teacher", own.only("teacher", raw.teacher)?)?,
        temperature: fields.number(
            "temperature",
            own.only("temperature", raw.temperature)?,
            default.temperature,
            true,
        )?,
        beta: fields.number("beta", own.only("beta", raw.beta)?, default.beta, false)?,
        distance,
        match_epochs: fields.count(
            "match_epochs",
            own.only("match_epochs", raw.match_epochs)?,
            default.match_epochs,
            0..=MOST_EPOCHS,
        )?,
        l1: fields.number("l1", raw.l1, default.l1, false)?,
        flip: flag(raw.flip, default.flip),
        crop: fields.count("crop", raw.crop, default.crop, 0..=MOST_CROP)?,
        momentum: momentum(fields, own.only("momentum", raw.momentum)?, default.momentum)?,
        nesterov: flag(own.only("nesterov", raw.nesterov)?, default.nesterov),
        // Final features may be all that is matched.
        epochs: epochs(fields, raw.epochs, trains && train != Train::Final)?,
        lr: fields.number("lr", raw.lr, default.lr, trains)?,
        patience: fields.count("patience", own.only("patience", raw.patience)?, default.patience, 1..=MOST_EPOCHS)?,
        batch: fields.count("batch", raw.batch, default.batch, 1..=MOST_BATCH)?,
        weight_decay: fields.number("weight_decay", raw.weight_decay, default.weight_decay, false)?,
        seeds: seeds(fields, raw.seeds, default.seeds)?,
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

/// A number from 0 to below 1.
fn below_one(fields: Fields<'_>, key: &str, given: Given<f64>, default: f64) -> Result<f64, RecipeError> {
    match &given {
        Some(value) if *value.get_ref() >= 1.0 => {
            let what = format!("is {}, and no image would be left to learn on", value.get_ref());
            Err(fields.fault(&value.span(), key, &what, "write a share from 0 to below 1, such as 0.1"))
        }
        _ => fields.number(key, given, default, false),
    }
}

fn momentum(fields: Fields<'_>, given: Given<f64>, default: f64) -> Result<f64, RecipeError> {
    match &given {
        Some(value) if *value.get_ref() >= 1.0 => {
            let what = format!("is {}, and nothing would ever be forgotten", value.get_ref());
            Err(fields.fault(&value.span(), "momentum", &what, "write a number from 0 to below 1"))
        }
        _ => fields.number("momentum", given, default, false),
    }
}

fn epochs(fields: Fields<'_>, given: Given<usize>, trains: bool) -> Result<usize, RecipeError> {
    match &given {
        Some(zero) if trains && *zero.get_ref() == 0 => {
            let remedy = r#"write 1 or more, or train = "none" for a stitch that stays at its start"#;
            Err(fields.fault(&zero.span(), "epochs", "is 0, which trains nothing", remedy))
        }
        _ => fields.count("epochs", given, StitchRecipe::default().epochs, 0..=MOST_EPOCHS),
    }
}

fn seeds(fields: Fields<'_>, given: Given<Vec<u64>>, default: Vec<u64>) -> Result<Vec<u64>, RecipeError> {
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
