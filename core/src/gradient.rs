//! The gradient of a classifier's loss by its images, as one graph: what gradient attacks climb, for anybody to run anywhere.

use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::loss::{Loss, label_input};
use crate::rewrite;

/// Image batch `image` [N, C, H, W] and labels `label` `[N]` (int64) to `loss` `[N]`, `gradient` [N, C, H, W] and `logits` [N, K].
///
/// Losses are of single images and never averaged, so `gradient[i]` is the derivative of `loss[i]` by `image[i]`, whatever else is
/// in the batch.
///
/// # Errors
/// [`GraphError::NoDerivative`] naming the node that has none; [`GraphError::Mismatch`] where the loss needs more classes, or
/// where the logits do not depend on the image.
pub fn loss_and_gradient(network: &Graph, loss: Loss) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let image = b.input("image", network.ty(network.inputs()[0]).clone());
    let label = label_input(&mut b);
    let logits = inline(&mut b, network, &[image])?[0];
    let loss = loss.build(&mut b, logits, label)?;
    let gradient = gradients(&mut b, loss, &[image])?[0].ok_or_else(|| GraphError::Mismatch {
        what: "the network".to_owned(),
        expected: "logits that depend on the image through operators with a derivative".to_owned(),
        found: "logits that no change of a pixel moves".to_owned(),
    })?;
    b.output("loss", loss);
    b.output("gradient", gradient);
    b.output("logits", logits);
    rewrite::simplify(&b.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::reference::{Precision, Reference};
    use crate::platform::block_on;
    use crate::random::{Purpose, Stream};
    use crate::tensor::{DType, Dim, Tensor, TensorType, Tolerance};

    /// For a linear network the gradient of the cross-entropy is `W^T (softmax(z) - e_y)`.
    #[test]
    fn a_linear_networks_gradient_has_its_closed_form() {
        let (pixels, classes, images) = (4, 3, 2);
        let mut stream = Stream::new(5, Purpose::Test, 0, 0);
        let mut draw = |count: usize| (0..count).map(|_| stream.uniform_f32() - 0.5).collect::<Vec<f32>>();
        let (weights, image) = (draw(pixels * classes), draw(images * pixels));
        let mut b = Builder::new();
        let x = b.input("x", TensorType::new(DType::F32, &[Dim::BATCH, Dim::ONE, Dim::fixed(2), Dim::fixed(2)]));
        let flat = b.reshape(x, &[Dim::BATCH, Dim::fixed(pixels)]).unwrap();
        let w = b.constant(Tensor::f32(&[pixels, classes], weights.clone()).unwrap());
        let z = b.matmul(flat, w).unwrap();
        b.output("z", z);
        let graph = loss_and_gradient(&b.finish(), Loss::CrossEntropy).unwrap();
        let names: Vec<&str> = graph.outputs().iter().map(|output| output.name.as_str()).collect();
        assert_eq!(names, ["loss", "gradient", "logits"]);
        let engine = Reference::new(Precision::AsTyped);
        let program = block_on(engine.compile(&graph)).unwrap();
        let labels = [2, 0];
        let given = [Tensor::f32(&[images, 1, 2, 2], image.clone()).unwrap(), Tensor::indices(&labels)];
        let given = given.map(|tensor| block_on(engine.upload(&tensor)).unwrap());
        let results = block_on(program.run(&[&given[0], &given[1]])).unwrap();
        let [losses, gradient, logits] = [0, 1, 2].map(|i| block_on(engine.read(&results[i])).unwrap().to_f64());
        let mut expected = (Vec::new(), Vec::new());
        for (z, label) in logits.chunks(classes).zip(labels) {
            let sum: f64 = z.iter().map(|z| z.exp()).sum();
            let label = usize::try_from(label).unwrap();
            expected.0.push(sum.ln() - z[label]);
            let slope = |class: usize| z[class].exp() / sum - f64::from(u8::from(class == label));
            for pixel in 0..pixels {
                let row = &weights[pixel * classes..(pixel + 1) * classes];
                expected.1.push(row.iter().enumerate().map(|(class, w)| f64::from(*w) * slope(class)).sum());
            }
        }
        assert!(Tolerance::Operator.accepts(&losses, &expected.0), "{losses:?} {:?}", expected.0);
        assert!(Tolerance::Operator.accepts(&gradient, &expected.1), "{gradient:?} {:?}", expected.1);
    }

    #[test]
    fn logits_that_depend_on_no_pixel_are_refused() {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::new(DType::F32, &[Dim::BATCH, Dim::ONE, Dim::ONE, Dim::fixed(3)]));
        let flat = b.reshape(x, &[Dim::BATCH, Dim::fixed(3)]).unwrap();
        let z = b.zeros_like(flat).unwrap();
        b.output("z", z);
        let error = loss_and_gradient(&b.finish(), Loss::Margin).unwrap_err().to_string();
        assert!(error.contains("no change of a pixel"), "{error}");
    }
}
