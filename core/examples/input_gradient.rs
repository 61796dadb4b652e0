//! The gradient of a network's loss by its image, beside a difference quotient along it.
//!
//!     cargo run -p stitchscope-core --example input_gradient [network.onnx]

#![allow(clippy::print_stdout, reason = "a program that talks to the terminal")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers, and pixels in f32")]

use std::error::Error;
use std::path::Path;

use stitchscope_core::engine::reference::{Precision, Reference};
use stitchscope_core::engine::{Engine, EngineError, Program};
use stitchscope_core::gradient::loss_and_gradient;
use stitchscope_core::loss::Loss;
use stitchscope_core::platform::block_on;
use stitchscope_core::study::Network;
use stitchscope_core::tensor::Tensor;

const NETWORK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../zoo/models/fashion-robust-a.onnx");

/// Loss `[1]` and gradient [1, C, H, W] at one image, in f64.
fn at(engine: &Reference, program: &Program, image: &Tensor) -> Result<(f64, Vec<f64>), EngineError> {
    block_on(async {
        let (image, label) = (engine.upload(image).await?, engine.upload(&Tensor::indices(&[3])).await?);
        let results = program.run(&[&image, &label]).await?;
        Ok((engine.read(&results[0]).await?.to_f64()[0], engine.read(&results[1]).await?.to_f64()))
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).filter(|given| given.ends_with(".onnx")).unwrap_or_else(|| NETWORK.to_owned());
    let network = Network::from_file(Path::new(&path))?;
    // Any engine runs this graph; `reference` computes in f64 and is the one to compare with.
    let engine = Reference::new(Precision::Double);
    let program = block_on(engine.compile(&loss_and_gradient(&network.graph, Loss::CrossEntropy)?))?;
    let [channels, rows, columns] = network.image;
    let shape = [1, channels, rows, columns];
    let pixels: Vec<f32> = (0..channels * rows * columns).map(|i| 0.25 + (i % 5) as f32 / 10.0).collect();
    let (loss, gradient) = at(&engine, &program, &Tensor::f32(&shape, pixels.clone())?)?;
    let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    // A step of 1/1024 along the gradient should raise the loss by its length times the step.
    let step = 1.0 / 1024.0;
    let moved = |sign: f64| -> Result<f64, Box<dyn Error>> {
        let move_by = |(p, g): (&f32, &f64)| (f64::from(*p) + sign * step * g / length) as f32;
        let image = Tensor::f32(&shape, pixels.iter().zip(&gradient).map(move_by).collect())?;
        Ok(at(&engine, &program, &image)?.0)
    };
    let slope = (moved(1.0)? - moved(-1.0)?) / (2.0 * step);
    println!("loss {loss:.6}; length of its gradient {length:.6}, by a difference {slope:.6}");
    if (slope - length).abs() > 0.02 * length {
        return Err("the gradient is not the slope".into());
    }
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap();
}
