//! Cuts: at every tap, front and end joined by the identity are the whole network.

use stitchscope_core::cut::split;
use stitchscope_core::ops::stitch::channel_axis;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::stitch::{Form, Weights};
use stitchscope_core::study::stitched;
use stitchscope_core::tensor::{TensorType, Tolerance};
use stitchscope_tests::{Failures, Fallible, close, image_batch, ort, run};

use crate::donors::all;

/// The identity of a tap's channels; `None` where no stitch form fits.
pub fn identity(name: &str, ty: &TensorType) -> Option<Weights> {
    Form::of(name, ty).ok()?;
    let channels = ty.shape[channel_axis(ty.rank())].known()?;
    Some(Weights::identity(channels, channels))
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn halves_joined_by_the_identity_are_the_whole() -> Fallible {
    let engine = ort();
    let mut failures = Failures::default();
    for donor in all(4)? {
        let image = [image_batch(&donor.images)?];
        let expected = run(&engine, &simplify(&donor.graph)?, &image)?;
        for tap in donor.taps()? {
            let check = || -> Fallible {
                let weights = identity(&tap.name, &tap.ty).ok_or_else(|| format!("no stitch fits {}", tap.ty))?;
                let (front, end) = split(&donor.graph, &tap)?;
                let joined = simplify(&stitched(&front, &weights, &end)?)?;
                Ok(close(&run(&engine, &joined, &image)?[0], &expected[0], Tolerance::Network, "logits")?)
            };
            failures.note(&format!("{} at {}", donor.name, tap.name), check());
        }
    }
    failures.settle();
    Ok(())
}

#[test]
fn halves_hold_the_whole_once() -> Fallible {
    for donor in all(1)? {
        for tap in donor.taps()? {
            let (front, end) = split(&donor.graph, &tap)?;
            let (parts, whole) = (front.nodes().len() + end.nodes().len(), donor.graph.nodes().len());
            assert_eq!(parts, whole, "{} at {}", donor.name, tap.name);
        }
    }
    Ok(())
}
