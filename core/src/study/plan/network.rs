//! A donor made ready for stitching: graph, taps, classes.

use std::path::Path;

use super::{FileSources, Sources, sets};
use crate::cut::{self, Tap};
use crate::graph::Graph;
use crate::onnx::{self, Model, OnnxError};
use crate::provenance::Content;
use crate::recipe::{DonorRef, Recipe};
use crate::study::StudyError;
use crate::tensor::Dim;

/// A donor.
#[derive(Clone, Debug)]
pub struct Network {
    /// What the recipe calls it.
    pub reference: String,
    /// Image batch [N, C, H, W] to logits [N, K].
    pub graph: Graph,
    /// Where it can be cut, in order.
    pub taps: Vec<Tap>,
    /// K.
    pub classes: usize,
    /// Channels, height, width of its images.
    pub image: [usize; 3],
    /// The files it was read from, by content.
    pub files: Vec<Content>,
    /// What a user should know of its file, one sentence each.
    pub notes: Vec<String>,
}

impl Network {
    /// Both donors of a recipe. What a file leaves open of its images is what the other donor's or the test images are.
    ///
    /// # Errors
    /// [`StudyError`] at the first that cannot be read, or is no image classifier.
    pub fn pair(recipe: &Recipe, sources: &dyn Sources) -> Result<(Self, Self), StudyError> {
        let both = [&recipe.front, &recipe.end];
        let [front, end] = both.map(|donor| Self::open(sources, donor, None));
        let images = match (front, end) {
            (Ok(front), Ok(end)) => return Ok((front, end)),
            (Ok(known), Err(why)) | (Err(why), Ok(known)) if why.wants_images() => known.image,
            (Err(one), Err(other)) if one.wants_images() && other.wants_images() => sets::shape(&recipe.data, sources)?,
            (Err(one), Err(other)) => return Err(if one.wants_images() { other } else { one }),
            (Err(why), Ok(_)) | (Ok(_), Err(why)) => return Err(why),
        };
        Ok((Self::open(sources, both[0], Some(images))?, Self::open(sources, both[1], Some(images))?))
    }

    /// One donor; `images` are the channels, rows and columns of the images at hand, where the file leaves them open.
    ///
    /// # Errors
    /// [`StudyError`] when it cannot be read, or is no image classifier.
    pub fn open(sources: &dyn Sources, donor: &DonorRef, images: Option<[usize; 3]>) -> Result<Self, StudyError> {
        Self::new(&donor.model, &sources.model_as(&donor.model, &donor.interface(images))?)
    }

    /// The classifier of an ONNX file, read as it stands: no output is named, no image size given.
    ///
    /// # Errors
    /// As [`Network::open`].
    pub fn from_file(path: &Path) -> Result<Self, StudyError> {
        Self::open(&FileSources { shelf: &() }, &DonorRef::new(&path.to_string_lossy()), None)
    }

    /// A network from a model file's content.
    ///
    /// # Errors
    /// [`StudyError::Misfit`] when it does not map one image batch to one row of logits per image.
    pub fn new(reference: &str, model: &Model) -> Result<Self, StudyError> {
        let graph = model.graph.clone();
        let misfit = |what: String| StudyError::Misfit(format!("{reference} is not an image classifier: {what}"));
        let [input] = graph.inputs() else {
            return Err(misfit(format!("it has {} inputs, one image batch is needed", graph.inputs().len())));
        };
        let shape = &graph.ty(*input).shape;
        if shape.len() == 2 {
            let input = format!("`{}` {}", graph.value(*input).name, graph.ty(*input));
            return Err(OnnxError::Flat { input }.into());
        }
        let sizes: Vec<Option<usize>> = shape.iter().skip(1).map(|d| d.known()).collect();
        let [Some(channels), Some(height), Some(width)] = *sizes.as_slice() else {
            return Err(misfit(format!("its input is {}, needed is [N, C, H, W]", graph.ty(*input))));
        };
        let [output] = graph.outputs() else {
            return Err(misfit(format!("it has {} outputs, one with the logits is needed", graph.outputs().len())));
        };
        let logits = graph.ty(output.value);
        let classes = match logits.shape.as_slice() {
            [Dim::BATCH, classes] if shape[0] == Dim::BATCH => classes.known(),
            _ => None,
        };
        let Some(classes) = classes else {
            return Err(misfit(format!(
                "its output `{}` is {logits}, needed is [N, classes], one row for each of N images",
                output.name
            )));
        };
        if !logits.dtype.is_real() {
            return Err(misfit(format!(
                "its output `{}` is {logits}, whole numbers such as ArgMax gives; export it with its logits, or name the output that \
                 holds them",
                output.name
            )));
        }
        if let Some(what) = onnx::no_logits(&graph, output.value) {
            return Err(misfit(format!(
                "its output `{}` holds {what}; export it with its logits, or name the output that holds them",
                output.name
            )));
        }
        let mut taps = cut::taps(&graph);
        // Where an image has several rows, or rows have no images, there is nothing that a stitch could join image by image.
        taps.retain(|tap| tap.ty.shape.first() == Some(&Dim::BATCH));
        Ok(Self {
            reference: reference.to_owned(),
            graph,
            taps,
            classes,
            image: [channels, height, width],
            files: model.files.clone(),
            notes: model.warnings.clone(),
        })
    }

    /// Whether it is read from files of the same content as `other`, in the same way.
    #[must_use]
    pub fn is(&self, other: &Self, (own, others): (&DonorRef, &DonorRef)) -> bool {
        let read = |donor: &DonorRef| DonorRef { model: String::new(), ..donor.clone() };
        let hashes = |network: &Self| network.files.iter().map(|file| file.blake3.clone()).collect::<Vec<String>>();
        !self.files.is_empty() && hashes(self) == hashes(other) && read(own) == read(others)
    }

    /// The tap of that name or tensor.
    ///
    /// # Errors
    /// [`StudyError::Misfit`] listing names that are near.
    pub fn tap(&self, name: &str) -> Result<usize, StudyError> {
        let tap =
            cut::find(&self.taps, name).map_err(|error| StudyError::Misfit(format!("{}: {error}", self.reference)))?;
        let place = self.taps.iter().position(|t| t.value == tap.value);
        place.ok_or(StudyError::Fault("a tap that was found is none of the network's"))
    }
}
