//! Where models and images come from: the bundled shelf by `zoo:` names, everything else by path.

use std::path::Path;

use bytes::Bytes;

use crate::classifier;
use crate::data::{self, Images, Reading, Split};
use crate::onnx::{self, Interface, Model};
use crate::platform::files;
use crate::study::StudyError;

/// Opens what a recipe names.
pub trait Sources {
    /// The model behind a reference, with its input and output brought to images and logits.
    ///
    /// # Errors
    /// [`StudyError`] naming the file and what is wrong with it.
    fn model(&self, reference: &str) -> Result<Model, StudyError> {
        self.model_as(reference, &Interface::default())
    }

    /// As [`Sources::model`], with what a recipe or the data say of the file's input and output.
    ///
    /// # Errors
    /// [`StudyError`] naming the file and what is wrong with it.
    fn model_as(&self, reference: &str, asked: &Interface) -> Result<Model, StudyError>;

    /// The images behind a reference, read as `reading` says; `split` decides where a folder holds both.
    ///
    /// # Errors
    /// [`StudyError`] naming the file and what is wrong with it.
    fn images(&self, reference: &str, split: Split, reading: &Reading) -> Result<Images, StudyError>;
}

/// What a program ships.
pub trait Shelf {
    /// A bundled model's file.
    fn model(&self, name: &str) -> Option<Bytes>;

    /// A bundled image set.
    ///
    /// # Errors
    /// [`StudyError`] when the bundle is damaged.
    fn images(&self, name: &str) -> Result<Option<Images>, StudyError>;

    /// Names of everything on it.
    fn names(&self) -> Vec<String>;
}

/// A program that ships nothing.
impl Shelf for () {
    fn model(&self, _: &str) -> Option<Bytes> {
        None
    }

    fn images(&self, _: &str) -> Result<Option<Images>, StudyError> {
        Ok(None)
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Files, and a shelf for `zoo:` names.
pub struct FileSources<'a> {
    /// What the program ships.
    pub shelf: &'a dyn Shelf,
}

const PREFIX: &str = "zoo:";

impl FileSources<'_> {
    fn unknown(&self, name: &str) -> StudyError {
        let names = self.shelf.names().join(", ");
        StudyError::Misfit(format!("the zoo has nothing named `{name}`; it has {names}"))
    }
}

impl Sources for FileSources<'_> {
    fn model_as(&self, reference: &str, asked: &Interface) -> Result<Model, StudyError> {
        if let Some(name) = reference.strip_prefix(PREFIX) {
            let bytes = self.shelf.model(name).ok_or_else(|| self.unknown(name))?;
            return Ok(classifier::read(bytes, reference, &onnx::external::none, asked)?);
        }
        let path = Path::new(reference);
        // A wrong file may have gigabytes: its first bytes decide whether the rest is read.
        let (head, size) = files::read_start(path, onnx::GLANCE)?;
        onnx::glance(&head, size, reference)?;
        let bytes = files::read(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Ok(classifier::read(bytes, reference, &onnx::external::beside(folder), asked)?)
    }

    fn images(&self, reference: &str, split: Split, reading: &Reading) -> Result<Images, StudyError> {
        match reference.strip_prefix(PREFIX) {
            Some(name) => Ok(self.shelf.images(name)?.ok_or_else(|| self.unknown(name))?.fitted(reading)?),
            None => Ok(data::open_as(Path::new(reference), split, reading)?),
        }
    }
}
