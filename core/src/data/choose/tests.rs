//! Classes by name, balanced draws, doubles.

use proptest::prelude::*;

use super::super::{DataError, Order, Parts, Split};
use super::*;

/// Grey images of one pixel, whose value is their place.
fn set(labels: &[u32], classes: &[&str]) -> Images {
    let pixels = Pixels::F32((0..labels.len()).map(|place| place as f32 / 1e4).collect());
    let name = || "set".to_owned();
    let classes = classes.iter().map(|class| (*class).to_owned()).collect();
    let (labels, shape) = (labels.to_vec(), [1, 1, 1]);
    Images::new(Parts { name: name(), images_file: name(), labels_file: name(), shape, pixels, labels, classes })
        .unwrap()
}

fn wish(count: usize, order: Order) -> Wish {
    Wish { count: Some(count), order, seed: 0, split: Split::Test }
}

#[test]
fn a_class_missing_in_one_half_takes_no_number_from_the_others() {
    let mut train = set(&[0, 1, 2, 3], &["ant", "bee", "cat", "dog"]);
    let mut test = set(&[0, 1, 2], &["ant", "cat", "dog"]);
    let note = align(&mut train, &mut test).unwrap().unwrap();
    assert_eq!((&test.labels[..], test.classes.len()), (&[0, 2, 3][..], 4));
    assert!(note.contains("lacks 1 of the 4") && note.contains("bee"), "{note}");
    // The other way round: the test half has all classes.
    let (mut train, mut test) = (set(&[0, 1], &["bee", "dog"]), set(&[0, 1, 2, 3], &["ant", "bee", "cat", "dog"]));
    align(&mut train, &mut test).unwrap().unwrap();
    assert_eq!((&train.labels[..], &test.labels[..]), (&[1, 3][..], &[0, 1, 2, 3][..]));
}

#[test]
fn halves_with_classes_of_their_own_are_refused_by_name() {
    let (mut train, mut test) = (set(&[0, 1], &["ant", "bee"]), set(&[0, 1], &["ant", "cat"]));
    let text = align(&mut train, &mut test).unwrap_err().to_string();
    assert!(text.contains("only the first has bee") && text.contains("only the second has cat"), "{text}");
    // Folders called by numbers are names too: the second class of one is not the third of the other.
    let (mut train, mut test) = (set(&[0, 1], &["0", "1"]), set(&[0, 1], &["0", "2"]));
    assert!(matches!(align(&mut train, &mut test), Err(DataError::ClassesDiffer { .. })));
}

#[test]
fn classes_without_names_go_by_number() {
    let (mut train, mut test) = (set(&[0, 1], &["ant", "bee"]), set(&[1, 0], &[]));
    assert_eq!(align(&mut train, &mut test).unwrap(), None);
    assert_eq!((&test.labels[..], &test.classes.join(" ")[..]), (&[1, 0][..], "0 1"));
    // Folders called 1 and 3 are the classes 1 and 3 of an array's.
    let (mut train, mut test) = (set(&[0, 3], &[]), set(&[0, 1], &["1", "3"]));
    align(&mut train, &mut test).unwrap().unwrap();
    assert_eq!(test.labels, [1, 3]);
}

