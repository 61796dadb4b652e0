//! The bundled zoo as a study sees it.

use bytes::Bytes;
use stitchscope_core::data::{Images, idx};
use stitchscope_core::study::{Shelf, StudyError};

/// The zoo in the program.
pub struct Zoo;

impl Shelf for Zoo {
    fn model(&self, name: &str) -> Option<Bytes> {
        stitchscope_zoo::model(name).map(Bytes::from_static)
    }

    fn images(&self, name: &str) -> Result<Option<Images>, StudyError> {
        let Some(set) = stitchscope_zoo::images(name) else { return Ok(None) };
        let images_file = idx::Source { file: &format!("zoo:{name}, images"), bytes: set.images };
        let labels_file = idx::Source { file: &format!("zoo:{name}, labels"), bytes: set.labels };
        let mut images = idx::read(&format!("zoo:{name}"), images_file, labels_file)?;
        images.classes = set.classes.iter().map(|c| (*c).to_owned()).collect();
        Ok(Some(images))
    }

    fn names(&self) -> Vec<String> {
        let models = stitchscope_zoo::MODELS.iter().map(|(name, _)| *name);
        models.chain(stitchscope_zoo::IMAGES.iter().map(|set| set.name)).map(str::to_owned).collect()
    }
}
