//! Arrays of a NumPy archive by name, as numbers or as text.

use std::io::Read;

use npyz::NpyHeader;

use super::GroundTruthError;
use crate::archive;

/// The most bytes of one array.
const MOST_BYTES: u64 = 1 << 28;

/// An array in row-major order.
pub(super) struct Array {
    /// Its sizes; empty for a scalar.
    pub shape: Vec<usize>,
    bytes: Vec<u8>,
    kind: String,
    name: String,
}

/// An archive whose arrays are read by name.
pub(super) struct Archive<'a> {
    file: &'a str,
    zip: archive::Archive<'a>,
}

impl<'a> Archive<'a> {
    pub(super) fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self, GroundTruthError> {
        let zip = archive::open(bytes).map_err(|error| damaged(file, "archive", &error))?;
        Ok(Self { file, zip })
    }

    /// The array `name`.
    pub(super) fn array(&mut self, name: &str) -> Result<Array, GroundTruthError> {
        let wrong = |problem: &dyn std::fmt::Display| damaged(self.file, name, problem);
        let entry = self.zip.by_name(&format!("{name}.npy")).map_err(|error| wrong(&error))?;
        if entry.size() > MOST_BYTES {
            return Err(wrong(&format!("it takes {} bytes, at most {MOST_BYTES} are read", entry.size())));
        }
        let mut bytes = Vec::new();
        entry.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| wrong(&error))?;
        let mut rest = bytes.as_slice();
        let header = NpyHeader::from_reader(&mut rest).map_err(|error| wrong(&error))?;
        let kind = header.dtype().descr().trim_matches('\'').to_owned();
        let shape = header.shape().iter().map(|size| usize::try_from(*size)).collect::<Result<Vec<_>, _>>();
        let shape = shape.map_err(|error| wrong(&error))?;
        if header.order() != npyz::Order::C || kind.starts_with('>') {
            return Err(wrong(&"it is not stored row by row in little-endian order"));
        }
        Ok(Array { shape, bytes: rest.to_vec(), kind, name: format!("{}:{name}", self.file) })
    }
}

impl Array {
    /// Its elements as f64, which hold whole numbers up to 2^53 exactly.
    #[expect(clippy::cast_precision_loss, reason = "labels and indices")]
    pub(super) fn numbers(&self) -> Result<Vec<f64>, GroundTruthError> {
        let all: Vec<f64> = match self.kind.trim_start_matches(['<', '|', '=']) {
            "u1" => self.bytes.iter().copied().map(f64::from).collect(),
            "i8" => self.items::<8>().map(|b| i64::from_le_bytes(b) as f64).collect(),
            "f4" => self.items::<4>().map(|b| f64::from(f32::from_le_bytes(b))).collect(),
            "f8" => self.items::<8>().map(f64::from_le_bytes).collect(),
            other => return Err(damaged(&self.name, "type", &format!("{other} is not read as numbers"))),
        };
        self.whole(all)
    }

    /// Its elements as text.
    pub(super) fn texts(&self) -> Result<Vec<String>, GroundTruthError> {
        let width = self.kind.trim_start_matches(['<', '|', '=']).strip_prefix('U').and_then(|w| w.parse().ok());
        let Some(width) = width.filter(|width| (1..4096).contains(width)) else {
            return Err(damaged(&self.name, "type", &format!("{} is not read as text", self.kind)));
        };
        let letters: Vec<u32> = self.items::<4>().map(u32::from_le_bytes).collect();
        let text = |word: &[u32]| word.iter().take_while(|c| **c != 0).filter_map(|c| char::from_u32(*c)).collect();
        self.whole(letters.chunks(width).map(text).collect())
    }

    fn items<const N: usize>(&self) -> impl Iterator<Item = [u8; N]> {
        self.bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok())
    }

    fn whole<T>(&self, all: Vec<T>) -> Result<Vec<T>, GroundTruthError> {
        let promised = self.shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        if promised == Some(all.len()) {
            return Ok(all);
        }
        Err(damaged(&self.name, "length", &format!("{:?} elements are promised, {} there", self.shape, all.len())))
    }
}

pub(super) fn damaged(file: &str, what: &str, problem: &dyn std::fmt::Display) -> GroundTruthError {
    GroundTruthError::File { file: file.to_owned(), what: what.to_owned(), problem: problem.to_string() }
}
