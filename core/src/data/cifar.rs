//! CIFAR-10 and CIFAR-100: the binary version (records of a label or two and 3 x 32 x 32 bytes) and Python's (pickled batches).

mod pickle;
mod python;

use super::{DataError, Images, Labels, Parts, Pixels};
pub use python::variant;
pub(crate) use python::{class_names, looks_like};

/// Bytes of one image: red, green and blue planes of 32 x 32.
const PIXELS: usize = 3 * 32 * 32;

/// CIFAR-10's classes, for when `batches.meta.txt` is not at hand.
const CIFAR10_CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// Which of the sets, with which labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// 10 classes; a record is a label and the pixels.
    Cifar10,
    /// A record is a coarse label, a fine label and the pixels: 100 fine classes, 20 coarse ones.
    Cifar100(Labels),
}

impl Variant {
    /// Label bytes before the pixels.
    fn label_bytes(self) -> usize {
        match self {
            Self::Cifar10 => 1,
            Self::Cifar100(_) => 2,
        }
    }

    /// The label byte that counts.
    fn label_place(self) -> usize {
        usize::from(self == Self::Cifar100(Labels::Fine))
    }

    fn number_of_classes(self) -> usize {
        match self {
            Self::Cifar10 => 10,
            Self::Cifar100(Labels::Fine) => 100,
            Self::Cifar100(Labels::Coarse) => 20,
        }
    }

    /// The file that lists the class names, one a line.
    pub(crate) fn class_file(self) -> &'static str {
        match self {
            Self::Cifar10 => "batches.meta.txt",
            Self::Cifar100(Labels::Fine) => "fine_label_names.txt",
            Self::Cifar100(Labels::Coarse) => "coarse_label_names.txt",
        }
    }

    /// What to say of the choice between two labels.
    fn note(self, name: &str) -> Option<String> {
        match self {
            Self::Cifar10 => None,
            Self::Cifar100(Labels::Fine) => Some(format!(
                "{name}: CIFAR-100's 100 fine labels are used; labels = \"coarse\" in [data] takes the 20 coarse ones."
            )),
            Self::Cifar100(Labels::Coarse) => Some(format!("{name}: CIFAR-100's 20 coarse labels are used.")),
        }
    }

    /// The variant whose records divide a file of `length` bytes. A length that both divide is CIFAR-10's.
    pub(crate) fn of_length(length: usize, labels: Labels) -> Option<Self> {
        let fits = |variant: &Self| length > 0 && length.is_multiple_of(variant.label_bytes() + PIXELS);
        [Self::Cifar10, Self::Cifar100(labels)].into_iter().find(fits)
    }
}

/// Reads record files one after another, so that only one of them need be in memory at a time.
#[derive(Debug)]
pub(crate) struct Reader {
    variant: Variant,
    files: Vec<String>,
    pixels: Vec<u8>,
    labels: Vec<u32>,
}

impl Reader {
    /// A reader that has read nothing yet.
    pub(crate) fn new(variant: Variant) -> Self {
        Self { variant, files: vec![], pixels: vec![], labels: vec![] }
    }

    /// Adds all records of one file.
    ///
    /// # Errors
    /// A length that is not whole records; a label beyond the variant's classes.
    pub(crate) fn push(&mut self, file: &str, bytes: &[u8]) -> Result<(), DataError> {
        let head = self.variant.label_bytes();
        let record = head + PIXELS;
        if bytes.is_empty() {
            return Err(DataError::Empty { file: file.to_owned() });
        }
        if !bytes.len().is_multiple_of(record) {
            let whole = bytes.len().next_multiple_of(record);
            return Err(DataError::WrongLength {
                file: file.to_owned(),
                expected: whole as u64,
                found: bytes.len() as u64,
            });
        }
        let classes = self.variant.number_of_classes();
        for (index, record) in bytes.chunks_exact(record).enumerate() {
            let label = record[self.variant.label_place()];
            if usize::from(label) >= classes {
                let (file, label) = (file.to_owned(), i64::from(label));
                return Err(DataError::LabelRange { file, index, label, limit: classes as u32 });
            }
            self.labels.push(u32::from(label));
            self.pixels.extend_from_slice(&record[head..]);
        }
        self.files.push(file.to_owned());
        Ok(())
    }

    /// Adds all images of one of Python's pickled batches.
    ///
    /// # Errors
    /// No such batch; images of another size; another number of labels than images; a label beyond the variant's classes.
    pub(crate) fn push_pickled(&mut self, file: &str, bytes: &[u8]) -> Result<(), DataError> {
        let batch = python::batch(file, bytes, self.variant)?;
        let limit = self.variant.number_of_classes() as u32;
        for (index, label) in batch.labels.into_iter().enumerate() {
            let known = u32::try_from(label).ok().filter(|label| *label < limit);
            let file = || file.to_owned();
            self.labels.push(known.ok_or_else(|| DataError::LabelRange { file: file(), index, label, limit })?);
        }
        self.pixels.extend_from_slice(&batch.pixels);
        self.files.push(file.to_owned());
        Ok(())
    }

