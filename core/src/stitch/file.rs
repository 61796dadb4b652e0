//! Stitches as safetensors: `weight` [out, in] and `bias` `[out]`, f32; beside them the donors' BatchNorm statistics where they adapted,
//! `front/NODE/mean`, `front/NODE/variance`, `end/NODE/...`, each `[channels]`, by the names of the nodes.

use std::collections::HashMap;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::Weights;
use crate::rewrite::Running;
use crate::tensor::{Tensor, TensorError};

/// A stitch that cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StitchFileError {
    /// The container is broken.
    #[error("the stitch file is not usable safetensors: {0}; run the study again to make it anew")]
    Container(String),
    /// The content is not a stitch.
    #[error("the stitch file holds no f32 `{0}` of fitting shape")]
    Content(&'static str),
}

/// Statistics of the donors' BatchNorms that followed the batches while a stitch was trained; empty where they were frozen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adapted {
    /// Of the front's half.
    pub front: Vec<Running>,
    /// Of the end's half.
    pub end: Vec<Running>,
}

impl Adapted {
    /// Whether nothing adapted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.front.is_empty() && self.end.is_empty()
    }

    /// Those of the front's half alone.
    #[must_use]
    pub(crate) fn of_front(&self) -> Self {
        Self { front: self.front.clone(), end: Vec::new() }
    }

    /// Mean, variance, mean, ... of the front and then of the end.
    #[must_use]
    pub fn tensors(&self) -> Vec<Tensor> {
        self.front.iter().chain(&self.end).flat_map(Running::tensors).collect()
    }

    /// The same nodes with other numbers, in the order of [`Adapted::tensors`].
    ///
    /// # Errors
    /// [`TensorError::Type`] when they are not f32.
    pub fn replaced(&self, tensors: &[Tensor]) -> Result<Self, TensorError> {
        let mut pairs = tensors.as_chunks::<2>().0.iter();
        let mut next = |old: &Running| match pairs.next() {
            Some([mean, variance]) => {
                let (mean, variance) = (mean.as_f32()?.to_vec(), variance.as_f32()?.to_vec());
                Ok(Running { node: old.node.clone(), mean, variance })
            }
            None => Ok(old.clone()),
        };
        let front = self.front.iter().map(&mut next).collect::<Result<_, TensorError>>()?;
        Ok(Self { front, end: self.end.iter().map(next).collect::<Result<_, TensorError>>()? })
    }
}

/// The metadata's one key. One, because the container writes several in any order, and equal stitches are equal files.
const ABOUT: &str = "stitchscope";

/// The file's bytes of a stitch between donors as they are, with nothing said of where it comes from.
///
/// # Errors
/// [`StitchFileError::Container`] when the numbers do not fill the sizes.
pub fn write(weights: &Weights) -> Result<Vec<u8>, StitchFileError> {
    write_adapted(weights, &Adapted::default(), None)
}

/// The file's bytes; `about` says where the stitch comes from and is read back by [`about`].
///
/// # Errors
/// [`StitchFileError::Container`] when the numbers do not fill the sizes.
pub fn write_adapted(weights: &Weights, adapted: &Adapted, about: Option<String>) -> Result<Vec<u8>, StitchFileError> {
    let bytes = |v: &[f32]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let (weight, bias) = (bytes(&weights.weight), bytes(&weights.bias));
    let broken = |e: safetensors::SafeTensorError| StitchFileError::Container(e.to_string());
    let statistics: Vec<(String, Vec<u8>)> = [("front", &adapted.front), ("end", &adapted.end)]
        .into_iter()
        .flat_map(|(side, all)| {
            all.iter().flat_map(move |r| [(side, r, "mean", &r.mean), (side, r, "variance", &r.variance)])
        })
        .map(|(side, running, what, numbers)| (format!("{side}/{}/{what}", running.node), bytes(numbers)))
        .collect();
    let mut views = HashMap::from([
        ("weight", TensorView::new(Dtype::F32, vec![weights.out, weights.input], &weight).map_err(broken)?),
        ("bias", TensorView::new(Dtype::F32, vec![weights.out], &bias).map_err(broken)?),
    ]);
    for (name, numbers) in &statistics {
        views.insert(name, TensorView::new(Dtype::F32, vec![numbers.len() / 4], numbers).map_err(broken)?);
    }
    let metadata = about.map(|text| HashMap::from([(ABOUT.to_owned(), text)]));
    safetensors::serialize(views, metadata).map_err(broken)
}

