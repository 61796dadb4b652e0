//! From a representation back to an image: pixels are moved until the activation at a tap is that of a given image.
//!
//! What a representation does not keep stays as it was at the start, so the result shows what the network sees of an image
//! (Mahendran & Vedaldi 2015). Begun at noise, the images that a robust network cannot tell from the given one look like it, those of an
//! ordinary network look like noise (Engstrom et al. 2019, *Adversarial robustness as a prior for learned representations*). No prior
//! on images is used: it would show the prior.

use crate::autodiff::gradients;
use crate::cut;
use crate::data::Images;
use crate::engine::{Buffer, Engine};
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::stitch::Optimizer;
use crate::study::evaluate::batch_of;
use crate::study::{Network, StudyError};
use crate::tensor::{DType, Tensor, TensorType};

/// Most steps that are made; a step costs as much as one of an attack.
pub const MOST_STEPS: usize = 100_000;

/// How an image is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InversionSettings {
    /// Steps of Adam on the pixels.
    pub steps: usize,
    /// Its first learning rate, in pixel values; it falls to zero along half a cosine.
    pub rate: f64,
    /// Where the search begins.
    pub start: InversionStart,
}

/// Where a search begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InversionStart {
    /// At pixels drawn evenly from [0, 1], by this seed and the image.
    Noise(u64),
    /// At the next of the chosen images; the last one begins at the first.
    Neighbour,
}

impl Default for InversionSettings {
    /// 500 steps of at most 0.05 from noise.
    fn default() -> Self {
        Self { steps: 500, rate: 0.05, start: InversionStart::Noise(0) }
    }
}

/// An image whose activation is nearly that of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Inverted {
    /// [C, H, W] in [0, 1].
    pub pixels: Vec<f32>,
    /// `||a - t|| / ||t||` between its activation and the given image's.
    pub distance: f64,
    /// The same at the start.
    pub distance_at_start: f64,
}

/// Searches for images with the activations that `network` has at `tap` (an index into its taps) on the images `chosen`, all at once.
/// `step` hears (steps done, steps in all).
///
/// # Errors
/// [`StudyError`] when the tap has no gradient with respect to the image, from the engine, or from `step`.
pub async fn invert(
    engine: &dyn Engine,
    (network, tap): (&Network, usize),
    (images, chosen): (&Images, &[usize]),
    settings: &InversionSettings,
    step: &mut dyn FnMut(usize, usize) -> Result<(), StudyError>,
) -> Result<Vec<Inverted>, StudyError> {
    let front = rewrite::simplify(&cut::front_at(&network.graph, &[&network.taps[tap]])?)?;
    let size = images.shape().iter().product::<usize>().max(1);
    let given = engine.upload(&batch_of(images, images.pixels_f32(chosen))?).await?;
    let looked = engine.compile(&front).await?.run(&[&given]).await?;
    let [target] = looked.as_slice() else {
        return Err(StudyError::Misfit("the tap gave no activation".to_owned()));
    };
    let program = engine.compile(&rewrite::simplify(&step_graph(&front)?)?).await?;
    let begun = batch_of(images, started(images, chosen, settings.start))?;
    let zeros = engine.upload(&Tensor::full(begun.shape(), 0.0)).await?;
    let mut state = vec![engine.upload(&begun).await?, zeros.clone(), zeros];
    let (mut at_start, mut at_end) = (Vec::new(), Vec::new());
    // One turn more than steps, at rate zero: its distance is that of the result.
    for turn in 0..=settings.steps {
        let mut inputs: Vec<Buffer> = std::mem::take(&mut state);
        inputs.push(target.clone());
        for number in numbers(settings, turn) {
            inputs.push(engine.upload(&Tensor::scalar(number)).await?);
        }
        let mut results = program.run(&inputs.iter().collect::<Vec<_>>()).await?;
        let distance = results.pop().ok_or_else(|| StudyError::Misfit("a step gave no result".to_owned()))?;
        state = results;
        if turn == 0 {
            at_start = engine.read(&distance).await?.to_f64();
        }
        if turn == settings.steps {
            at_end = engine.read(&distance).await?.to_f64();
        } else {
            step(turn + 1, settings.steps)?;
        }
    }
    let found = engine.read(&state[0]).await?;
    let each = found.as_f32()?.chunks(size).zip(at_end.into_iter().zip(at_start));
    Ok(each
        .map(|(pixels, (end, start))| Inverted {
            pixels: pixels.to_vec(),
            distance: end.sqrt(),
            distance_at_start: start.sqrt(),
        })
        .collect())
}

/// The step's numbers in `turn` (from 0): Adam's, at a rate that falls to zero.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "numbers of an f32 graph")]
fn numbers(settings: &InversionSettings, turn: usize) -> Vec<f32> {
    let way = turn as f64 / settings.steps.max(1) as f64;
    let rate =
        if turn == settings.steps { 0.0 } else { 0.5 * settings.rate * (1.0 + (std::f64::consts::PI * way).cos()) };
    Optimizer::Adam.numbers(rate, turn + 1).into_iter().map(|(_, number)| number as f32).collect()
}

