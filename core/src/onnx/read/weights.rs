//! The weights that some output needs: decoded once each, and no more than the file's sizes say.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;

use super::control::captured;
use super::order;
use crate::onnx::OnnxError;
use crate::onnx::proto::{GraphProto, TensorProto};
use crate::onnx::tensor::{External, Place, finite, infinities, width};
use crate::platform::memory;
use crate::provenance::{Content, Hasher};
use crate::tensor::Tensor;

/// What was read of a file's weights.
pub(super) struct Weights {
    /// Names of all that the file has, used or not.
    pub names: HashSet<String>,
    /// Those that an output needs.
    pub tensors: HashMap<String, Tensor>,
    /// Sentences on them.
    pub warnings: Vec<String>,
    /// The files beside the model, as far as they were read, by content.
    pub files: Vec<Content>,
}

/// Where a weight's numbers lie and how they are meant: weights that share it share their memory.
type Key<'a> = (&'a str, u64, i32, &'a [i64]);

impl Weights {
    /// Reads what the outputs need.
    ///
    /// # Errors
    /// A weight that is defined twice, cannot be decoded, or with the others needs more memory than there is.
    pub(super) fn read(proto: &GraphProto, externals: External<'_>) -> Result<Self, OnnxError> {
        if !proto.sparse_initializer.is_empty() {
            let why = "the model has sparse weights, which are not supported; export dense ones";
            return Err(OnnxError::Graph(why.to_owned()));
        }
        let mut names = HashSet::new();
        if let Some(twice) = proto.initializer.iter().find(|w| !names.insert(w.name.clone())) {
            return Err(order::twice(&twice.name));
        }
        let used = used(proto)?;
        let wanted: Vec<&TensorProto> = proto.initializer.iter().filter(|w| used.contains(w.name.as_str())).collect();
        check_room(&wanted)?;
        let beside: RefCell<BTreeMap<String, Hasher>> = RefCell::default();
        let fetch = |location: &str, offset: u64, length: u64| hashed(&beside, externals, (location, offset, length));
        let (mut tensors, mut warnings) = (HashMap::new(), Vec::new());
        let mut shared: HashMap<Key<'_>, (Tensor, usize)> = HashMap::new();
        for weight in wanted {
            let key = key(weight);
            let (tensor, infinite) = match key.and_then(|key| shared.get(&key)) {
                Some(known) => known.clone(),
                None => {
                    let tensor = finite(weight, &fetch)?;
                    let infinite = infinities(&tensor);
                    (tensor, infinite)
                }
            };
            if let Some(key) = key {
                shared.insert(key, (tensor.clone(), infinite));
            }
            if infinite > 0 && tensor.len() > 1 {
                warnings.push(format!("weight `{}` holds {infinite} infinite numbers", weight.name));
            }
            tensors.insert(weight.name.clone(), tensor);
        }
        let beside = beside.into_inner();
        let files = beside.iter().map(|(file, hasher)| hasher.content(file)).collect();
        Ok(Self { names, tensors, warnings, files })
    }
}

/// Fetches, and adds what came to the file's hash.
fn hashed(
    beside: &RefCell<BTreeMap<String, Hasher>>,
    externals: External<'_>,
    (location, offset, length): (&str, u64, u64),
) -> Result<Bytes, String> {
    let bytes = externals(location, offset, length)?;
    let mut beside = beside.borrow_mut();
    let hasher = beside.entry(location.to_owned()).or_default();
    hasher.add(&offset.to_le_bytes());
    hasher.add(&bytes);
    Ok(bytes)
}

fn key(weight: &TensorProto) -> Option<Key<'_>> {
    let place = (weight.data_location != 0).then(|| Place::of(weight).ok()).flatten()?;
    Some((place.location, place.offset, weight.data_type, &weight.dims))
}

/// Names that some output needs, found backwards; what branches and loops name counts whether they are taken or not.
fn used(proto: &GraphProto) -> Result<HashSet<String>, OnnxError> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (index, node) in proto.node.iter().enumerate() {
        makers.extend(node.output.iter().map(|output| (output.as_str(), index)));
    }
    let mut used = HashSet::new();
    let mut open: Vec<String> = proto.output.iter().map(|output| output.name.clone()).collect();
    while let Some(name) = open.pop() {
        let maker = makers.get(name.as_str()).map(|index| &proto.node[*index]);
        if used.insert(name)
            && let Some(node) = maker
        {
            open.extend(node.input.iter().cloned());
            open.extend(captured(node)?);
        }
    }
    Ok(used)
}

/// Holds what the weights come to against the machine's memory before any is read; ranges that are shared count once.
fn check_room(wanted: &[&TensorProto]) -> Result<(), OnnxError> {
    let most = memory::budget();
    let mut all = 0_u64;
    let mut seen = HashSet::new();
    for weight in wanted {
        if key(weight).is_some_and(|key| !seen.insert(key)) {
            continue;
        }
        // Integers and halves are widened.
        let each = width(weight.data_type).max(4);
        let count = weight.dims.iter().try_fold(1_u64, |all, d| all.checked_mul(u64::try_from(*d).ok()?));
        let bytes = count.and_then(|count| count.checked_mul(each));
        all = bytes.and_then(|bytes| all.checked_add(bytes)).unwrap_or(u64::MAX);
        if all > most {
            return Err(OnnxError::Tensor {
                tensor: weight.name.clone(),
                why: format!(
                    "up to it the weights need {}, and {} may be used; use a smaller network or a machine with more memory",
                    memory::shown(all),
                    memory::shown(most)
                ),
            });
        }
    }
    Ok(())
}
