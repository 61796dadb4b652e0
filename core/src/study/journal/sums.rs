//! Sums that chain a journal's lines: `{"donor":{...},"sum":"..."}`, over the line without its sum and the sum before it.

/// Hex digits of a sum: 128 bits, which chance does not hit.
const DIGITS: usize = 32;
/// What stands before the digits, and behind them.
const BEFORE: &[u8] = b",\"sum\":\"";
const BEHIND: &[u8] = b"\"}";

/// The sum of a line and of all before it; that of no line at all is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(String);

impl Sum {
    /// The line of an object's JSON, with its sum and a newline.
    pub(super) fn seal(&self, mut object: String) -> (String, Self) {
        let sum = self.of(object.as_bytes());
        object.truncate(object.len().saturating_sub(1));
        object.push_str(&format!(",\"sum\":\"{}\"}}\n", sum.0));
        (object, sum)
    }

    /// The object's JSON of a line whose sum is right.
    pub(super) fn open(&self, line: &[u8]) -> Result<(Vec<u8>, Self), String> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let missing = || "it does not end in its sum".to_owned();
        let rest = line.strip_suffix(BEHIND).ok_or_else(missing)?;
        let (rest, digits) = rest.split_at_checked(rest.len().saturating_sub(DIGITS)).ok_or_else(missing)?;
        let mut object = rest.strip_suffix(BEFORE).ok_or_else(missing)?.to_vec();
        object.push(b'}');
        let sum = self.of(&object);
        if sum.0.as_bytes() != digits {
            return Err("it, or a line before it, is not as it was written".to_owned());
        }
        Ok((object, sum))
    }

    fn of(&self, object: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.0.as_bytes());
        hasher.update(object);
        let mut hex = hasher.finalize().to_hex().to_string();
        hex.truncate(DIGITS);
        Self(hex)
    }
}
