//! What [`Images`] promises and refuses.

use super::*;

fn parts() -> Parts {
    Parts {
        name: "set".into(),
        images_file: "images.idx".into(),
        labels_file: "labels.idx".into(),
        shape: [1, 2, 2],
        pixels: Pixels::F32(vec![0.0, 0.25, 0.5, 1.0, 1.0, 0.75, 0.5, 0.0]),
        labels: vec![2, 0],
        classes: vec![],
    }
}

fn refused(change: impl FnOnce(&mut Parts)) -> DataError {
    let mut parts = parts();
    change(&mut parts);
    Images::new(parts).unwrap_err()
}

#[test]
fn images_come_out_as_asked() {
    let images = Images::new(parts()).unwrap();
    assert_eq!((images.len(), images.shape(), images.number_of_classes()), (2, [1, 2, 2], 3));
    assert_eq!(images.pixels_f32(&[1, 1]), [1.0, 0.75, 0.5, 0.0, 1.0, 0.75, 0.5, 0.0]);
    let first = images.take_first(1);
    assert_eq!((first.len(), first.pixels_f32(&[0]).len(), first.number_of_classes()), (1, 4, 3));
    assert_eq!(first.take_first(9).len(), 1);
}

#[test]
fn bytes_become_exact_shares_of_255() {
    let pixels = Pixels::U8((0..=255).collect());
    let labels = vec![0; 64];
    let images = Images::new(Parts { pixels, labels, ..parts() }).unwrap();
    let values = images.pixels_f32(&(0..64).collect::<Vec<_>>());
    assert!(values.iter().zip(0_u8..=255).all(|(&value, byte)| value == f32::from(byte) / 255.0));
}

#[test]
fn counts_that_differ_are_told_with_both_files() {
    let text = refused(|parts| parts.labels = vec![0; 3]).to_string();
    for part in ["images.idx", "labels.idx", "2 images", "3 labels"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn pixels_outside_the_range_are_placed() {
    for bad in [f32::NAN, -0.1, 1.1, 255.0, f32::INFINITY] {
        let error = refused(|parts| {
            if let Pixels::F32(values) = &mut parts.pixels {
                values[6] = bad;
            }
        });
        assert!(matches!(error, DataError::PixelRange { image: 1, place: 2, .. }), "{error}");
    }
}

#[test]
fn empty_and_broken_sets_are_refused() {
    let none = refused(|parts| parts.pixels = Pixels::U8(vec![]));
    assert!(matches!(none, DataError::Empty { .. }), "{none}");
    let flat = refused(|parts| parts.shape = [1, 0, 2]);
    assert!(matches!(flat, DataError::Empty { .. }), "{flat}");
    let torn = refused(|parts| parts.pixels = Pixels::U8(vec![0; 7]));
    assert!(matches!(torn, DataError::WrongLength { expected: 8, found: 7, .. }), "{torn}");
    let vast = refused(|parts| parts.shape = [usize::MAX, 2, 2]);
    assert!(matches!(vast, DataError::WrongLength { .. }), "{vast}");
}

#[test]
fn labels_without_a_class_are_refused() {
    let named = refused(|parts| parts.classes = vec!["cat".into(), "dog".into()]);
    assert!(matches!(named, DataError::LabelRange { index: 0, label: 2, limit: 2, .. }), "{named}");
    let absurd = refused(|parts| parts.labels[1] = u32::MAX);
    assert!(matches!(absurd, DataError::LabelRange { index: 1, .. }), "{absurd}");
}
