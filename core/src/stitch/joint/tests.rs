//! Positions are where they should be, and before or after the stitch makes no difference.

use super::places::plane;
use super::*;
use crate::engine::reference::{Precision, evaluate};
use crate::ops::stitch::Stitch;
use crate::random::{Purpose, Stream};
use crate::stitch::Weights;
use crate::tensor::{Array, DType, Tensor, Tolerance};

const IMAGE: [usize; 2] = [28, 28];
const BILINEAR: Option<Interpolation> = Some(Interpolation::Bilinear);

fn asked(form: &str, resize: Option<Interpolation>, late: bool) -> Asked<'_> {
    Asked { form, resize, late, image: IMAGE }
}

fn between(form: &str, resize: Option<Interpolation>, late: bool, front: &[usize], end: &[usize]) -> Joint {
    let (f, e) = (TensorType::f32_batch(front), TensorType::f32_batch(end));
    Joint::between(asked(form, resize, late), ("f", &f), ("e", &e), &[]).unwrap()
}

fn draw(count: usize) -> Vec<f32> {
    let mut stream = Stream::new(3, Purpose::Test, 0, 0);
    (0..count).map(|_| stream.uniform_range(-1.0, 1.0)).collect()
}

/// What two images with these elements become: through `joint`, around a stitch where one is given.
fn through(joint: Joint, front: &[usize], x: &[f32], stitch: Option<&Weights>) -> (Vec<usize>, Vec<f64>) {
    let mut b = Builder::new();
    let given = b.input("x", TensorType::f32_batch(front));
    let mut y = joint.enter(&mut b, given).unwrap();
    if let Some(weights) = stitch {
        let (w, bias) = weights.tensors().unwrap();
        let (w, bias) = (b.constant(w), b.constant(bias));
        y = b.apply1(Stitch, &[y, w, bias]).unwrap();
    }
    let y = joint.leave(&mut b, y).unwrap();
    b.output("y", y);
    let images = x.len() / front.iter().product::<usize>();
    let shape: Vec<usize> = [images].into_iter().chain(front.iter().copied()).collect();
    let x: Array = Tensor::f32(&shape, x.to_vec()).unwrap().to_array();
    let found = evaluate(&b.finish(), &[x], images, Precision::Double).unwrap().remove(0).to_tensor(DType::F64);
    (found.shape().to_vec(), found.to_f64())
}

#[test]
fn every_change_commutes_with_the_stitch() {
    let shapes: [(&[usize], &[usize]); 6] = [
        (&[3, 4, 6], &[5, 7, 3]),
        (&[3, 4, 4], &[5, 5, 4]),
        (&[3, 4, 4], &[17, 5]),
        (&[17, 3], &[5, 7, 7]),
        (&[16, 3], &[50, 5]),
        (&[17, 3], &[50, 5]),
    ];
    for (front, end) in shapes {
        for by in [Interpolation::Bilinear, Interpolation::Nearest] {
            let x = draw(2 * front.iter().product::<usize>());
            let weights = Weights::random(5, 3, 1);
            let [before, after] = [false, true].map(|late| {
                let joint = between("auto", Some(by), late, front, end);
                assert_eq!((joint.leaves(), joint.entry().changes()), (late, !late));
                through(joint, front, &x, Some(&weights))
            });
            assert_eq!(before.0[1..], *end, "{front:?} {end:?}");
            assert_eq!(before.0, after.0);
            assert!(Tolerance::Double.accepts(&after.1, &before.1), "{front:?} {end:?} {by:?}");
        }
    }
}

/// PyTorch's `interpolate` of [[0, 1], [2, 3]] to 4 x 3, `align_corners=False`, and its `nearest`.
#[test]
fn sizes_change_as_in_pytorch() {
    let to =
        |by| through(between("auto", Some(by), false, &[1, 2, 2], &[1, 4, 3]), &[1, 2, 2], &[0.0, 1.0, 2.0, 3.0], None);
    let bilinear = [0.0, 0.5, 1.0, 0.5, 1.0, 1.5, 1.5, 2.0, 2.5, 2.0, 2.5, 3.0];
    assert!(Tolerance::Double.accepts(&to(Interpolation::Bilinear).1, &bilinear));
    assert_eq!(to(Interpolation::Nearest).1, [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 2.0, 2.0, 3.0, 2.0, 2.0, 3.0]);
}