/// What the file says of where its stitch comes from, if it does.
///
/// # Errors
/// [`StitchFileError::Container`].
pub fn about(bytes: &[u8]) -> Result<Option<String>, StitchFileError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| StitchFileError::Container(e.to_string()))?;
    Ok(header.metadata().as_ref().and_then(|pairs| pairs.get(ABOUT).cloned()))
}

/// The statistics in a file's bytes, by the names of their nodes.
///
/// # Errors
/// [`StitchFileError`].
pub fn read_adapted(bytes: &[u8]) -> Result<Adapted, StitchFileError> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| StitchFileError::Container(e.to_string()))?;
    let floats = |name: &str| -> Result<Vec<f32>, StitchFileError> {
        match file.tensor(name) {
            Ok(view) if view.dtype() == Dtype::F32 => Ok(numbers(view.data())),
            _ => Err(StitchFileError::Content("variance")),
        }
    };
    let side = |side: &str| -> Result<Vec<Running>, StitchFileError> {
        let mut names = file.names();
        names.sort_unstable();
        let nodes = names.into_iter().filter_map(|name| name.strip_prefix(side)?.strip_suffix("/mean"));
        let read = |node: &str| {
            let (mean, variance) = (floats(&format!("{side}{node}/mean"))?, floats(&format!("{side}{node}/variance"))?);
            Ok(Running { node: node.to_owned(), mean, variance })
        };
        nodes.map(read).collect()
    };
    Ok(Adapted { front: side("front/")?, end: side("end/")? })
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|c| f32::from_le_bytes(*c)).collect()
}

/// The stitch in a file's bytes.
///
/// # Errors
/// [`StitchFileError`].
pub fn read(bytes: &[u8]) -> Result<Weights, StitchFileError> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| StitchFileError::Container(e.to_string()))?;
    let floats = |name: &'static str| -> Result<(Vec<usize>, Vec<f32>), StitchFileError> {
        let view = file.tensor(name).map_err(|_| StitchFileError::Content(name))?;
        if view.dtype() != Dtype::F32 {
            return Err(StitchFileError::Content(name));
        }
        Ok((view.shape().to_vec(), numbers(view.data())))
    };
    let (shape, weight) = floats("weight")?;
    let (bias_shape, bias) = floats("bias")?;
    match (shape.as_slice(), bias_shape.as_slice()) {
        ([out, input], [b]) if out == b => Ok(Weights { out: *out, input: *input, weight, bias }),
        _ => Err(StitchFileError::Content("weight")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stitch_survives_its_file() {
        let stitch = Weights::random(3, 5, 7);
        assert_eq!(read(&write(&stitch).unwrap()).unwrap(), stitch);
        assert!(read_adapted(&write(&stitch).unwrap()).unwrap().is_empty());
        let moved = |node: &str, by: f32| Running { node: node.to_owned(), mean: vec![by; 2], variance: vec![1.0, by] };
        // Names of nodes are paths, and both donors may have the same ones.
        let adapted =
            Adapted { front: vec![moved("/bn1/BatchNormalization", 0.5), moved("a", 2.0)], end: vec![moved("a", 3.0)] };
        let bytes = write_adapted(&stitch, &adapted, Some("from here".to_owned())).unwrap();
        assert_eq!(about(&bytes).unwrap().as_deref(), Some("from here"));
        assert_eq!(about(&write(&stitch).unwrap()).unwrap(), None);
        assert_eq!((read(&bytes).unwrap(), read_adapted(&bytes).unwrap()), (stitch, adapted.clone()));
        assert_eq!(adapted.replaced(&adapted.tensors()).unwrap(), adapted);
        assert!(matches!(read(b"no"), Err(StitchFileError::Container(_))));
    }
}
