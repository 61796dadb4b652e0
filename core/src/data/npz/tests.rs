//! Archives made here, whole and broken.

use super::super::PixelRange;
use super::read as read_as;
use super::*;
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

fn read(file: &str, bytes: &[u8], split: Split) -> Result<Images, DataError> {
    read_as(file, bytes, split, &Reading::default())
}

/// An npy file with the given element type and shape text.
fn npy(descr: &str, shape: &str, fortran: bool, values: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    with_header(text.as_bytes(), values)
}

fn with_header(text: &[u8], values: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text, values].concat()
}

fn archive(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in arrays {
        writer.start_file(format!("{name}.npy"), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn pair(images: Vec<u8>) -> Vec<u8> {
    archive(&[("images", images), ("labels", npy("|u1", "(1,)", false, &[0]))])
}

fn refused(images: Vec<u8>) -> DataError {
    read("set.npz", &pair(images), Split::Test).unwrap_err()
}

#[test]
fn bytes_and_floats_in_either_layout_agree() {
    let bytes: Vec<u8> = (0..12).map(|value| value * 20).collect();
    let last = read("set.npz", &pair(npy("|u1", "(1, 2, 2, 3)", false, &bytes)), Split::Test).unwrap();
    assert_eq!(last.shape(), [3, 2, 2]);
    let first = last.pixels_f32(&[0]);
    assert_eq!(first[1], 60.0 / 255.0);

    let single = npy("<f4", "(1, 3, 2, 2)", false, &floats(&first));
    assert_eq!(read("set.npz", &pair(single), Split::Train).unwrap().pixels_f32(&[0]), first);
    let double: Vec<u8> = first.iter().flat_map(|&value| f64::from(value).to_be_bytes()).collect();
    let double = npy(">f8", "(1, 3, 2, 2)", false, &double);
    assert_eq!(read("set.npz", &pair(double), Split::Test).unwrap().pixels_f32(&[0]), first);
}

#[test]
fn column_major_arrays_are_read_by_their_axes() {
    let images = npy("|u1", "(1, 2, 2)", true, &[0, 51, 102, 255]);
    let images = read("set.npz", &pair(images), Split::Test).unwrap();
    assert_eq!(images.pixels_f32(&[0]), [0.0, 0.4, 0.2, 1.0]);
}

#[test]
fn each_half_finds_its_arrays() {
    let grey = |value| npy("|u1", "(1, 1, 1)", false, &[value]);
    let label = |value: i64| npy("<i8", "(1, 1)", false, &value.to_le_bytes());
    let both = archive(&[("X_train", grey(0)), ("y_train", label(1)), ("X_test", grey(255)), ("y_test", label(2))]);
    let train = read("set.npz", &both, Split::Train).unwrap();
    let test = read("set.npz", &both, Split::Test).unwrap();
    assert_eq!((train.labels[0], train.pixels_f32(&[0])[0]), (1, 0.0));
    assert_eq!((test.labels[0], test.pixels_f32(&[0])[0]), (2, 1.0));

    let half = archive(&[("x_test", grey(0)), ("y", label(0))]);
    read("set.npz", &half, Split::Test).unwrap();
    let missing = read("set.npz", &half, Split::Train).unwrap_err();
    assert!(matches!(missing, DataError::MissingHalf { split: Split::Train, .. }), "{missing}");
}

#[test]
fn missing_arrays_are_named_with_what_is_there() {
    let bare = archive(&[("weights", npy("|u1", "(1,)", false, &[0]))]);
    let text = read("set.npz", &bare, Split::Test).unwrap_err().to_string();
    assert!(text.contains("set.npz") && text.contains("it has: weights"), "{text}");
    let unlabelled = archive(&[("images", npy("|u1", "(1, 1, 1)", false, &[0]))]);
    let text = read("set.npz", &unlabelled, Split::Test).unwrap_err().to_string();
    assert!(text.contains("labels beside images"), "{text}");
}

#[test]
fn wrong_types_shapes_and_ranges_are_refused() {
    let complex = refused(npy("<c8", "(1, 1, 1)", false, &[0; 8])).to_string();
    assert!(complex.contains("set.npz:images") && complex.contains("<c8") && complex.contains("astype"), "{complex}");
    let objects = refused(npy("|O", "(1, 1, 1)", false, &[0; 8])).to_string();
    assert!(objects.contains("|O"), "{objects}");
    let unclear = refused(npy("|u1", "(1, 3, 2, 1)", false, &[0; 6]));
    assert!(matches!(unclear, DataError::Layout { .. }), "{unclear}");
    let range = refused(npy("<f4", "(1, 1, 2)", false, &floats(&[0.5, 255.0])));
    assert!(matches!(range, DataError::PixelRange { image: 0, place: 1, .. }), "{range}");
}

#[test]
fn labels_must_be_classes() {
    let image = || npy("|u1", "(1, 1, 1)", false, &[0]);
    let with = |labels| read("set.npz", &archive(&[("x", image()), ("y", labels)]), Split::Test).unwrap_err();
    let negative = with(npy("<i4", "(1,)", false, &(-1_i32).to_le_bytes()));
    assert!(matches!(negative, DataError::LabelRange { label: -1, .. }), "{negative}");
    let huge = with(npy("<u8", "(1,)", false, &u64::MAX.to_le_bytes()));
    assert!(matches!(huge, DataError::LabelRange { .. }), "{huge}");
    let rows = with(npy("|u1", "(1, 10)", false, &[0; 10])).to_string();
    assert!(rows.contains("one-hot") && rows.contains("argmax(1)"), "{rows}");
    let soft = with(npy("<f4", "(1, 2)", false, &floats(&[0.5, 0.5]))).to_string();
    assert!(soft.contains("no whole numbers"), "{soft}");
    let solid = with(npy("|u1", "(1, 2, 2)", false, &[0; 4])).to_string();
    assert!(solid.contains("labels have the shape (images)"), "{solid}");
    let count = with(npy("|u1", "(2,)", false, &[0; 2]));
    assert!(matches!(count, DataError::CountMismatch { image_count: 1, label_count: 2, .. }), "{count}");
}

#[test]
fn lying_headers_and_bombs_take_no_memory() {
    let long = refused(npy("|u1", "(1, 2, 2)", false, &[0; 5]));
    assert!(matches!(long, DataError::WrongLength { expected: 4, found: 5, .. }), "{long}");
    let short = refused(npy("|u1", "(50000, 32, 32, 3)", false, &[0; 5]));
    assert!(matches!(short, DataError::WrongLength { found: 5, .. }), "{short}");
    let vast = refused(npy("<f8", "(99999999, 9999, 3)", false, &[]));
    assert!(matches!(vast, DataError::TooLarge { .. }), "{vast}");
    let overflow = refused(npy("<f8", "(9999999999, 9999999999, 9999999999)", false, &[]));
    assert!(matches!(overflow, DataError::Malformed { .. }), "{overflow}");
    let deep = refused(with_header("(".repeat(4000).as_bytes(), &[]));
    assert!(matches!(deep, DataError::Malformed { .. }), "{deep}");
    let header = refused([b"\x93NUMPY\x02\x00", &u32::MAX.to_le_bytes()[..]].concat());
    assert!(matches!(header, DataError::Malformed { .. }), "{header}");
    let bomb = refused(npy("|u1", "(1, 2, 2)", false, &vec![0; 16 << 20]));
    assert!(matches!(bomb, DataError::WrongLength { expected: 4, .. }), "{bomb}");
}

#[test]
fn damage_is_found() {
    let whole = pair(npy("|u1", "(1, 16, 16)", false, &(0..=255).collect::<Vec<_>>()));
    read("set.npz", &whole, Split::Test).unwrap();
    read("set.npz", &whole[..whole.len() / 2], Split::Test).unwrap_err();
    // One pixel's bit in a stored entry: only the checksum can tell.
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in
        [("x.npy", npy("|u1", "(1, 2, 2)", false, b"WXYZ")), ("y.npy", npy("|u1", "(1,)", false, &[0]))]
    {
        writer.start_file(name, stored).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    let mut bytes = writer.finish().unwrap().into_inner();
    read("set.npz", &bytes, Split::Test).unwrap();
    let place = bytes.windows(4).position(|window| window == b"WXYZ").unwrap();
    bytes[place] ^= 1;
    let error = read("set.npz", &bytes, Split::Test).unwrap_err();
    assert!(matches!(error, DataError::Malformed { .. }), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = read("set.npz", &bytes, Split::Test);
        let _ = read("set.npz", &pair(bytes), Split::Test);
    }

    #[test]
    fn no_header_makes_it_panic(text in "[\\{\\(\\[]?('descr': '[<>|=]?[a-zA-Z][0-9]{0,3}'|[ -~]{0,20}), ?('fortran_order': (True|False)|[ -~]{0,9}), ?'shape': [\\(\\[]([0-9]{0,6}, ?){0,5}[\\)\\]],?[\\}\\)]?", values in proptest::collection::vec(any::<u8>(), 0..16)) {
        let _ = read("set.npz", &pair(with_header(text.as_bytes(), &values)), Split::Test);
    }

    #[test]
    fn no_damage_makes_it_panic(place in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = pair(npy("<f4", "(1, 1, 2, 2)", false, &floats(&[0.0, 0.5, 1.0, 0.25])));
        let place = place.index(bytes.len());
        bytes[place] = value;
        let _ = read("set.npz", &bytes, Split::Test);
    }
}

#[test]
fn arrays_without_names_are_told_apart_by_their_axes() {
    let (images, labels) = (npy("|u1", "(2, 1, 1)", false, &[5, 255]), npy("|u1", "(2,)", false, &[1, 0]));
    for (first, second) in [(&images, &labels), (&labels, &images)] {
        let set =
            read("set.npz", &archive(&[("arr_0", first.clone()), ("arr_1", second.clone())]), Split::Test).unwrap();
        assert_eq!((&set.labels[..], set.pixels_f32(&[1])), (&[1, 0][..], vec![1.0]));
    }
    let three = archive(&[("arr_0", images.clone()), ("arr_1", labels.clone()), ("arr_2", labels)]);
    let text = read("set.npz", &three, Split::Test).unwrap_err().to_string();
    assert!(text.contains("arr_0, arr_1, arr_2"), "{text}");
}

#[test]
fn one_hot_labels_of_any_type_and_order_are_classes() {
    let images = || npy("|u1", "(2, 1, 1)", false, &[0, 9]);
    let rows = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    let columns = [0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    let bytes = |values: [f32; 6]| values.iter().map(|value| *value as u8).collect::<Vec<_>>();
    let tables = [
        npy("|u1", "(2, 3)", false, &bytes(rows)),
        npy("|b1", "(2, 3)", false, &bytes(rows)),
        npy("<f4", "(2, 3)", false, &floats(&rows)),
        npy("|u1", "(2, 3)", true, &bytes(columns)),
        npy("<i8", "(2,)", false, &[2_i64.to_le_bytes(), 0_i64.to_le_bytes()].concat()),
        npy(">i4", "(2, 1)", false, &[2_i32.to_be_bytes(), 0_i32.to_be_bytes()].concat()),
        npy("<f8", "(2,)", false, &[2_f64.to_le_bytes(), 0_f64.to_le_bytes()].concat()),
    ];
    for table in tables {
        let set = read("set.npz", &archive(&[("images", images()), ("labels", table)]), Split::Test).unwrap();
        assert_eq!(set.labels, [2, 0]);
    }
    let two = npy("|u1", "(2, 3)", false, &[0, 1, 1, 1, 0, 0]);
    let text =
        read("set.npz", &archive(&[("images", images()), ("labels", two)]), Split::Test).unwrap_err().to_string();
    assert!(text.contains("row 0"), "{text}");
}

#[test]
fn half_precision_is_read_in_both_byte_orders() {
    // 0, 1/3, 1/2 and 1 in binary16.
    let halves = [0x0000_u16, 0x3555, 0x3800, 0x3C00];
    for (descr, bytes) in [
        ("<f2", halves.iter().flat_map(|half| half.to_le_bytes()).collect::<Vec<_>>()),
        (">f2", halves.iter().flat_map(|half| half.to_be_bytes()).collect()),
    ] {
        let set = read("set.npz", &pair(npy(descr, "(1, 2, 2)", false, &bytes)), Split::Test).unwrap();
        assert_eq!(set.pixels_f32(&[0]), [0.0, 0.333_251_95, 0.5, 1.0]);
    }
}

#[test]
fn numbers_up_to_255_are_read_where_that_is_said_and_never_guessed() {
    let bytes = Reading { pixel_range: PixelRange::Bytes, ..Reading::default() };
    let plain = read("set.npz", &pair(npy("|u1", "(1, 1, 3)", false, &[0, 51, 255])), Split::Test).unwrap();
    let wide = [0_i64, 51, 255];
    let arrays = [
        npy("<f4", "(1, 1, 3)", false, &floats(&[0.0, 51.0, 255.0])),
        npy(
            "<f8",
            "(1, 1, 3)",
            false,
            &wide.iter().flat_map(|value| (*value as f64).to_le_bytes()).collect::<Vec<_>>(),
        ),
        npy(">i8", "(1, 1, 3)", false, &wide.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<_>>()),
        npy("<u2", "(1, 1, 3)", false, &[0, 0, 51, 0, 255, 0]),
    ];
    for array in arrays {
        let set = read_as("set.npz", &pair(array.clone()), Split::Test, &bytes).unwrap();
        assert_eq!(set, plain);
        let text = read("set.npz", &pair(array), Split::Test).unwrap_err().to_string();
        assert!(text.contains("pixel_range = \"0-255\""), "{text}");
    }
    let fine = read_as("set.npz", &pair(npy("<f4", "(1, 1, 2)", false, &floats(&[25.5, 255.0]))), Split::Test, &bytes);
    assert_eq!(fine.unwrap().pixels_f32(&[0]), [0.1, 1.0]);
    for wrong in [[0.0, 1.0], [0.0, 256.0], [-1.0, 200.0], [f32::NAN, 200.0]] {
        let array = npy("<f4", "(1, 1, 2)", false, &floats(&wrong));
        let text = read_as("set.npz", &pair(array), Split::Test, &bytes).unwrap_err().to_string();
        assert!(text.contains("leave out pixel_range"), "{wrong:?}: {text}");
    }
}

#[test]
fn bytes_that_are_0_and_1_are_said_to_be_dark() {
    let dark = read("set.npz", &pair(npy("|u1", "(1, 1, 2)", false, &[0, 1])), Split::Test).unwrap();
    assert!(dark.notes[0].contains("all but black"), "{:?}", dark.notes);
}

#[test]
fn a_pair_of_arrays_is_a_set_and_five_severities_are_said() {
    let labels: Vec<u8> = (0..20).map(|place| place % 4).collect();
    let images = npy("|u1", "(20, 1, 1)", false, &(0..20).collect::<Vec<_>>());
    let labels = npy(
        "<i8",
        "(20,)",
        false,
        &labels.iter().flat_map(|label| i64::from(*label).to_le_bytes()).collect::<Vec<_>>(),
    );
    let set = read_pair(("fog.npy", &images), ("labels.npy", &labels), &Reading::default()).unwrap();
    assert_eq!((set.shape(), set.len(), set.labels[7]), ([1, 1, 1], 20, 3));
    assert!(set.notes[0].contains("five times") && set.notes[0].contains("4 each"), "{:?}", set.notes);
    let short =
        read_pair(("fog.npy", &images[..images.len() - 1]), ("labels.npy", &labels), &Reading::default()).unwrap_err();
    assert!(matches!(short, DataError::WrongLength { .. }), "{short}");
}

#[test]
fn arrays_that_are_not_read_are_named() {
    let image = || npy("|u1", "(1, 1, 2, 2)", false, &[0; 4]);
    let label = || npy("|u1", "(1,)", false, &[0]);
    let two = archive(&[("images", image()), ("x", image()), ("labels", label()), ("x_train", image())]);
    let notes = read("set.npz", &two, Split::Test).unwrap().notes;
    assert_eq!(notes, ["set.npz: images are the array images, labels labels; not read: x."]);
    let halves = archive(&[("x_train", image()), ("y_train", label()), ("x_test", image()), ("y_test", label())]);
    assert_eq!(read("set.npz", &halves, Split::Train).unwrap().notes, [""; 0]);
}

#[test]
fn two_members_of_one_name_are_refused() {
    let image = || npy("|u1", "(1, 1, 2, 2)", false, &[0; 4]);
    let label = || npy("|u1", "(1,)", false, &[0]);
    let twice = archive(&[("images", image()), ("imagez", image()), ("labels", label())]);
    let mut same = twice.clone();
    while let Some(at) = same.windows(6).position(|name| name == b"imagez") {
        same[at + 5] = b's';
    }
    assert!(read("set.npz", &twice, Split::Test).is_ok());
    let why = read("set.npz", &same, Split::Test).unwrap_err().to_string();
    assert!(why.contains("3 members of 2 names"), "{why}");
    let capitals = archive(&[("x_test", image()), ("X_Test", image()), ("y_test", label())]);
    let why = read("set.npz", &capitals, Split::Test).unwrap_err().to_string();
    assert!(why.contains("`x_test`"), "{why}");
}
