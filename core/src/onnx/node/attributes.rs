//! Attributes of a node, each of which must be asked for: one that a reader passes over would be lost in silence.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::NodeContext;
use crate::onnx::OnnxError;
use crate::tensor::{DType, Tensor};

/// An attribute of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// One integer.
    Int(i64),
    /// A list of integers.
    Ints(Vec<i64>),
    /// One float.
    Float(f32),
    /// A list of floats.
    Floats(Vec<f32>),
    /// A word.
    Text(String),
    /// A list of words.
    Texts(Vec<String>),
    /// A tensor.
    Tensor(Tensor),
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Ints(values) => write!(f, "the list {values:?}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Floats(values) => write!(f, "the list {values:?}"),
            Self::Text(text) => write!(f, "the word {text:?}"),
            Self::Texts(words) => write!(f, "the list {words:?}"),
            Self::Tensor(tensor) => write!(f, "a tensor {}", tensor.tensor_type()),
        }
    }
}

/// The attributes of a node by name, and which of them somebody has asked for.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    all: BTreeMap<String, AttributeValue>,
    asked: RefCell<BTreeSet<String>>,
}

impl FromIterator<(String, AttributeValue)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, AttributeValue)>>(iter: I) -> Self {
        Self { all: iter.into_iter().collect(), asked: RefCell::default() }
    }
}

impl Attributes {
    /// The attribute of that name. From now on it counts as read.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        let value = self.all.get(name)?;
        self.asked.borrow_mut().insert(name.to_owned());
        Some(value)
    }

    /// The attributes that nobody has asked for, by name.
    pub fn unread(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        let asked = self.asked.borrow().clone();
        self.all.iter().filter(move |(name, _)| !asked.contains(*name)).map(|(name, value)| (name.as_str(), value))
    }
}

impl NodeContext<'_> {
    /// Says that these attributes change no number of the result; the caller's comment says why.
    pub(crate) fn irrelevant(&self, names: &[&str]) {
        for name in names {
            let _ = self.info.attributes.get(name);
        }
    }

    /// Integer attribute, or `default`.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn int(&self, name: &str, default: i64) -> Result<i64, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(default),
            Some(AttributeValue::Int(value)) => Ok(*value),
            Some(other) => Err(self.error(format!("attribute {name} must be an integer, is {other}"))),
        }
    }

    /// Float attribute, or `default`.
    ///
    /// # Errors
    /// When it is there with another type.
    pub(crate) fn float(&self, name: &str, default: f32) -> Result<f32, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(default),
            Some(AttributeValue::Float(value)) => Ok(*value),
            Some(other) => Err(self.error(format!("attribute {name} must be a number, is {other}"))),
        }
    }

    /// Text attribute, or `default`.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn text(&self, name: &str, default: &str) -> Result<String, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(default.to_owned()),
            Some(AttributeValue::Text(value)) => Ok(value.clone()),
            Some(other) => Err(self.error(format!("attribute {name} must be a word, is {other}"))),
        }
    }

    /// Integer-list attribute.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn ints(&self, name: &str) -> Result<Option<Vec<i64>>, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::Ints(values)) => Ok(Some(values.clone())),
            Some(other) => Err(self.error(format!("attribute {name} must be a list of integers, is {other}"))),
        }
    }

    /// Float-list attribute.
    ///
    /// # Errors
    /// When it is there with another type.
    pub fn floats(&self, name: &str) -> Result<Option<Vec<f32>>, OnnxError> {
        match self.info.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::Floats(values)) => Ok(Some(values.clone())),
            Some(other) => Err(self.error(format!("attribute {name} must be a list of numbers, is {other}"))),
        }
    }

    /// Our element type for an ONNX one (`TensorProto.DataType`) named by an attribute.
    ///
    /// # Errors
    /// When it is missing or has no counterpart.
    pub(crate) fn dtype_attribute(&self, name: &str) -> Result<DType, OnnxError> {
        let code = self.int(name, 0)?;
        crate::onnx::cast_to(code).ok_or_else(|| self.error(format!("element type {code} is not supported")))
    }
}
