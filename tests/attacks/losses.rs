//! Losses against their formulas, their gradients against differences.

use stitchscope_core::attack::{Norm, step_graph};
use stitchscope_core::autodiff::gradients;
use stitchscope_core::engine::reference::{Precision, evaluate};
use stitchscope_core::graph::{Builder, Graph, GraphError};
use stitchscope_core::loss::Loss;
use stitchscope_core::ops::Sample;
use stitchscope_core::tensor::{Array, DType, Dim, Tensor, TensorType, Tolerance};
use stitchscope_tests::{Fallible, numbers};

use crate::setting::{Linear, settings};

const CLASSES: usize = 5;
const LABELS: [i64; 6] = [0, 1, 2, 3, 4, 0];
const LOSSES: [Loss; 3] = [Loss::CrossEntropy, Loss::Margin, Loss::Dlr];

/// `(logits, label) -> (loss per image, derivative of their sum by the logits)` in f64.
fn graph(loss: Loss, classes: usize) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let logits = b.input("logits", TensorType::new(DType::F64, &[Dim::BATCH, Dim::fixed(classes)]));
    let label = b.input("label", TensorType::new(DType::I64, &[Dim::BATCH]));
    let losses = loss.build(&mut b, logits, label)?;
    let derivative = gradients(&mut b, losses, &[logits])?[0];
    b.output("loss", losses);
    b.output("derivative", derivative.unwrap_or(logits));
    Ok(b.finish())
}

/// Logits without ties, [6, 5].
fn logits() -> Vec<f64> {
    numbers(&Sample::distinct(&[LABELS.len(), CLASSES]).draw(3, 0))
}

/// Losses and derivatives.
fn computed(loss: Loss, logits: &[f64]) -> Fallible<(Vec<f64>, Vec<f64>)> {
    let z = Tensor::f64(&[LABELS.len(), CLASSES], logits.to_vec())?.to_array();
    let labels: Array = Tensor::indices(&LABELS).to_array();
    let results = evaluate(&graph(loss, CLASSES)?, &[z, labels], LABELS.len(), Precision::Double)?;
    Ok((numbers(&results[0]), numbers(&results[1])))
}

/// The formula, for one image.
fn formula(loss: Loss, z: &[f64], label: usize) -> f64 {
    let others = z.iter().enumerate().filter(|(i, _)| *i != label).map(|(_, v)| *v);
    let margin = others.fold(f64::NEG_INFINITY, f64::max) - z[label];
    match loss {
        Loss::CrossEntropy => z.iter().map(|v| v.exp()).sum::<f64>().ln() - z[label],
        Loss::Margin => margin,
        Loss::Dlr => {
            let mut sorted = z.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            margin / (sorted[0] - sorted[2] + 1e-12)
        }
    }
}

fn by_formula(loss: Loss, logits: &[f64]) -> Vec<f64> {
    let label = |l: &i64| usize::try_from(*l).unwrap_or(0);
    logits.chunks(CLASSES).zip(&LABELS).map(|(z, l)| formula(loss, z, label(l))).collect()
}

#[test]
fn losses_are_their_formulas() -> Fallible {
    for loss in LOSSES {
        let (found, expected) = (computed(loss, &logits())?.0, by_formula(loss, &logits()));
        assert!(Tolerance::Double.accepts(&found, &expected), "{loss:?}: {found:?}, expected {expected:?}");
    }
    Ok(())
}

#[test]
fn gradients_of_losses_agree_with_differences() -> Fallible {
    const STEP: f64 = 1e-5;
    for loss in LOSSES {
        let found = computed(loss, &logits())?.1;
        let mut expected = Vec::new();
        for place in 0..found.len() {
            let at = |offset: f64| {
                let mut moved = logits();
                moved[place] += offset;
                by_formula(loss, &moved).iter().sum::<f64>()
            };
            expected.push((at(STEP) - at(-STEP)) / (2.0 * STEP));
        }
        assert!(Tolerance::Gradient.accepts(&found, &expected), "{loss:?}: {found:?}, expected {expected:?}");
    }
    Ok(())
}

#[test]
fn dlr_does_not_see_shift_and_scale() -> Fallible {
    let plain = computed(Loss::Dlr, &logits())?.0;
    for (scale, shift) in [(1.0, 10.0), (250.0, 0.0), (0.01, -3.0)] {
        let moved: Vec<f64> = logits().iter().map(|z| scale * z + shift).collect();
        let found = computed(Loss::Dlr, &moved)?.0;
        assert!(Tolerance::Double.accepts(&found, &plain), "{scale} z + {shift}: {found:?}, expected {plain:?}");
    }
    Ok(())
}

#[test]
fn dlr_is_at_most_one_and_positive_where_misclassified() -> Fallible {
    let (dlr, margin) = (computed(Loss::Dlr, &logits())?.0, computed(Loss::Margin, &logits())?.0);
    assert!(dlr.iter().zip(&margin).all(|(d, m)| (*d > 0.0) == (*m > 0.0)), "{dlr:?} {margin:?}");
    assert!(margin.iter().any(|m| *m > 0.0) && margin.iter().any(|m| *m < 0.0), "both kinds are tried: {margin:?}");
    Ok(())
}

#[test]
fn dlr_refuses_two_classes_and_says_what_to_do() -> Fallible {
    let error = graph(Loss::Dlr, 2).err().ok_or("two classes are accepted")?.to_string();
    assert!(error.contains("three classes") && error.contains("margin"), "{error}");
    let network = Linear::random(2, 1.0, 0).graph()?;
    assert!(step_graph(&network, &settings(Norm::Linf, 0.1, Loss::Dlr)).is_err(), "an attack with it is built");
    Ok(())
}
