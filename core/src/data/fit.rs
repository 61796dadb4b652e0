//! Brings images to the size and the channels that a network takes, and makes views of them for training.

mod channels;
mod crop;
mod resample;
mod views;

use super::{DataError, Fit, Images, Pixels, Reading};
pub(super) use crop::Frame;
pub use views::Views;

impl Reading {
    /// The wanted size, where pictures of another one are to be fitted to it.
    pub(super) fn target(&self) -> Option<[usize; 2]> {
        self.size.filter(|_| self.fit != Fit::Exact)
    }
}

impl Images {
    /// The set in the size that `reading` asks for; unchanged where it has that size or none is asked for.
    ///
    /// # Errors
    /// Another size and no `fit`; a crop larger than the resized image; images too many for memory in the new size.
    pub fn fitted(mut self, reading: &Reading) -> Result<Self, DataError> {
        let from = [self.height, self.width];
        let Some(to) = reading.size.filter(|size| *size != from) else { return Ok(self) };
        if reading.fit == Fit::Exact {
            return Err(DataError::OtherSize { set: self.name, found: (from[1], from[0]), wanted: (to[1], to[0]) });
        }
        let frame = Frame::new(&self.name, from, to, reading)?;
        let bytes = [self.len() as u64, self.channels as u64, to[0] as u64, to[1] as u64];
        super::limits::size_in_bytes(&self.name, &bytes, self.pixels.bytes_each())?;
        let planes = self.len() * self.channels;
        self.pixels = match &self.pixels {
            Pixels::U8(values) => Pixels::U8(frame.bytes(values, planes)),
            Pixels::F32(values) => Pixels::F32(frame.floats(values, planes)),
        };
        self.notes.push(format!(
            "{}: images of {}x{} are brought to {}x{} ({}).",
            self.name,
            from[1],
            from[0],
            to[1],
            to[0],
            frame.words()
        ));
        [self.height, self.width] = to;
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
