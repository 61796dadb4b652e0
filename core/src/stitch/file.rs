//! Stitches as safetensors: `weight` [out, in] and `bias` `[out]`, f32.

use std::collections::HashMap;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::Weights;

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

/// The file's bytes.
///
/// # Errors
/// [`StitchFileError::Container`] when the numbers do not fill the sizes.
pub fn write(weights: &Weights) -> Result<Vec<u8>, StitchFileError> {
    let bytes = |v: &[f32]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let (weight, bias) = (bytes(&weights.weight), bytes(&weights.bias));
    let broken = |e: safetensors::SafeTensorError| StitchFileError::Container(e.to_string());
    let views = HashMap::from([
        ("weight", TensorView::new(Dtype::F32, vec![weights.out, weights.input], &weight).map_err(broken)?),
        ("bias", TensorView::new(Dtype::F32, vec![weights.out], &bias).map_err(broken)?),
    ]);
    safetensors::serialize(views, None).map_err(broken)
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
        let numbers = view.data().as_chunks::<4>().0.iter().map(|c| f32::from_le_bytes(*c)).collect();
        Ok((view.shape().to_vec(), numbers))
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
        assert!(matches!(read(b"no"), Err(StitchFileError::Container(_))));
    }
}
