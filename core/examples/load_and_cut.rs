//! Reads a network, lists where it can be cut, and shows that its two halves give what it gives as a whole.
//!
//!     cargo run -p stitchscope-core --example load_and_cut [network.onnx]

#![allow(clippy::print_stdout, reason = "a program that talks to the terminal")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers, and pixels in f32")]

use std::error::Error;
use std::path::Path;

use stitchscope_core::cut;
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::block_on;
use stitchscope_core::study::Network;
use stitchscope_core::tensor::Tensor;

const NETWORK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../zoo/models/fashion-robust-a.onnx");

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).filter(|given| given.ends_with(".onnx")).unwrap_or_else(|| NETWORK.to_owned());
    let network = Network::from_file(Path::new(&path))?;
    println!("{path}: images {:?}, {} classes", network.image, network.classes);
    for tap in &network.taps {
        println!("  {:<12} {}", tap.name, tap.ty);
    }
    let tap = &network.taps[network.taps.len() / 2];
    let (front, end) = cut::split(&network.graph, tap)?;

    // An engine compiles a graph once per use; buffers stay on its device until they are read.
    let engine = block_on(engine::open(Choice::Processor))?;
    let [channels, rows, columns] = network.image;
    let pixels = (0..channels * rows * columns).map(|i| (i % 7) as f32 / 7.0).collect();
    let image = block_on(engine.upload(&Tensor::f32(&[1, channels, rows, columns], pixels)?))?;
    let whole = block_on(async {
        let logits = engine.compile(&network.graph).await?.run(&[&image]).await?;
        engine.read(&logits[0]).await
    })?;
    let halves = block_on(async {
        let signal = engine.compile(&front).await?.run(&[&image]).await?;
        let logits = engine.compile(&end).await?.run(&[&signal[0]]).await?;
        engine.read(&logits[0]).await
    })?;
    let apart = whole.to_f64().iter().zip(halves.to_f64()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("cut at {}: logits of the halves and of the whole differ by {apart:.1e} at most", tap.name);
    if apart > 1e-4 {
        return Err("the halves are not the whole".into());
    }
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap();
}
