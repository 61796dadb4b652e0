//! A walk over the bytes of a file before it is decoded: how many messages would it become?
//!
//! An empty message takes two bytes in a file and hundreds in memory, so a hostile file of some megabytes could ask for
//! gigabytes. Counting first keeps decoding within a small multiple of the file.

/// Messages and texts that a file may hold. The largest classifiers have some ten thousand nodes of some twenty entries.
const MOST_ENTRIES: usize = 2_000_000;

/// Messages within messages. A branch within a branch takes three.
const DEEPEST: usize = 64;

/// What a length-delimited field holds.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Function,
}

impl Kind {
    /// The message behind field `tag`, where a message of ours is nested further.
    const fn child(self, tag: u64) -> Option<Self> {
        match (self, tag) {
            (Self::Model, 7) | (Self::Attribute, 6) => Some(Self::Graph),
            (Self::Model, 25) => Some(Self::Function),
            (Self::Graph, 1) | (Self::Function, 7) => Some(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5) => Some(Self::Tensor),
            (Self::Graph, 11 | 12) => Some(Self::ValueInfo),
            (Self::Node, 5) | (Self::Function, 11) => Some(Self::Attribute),
            (Self::ValueInfo, 2) => Some(Self::Type),
            (Self::Type, 1) => Some(Self::TensorType),
            (Self::TensorType, 2) => Some(Self::Shape),
            _ => None,
        }
    }
}

/// Walks `bytes` as a model.
///
/// # Errors
/// What is wrong and at which byte: truncated, not protobuf, or more entries than any network has.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let mut entries = 0;
    // A stack instead of recursion.
    let mut open = vec![(Kind::Model, 0, bytes.len(), 0)];
    while let Some((kind, mut at, end, depth)) = open.pop() {
        if depth > DEEPEST {
            return Err(format!("it holds messages more than {DEEPEST} deep"));
        }
        while at < end {
            let start = at;
            let key = varint(bytes, &mut at, end)?;
            let (tag, wire) = (key >> 3, key & 7);
            if tag == 0 {
                return Err(format!("byte {start} starts no field"));
            }
            let size = match wire {
                0 => {
                    varint(bytes, &mut at, end)?;
                    0
                }
                1 => 8,
                2 => varint(bytes, &mut at, end)?,
                5 => 4,
                _ => return Err(format!("byte {start} starts no field")),
            };
            let next = usize::try_from(size)
                .ok()
                .and_then(|size| at.checked_add(size))
                .filter(|next| *next <= end)
                .ok_or_else(|| {
                    format!(
                        "the field at byte {start} needs {size} bytes, {} are left; the file is cut short or damaged",
                        end - at
                    )
                })?;
            if wire == 2 {
                entries += 1;
                if let Some(child) = kind.child(tag) {
                    open.push((child, at, next, depth + 1));
                }
            }
            if entries > MOST_ENTRIES {
                return Err(format!("it holds more than {MOST_ENTRIES} entries"));
            }
            at = next;
        }
    }
    Ok(())
}

/// A number of up to ten bytes, seven bits each, lowest first.
fn varint(bytes: &[u8], at: &mut usize, end: usize) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let byte =
            bytes.get(*at).filter(|_| *at < end).ok_or_else(|| format!("it ends within a number at byte {}", *at))?;
        *at += 1;
        if shift < 64 {
            value |= u64::from(byte & 0x7f) << shift;
        }
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(format!("the number before byte {} is too long", *at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_truncation_and_floods_are_refused_quickly() {
        assert!(check(&vec![0; 1 << 20]).unwrap_err().contains("byte 0"));
        assert!(check(&[0x3a, 200, 1, 0]).unwrap_err().contains("cut short"));
        assert!(check(&[0x80]).unwrap_err().contains("within a number"));
        // A graph of three million empty nodes, six megabytes.
        let body = [0x0a, 0].repeat(3_000_000);
        let mut flood = vec![0x3a];
        let mut length = body.len();
        while length > 127 {
            flood.push(u8::try_from(length & 127).unwrap() | 128);
            length >>= 7;
        }
        flood.push(u8::try_from(length).unwrap());
        flood.extend(body);
        assert!(check(&flood).unwrap_err().contains("entries"));
        assert_eq!(check(&[0x08, 8, 0x3a, 2, 0x0a, 0]), Ok(()));
    }
}