#[test]
fn some_of_a_sorted_set_are_drawn_from_every_class_and_said() {
    let labels: Vec<u32> = (0..100).map(|place| place / 10).collect();
    let names: Vec<String> = (0..10).map(|class| format!("class{class}")).collect();
    let sorted = set(&labels, &names.iter().map(String::as_str).collect::<Vec<_>>());
    for count in [10, 25, 90, 99] {
        let taken = sorted.clone().taken(wish(count, Order::Auto)).unwrap();
        let of = |class| taken.labels.iter().filter(|label| **label == class).count();
        assert!((0..10).all(|class| (count / 10..=count.div_ceil(10)).contains(&of(class))), "{:?}", taken.labels);
        assert!(taken.notes[0].contains("sorted by class") && taken.notes[0].contains("seed 0"), "{:?}", taken.notes);
        // Every image is the one at its place, and the beginning is balanced too.
        let whole = taken.places.iter().map(|place| *place as f32 / 1e4);
        assert!(taken.pixels_f32(&(0..count).collect::<Vec<_>>()).into_iter().eq(whole));
        assert_eq!(taken.labels[..10].iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        assert_eq!(taken, sorted.clone().taken(wish(count, Order::Auto)).unwrap());
    }
    let other = sorted.clone().taken(Wish { seed: 1, ..wish(25, Order::Auto) }).unwrap();
    assert_ne!(other.places, sorted.clone().taken(wish(25, Order::Auto)).unwrap().places);
    let first = sorted.clone().taken(wish(25, Order::First)).unwrap();
    assert_eq!(first.places, (0..25).collect::<Vec<_>>());
    assert!(first.notes[0].contains("3 of 10 classes"), "{:?}", first.notes);
    let all = sorted.clone().taken(Wish { count: None, ..wish(0, Order::Auto) }).unwrap();
    assert_eq!(all, sorted);
    let text = sorted.taken(wish(101, Order::Auto)).unwrap_err();
    assert!(matches!(text, DataError::TooFew { found: 100, wanted: 101, .. }), "{text}");
}

#[test]
fn sets_in_batches_that_are_sorted_are_sorted() {
    let labels: Vec<u32> = (0..500).map(|place| place % 100 / 10).collect();
    let taken = set(&labels, &[]).taken(wish(50, Order::Auto)).unwrap();
    assert!((0..10).all(|class| taken.labels.iter().filter(|label| **label == class).count() == 5));
}

#[test]
fn a_set_that_is_not_sorted_keeps_its_first_images_unless_asked() {
    let labels: Vec<u32> = (0..100).map(|place| place * 7 % 10).collect();
    let mixed = set(&labels, &[]);
    let first = mixed.clone().taken(wish(5, Order::Auto)).unwrap();
    assert_eq!((&first.places[..], first.notes.len()), (&[0, 1, 2, 3, 4][..], 0));
    let drawn = mixed.taken(wish(20, Order::Random)).unwrap();
    assert!((0..10).all(|class| drawn.labels.iter().filter(|label| **label == class).count() == 2));
    assert!(drawn.notes[0].contains("drawn at random"), "{:?}", drawn.notes);
}

#[test]
fn small_classes_give_what_they_have() {
    let labels = [vec![0; 50], vec![1; 2], vec![2; 50]].concat();
    let taken = set(&labels, &[]).taken(wish(30, Order::Auto)).unwrap();
    let of = |class| taken.labels.iter().filter(|label| **label == class).count();
    assert_eq!((of(0), of(1), of(2)), (14, 2, 14));
}

#[test]
fn doubles_are_counted() {
    let (train, test) = (set(&[0; 10], &[]), set(&[0; 4], &[]));
    assert_eq!(shared(&train, &test), 4);
    assert_eq!(shared(&train.clone().pick(&[5, 6]), &test), 0);
    assert_eq!(shared(&train.pick(&[3, 9]), &test), 1);
}

proptest! {
    #[test]
    fn a_draw_takes_each_image_at_most_once(labels in proptest::collection::vec(0_u32..5, 1..200), share in 0.0f64..=1.0, seed in any::<u64>()) {
        let all = set(&labels, &[]);
        let count = ((labels.len() as f64) * share) as usize;
        let taken = all.taken(Wish { count: Some(count), order: Order::Random, seed, split: Split::Train }).unwrap();
        let distinct: std::collections::BTreeSet<_> = taken.places.iter().collect();
        prop_assert_eq!((taken.len(), distinct.len()), (count, count));
        prop_assert!(taken.places.iter().zip(&taken.labels).all(|(place, label)| labels[*place] == *label));
    }
}
