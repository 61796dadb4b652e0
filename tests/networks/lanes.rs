//! Images in lanes: ONNX Runtime on all cores against image by image.
//!
//! Sixty images are enough work for every lane, and 59 leave the last one fewer; the fourth run of a size has a session of its
//! own. On one core there is one lane, and the comparison holds by itself.

use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::{Array, Tolerance};
use stitchscope_tests::{Fallible, Prepared, close, image_batch, label_batch, ort};

use crate::donors::small;
use crate::gradient::with_gradient;

/// The images `first .. first + count` of each argument.
fn part(arguments: &[Array], first: usize, count: usize) -> Vec<Array> {
    let cut = |array: &Array| match array {
        Array::Real(a) => Array::Real(a.slice_axis(ndarray::Axis(0), (first..first + count).into()).to_owned()),
        Array::Int(a) => Array::Int(a.slice_axis(ndarray::Axis(0), (first..first + count).into()).to_owned()),
        Array::Bool(a) => Array::Bool(a.slice_axis(ndarray::Axis(0), (first..first + count).into()).to_owned()),
    };
    arguments.iter().map(cut).collect()
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn images_in_lanes_give_what_each_gives_alone() -> Fallible {
    let engine = ort();
    for donor in small(60)? {
        let graph = simplify(&with_gradient(&donor.graph)?)?;
        let program = Prepared::new(&engine, &graph)?;
        let arguments = [image_batch(&donor.images)?, label_batch(&donor.images)];
        let alone: Vec<Vec<Array>> = (0..60).map(|i| program.run(&part(&arguments, i, 1))).collect::<Result<_, _>>()?;
        for count in [60, 59, 60, 60, 60] {
            let together = program.run(&part(&arguments, 0, count))?;
            for (index, output) in graph.outputs().iter().enumerate() {
                for (image, alone) in alone.iter().take(count).enumerate() {
                    let one = part(&together[index..=index], image, 1);
                    let place = format!("{}: {} of image {image} among {count}", donor.name, output.name);
                    close(&one[0], &alone[index], Tolerance::Operator, &place)?;
                }
            }
        }
    }
    Ok(())
}