    /// The set. `class_names` is the text of [`Variant::class_file`]; without it CIFAR-10 has its usual names and
    /// CIFAR-100 has numbers.
    ///
    /// # Errors
    /// Nothing was read; another number of names than classes.
    pub(crate) fn finish(self, name: &str, class_names: Option<&str>) -> Result<Images, DataError> {
        let classes = class_list(self.variant, class_names)?;
        let file = match &self.files[..] {
            [] => name.to_owned(),
            [only] => only.clone(),
            [first, ..] => format!("{first} and on"),
        };
        let mut images = Images::new(Parts {
            name: name.to_owned(),
            images_file: file.clone(),
            labels_file: file,
            shape: [3, 32, 32],
            pixels: Pixels::U8(self.pixels),
            labels: self.labels,
            classes,
        })?;
        images.notes.extend(self.variant.note(name));
        Ok(images)
    }
}

fn class_list(variant: Variant, text: Option<&str>) -> Result<Vec<String>, DataError> {
    let count = variant.number_of_classes();
    let Some(text) = text else {
        return Ok(match variant {
            Variant::Cifar10 => CIFAR10_CLASSES.map(String::from).to_vec(),
            Variant::Cifar100(_) => (0..count).map(|label| label.to_string()).collect(),
        });
    };
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect();
    if names.len() == count {
        return Ok(names);
    }
    let problem = format!("it names {} classes, where {count} are needed", names.len());
    Err(DataError::Malformed { file: variant.class_file().to_owned(), problem })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    const FINE: Variant = Variant::Cifar100(Labels::Fine);

    /// One CIFAR-10 record whose pixels are all `value`.
    pub fn record(label: u8, value: u8) -> Vec<u8> {
        [&[label][..], &[value; PIXELS]].concat()
    }

    fn read(variant: Variant, bytes: &[u8]) -> Result<Images, DataError> {
        let mut reader = Reader::new(variant);
        reader.push("data_batch_1.bin", bytes)?;
        reader.finish("cifar", None)
    }

    #[test]
    fn records_become_images() {
        let mut reader = Reader::new(Variant::Cifar10);
        reader.push("data_batch_1.bin", &[record(3, 0), record(9, 255)].concat()).unwrap();
        reader.push("data_batch_2.bin", &record(0, 51)).unwrap();
        let images = reader.finish("cifar", None).unwrap();
        assert_eq!((images.shape(), &images.labels[..]), ([3, 32, 32], &[3, 9, 0][..]));
        assert_eq!((images.pixels_f32(&[1])[0], images.pixels_f32(&[2])[PIXELS - 1]), (1.0, 0.2));
        assert_eq!(images.classes[3], "cat");
    }

    #[test]
    fn cifar100_uses_its_fine_labels_and_names() {
        let mut reader = Reader::new(FINE);
        reader.push("train.bin", &[&[19, 99][..], &[0; PIXELS]].concat()).unwrap();
        let names = (0..100).map(|n| format!("thing {n}\n")).collect::<String>() + "\n";
        let images = reader.finish("cifar100", Some(&names)).unwrap();
        assert_eq!((images.labels[0], images.classes[99].as_str()), (99, "thing 99"));
        assert!(images.notes[0].contains("100 fine labels"), "{:?}", images.notes);
        let mut coarse = Reader::new(Variant::Cifar100(Labels::Coarse));
        coarse.push("train.bin", &[&[19, 99][..], &[0; PIXELS]].concat()).unwrap();
        let coarse = coarse.finish("cifar100", None).unwrap();
        assert_eq!((coarse.labels[0], coarse.number_of_classes()), (19, 20));
        let few = Reader::new(FINE).finish("cifar100", Some("one\n")).unwrap_err();
        assert!(few.to_string().contains("fine_label_names.txt"), "{few}");
    }

    #[test]
    fn broken_files_are_refused() {
        let bytes = record(0, 0);
        let cut = read(Variant::Cifar10, &bytes[..3000]).unwrap_err();
        assert!(matches!(cut, DataError::WrongLength { expected: 3073, found: 3000, .. }), "{cut}");
        let label = read(Variant::Cifar10, &[record(0, 0), record(10, 0)].concat()).unwrap_err();
        assert!(matches!(label, DataError::LabelRange { index: 1, label: 10, limit: 10, .. }), "{label}");
        assert!(matches!(read(Variant::Cifar10, &[]).unwrap_err(), DataError::Empty { .. }));
        assert!(matches!(Reader::new(Variant::Cifar10).finish("none", None).unwrap_err(), DataError::Empty { .. }));
    }

    #[test]
    fn lengths_tell_the_variant() {
        assert_eq!(Variant::of_length(3073 * 10_000, Labels::Fine), Some(Variant::Cifar10));
        assert_eq!(Variant::of_length(3074 * 10_000, Labels::Fine), Some(FINE));
        assert_eq!((Variant::of_length(0, Labels::Fine), Variant::of_length(3072, Labels::Fine)), (None, None));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), records in 0..3_usize, fine in any::<bool>()) {
            let variant = if fine { FINE } else { Variant::Cifar10 };
            let mut long = bytes.repeat(200);
            let _ = read(variant, &long);
            long.resize(records * (variant.label_bytes() + PIXELS), 5);
            let _ = read(variant, &long);
        }
    }
}
