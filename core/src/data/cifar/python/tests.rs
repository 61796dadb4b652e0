//! Batches as Python 2 wrote them, written out here, and as Python 3 and NumPy 2 write them, kept in files.

use super::super::Reader;
use super::*;
use crate::data::Images;

/// The pixels of the batches in files.
fn pattern() -> Vec<u8> {
    (0..PIXELS).map(|place| u8::try_from((place * 7 + 3) % 256).unwrap()).collect()
}

/// A text as Python 2 pickles it.
fn text(text: &str) -> Vec<u8> {
    [&[b'U', u8::try_from(text.len()).unwrap()][..], text.as_bytes(), b"q\x01"].concat()
}

/// The pickle of CIFAR-10's first download: protocol 2, NumPy 1, Python 2.
fn original(labels: &[u8], pixels: &[u8], order: u8) -> Vec<u8> {
    let count = u16::try_from(pixels.len() / PIXELS).unwrap().to_le_bytes();
    let mut bytes = b"\x80\x02}q\x01(".to_vec();
    bytes.extend([text("batch_label"), text("training batch 1 of 5"), text("labels"), b"]q\x04(".to_vec()].concat());
    bytes.extend(labels.iter().flat_map(|label| [b'K', *label]));
    bytes.extend(
        [&b"e"[..], &text("data"), b"cnumpy.core.multiarray\n_reconstruct\nq\x06cnumpy\nndarray\nq\x07K\x00\x85"]
            .concat(),
    );
    bytes.extend(
        [&text("b")[..], b"\x87Rq\x08(K\x01M", &count, b"M\x00\x0C\x86cnumpy\ndtype\nq\x09", &text("u1")].concat(),
    );
    bytes.extend(
        [&b"K\x00K\x01\x87Rq\x0A(K\x03"[..], &text("|"), b"NNNJ\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK\x00tb", &[order]]
            .concat(),
    );
    bytes.extend([&b"T"[..], &u32::try_from(pixels.len()).unwrap().to_le_bytes(), pixels, b"tb"].concat());
    bytes.extend([&text("filenames")[..], b"]q\x0C(", &text("a.png"), &text("b.png"), b"eu."].concat());
    bytes
}

fn read(bytes: &[u8]) -> Result<Images, DataError> {
    let mut reader = Reader::new(variant("batch", bytes, Labels::Fine)?);
    reader.push_pickled("batch", bytes)?;
    reader.finish("cifar", None)
}

#[test]
fn the_original_batches_are_read() {
    let pixels = [pattern(), vec![255; PIXELS]].concat();
    let images = read(&original(&[3, 9], &pixels, 0x89)).unwrap();
    assert_eq!((images.shape(), &images.labels[..], images.classes[9].as_str()), ([3, 32, 32], &[3, 9][..], "truck"));
    let expected: Vec<f32> = pixels.iter().map(|value| f32::from(*value) / 255.0).collect();
    assert_eq!(images.pixels_f32(&[0, 1]), expected);
}

#[test]
fn batches_pickled_again_are_read_under_every_protocol() {
    let files: [&[u8]; 3] =
        [include_bytes!("protocol-2.pickle"), include_bytes!("protocol-4.pickle"), include_bytes!("protocol-5.pickle")];
    let expected: Vec<f32> = pattern().iter().map(|value| f32::from(*value) / 255.0).collect();
    for bytes in files {
        let images = read(bytes).unwrap();
        assert_eq!((&images.labels[..], images.pixels_f32(&[0])), (&[7][..], expected.clone()));
    }
}

#[test]
fn of_two_labels_the_wanted_one_is_used() {
    let bytes: &[u8] = include_bytes!("hundred.pickle");
    for (labels, label, count) in [(Labels::Fine, 41, 100), (Labels::Coarse, 7, 20)] {
        let mut reader = Reader::new(variant("train", bytes, labels).unwrap());
        reader.push_pickled("train", bytes).unwrap();
        let images = reader.finish("cifar-100-python", None).unwrap();
        assert_eq!((images.labels[0], images.number_of_classes()), (label, count));
        assert!(images.notes[0].contains(&format!("{count} {}", if count == 100 { "fine" } else { "coarse" })));
    }
}

#[test]
fn names_come_from_the_meta_file() {
    let names = [text("label_names"), b"](".to_vec(), text("bird"), text("ship"), b"e".to_vec()].concat();
    let bytes = [b"\x80\x02}(", &names[..], b"u."].concat();
    assert_eq!(class_names("batches.meta", &bytes, Variant::Cifar10).unwrap(), "bird\nship");
    let other = class_names("meta", &bytes, Variant::Cifar100(Labels::Fine)).unwrap_err().to_string();
    assert!(other.contains("no entry fine_label_names"), "{other}");
}

#[test]
fn nothing_is_called_that_a_pickle_names() {
    for call in ["posix\nsystem\n", "builtins\neval\n", "os\nsystem\n", "numpy\nload\n"] {
        let bytes =
            [b"\x80\x02}(", &text("labels")[..], b"c", call.as_bytes(), &text("echo hello"), b"\x85Ru."].concat();
        let refused = read(&bytes).unwrap_err().to_string();
        assert!(
            refused.contains(&call.trim_end().replace('\n', ".")) && refused.contains("wants to call"),
            "{refused}"
        );
    }
    let stacked = [b"\x80\x04", &text("posix")[..], &text("system"), b"\x93."].concat();
    assert!(read(&stacked).unwrap_err().to_string().contains("posix.system"));
}

#[test]
fn batches_that_are_not_whole_or_not_cifars_are_refused() {
    let whole = original(&[3], &pattern(), 0x89);
    for cut in 0..whole.len() {
        assert!(read(&whole[..cut]).is_err(), "cut at {cut}");
    }
    let refused = |bytes: &[u8]| read(bytes).unwrap_err();
    let label = refused(&original(&[10], &pattern(), 0x89));
    assert!(matches!(label, DataError::LabelRange { label: 10, limit: 10, .. }), "{label}");
    let count = refused(&original(&[1, 2], &pattern(), 0x89));
    assert!(matches!(count, DataError::CountMismatch { image_count: 1, label_count: 2, .. }), "{count}");
    let columns = refused(&original(&[1], &pattern(), 0x88)).to_string();
    assert!(columns.contains("column-major"), "{columns}");
    let bare = refused(b"\x80\x02}.").to_string();
    assert!(bare.contains("no labels"), "{bare}");
}

#[test]
fn no_bytes_make_it_panic_or_grow() {
    let whole = original(&[3], &[7; PIXELS], 0x89);
    let interesting = (0..whole.len()).filter(|place| *place < 300 || *place + 60 > whole.len());
    for place in interesting {
        for value in [0, b'(', b'h', b'R', b'b', b't', 0x85, 0x94, 0xFF] {
            let mut broken = whole.clone();
            broken[place] = value;
            let _ = read(&broken);
        }
    }
    // A text that is turned into bytes again and again.
    let turn = b"h\x01h\x02h\x03\x86R".repeat(2000);
    let start = b"\x80\x02c_codecs\nencode\nq\x01X\x00\x10\x00\x00";
    let bomb = [&start[..], &[b'a'; 4096], b"q\x02", b"X\x06\x00\x00\x00latin1q\x03", &turn, b"."].concat();
    assert!(read(&bomb).is_err());
}