/// The first pixels of all searches.
fn started(images: &Images, chosen: &[usize], start: InversionStart) -> Vec<f32> {
    let size = images.shape().iter().product::<usize>();
    match start {
        InversionStart::Noise(seed) => chosen
            .iter()
            .flat_map(|index| {
                let mut stream = Stream::new(seed, Purpose::Inversion, *index as u64, 0);
                (0..size).map(move |_| stream.uniform_f32())
            })
            .collect(),
        InversionStart::Neighbour => {
            let mut turned = chosen.to_vec();
            let next = usize::from(!turned.is_empty());
            turned.rotate_left(next);
            images.pixels_f32(&turned)
        }
    }
}

/// `(x, m, v, target, step, root) -> (x', m', v', distance [N])`: the squared distance `|f(x) - t|^2 / |t|^2` of each image at x, and one
/// step of Adam down it, kept within [0, 1].
fn step_graph(front: &Graph) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let ty = front.ty(front.inputs()[0]).clone();
    let [x, m, v] = ["x", "m", "v"].map(|name| b.input(name, ty.clone()));
    let target = b.input("target", front.ty(front.outputs()[0].value).clone());
    let mut number = |name: &str| b.input(name, TensorType::f32(&[]));
    let numbers: Vec<_> = Optimizer::Adam.numbers(0.0, 1).iter().map(|(name, _)| number(name)).collect();
    let signal = inline(&mut b, front, &[x])?[0];
    let rest: Vec<usize> = (1..b.ty(signal).rank()).collect();
    let difference = b.sub(signal, target)?;
    let error = b.square(difference)?;
    let error = b.reduce_sum(error, &rest, false)?;
    let power = b.square(target)?;
    let power = b.reduce_sum(power, &rest, false)?;
    let floor = b.scalar_like(f64::from(f32::MIN_POSITIVE), power);
    let power = b.max(power, floor)?;
    let distance = b.div(error, power)?;
    let gradient = gradients(&mut b, distance, &[x])?[0].ok_or_else(|| GraphError::NoDerivative {
        node: "the tap".to_owned(),
        op: "network",
        why: "it does not depend on the image through real numbers",
    })?;
    let (moved, moments) = Optimizer::Adam.update(&mut b, (x, &[m, v]), gradient, &numbers, 0.0)?;
    let moved = b.clip(moved, 0.0, 1.0)?;
    b.output("x_next", moved);
    for (name, moment) in ["m_next", "v_next"].into_iter().zip(moments) {
        b.output(name, moment);
    }
    let distance = b.cast(distance, DType::F32)?;
    b.output("distance", distance);
    Ok(b.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Parts, Pixels};
    use crate::engine::reference::{Precision, Reference};
    use crate::onnx::Model;
    use crate::ops::stitch::Stitch;
    use crate::platform::block_on;
    use crate::tensor::Dim;

    fn images(count: usize) -> Images {
        let mut s = Stream::new(0, Purpose::Test, 0, 0);
        Images::new(Parts {
            name: "made up".to_owned(),
            images_file: String::new(),
            labels_file: String::new(),
            shape: [2, 2, 2],
            pixels: Pixels::F32((0..count * 8).map(|_| s.uniform_range(0.1, 0.9)).collect()),
            labels: vec![0; count],
            classes: vec!["all".to_owned()],
        })
        .unwrap()
    }

    /// Channels mixed by an invertible matrix, then summed to logits over the positions.
    fn network() -> Network {
        let mut b = Builder::new();
        let sizes = [Dim::BATCH, Dim::fixed(2), Dim::fixed(2), Dim::fixed(2)];
        let x = b.input("image", TensorType::new(DType::F32, &sizes));
        let weight = b.constant(Tensor::f32(&[2, 2], vec![1.0, 0.25, -0.5, 0.5]).unwrap());
        let bias = b.constant(Tensor::f32(&[2], vec![0.3, -0.2]).unwrap());
        let mixed = b.apply1(Stitch, &[x, weight, bias]).unwrap();
        let shown = b.tanh(mixed).unwrap();
        let logits = b.reduce_sum(shown, &[2, 3], false).unwrap();
        b.output("logits", logits);
        let model = Model {
            graph: b.finish(),
            origin: crate::onnx::Origin::default(),
            producer: String::new(),
            opset: 17,
            ir_version: 8,
            warnings: Vec::new(),
            metadata: std::collections::BTreeMap::new(),
            files: Vec::new(),
        };
        Network::new("made up", &model).unwrap()
    }

    #[test]
    fn what_a_representation_keeps_is_found_again() {
        let (images, network) = (images(3), network());
        let engine = Reference::new(Precision::AsTyped);
        let tap = network.taps.iter().position(|tap| tap.op == "Tanh").unwrap();
        for start in [InversionStart::Noise(1), InversionStart::Neighbour] {
            let settings = InversionSettings { steps: 300, start, ..InversionSettings::default() };
            let mut heard = 0;
            let hear = &mut |done, _| {
                heard = done;
                Ok(())
            };
            let found = block_on(invert(&engine, (&network, tap), (&images, &[0, 2]), &settings, hear)).unwrap();
            assert_eq!((found.len(), heard), (2, 300));
            for (found, index) in found.iter().zip([0, 2]) {
                assert!(found.distance < 0.01 && found.distance_at_start > 0.1, "{found:?}");
                for (pixel, given) in found.pixels.iter().zip(images.pixels_f32(&[index])) {
                    assert!((pixel - given).abs() < 0.05 && (0.0..=1.0).contains(pixel), "{pixel} {given}");
                }
            }
        }
    }
}
