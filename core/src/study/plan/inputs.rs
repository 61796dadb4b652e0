//! What a study computes from, by content, and whether what is at hand is still that.

use serde::{Deserialize, Serialize};

use super::sets::{self, Sets};
use super::{Network, Plan, Sources};
use crate::data::Images;
use crate::provenance::Inputs;
use crate::recipe::{DataRecipe, Recipe};
use crate::report::{Cell, Report};
use crate::stitch;
use crate::study::StudyError;

impl Inputs {
    /// Those of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut inputs = Self::networks(&plan.front, &plan.end);
        let data = &plan.recipe.data;
        inputs.images("training", &data.train, &plan.train);
        inputs.images("test", &data.test, &plan.test);
        if let (Some(name), Some(images)) = (&data.also, &plan.also) {
            inputs.images("other", name, images);
        }
        inputs
    }

    fn networks(front: &Network, end: &Network) -> Self {
        let mut inputs = Self::none();
        inputs.add("front network", front.files.iter().cloned());
        inputs.add("end network", end.files.iter().cloned());
        inputs
    }

    fn images(&mut self, which: &str, reference: &str, images: &Images) {
        self.add(&format!("{which} images"), [images.pixel_content(reference)]);
        self.add(&format!("{which} labels"), [images.label_content(reference)]);
    }
}

/// The images of a study: what they are by content, and how many.
#[derive(Clone, Debug)]
pub struct ImageInputs {
    /// Images and labels, as [`Inputs::of`] has them.
    pub inputs: Inputs,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
}

/// What a recipe's `[data]` comes to for networks such as `network`: it decides the channels, the size and the classes.
///
/// # Errors
/// [`StudyError`] when a set cannot be read or does not fit.
pub(crate) fn image_inputs(
    data: &DataRecipe,
    sources: &dyn Sources,
    network: &Network,
) -> Result<ImageInputs, StudyError> {
    let Sets { train, test, also, .. } = Sets::load(data, sources, network.into())?;
    let mut inputs = Inputs::none();
    inputs.images("training", &data.train, &train);
    inputs.images("test", &data.test, &test);
    if let (Some(name), Some(images)) = (&data.also, &also) {
        inputs.images("other", name, images);
    }
    Ok(ImageInputs { inputs, train: train.len(), test: test.len() })
}

/// What a stitch's file, and a network exported with it, say of where they come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Version of Stitchscope that found the stitch.
    pub version: String,
    /// Fingerprint of the recipe.
    pub recipe: String,
    /// Where the front is cut.
    pub front_tap: String,
    /// Where the end is cut.
    pub end_tap: String,
    /// The seed of the repetition.
    pub seed: u64,
    /// What the study computed from.
    pub inputs: Inputs,
}

impl About {
    /// Of a cell.
    pub(in crate::study) fn of(plan: &Plan, inputs: &Inputs, cell: &Cell) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            recipe: plan.recipe.fingerprint(),
            front_tap: cell.front_tap.clone(),
            end_tap: cell.end_tap.clone(),
            seed: cell.seed,
            inputs: inputs.clone(),
        }
    }

    pub(in crate::study) fn to_json(&self) -> Result<String, StudyError> {
        serde_json::to_string(self).map_err(|e| StudyError::Misfit(format!("a stitch's origin cannot be written: {e}")))
    }

    /// What a stitch's file says of itself; `None` for one of an earlier version.
    ///
    /// # Errors
    /// [`StudyError`] for a file that is no stitch, or says it in another way.
    pub fn read(file: &[u8]) -> Result<Option<Self>, StudyError> {
        let Some(text) = stitch::about(file)? else { return Ok(None) };
        let told = serde_json::from_str(&text);
        told.map(Some).map_err(|e| StudyError::Misfit(format!("the stitch file does not say where it comes from: {e}")))
    }

    /// Whether the stitch belongs between these networks at these taps.
    pub(in crate::study) fn fits(&self, donors: (&Network, &Network), taps: (&str, &str)) -> Result<(), StudyError> {
        let (front, end) = (&self.front_tap, &self.end_tap);
        if (front.as_str(), end.as_str()) != taps {
            return Err(StudyError::Misfit(format!(
                "the stitch file is that of {front} -> {end}, not of {} -> {}; run the study again to make it anew",
                taps.0, taps.1
            )));
        }
        Ok(self.inputs.compare(&Inputs::networks(donors.0, donors.1))?)
    }
}

/// Compares a report's networks, images and labels with those at hand. What cannot be opened here is a sentence each, as is a report
/// that does not say what it was measured on.
///
/// # Errors
/// [`StudyError`] naming the first that changed.
pub fn unchanged(report: &Report, sources: &dyn Sources) -> Result<Vec<String>, StudyError> {
    let Some(recorded) = &report.inputs else {
        let text = "The report is of a version that did not record which networks and images it was measured on: \
                    see to it that they are the same.";
        return Ok(vec![text.to_owned()]);
    };
    let recipe = Recipe::parse(&report.recipe, "the report's recipe")?;
    let mut notes = Vec::new();
    let mut found = Inputs::none();
    let mut note = |what: &str, why: StudyError| {
        notes.push(format!("The {what} could not be compared with what was measured: {why}."));
    };
    // What a file leaves open of its images they say; its content is the same whatever that is.
    let shape = sets::shape(&recipe.data, sources).ok();
    match sources.model_as(&recipe.front.model, &recipe.front.interface(shape)) {
        Ok(model) => found.add("front network", model.files),
        Err(why) => note("front network", why),
    }
    match Network::open(sources, &recipe.end, shape) {
        Ok(mut network) => {
            found.add("end network", std::mem::take(&mut network.files));
            match Sets::load(&recipe.data, sources, (&network).into()) {
                Ok(sets) => {
                    found.images("training", &recipe.data.train, &sets.train);
                    found.images("test", &recipe.data.test, &sets.test);
                }
                Err(why) => note("images", why),
            }
        }
        Err(why) => note("end network with its images", why),
    }
    recorded.compare(&found)?;
    Ok(notes)
}
