//! How NumPy writes an array into a pickle, taken apart without calling anything.

use std::borrow::Cow;

use super::{BROKEN, Id, Machine, Value};

/// The names by which arrays and bytes are written, under NumPy 1 and 2, Python 2 and 3.
const NAMES: [&str; 9] = [
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.core.numeric._frombuffer",
    "numpy._core.numeric._frombuffer",
    "numpy.ndarray",
    "numpy.dtype",
    "_codecs.encode",
    "builtins.bytearray",
    "__builtin__.bytearray",
];

/// An array's description has no list longer than this.
const MOST_PARTS: usize = 16;

/// Refuses every name but those of [`NAMES`].
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if NAMES.contains(&name) {
        return Ok(());
    }
    Err(format!(
        "the pickle wants to call {name}; only dictionaries, lists, numbers and NumPy arrays are read from pickles"
    ))
}

impl<'a> Machine<'a> {
    /// The values of a short list.
    fn items(&self, id: Id) -> Result<&[Id], String> {
        match &self.values[id] {
            Value::List(items) if items.len() <= MOST_PARTS => Ok(items),
            _ => Err(BROKEN.to_owned()),
        }
    }

    fn bytes_of(&mut self, id: Id) -> Result<Cow<'a, [u8]>, String> {
        let Value::Bytes(bytes) = &self.values[id] else { return Err(BROKEN.to_owned()) };
        if let Cow::Owned(bytes) = bytes {
            self.copies = self.copies.checked_sub(bytes.len()).ok_or(BROKEN)?;
        }
        Ok(bytes.clone())
    }

    /// The bytes that a text stands for, one a character: how Python 3 writes bytes under the old protocol.
    fn latin1(&mut self, id: Id) -> Result<Cow<'a, [u8]>, String> {
        let Value::Bytes(text) = &self.values[id] else { return Err(BROKEN.to_owned()) };
        self.copies = self.copies.checked_sub(text.len()).ok_or(BROKEN)?;
        let text = std::str::from_utf8(text).map_err(|_| BROKEN)?;
        let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
        Ok(Cow::Owned(bytes.map_err(|_| BROKEN)?))
    }

    fn shape(&self, id: Id) -> Result<Vec<u64>, String> {
        let axis = |id: &Id| match self.values[*id] {
            Value::Number(axis) => u64::try_from(axis).map_err(|_| BROKEN.to_owned()),
            _ => Err(BROKEN.to_owned()),
        };
        self.items(id)?.iter().map(axis).collect()
    }

    fn kind(&self, id: Id) -> Result<String, String> {
        match &self.values[id] {
            Value::Kind(kind) => Ok(kind.clone()),
            _ => Err(BROKEN.to_owned()),
        }
    }

    /// What Python would call: an empty array, an element type, an array from its bytes, bytes from a text.
    pub(super) fn call(&mut self) -> Result<(), String> {
        let parts = self.top(2)?;
        let Value::Name(name) = &self.values[parts[0]] else { return Err(BROKEN.to_owned()) };
        let short = name.rsplit('.').next().unwrap_or_default().to_owned();
        let arguments = self.items(parts[1])?.to_vec();
        let value = match (short.as_str(), &arguments[..]) {
            ("_reconstruct", _) => Value::Array { shape: Vec::new(), kind: String::new(), bytes: Cow::Borrowed(&[]) },
            ("dtype", [kind, ..]) => Value::Kind(self.text(*kind)?),
            ("_frombuffer", [bytes, kind, shape, order]) => {
                if self.text(*order)? != "C" {
                    return Err("its arrays are in column-major order".to_owned());
                }
                Value::Array { shape: self.shape(*shape)?, kind: self.kind(*kind)?, bytes: self.bytes_of(*bytes)? }
            }
            ("bytearray", [bytes]) => Value::Bytes(self.bytes_of(*bytes)?),
            ("encode", [text, ..]) => Value::Bytes(self.latin1(*text)?),
            _ => return Err(BROKEN.to_owned()),
        };
        self.push(value)
    }

    /// Fills an empty array or names an element type's byte order.
    pub(super) fn build(&mut self) -> Result<(), String> {
        let state = self.pop()?;
        let target = *self.stack.last().ok_or(BROKEN)?;
        let state = self.items(state)?.to_vec();
        let built = match (&self.values[target], &state[..]) {
            (Value::Kind(kind), [_, order, ..]) => {
                let order = self.text(*order)?;
                let plain = kind.trim_start_matches(['<', '>', '|', '=']);
                Value::Kind(if order == ">" { format!(">{plain}") } else { plain.to_owned() })
            }
            (Value::Array { .. }, [_, shape, kind, columns_first, bytes]) => {
                if !matches!(self.values[*columns_first], Value::Number(0)) {
                    return Err("its arrays are in column-major order".to_owned());
                }
                Value::Array { shape: self.shape(*shape)?, kind: self.kind(*kind)?, bytes: self.bytes_of(*bytes)? }
            }
            _ => return Err(BROKEN.to_owned()),
        };
        self.values[target] = built;
        Ok(())
    }
}
