//! Pictures in folders: one folder per class, picture files in it and in the folders below it, as torchvision's `ImageFolder` has
//! them.

mod annotated;
mod classes;
mod halves;
mod jpeg;
mod left_out;
mod list;
mod picture;
mod set;
mod walk;

use super::fit::Frame;
use super::{DataError, Images, MAX_PIXEL_BYTES, Orientation, Parts, Pixels, Reading};
pub use left_out::LeftOut;
use picture::Picture;
pub use picture::as_seen;
pub(super) use set::open;
pub(super) use walk::name_of;
pub(crate) use walk::{is_picture, is_system};

/// Reads one picture after another, so that only one of the files need be in memory at a time.
///
/// The set is grey if every picture is, else red, green, blue. Transparency is dropped, 16-bit values are rounded to
/// 8, and EXIF rotation is left as stored unless [`Reading::orientation`] asks for it.
#[derive(Debug)]
pub(crate) struct Reader {
    classes: Vec<String>,
    reading: Reading,
    first: Option<(String, (u32, u32))>,
    /// How the last picture was brought to the wanted size: the next one often has the same.
    frame: Option<Frame>,
    colour: bool,
    pixels: Vec<u8>,
    labels: Vec<u32>,
    counts: Counts,
}

/// Pictures of which something was left aside.
#[derive(Debug, Default)]
struct Counts {
    deep: usize,
    transparent: usize,
    turned: usize,
    fitted: usize,
}

impl Reader {
    /// A reader for these classes; a picture's label is its class's place in the list.
    pub(crate) fn new(classes: Vec<String>, reading: &Reading) -> Self {
        Self {
            classes,
            reading: reading.clone(),
            first: None,
            frame: None,
            colour: false,
            pixels: vec![],
            labels: vec![],
            counts: Counts::default(),
        }
    }

    /// Adds one picture of the class `label`.
    ///
    /// # Errors
    /// No picture of a kind that is read, damage, data cut off, another size than the first picture's where none is to be fitted,
    /// more than [`MAX_PIXEL_BYTES`] in all.
    pub(crate) fn push(&mut self, file: &str, label: u32, bytes: &[u8]) -> Result<(), DataError> {
        // The size is read first: a picture that does not fit is not worth decoding, and may be made to be huge.
        let size = picture::size(file, bytes, self.reading.orientation)?;
        if self.reading.target().is_none() {
            self.check_size(file, size)?;
        }
        let picture = picture::decode(file, bytes, self.reading.orientation)?;
        self.counts.add(&picture);
        if !self.colour && picture.channels == 3 {
            self.turn_to_colour();
        }
        let planes = self.fit(file, picture)?;
        let bytes = self.pixels.len() as u64 + planes.len() as u64;
        if bytes > MAX_PIXEL_BYTES {
            let file = file.to_owned();
            return Err(DataError::TooLarge { file, bytes, limit: MAX_PIXEL_BYTES });
        }
        self.pixels.extend(planes);
        self.labels.push(label);
        Ok(())
    }

    /// The set, in the order of the calls.
    ///
    /// # Errors
    /// No picture; a label without a class.
    pub(crate) fn finish(self, name: &str) -> Result<Images, DataError> {
        let size = self.first.map(|(_, (width, height))| [height as usize, width as usize]);
        let Some([height, width]) = self.reading.target().or(size).filter(|_| !self.labels.is_empty()) else {
            return Err(DataError::Empty { file: name.to_owned() });
        };
        let channels = if self.colour { 3 } else { 1 };
        let mut images = Images::new(Parts {
            name: name.to_owned(),
            images_file: name.to_owned(),
            labels_file: name.to_owned(),
            shape: [channels, height, width],
            pixels: Pixels::U8(self.pixels),
            labels: self.labels,
            classes: self.classes,
        })?;
        images.notes.extend(self.counts.notes(name, [height, width], self.reading.orientation));
        Ok(images)
    }

    fn check_size(&mut self, file: &str, size: (u32, u32)) -> Result<(), DataError> {
        let (first, first_size) = self.first.get_or_insert_with(|| (file.to_owned(), size));
        if *first_size == size {
            return Ok(());
        }
        Err(DataError::SizeMismatch {
            first: first.clone(),
            first_size: *first_size,
            second: file.to_owned(),
            second_size: size,
        })
    }

    /// The picture's planes in the wanted size, three where the set has colours.
    fn fit(&mut self, file: &str, picture: Picture) -> Result<Vec<u8>, DataError> {
        let Picture { mut planes, channels, size: (width, height), .. } = picture;
        let from = [height as usize, width as usize];
        if let Some(to) = self.reading.target().filter(|to| *to != from) {
            self.counts.fitted += 1;
            if self.frame.as_ref().is_none_or(|frame| !frame.takes(from)) {
                self.frame = Some(Frame::new(file, from, to, &self.reading)?);
            }
            if let Some(frame) = &self.frame {
                planes = frame.bytes(&planes, channels);
            }
        }
        Ok(if self.colour && channels == 1 { planes.repeat(3) } else { planes })
    }

    /// Repeats the grey pictures so far in all three channels.
    fn turn_to_colour(&mut self) {
        self.colour = true;
        if !self.labels.is_empty() {
            let size = self.pixels.len() / self.labels.len();
            self.pixels = self.pixels.chunks_exact(size).flat_map(|grey| grey.repeat(3)).collect();
        }
    }
}

impl Counts {
    fn add(&mut self, picture: &Picture) {
        self.deep += usize::from(picture.deep);
        self.transparent += usize::from(picture.transparent);
        self.turned += usize::from(picture.turned);
    }

    fn notes(&self, name: &str, [height, width]: [usize; 2], orientation: Orientation) -> Vec<String> {
        let turned = if orientation == Orientation::Exif {
            "are turned or mirrored as their EXIF data ask"
        } else {
            "ask in their EXIF data to be turned or mirrored and are read as stored, as torchvision reads them; orientation = \"exif\" in \
             [data] turns them"
        };
        let fitted = format!("are brought to {width}x{height}, bilinear with antialias");
        let kinds = [
            (self.deep, "have more than 8 bits a channel, rounded to 8"),
            (self.transparent, "are transparent in places; their colours are taken without it"),
            (self.turned, turned),
            (self.fitted, fitted.as_str()),
        ];
        let said = kinds.iter().filter(|(count, _)| *count > 0);
        said.map(|(count, what)| format!("{name}: {count} of the pictures {what}.")).collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