#[test]
fn tokens_lie_row_by_row_behind_their_class_token() {
    // One channel of 2 x 2: four tokens, and the class token is their mean.
    let x = [1.0, 2.0, 3.0, 6.0];
    let to_tokens = through(between("conv-to-tokens", None, false, &[1, 2, 2], &[5, 1]), &[1, 2, 2], &x, None);
    assert_eq!(to_tokens, (vec![1, 5, 1], vec![3.0, 1.0, 2.0, 3.0, 6.0]));
    let tokens = [9.0, 1.0, 2.0, 3.0, 6.0];
    let to_conv = through(between("tokens-to-conv", None, false, &[5, 1], &[1, 2, 2]), &[5, 1], &tokens, None);
    assert_eq!(to_conv, (vec![1, 1, 2, 2], vec![1.0, 2.0, 3.0, 6.0]));
    // Channels stay channels.
    let two = through(between("auto", None, false, &[2, 1, 1], &[1, 2]), &[2, 1, 1], &[4.0, 5.0], None);
    assert_eq!(two, (vec![1, 1, 2], vec![4.0, 5.0]));
    // Between tokens the class token goes its own way, or goes, or comes.
    let same = through(between("auto", BILINEAR, false, &[5, 1], &[17, 1]), &[5, 1], &tokens, None);
    assert_eq!((same.1.len(), same.1[0]), (17, 9.0));
    let dropped = through(between("token-linear", None, false, &[5, 1], &[4, 1]), &[5, 1], &tokens, None);
    assert_eq!(dropped.1, tokens[1..].iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
    let made = through(between("auto", None, false, &[4, 1], &[5, 1]), &[4, 1], &x, None);
    assert_eq!(made.1, to_tokens.1);
}

#[test]
fn planes_are_known_from_the_image() {
    assert_eq!(plane(196, [224, 224]), Some([14, 14]));
    assert_eq!(plane(12, [24, 32]), Some([3, 4]));
    assert_eq!(plane(49, [32, 30]), Some([7, 7]));
    assert_eq!((plane(197, [224, 224]), plane(0, [4, 4])), (None, None));
    let grid = |count| Grid::of(&TensorType::f32_batch(&[count, 8]), [224, 224]).map(|g| (g.size, g.class));
    assert_eq!((grid(197), grid(196), grid(198)), (Some(([14, 14], true)), Some(([14, 14], false)), None));
}

#[test]
fn a_dense_joint_flattens_and_gives_the_ends_shape() {
    let joint = between("dense", None, false, &[2, 2, 3], &[5, 4]);
    let (front, end) = (TensorType::f32_batch(&[2, 2, 3]), TensorType::f32_batch(&[5, 4]));
    assert_eq!((joint.form.word(), joint.channels(&front, &end)), ("dense", (20, 12)));
    assert!(joint.leaves() && joint.flat() && joint.entry() == joint);
    let x = draw(24);
    let found = through(joint, &[2, 2, 3], &x, Some(&Weights::identity(20, 12)));
    assert_eq!(found.0, [2, 5, 4]);
    let first: Vec<f64> = x[..12].iter().map(|v| f64::from(*v)).chain([0.0; 8]).collect();
    assert_eq!(found.1[..20], first);
}

#[test]
fn what_does_not_join_says_what_would() {
    let say = |form: &str, resize, front: &[usize], end: &[usize]| {
        let (f, e) = (TensorType::f32_batch(front), TensorType::f32_batch(end));
        Joint::between(asked(form, resize, false), ("f", &f), ("e", &e), &[]).unwrap_err().to_string()
    };
    for (said, parts) in [
        (say("auto", None, &[3, 4, 4], &[3, 7, 7]), ["unequal spatial sizes", "resize = \"bilinear\""]),
        (say("auto", BILINEAR, &[3, 4, 4], &[10]), ["unequal spatial sizes", "form = \"dense\""]),
        (say("auto", BILINEAR, &[198, 4], &[3, 4, 4]), ["unequal spatial sizes", "form = \"dense\""]),
        (say("conv1x1", BILINEAR, &[3, 4, 4], &[16, 3]), ["\"conv1x1\" does not join", "conv-to-tokens"]),
        (say("dense", None, &[64, 32, 32], &[10]), ["up to 4096", "65536"]),
        (say("dense", None, &[10], &[64, 32, 32]), ["`e`", "65536"]),
    ] {
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
}
